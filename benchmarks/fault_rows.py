"""The faults that are tried side by side, and the star of two files that they are tried on."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from preprocessing.core.errors import RunError
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.faults.plan import Chance, FaultPlan
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["ROWS", "FaultRow", "FaultStar", "Spell"]


#: Among so many stars there are some of each sort.
_POPULATION = 300
_QUARTERS = 2


class FaultStar:
    """Holdings of one synthetic star with two long-cadence files and some of short cadence.

    Another star has the same quarters: its file may come in place of the first one's.

    Attributes
    ----------
    kic : int
    asked : tuple of Product
        The long-cadence files, in time order.
    """

    is_synthetic = True

    def __init__(self) -> None:
        self._source = SyntheticHoldings(_POPULATION)
        self._products: dict[int, tuple[Product, ...]] = {}
        self.number, self.asked = self._choose()
        short = [p for p in self._source.products(self.number) if p.cadence == SHORT]
        months = [p for p in short if p.sequence_number == short[0].sequence_number]
        self._products[self.number] = tuple(sorted([*self.asked, *months]))
        other = self._other_star()
        self._products[other] = tuple(self._such(other, self.asked))

    def star_keys(self) -> Sequence[int]:
        """Return the numbers of the two stars."""
        return tuple(sorted(self._products))

    def star(self, kic: int) -> HeldStar:
        """Return one of them; `KeyError` if it is none of them."""
        products = self._products[kic]
        whole = self._source.star(kic)
        return HeldStar(kic, whole.ra_deg, whole.dec_deg, whole.names, products)

    def products(self, kic: int) -> Sequence[Product]:
        """Return a star's files; `KeyError` if it is none of the two."""
        return self._products[kic]

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""
        self._require(product)
        return self._source.size(product)

    def body(self, product: Product) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
        self._require(product)
        return self._source.body(product)

    def files(self) -> dict[str, bytes]:
        """Return the files that are asked for, by name."""
        return {product.file_name: self.body(product) for product in self.asked}

    def _require(self, product: Product) -> None:
        if product not in self._products[product.number]:
            raise KeyError(product)

    def _choose(self) -> tuple[int, tuple[Product, ...]]:
        for kic in self._source.star_keys():
            products = self._source.products(kic)
            # Q4 has two possible names, which would be a matter of its own.
            long = [p for p in products if p.cadence == LONG and p.sequence_number != 4]
            short = [p for p in products if p.cadence == SHORT and p.sequence_number != 4]
            if len(long) >= _QUARTERS and short:
                return kic, tuple(long[:_QUARTERS])
        raise RunError("no synthetic star has files of both cadences")

    def _other_star(self) -> int:
        for kic in self._source.star_keys():
            if kic != self.number and len(self._such(kic, self.asked)) == len(self.asked):
                return kic
        raise RunError("no other synthetic star has the same quarters")

    def _such(self, kic: int, like: Sequence[Product]) -> list[Product]:
        stamps = {(p.stamp, p.cadence) for p in like}
        return [p for p in self._source.products(kic) if (p.stamp, p.cadence) in stamps]


#: How long a program may take before it counts as hung, in seconds: for what it can only
#: notice by waiting, and for everything else.
_PATIENCE_S, _LIMIT_S = 240.0, 90.0
#: An outage that is over by then, in seconds after the start.
_OUTAGE_S = 25.0


class Spell(enum.Enum):
    """How often a fault comes."""

    ONCE = "once"
    ALWAYS = "always"
    OUTAGE = f"for {_OUTAGE_S:.0f} s"


