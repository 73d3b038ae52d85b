"""Which synthetic stars there are: their numbers, places and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from types import MappingProxyType

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import SHORT_STAMPS, kepler_product
from preprocessing.simulator.synthesis.focal_plane import (
    MODULE_3_SKYGROUPS,
    N_SKYGROUPS,
    sky_position,
)
from preprocessing.simulator.synthesis.mission_calendar import long_stamp
from preprocessing.simulator.synthesis.stars import (
    KINDS,
    Atmosphere,
    Variability,
    draw_atmosphere,
    draw_variability,
)

__all__ = [
    "FIRST_KIC",
    "Coverage",
    "Place",
    "Population",
    "Star",
    "beside",
    "draw_star",
    "index_of_number",
    "scattered",
]

#: The Kepler Input Catalog ends at 13161029; file names have room for nine digits.
FIRST_KIC = 100_000_001
#: Each star's number is drawn from a stretch of so many.
_STRIDE = 7

#: Long-cadence quarters in the order in which a star with a fixed number of them has
#: them: from Q5 on, as every one of those is of ordinary length but Q8 and Q17.
_FIXED_ORDER = (*range(5, 18), 4, 3, 2, 1, 0)

_ALL_QUARTERS = tuple(range(18))
_FROM_Q1 = tuple(range(1, 18))
#: Quarters in which a module-3 star would stand on the dead module.
_LOST_WITH_MODULE_3 = (8, 12, 16)
#: Every month of short cadence but month 1 of Q4, which is module 3's own.
_ALL_MONTHS = tuple(
    (quarter, month)
    for quarter, stamps in enumerate(SHORT_STAMPS)
    for month in range(1, len(stamps) + 1)
    if (quarter, month) != (4, 1)
)

#: The share of stars without stellar parameters, as in the Kepler Input Catalog.
_UNDESCRIBED = 0.1
#: Pairs of stars that one position cannot tell apart: the second of each, and how far it
#: stands from the first.
_FIRST_NEIGHBOR = 18
_NEIGHBOR_EVERY = 400
_NEIGHBOR_ARCSEC = (1.5, 3.5)


@dataclass(frozen=True)
class Place:
    """Where a star stands.

    Parameters
    ----------
    ra_deg, dec_deg : float
        ICRS.
    skygroup : int
        1 to 84.
    """

    ra_deg: float
    dec_deg: float
    skygroup: int

    @property
    def on_module_3(self) -> bool:
        """Whether the star stood on CCD module 3 when that failed in Q4."""
        return self.skygroup in MODULE_3_SKYGROUPS


@dataclass(frozen=True)
class Coverage:
    """Which files there are of a star.

    Parameters
    ----------
    long_quarters : tuple of int
    short_months : tuple of (int, int)
        Quarter and month.
    """

    long_quarters: tuple[int, ...]
    short_months: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Star:
    """A synthetic star and everything that is put into its light curves.

    Parameters
    ----------
    index : int
        From 0.
    number : int
    name : str
        What the resolver knows it by.
    place : Place
    kind : str
        One of `KINDS`.
    kepmag : float
        Magnitude in Kepler's band, or in TESS's for a star of TESS.
    atmosphere : Atmosphere
    described : bool
        Whether the catalog gives the atmosphere.
    variability : Variability
    quarter_without_pdcsap : int or None
        Quarter in which PDCSAP flux is missing from every row.
    quarter_below_zero : int or None
        Quarter in which the background was over-subtracted, so that the median of the
        flux is negative.
    """

    index: int
    number: int
    name: str
    place: Place
    kind: str
    kepmag: float
    atmosphere: Atmosphere
    described: bool
    variability: Variability
    quarter_without_pdcsap: int | None
    quarter_below_zero: int | None


@dataclass(frozen=True)
class _Role:
    """What is laid down for a star rather than drawn."""

    kind: str | None = None
    kepmag: float | None = None
    coverage: Coverage | None = None
    on_module_3: bool = False
    quarter_without_pdcsap: int | None = None
    quarter_below_zero: int | None = None
    described: bool | None = None


_role = partial(_Role, coverage=Coverage(_FROM_Q1))

#: The first stars of every population show what there is. The demonstration downloads
#: the first twenty.
_ROLES: tuple[_Role, ...] = (
    _role(kind="planet", kepmag=12.6, described=True, coverage=Coverage(_ALL_QUARTERS)),
    _role(kind="rotator", kepmag=13.2),
    _role(kind="eclipsing_binary", kepmag=12.9),
    _role(kind="flare_star", kepmag=13.9),
    _role(kind="quiet", kepmag=11.3),
    _role(kind="giant", kepmag=10.4, coverage=Coverage(_ALL_QUARTERS)),
    _role(kind="planet", kepmag=14.2, described=False),
    _role(
        kind="rotator",
        kepmag=13.6,
        on_module_3=True,
        coverage=Coverage(tuple(q for q in _ALL_QUARTERS if q not in _LOST_WITH_MODULE_3)),
    ),
    _role(kind="quiet", kepmag=13.0, coverage=Coverage((1, 2, 3, 4, 9, 10, 11, 12, 16, 17))),
    _role(kind="eclipsing_binary", kepmag=14.6),
    _role(kind="planet", kepmag=11.8),
    _role(kind="quiet", kepmag=14.0, coverage=Coverage((6,))),
    _role(
        kind="planet",
        kepmag=11.5,
        coverage=Coverage(_FROM_Q1, ((2, 1), (3, 1), (3, 2), (3, 3), (5, 2), (5, 3), (16, 1))),
    ),
    _role(kind="rotator", kepmag=14.4, quarter_without_pdcsap=10),
    _role(kind="quiet", kepmag=16.4),
    _role(kind="quiet", kepmag=16.0, quarter_below_zero=7),
    _role(kind="rotator", kepmag=12.2, coverage=Coverage(_ALL_QUARTERS)),
    _role(kind="quiet", kepmag=13.4),
    _role(kind="rotator", kepmag=15.1),
    _role(kind="flare_star", kepmag=14.8, coverage=Coverage(tuple(range(2, 18)))),
    _role(kind="planet", kepmag=10.9, coverage=Coverage((), ((0, 1), (1, 1)))),
    _role(kind="giant", kepmag=9.2, coverage=Coverage(_FROM_Q1, _ALL_MONTHS)),
    _role(
        kind="flare_star",
        kepmag=13.1,
        on_module_3=True,
        coverage=Coverage((2, 3, 4), ((3, 2), (4, 1))),
    ),
    _role(kind="quiet", kepmag=13.8, coverage=Coverage((4,))),
)

#: Index of the star that shows each of the things a test or a reader may look for.
_EXAMPLES = MappingProxyType(
    {
        "many_quarters": 4,
        "single_quarter": 11,
        "gaps": 8,
        "module_3": 7,
        "short_cadence": 12,
        "faint": 14,
        "planet": 0,
        "eclipsing_binary": 2,
        "flares": 3,
        "all_nan_quarter": 13,
        "negative_median": 15,
        "neighbors": 17,
        "rotator": 1,
        "short_cadence_only": 20,
        "all_short_months": 21,
        "module_3_month": 22,
    }
)  #: Those that do not depend on which files there are.
_EXAMPLES_OF_LIGHT = ("faint", "planet", "eclipsing_binary", "flares", "neighbors", "rotator")


class Population:
    """Stars that follow from a seed, worked out one at a time when asked for.

    Parameters
    ----------
    n_stars : int
    seed : int
        0 or more.
    n_quarters : int, optional
        Gives every star so many long-cadence quarters (1 to 18), and no short cadence.

    Raises
    ------
    ValueError
        An argument is out of range.
    """

    def __init__(self, n_stars: int, seed: int = 0, n_quarters: int | None = None) -> None:
        if n_stars < 0 or seed < 0:
            raise ValueError(f"n_stars ({n_stars}) and seed ({seed}) must not be negative")
        if n_quarters is not None and not 1 <= n_quarters <= len(_ALL_QUARTERS):
            raise ValueError(f"n_quarters is {n_quarters}, not 1 to {len(_ALL_QUARTERS)}")
        self.seed = seed
        self._n_stars = n_stars
        self._fixed = (
            None if n_quarters is None else Coverage(tuple(sorted(_FIXED_ORDER[:n_quarters])))
        )

    def __len__(self) -> int:
        return self._n_stars

    def star_keys(self) -> Sequence[int]:
        """Return the number of every star, ascending."""
        return tuple(_kic(index) for index in range(self._n_stars))

    def index_of(self, kic: int) -> int:
        """Return the index of a star by its number; `KeyError` if there is none."""
        return index_of_number(FIRST_KIC, kic, self._n_stars)

    def name(self, index: int) -> str:
        """Return the name that the resolver knows a star by."""
        return f"Synthetic-{index + 1}"

    def examples(self) -> dict[str, int]:
        """Return numbers of stars that show something special, by what they show."""
        shown = _EXAMPLES.items()
        if self._fixed is not None:
            shown = {key: _EXAMPLES[key] for key in _EXAMPLES_OF_LIGHT}.items()
        return {key: _kic(index) for key, index in shown if index < self._n_stars}

    def place(self, index: int) -> Place:
        """Return where a star stands."""
        if _is_neighbor(index):
            return beside(self._rng(index, "place"), self.place(index - 1))
        rng = self._rng(index, "place")
        if self._fixed is None and _role_of(index).on_module_3:
            skygroup = rng.choice(MODULE_3_SKYGROUPS)
        elif self._fixed is not None or index < len(_ROLES):
            skygroup = rng.randrange(N_SKYGROUPS - len(MODULE_3_SKYGROUPS)) + 1
            skygroup += len(MODULE_3_SKYGROUPS) * (skygroup >= MODULE_3_SKYGROUPS.start)
        else:
            skygroup = rng.randrange(N_SKYGROUPS) + 1
        return Place(*sky_position(skygroup, rng.random(), rng.random()), skygroup)

    def coverage(self, index: int) -> Coverage:
        """Return which files there are of a star."""
        return self._coverage(index, self.place(index))

    def products(self, index: int) -> tuple[Place, tuple[Product, ...]]:
        """Return where a star stands, and its files, long cadence first, in time order."""
        kic, place = _kic(index), self.place(index)
        coverage = self._coverage(index, place)
        long = [
            kepler_product(long_stamp(quarter, place.on_module_3), kic, LONG)
            for quarter in coverage.long_quarters
        ]
        short = [
            kepler_product(SHORT_STAMPS[quarter][month - 1], kic, SHORT)
            for quarter, month in coverage.short_months
        ]
        return place, (*long, *short)

    def star(self, index: int) -> Star:
        """Return everything about a star."""
        role, rng = _role_of(index), self._rng(index, "star")
        place = self.place(index)
        coverage = self._coverage(index, place)
        kind = role.kind or rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
        kepmag = role.kepmag or _draw_kepmag(rng)
        atmosphere = draw_atmosphere(rng, kind)
        described = rng.random() >= _UNDESCRIBED if role.described is None else role.described
        without_pdcsap, below_zero = self._mishaps(role, coverage, kepmag, rng)
        return Star(
            index=index,
            number=_kic(index),
            name=self.name(index),
            place=place,
            kind=kind,
            kepmag=kepmag,
            atmosphere=atmosphere,
            described=described,
            variability=draw_variability(rng, kind, atmosphere),
            quarter_without_pdcsap=without_pdcsap,
            quarter_below_zero=below_zero,
        )

    def _mishaps(
        self, role: _Role, coverage: Coverage, kepmag: float, rng: Random
    ) -> tuple[int | None, int | None]:
        """Return quarters without PDCSAP flux and with a negative median, if any."""
        chance = rng.random()
        if self._fixed is not None or not coverage.long_quarters:
            return None, None
        if role.coverage is not None:
            return role.quarter_without_pdcsap, role.quarter_below_zero
        quarter = rng.choice(coverage.long_quarters)
        if chance < 0.01:
            return quarter, None
        return None, quarter if kepmag > 15.5 and chance > 0.98 else None

    def _coverage(self, index: int, place: Place) -> Coverage:
        if self._fixed is not None:
            return self._fixed
        return _role_of(index).coverage or _draw_coverage(
            self._rng(index, "coverage"), place.on_module_3
        )

    def _rng(self, index: int, topic: str) -> Random:
        # A text seeds the generator by its digest, the same on every machine.
        return Random(f"{self.seed} {index} {topic}")


def draw_star(
    rng: Random,
    index: int,
    number: int,
    name: str,
    place: Place,
    days_bkjd: tuple[float, float],
    kind: str | None = None,
    magnitude: float | None = None,
) -> Star:
    """Return a star of another mission than Kepler.

    Parameters
    ----------
    rng : Random
        The star's own.
    index, number : int
    name : str
    place : Place
    days_bkjd : tuple of float
        Of the mission: see `draw_variability`.
    kind : str, optional
    magnitude : float, optional
        Drawn if not given, as is the kind.
    """
    drawn_kind = kind or rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    atmosphere = draw_atmosphere(rng, drawn_kind)
    return Star(
        index=index,
        number=number,
        name=name,
        place=place,
        kind=drawn_kind,
        kepmag=magnitude or _draw_kepmag(rng),
        atmosphere=atmosphere,
        described=rng.random() >= _UNDESCRIBED,
        variability=draw_variability(rng, drawn_kind, atmosphere, days_bkjd),
        quarter_without_pdcsap=None,
        quarter_below_zero=None,
    )


def scattered(first: int, index: int) -> int:
    """Return a number for each index: ascending by irregular steps from the first one on."""
    # Knuth's multiplicative hash, which leaves the first number in place.
    return first + _STRIDE * index + (index * 2_654_435_761 >> 16) % _STRIDE


def index_of_number(first: int, number: int, n_stars: int) -> int:
    """Return the index of a number of `scattered`; `KeyError` if it is none of the first few."""
    index = (number - first) // _STRIDE
    if not 0 <= index < n_stars or scattered(first, index) != number:
        raise KeyError(number)
    return index


def beside(rng: Random, other: Place) -> Place:
    """Return a place a few arc seconds from another."""
    distance_deg, angle = rng.uniform(*_NEIGHBOR_ARCSEC) / 3600, rng.uniform(0, 2 * math.pi)
    dec_deg = other.dec_deg + distance_deg * math.sin(angle)
    east_deg = distance_deg * math.cos(angle) / math.cos(math.radians(dec_deg))
    return Place(other.ra_deg + east_deg, dec_deg, other.skygroup)


def _kic(index: int) -> int:
    return scattered(FIRST_KIC, index)


def _role_of(index: int) -> _Role:
    return _ROLES[index] if index < len(_ROLES) else _Role()


def _is_neighbor(index: int) -> bool:
    return index % _NEIGHBOR_EVERY == _FIRST_NEIGHBOR


def _draw_kepmag(rng: Random) -> float:
    # Most of the mission's targets are fainter than 14.
    return round(16.5 - 8.5 * float(rng.random() ** 2.2), 3)


def _draw_coverage(rng: Random, on_module_3: bool) -> Coverage:
    """Return a star's quarters, and in few cases months, as the mission left them."""
    chance = rng.random()
    if chance < 0.05:
        quarters: tuple[int, ...] = (rng.randrange(18),)
    elif chance < 0.08:
        first = rng.randrange(16)
        quarters = tuple(range(first, first + 3))
    elif chance < 0.15:
        first = rng.randrange(3, 8)
        lost = range(first, first + rng.randrange(3, 8))
        quarters = tuple(q for q in _FROM_Q1 if q not in lost)
    elif chance < 0.22:
        quarters = tuple(range(rng.randrange(2, 4), 18))
    elif chance < 0.40:
        lost_once = rng.randrange(2, 17)
        quarters = tuple(q for q in _FROM_Q1 if q != lost_once)
    else:
        quarters = _ALL_QUARTERS if chance < 0.65 else _FROM_Q1
    if on_module_3:
        # A star that would have nothing left was observed in Q3 instead.
        quarters = tuple(q for q in quarters if q not in _LOST_WITH_MODULE_3) or (3,)
    return Coverage(quarters, _draw_months(rng, quarters, on_module_3))


def _draw_months(
    rng: Random, quarters: tuple[int, ...], on_module_3: bool
) -> tuple[tuple[int, int], ...]:
    if on_module_3 or rng.random() >= 0.02:
        return ()
    first = rng.randrange(len(_ALL_MONTHS))
    months = _ALL_MONTHS[first : first + rng.randrange(1, 7)]
    return tuple(month for month in months if month[0] in quarters)
