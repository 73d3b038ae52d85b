"""Verify that a file is the requested one, by the cards that say which star and when."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing.core.errors import CorruptProduct, UnreadableProduct, WrongProduct
from preprocessing.core.product import WHOLE_MISSION
from preprocessing.fits.format import CardValue, HeaderCards
from preprocessing.missions import Product, author_of, mission_of
from preprocessing.missions.file_layout import FileLayout
from preprocessing.system.stored_files import is_gzip, unpack_gzip

__all__ = [
    "LATEST_END_D",
    "EitherHeader",
    "readable_layout",
    "unpacked",
    "verify_identity",
    "verify_owner",
]

#: The latest plausible end, in days since the mission's reference. A later time would overflow
#: date arithmetic.
LATEST_END_D = 100_000
#: How much, in seconds, the header's time between rows may differ from the requested exposure time.
_EXPOSURE_SLACK_S = 1.0


def unpacked(body: bytes, product: Product, most: int | None = None) -> bytes:
    """Return a file that gzip may have packed, if its name says so.

    Parameters
    ----------
    body : bytes
        The file as it came, or its beginning. A server may have unpacked it on the way.
    product : Product
        The file.
    most : int, optional
        How many bytes are enough; all if not given.

    Raises
    ------
    CorruptProduct
        It cannot be unpacked.
    """
    if product.file_name.endswith(".gz") and is_gzip(body):
        return unpack_gzip(body, product.file_name, most)
    return body


def readable_layout(product: Product) -> FileLayout:
    """Return how a file holds its light curve.

    Parameters
    ----------
    product : Product
        The file.

    Raises
    ------
    UnreadableProduct
        It holds none that can be stitched; the author's description says why.
    """
    author = author_of(product)
    why = None if author.refusal is None else author.refusal(product)
    if why is not None:
        raise UnreadableProduct(why)
    if author.layout is None:
        raise UnreadableProduct(f"light curves of {product.author} cannot be read")
    return author.layout


def verify_identity(primary: HeaderCards, table: HeaderCards, product: Product) -> None:
    """Make sure that a file is the requested one, and that its times are what they seem.

    Parameters
    ----------
    primary, table : HeaderCards
        The headers of the primary HDU and of the light curve.
    product : Product
        The file that was requested.

    Raises
    ------
    CorruptProduct
        A card that the author's files have is missing or absurd.
    WrongProduct
        The file is of another star, quarter, campaign, sector or cadence.
    UnreadableProduct
        The author's light curves cannot be stitched.
    """
    mission, layout = mission_of(product), readable_layout(product)
    verify_owner(primary, product)
    if not mission.observing_modes and layout.states_exposure:
        _verify_exposure(table, product)
    # Some authors write these cards into the primary header.
    cards = EitherHeader(table, primary)
    _verify_time_reference(cards, product, layout)
    end = cards.get("TSTOP")
    if end is None and "TSTOP" in layout.may_lack:
        return
    if not isinstance(end, (int, float)) or not 0 < end < LATEST_END_D:
        raise CorruptProduct(f"{product.file_name}: TSTOP {end!r} does not say when it ends")
    if mission.check_end is not None and product.sequence_number != WHOLE_MISSION:
        mission.check_end(product, primary.get(mission.sequence_keyword), end)


@dataclass(frozen=True)
class EitherHeader:
    """The cards of two headers; those of the first count.

    Parameters
    ----------
    first, second : HeaderCards
        The headers.
    """

    first: HeaderCards
    second: HeaderCards

    def get(self, keyword: str) -> CardValue:
        """Return a keyword's value in the first header that has it; None if none has."""
        header = self.first if keyword in self.first else self.second
        return header.get(keyword)


def _verify_time_reference(cards: EitherHeader, product: Product, layout: FileLayout) -> None:
    """Make sure that times count from the mission's reference date.

    Not every author states the fraction of the day (BJDREFF).
    """
    whole, fraction, system = (cards.get(name) for name in ("BJDREFI", "BJDREFF", "TIMESYS"))
    zero = mission_of(product).bjd_reference + layout.time_offset_d
    if whole is None and "BJDREFI" in layout.may_lack:
        whole = zero
    if whole != zero or fraction or system not in (None, "TDB"):
        raise CorruptProduct(
            f"{product.file_name}: times count from {whole!r} + {fraction!r} in {system!r}"
        )


def verify_owner(primary: HeaderCards, product: Product) -> None:
    """Make sure that a primary header belongs to the requested product.

    Parameters
    ----------
    primary : HeaderCards
        The primary header.
    product : Product
        The file that was requested.

    Raises
    ------
    WrongProduct
        The header is of another star, quarter, campaign, sector or cadence.
    UnreadableProduct
        The author's light curves cannot be stitched.
    """
    mission, number = mission_of(product), product.sequence_number
    layout = readable_layout(product)
    keyword = layout.number_keyword or mission.number_keyword
    _require(primary, product, keyword, layout.number_type(product.number))
    expected: dict[str, tuple[CardValue, ...]] = {}
    if number != WHOLE_MISSION:
        # In files of half a campaign, some authors state the half and others the whole.
        halves = mission.sequence_parts
        expected[mission.sequence_keyword] = (
            (number, mission.whole(number)) if halves else (number,)
        )
    if mission.observing_modes:
        expected["OBSMODE"] = (mission.observing_modes[product.cadence],)
    for keyword, values in expected.items():
        if keyword in primary or keyword not in layout.may_lack:
            _require(primary, product, keyword, *values)


def _require(header: HeaderCards, product: Product, keyword: str, *values: CardValue) -> None:
    found = header.get(keyword)
    # True and 1.0 equal 1 in Python, but neither is a star number.
    if not any(type(found) is type(value) and found == value for value in values):
        raise WrongProduct(f"{product.file_name}: {keyword} is {found!r}, not {values[0]!r}")


def _verify_exposure(table: HeaderCards, product: Product) -> None:
    """Check the cadence by the header's time between rows, since no card names it."""
    step_d = table.get("TIMEDEL")
    if not isinstance(step_d, (int, float)) or isinstance(step_d, bool):
        raise CorruptProduct(f"{product.file_name}: TIMEDEL {step_d!r} is no time")
    if abs(step_d * 86400 - product.exposure_s) > _EXPOSURE_SLACK_S:
        raise WrongProduct(
            f"{product.file_name}: rows are {step_d * 86400:.0f} s apart, not"
            f" {product.exposure_s:.0f} s"
        )
