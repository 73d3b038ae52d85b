"""Decide whether the bytes of a file are the requested product, undamaged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from preprocessing.core.errors import CorruptProduct, UnreadableProduct, WrongProduct
from preprocessing.fits.format import (
    ALL_ONES,
    BLOCK,
    CardValue,
    Hdu,
    HeaderCards,
    ones_complement_sum,
    read_hdus,
)
from preprocessing.missions import Product, author_of, mission_of

__all__ = [
    "BY_CHECKSUM",
    "BY_ETAG",
    "BY_STRUCTURE",
    "VerifiedFile",
    "verify_owner",
    "verify_product",
]

#: How a file was verified: by the checksum of every HDU; or, if no HDU has a CHECKSUM, by the
#: archive's digest in addition to structure and size; or by structure and size alone.
BY_CHECKSUM = "checksum"
BY_ETAG = "etag"
BY_STRUCTURE = "structure"

_PADDING = bytes(BLOCK)
#: The latest plausible end, in days since the mission's reference. A later time would overflow
#: date arithmetic.
_LATEST_END_D = 100_000
#: How much, in seconds, the header's time between rows may differ from the requested exposure time.
_EXPOSURE_SLACK_S = 1.0


@dataclass(frozen=True)
class VerifiedFile:
    """A file that passed all checks.

    Parameters
    ----------
    body : bytes
        The whole file.
    primary, table : Hdu
        The primary HDU and the light-curve table.
    how : {'checksum', 'etag', 'structure'}
        How the file was verified.
    sha256 : str
        Digest of the whole file, in hexadecimal.
    """

    body: bytes
    primary: Hdu
    table: Hdu
    how: str
    sha256: str


def verify_product(body: bytes, product: Product, has_source_digest: bool = False) -> VerifiedFile:
    """Check a file's size, structure, checksums and identity.

    Parameters
    ----------
    body : bytes
        The whole file.
    product : Product
        The file that was requested.
    has_source_digest : bool, optional
        Whether the archive states a digest, and the file has been found to match it.

    Returns
    -------
    VerifiedFile
        The file and its parts.

    Raises
    ------
    CorruptProduct
        Size, structure or a checksum is wrong, or only some HDUs have a checksum.
    WrongProduct
        The file is intact, but of another star, quarter, campaign, sector, month or cadence.
    UnreadableProduct
        The file is intact, but its author's light curves cannot be stitched.

    Notes
    -----
    Mission files have CHECKSUM but no DATASUM, which makes
    ``astropy.io.fits.open(checksum=True)`` report intact files as damaged. The sum over
    the whole HDU must be all ones (FITS standard 4.0, section 4.4.2.7).
    """
    hdus = read_hdus(body)
    if author_of(product).layout is None:
        raise UnreadableProduct(f"light curves of {product.author} cannot be read")
    for hdu in hdus:
        hdu.header.verify()
        # Check padding: no checksum protects it in files without one, and it reveals moved blocks.
        if not _PADDING.startswith(body[hdu.data_start + hdu.data_size : hdu.end]):
            raise CorruptProduct("the padding behind some data is not zero")
    how = _verify_sums(body, hdus)
    if how is BY_STRUCTURE and has_source_digest:
        how = BY_ETAG
    table = _find_table(hdus, product)
    _verify_identity(hdus[0].header, table.header, product)
    return VerifiedFile(body, hdus[0], table, how, hashlib.sha256(body).hexdigest())


def _verify_sums(body: bytes, hdus: list[Hdu]) -> str:
    carriers = sum("CHECKSUM" in hdu.header for hdu in hdus)
    if carriers == 0:
        return BY_STRUCTURE
    # The archive's files have it in every HDU or in none. Otherwise a keyword is damaged.
    if carriers < len(hdus):
        raise CorruptProduct(f"only {carriers} of {len(hdus)} HDUs carry a CHECKSUM")
    view = memoryview(body)
    for number, hdu in enumerate(hdus):
        hdu.header.text("CHECKSUM")
        total = ones_complement_sum(view[hdu.start : hdu.end])
        if total != ALL_ONES:
            raise CorruptProduct(f"checksum of HDU {number} is {total:#010x}, not {ALL_ONES:#x}")
    return BY_CHECKSUM


def _find_table(hdus: list[Hdu], product: Product) -> Hdu:
    layout = author_of(product).layout
    assert layout is not None
    primary = hdus[0].header
    # The primary header need not have a name.
    names = (primary.get("EXTNAME", "PRIMARY"), *(hdu.header.get("EXTNAME") for hdu in hdus[1:]))
    expected = ("PRIMARY", *(layout.extensions or (layout.table,)))
    if names[: len(expected)] != expected or (layout.extensions and len(names) > len(expected)):
        raise CorruptProduct(f"HDUs are {names}, not {expected}")
    if primary.get("SIMPLE") is not True or primary.get("EXTEND", True) is not True:
        raise CorruptProduct("SIMPLE or EXTEND is not T, so this is not a standard FITS file")
    table = hdus[1]
    kind = [table.header.get(keyword) for keyword in ("XTENSION", "BITPIX", "NAXIS")]
    if kind != ["BINTABLE", 8, 2]:
        raise CorruptProduct(f"extension {layout.table} is not a binary table")
    return table


def _verify_identity(primary: HeaderCards, table: HeaderCards, product: Product) -> None:
    mission = mission_of(product)
    verify_owner(primary, product)
    if not mission.observing_modes:
        _verify_exposure(table, product)
    _verify_time_reference(table, product)
    end = table.get("TSTOP")
    if not isinstance(end, (int, float)) or not 0 < end < _LATEST_END_D:
        raise CorruptProduct(f"{product.file_name}: TSTOP {end!r} does not say when it ends")
    if mission.check_end is not None:
        mission.check_end(product, primary.get(mission.sequence_keyword), end)


def _verify_time_reference(table: HeaderCards, product: Product) -> None:
    """Make sure that times count from the mission's reference date.

    Not every author states the fraction of the day (BJDREFF).
    """
    whole, fraction, system = (table.get(name) for name in ("BJDREFI", "BJDREFF", "TIMESYS"))
    if whole != mission_of(product).bjd_reference or fraction or system not in (None, "TDB"):
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
    """
    mission, number = mission_of(product), product.sequence_number
    _require(primary, product, mission.number_keyword, product.number)
    # In files of half a campaign, some authors state the half and others the whole.
    _require(primary, product, mission.sequence_keyword, number, mission.whole(number))
    if mission.observing_modes:
        _require(primary, product, "OBSMODE", mission.observing_modes[product.cadence])


def _require(header: HeaderCards, product: Product, keyword: str, *values: CardValue) -> None:
    found = header.get(keyword)
    # True and 1.0 equal 1 in Python, but neither is a star number.
    if not any(type(found) is type(value) and found == value for value in values):
        raise WrongProduct(f"{product.file_name}: {keyword} is {found!r}, not {values[0]!r}")


def _verify_exposure(table: HeaderCards, product: Product) -> None:
    """Check the cadence by the header's time between rows, since no card names it."""
    step_d = table.get("TIMEDEL")
    layout = author_of(product).layout
    if layout is not None and not layout.states_exposure:
        # `read_light_curve` checks the times themselves instead.
        return
    if not isinstance(step_d, (int, float)) or isinstance(step_d, bool):
        raise CorruptProduct(f"{product.file_name}: TIMEDEL {step_d!r} is no time")
    if abs(step_d * 86400 - product.exposure_s) > _EXPOSURE_SLACK_S:
        raise WrongProduct(
            f"{product.file_name}: rows are {step_d * 86400:.0f} s apart, not"
            f" {product.exposure_s:.0f} s"
        )