@dataclass(frozen=True)
class FaultRow:
    """One row of the table.

    Parameters
    ----------
    kind : str
        One of `preprocessing.simulator.faults.fault_kinds.FAULTS`; empty for no fault at all.
    title : str
        The same in words.
    spell : Spell
        Whether it befalls the first request for each file, or the first search, or all.
    of_search : bool
        Whether it befalls the searches, or the files.
    limit_s : float
        After which a program counts as hung.
    """

    kind: str
    title: str
    spell: Spell = Spell.ONCE
    of_search: bool = False
    limit_s: float = _LIMIT_S

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.title if not self.kind else f"{self.title}, {self.spell.value}"

    def plan(self, products: Sequence[Product]) -> FaultPlan:
        """Return what is to go wrong with a star's files, or the search for them."""
        plan = FaultPlan()
        if not self.kind:
            return plan
        if self.spell is Spell.OUTAGE:
            plan.add(Chance(self.kind, 1.0, 0.0, _OUTAGE_S, match="kplr*"))
            return plan
        times = 1 if self.spell is Spell.ONCE else None
        if self.of_search:
            plan.script(self.kind, match="Mast.Caom.*", times=times)
            return plan
        # Who asks for a file's size first is to meet with it all the same.
        calls = FAULTS[self.kind].calls
        bytes_alone = CallKind.DOWNLOAD if CallKind.DOWNLOAD in calls else None
        for product in products:
            plan.script(self.kind, match=product.file_name, calls=bytes_alone, times=times)
        return plan


def _search(kind: str, title: str) -> FaultRow:
    return FaultRow(kind, title, of_search=True)


def _slow(kind: str, title: str) -> FaultRow:
    return FaultRow(kind, title, limit_s=_PATIENCE_S)


def _always(kind: str, title: str) -> FaultRow:
    return FaultRow(kind, title, Spell.ALWAYS, limit_s=_PATIENCE_S)


#: Every row, in the order of the table.
ROWS: tuple[FaultRow, ...] = (
    FaultRow("", "no fault"),
    # The way.
    FaultRow("reset", "connection reset before headers"),
    FaultRow("cut", "cut in mid-body, length announced"),
    FaultRow("cut-chunked", "cut in mid-body, in chunks"),
    FaultRow("cut-unannounced", "cut in mid-body, no length"),
    FaultRow("overlong", "body longer than Content-Length"),
    _slow("silence", "no first byte"),
    _slow("stall", "stalled body"),
    _slow("trickle", "a byte a second"),
    FaultRow("gzip", "gzip though not asked for", Spell.ALWAYS),
    FaultRow("gzip-bomb", "gzip bomb of 1 GiB"),
    FaultRow("redirect", "redirect to the same host", Spell.ALWAYS),
    FaultRow("redirect-loop", "redirect to itself"),
    # The status.
    FaultRow("status-500", "HTTP 500"),
    FaultRow("status-502", "HTTP 502"),
    FaultRow("status-503", "HTTP 503"),
    FaultRow("status-504", "HTTP 504"),
    FaultRow("status-503", "HTTP 503", Spell.OUTAGE, limit_s=_PATIENCE_S),
    FaultRow("status-503-wait", "HTTP 503, Retry-After in seconds"),
    FaultRow("status-429", "HTTP 429, Retry-After in seconds"),
    FaultRow("status-429-date", "HTTP 429, Retry-After as a date"),
    FaultRow("html-200", "maintenance page with status 200"),
    _always("html-200", "maintenance page with status 200"),
    FaultRow("missing", "a listed file is 404"),
    FaultRow("head-405", "HEAD refused", Spell.ALWAYS),
    # The file.
    FaultRow("flip-header", "a flipped bit in a header"),
    FaultRow("flip-table", "a flipped bit in the table"),
    _always("flip-table", "a flipped bit in the table"),
    FaultRow("flip-aperture", "a flipped bit in the aperture"),
    FaultRow("zero-block", "a zeroed block"),
    FaultRow("swap-blocks", "two blocks swapped"),
    FaultRow("append", "bytes after the file"),
    FaultRow("other-star", "another star's file"),
    _always("other-star", "another star's file"),
    FaultRow("other-quarter", "another quarter's file"),
    FaultRow("short-for-long", "a short-cadence file for a long one"),
    # The search.
    _search("status-503", "search: HTTP 503"),
    _search("html-200", "search: maintenance page with status 200"),
    _search("json-error", "search: status ERROR"),
    _search("json-cut", "search: truncated JSON"),
    _search("executing", "search: EXECUTING"),
    _search("column-renamed", "search: a column renamed"),
    _search("column-missing", "search: a column missing"),
    _search("no-rows", "search: zero rows for a star that exists"),
    FaultRow(
        "no-rows",
        "search: zero rows for a star that exists",
        Spell.ALWAYS,
        of_search=True,
        limit_s=_PATIENCE_S,
    ),
)
