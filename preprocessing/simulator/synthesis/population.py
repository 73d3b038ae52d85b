"""Which synthetic stars Kepler observed: their numbers, positions and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from types import MappingProxyType

from preprocessing.missions import LONG, SHORT, Product, parse_file_name
from preprocessing.missions.kepler import KEPLER, SHORT_STAMPS, kepler_product
from preprocessing.simulator.synthesis.focal_plane import (
    MODULE_3_SKYGROUPS,
    N_SKYGROUPS,
    sky_position,
)
from preprocessing.simulator.synthesis.mission_calendar import long_stamp
from preprocessing.simulator.synthesis.scattered_numbers import index_of_number, scattered
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
    "Population",
    "SkyPosition",
    "Star",
    "beside",
    "draw_kepmag",
    "draw_star",
    "fixed_coverage",
]

FIRST_KIC = KEPLER.synthetic_numbers.start

#: The order in which long-cadence quarters are given to stars with a fixed number of them. It
#: starts with Q5, since all quarters from there on but Q8 and Q17 have the usual length.
_FIXED_ORDER = (*range(5, 18), 4, 3, 2, 1, 0)

_ALL_QUARTERS = tuple(range(18))
_FROM_Q1 = tuple(range(1, 18))
#: Quarters in which a star of module 3 would fall on that module again after it had failed.
_LOST_WITH_MODULE_3 = (8, 12, 16)
#: Every month of short cadence except month 1 of Q4, which only stars on module 3 have.
_ALL_MONTHS = tuple(
    (quarter, month)
    for quarter, stamps in enumerate(SHORT_STAMPS)
    for month in range(1, len(stamps) + 1)
    if (quarter, month) != (4, 1)
)

#: The fraction of stars without stellar parameters, as in the Kepler Input Catalog.
_UNDESCRIBED = 0.1
#: Pairs of stars too close for a position to tell them apart: the index of the first pair's
#: second star, the period of such pairs, and the range of separations.
_FIRST_NEIGHBOR = 18
_NEIGHBOR_EVERY = 400
_NEIGHBOR_ARCSEC = (1.5, 3.5)


@dataclass(frozen=True)
class SkyPosition:
    """A star's position in the sky.

    Parameters
    ----------
    ra_deg, dec_deg : float
        Right ascension and declination (ICRS), in degrees.
    skygroup : int
        Kepler's sky group, 1 to 84: where it falls on the CCDs; 0 for TESS.
    """

    ra_deg: float
    dec_deg: float
    skygroup: int

    @property
    def on_module_3(self) -> bool:
        """Whether the star was on CCD module 3 when the module failed in Q4."""
        return self.skygroup in MODULE_3_SKYGROUPS


@dataclass(frozen=True)
class Coverage:
    """Which files exist for a star.

    Parameters
    ----------
    long_quarters : tuple of int
        Quarters with long cadence.
    short_months : tuple of (int, int)
        Quarter and month of each short-cadence file.
    """

    long_quarters: tuple[int, ...]
    short_months: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Star:
    """A synthetic star, with everything that its light curves contain.

    Parameters
    ----------
    index : int
        Position in its population, from 0.
    number : int
        Number in the mission's catalog, which no real star has.
    name : str
        Name under which the resolver knows the star.
    position : SkyPosition
        Where the star is in the sky.
    kind : str
        One of `KINDS`.
    kepmag : float
        Magnitude in Kepler's band, or in TESS's for a star of TESS.
    atmosphere : Atmosphere
        The star's surface.
    described : bool
        Whether the catalog and the files' headers give the atmosphere.
    variability : Variability
        What changes the star's light.
    quarter_without_pdcsap : int or None
        A quarter whose PDCSAP flux is missing in every row.
    quarter_below_zero : int or None
        A quarter whose background was over-subtracted, so that the median flux is negative.
    """

    index: int
    number: int
    name: str
    position: SkyPosition
    kind: str
    kepmag: float
    atmosphere: Atmosphere
    described: bool
    variability: Variability
    quarter_without_pdcsap: int | None
    quarter_below_zero: int | None


@dataclass(frozen=True)
class _Role:
    """What is fixed for a star instead of drawn at random."""

    kind: str | None = None
    kepmag: float | None = None
    coverage: Coverage | None = None
    on_module_3: bool = False
    quarter_without_pdcsap: int | None = None
    quarter_below_zero: int | None = None
    described: bool | None = None


_role = partial(_Role, coverage=Coverage(_FROM_Q1))

_KEPSEISMIC_NAME = "hlsp_kepseismic_kepler_phot_kplr{:09d}-{}d_kepler_v1_cor-filt-inp.fits"

#: The first stars of every population show each kind of star and each set of files. The
#: demonstration downloads the first twenty.
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

#: For each feature that a test or a reader may look for, the index of a star that shows it.
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
        "kepseismic": 5,
    }
)
#: The features that do not depend on which files exist.
_EXAMPLES_OF_LIGHT = ("faint", "planet", "eclipsing_binary", "flares", "neighbors", "rotator")


class Population:
    """Kepler stars derived from a seed, each computed when it is requested.

    Parameters
    ----------
    n_stars : int
        How many stars there are.
    seed : int, optional
        0 or more. Another seed gives other stars, files and noise.
    n_quarters : int, optional
        Give every star this many long-cadence quarters (1 to 18), and no short cadence.

    Raises
    ------
    ValueError
        An argument is out of range.
    """

    def __init__(self, n_stars: int, seed: int = 0, n_quarters: int | None = None) -> None:
        if n_stars < 0 or seed < 0:
            raise ValueError(f"n_stars ({n_stars}) and seed ({seed}) must not be negative")
        self.seed = seed
        self._n_stars = n_stars
        self._fixed = None if n_quarters is None else fixed_coverage(n_quarters)

    def __len__(self) -> int:
        return self._n_stars

    def star_keys(self) -> Sequence[int]:
        """Return the numbers of all stars, ascending."""
        return tuple(_kic(index) for index in range(self._n_stars))

    def index_of(self, kic: int) -> int:
        """Return the index of the star with a number; raise `KeyError` if there is none."""
        return index_of_number(FIRST_KIC, kic, self._n_stars)

    def name(self, index: int) -> str:
        """Return the name under which the resolver knows a star."""
        return f"Synthetic-{index + 1}"

    def examples(self) -> dict[str, int]:
        """Return the number of an example star for each feature."""
        shown = _EXAMPLES.items()
        if self._fixed is not None:
            shown = {key: _EXAMPLES[key] for key in _EXAMPLES_OF_LIGHT}.items()
        return {key: _kic(index) for key, index in shown if index < self._n_stars}

    def position(self, index: int) -> SkyPosition:
        """Return a star's position in the sky."""
        if _is_neighbor(index):
            return beside(self._rng(index, "place"), self.position(index - 1))
        rng = self._rng(index, "place")
        if self._fixed is None and _role_of(index).on_module_3:
            skygroup = rng.choice(MODULE_3_SKYGROUPS)
        elif self._fixed is not None or index < len(_ROLES):
            skygroup = rng.randrange(N_SKYGROUPS - len(MODULE_3_SKYGROUPS)) + 1
            skygroup += len(MODULE_3_SKYGROUPS) * (skygroup >= MODULE_3_SKYGROUPS.start)
        else:
            skygroup = rng.randrange(N_SKYGROUPS) + 1
        return SkyPosition(*sky_position(skygroup, rng.random(), rng.random()), skygroup)

    def coverage(self, index: int) -> Coverage:
        """Return which files exist for a star."""
        return self._coverage(index, self.position(index))

    def products(self, index: int) -> tuple[SkyPosition, tuple[Product, ...]]:
        """Return a star's position and its files: long cadence, short cadence, KEPSEISMIC's."""
        kic, position = _kic(index), self.position(index)
        coverage = self._coverage(index, position)
        long = [
            kepler_product(long_stamp(quarter, position.on_module_3), kic, LONG)
            for quarter in coverage.long_quarters
        ]
        short = [
            kepler_product(SHORT_STAMPS[quarter][month - 1], kic, SHORT)
            for quarter, month in coverage.short_months
        ]
        is_filtered = self._fixed is None and index == _EXAMPLES["kepseismic"]
        return position, (*long, *short, *(_kepseismic_products(kic) if is_filtered else ()))

    def star(self, index: int) -> Star:
        """Return a star, with everything that its light curves contain."""
        role, rng = _role_of(index), self._rng(index, "star")
        position = self.position(index)
        coverage = self._coverage(index, position)
        kind = role.kind or rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
        kepmag = role.kepmag or draw_kepmag(rng)
        atmosphere = draw_atmosphere(rng, kind)
        described = rng.random() >= _UNDESCRIBED if role.described is None else role.described
        without_pdcsap, below_zero = self._faulty_quarters(role, coverage, kepmag, rng)
        return Star(
            index=index,
            number=_kic(index),
            name=self.name(index),
            position=position,
            kind=kind,
            kepmag=kepmag,
            atmosphere=atmosphere,
            described=described,
            variability=draw_variability(rng, kind, atmosphere),
            quarter_without_pdcsap=without_pdcsap,
            quarter_below_zero=below_zero,
        )

    def _faulty_quarters(
        self, role: _Role, coverage: Coverage, kepmag: float, rng: Random
    ) -> tuple[int | None, int | None]:
        """Return the quarter without PDCSAP flux and the one with a negative median, if any."""
        chance = rng.random()
        if self._fixed is not None or not coverage.long_quarters:
            return None, None
        if role.coverage is not None:
            return role.quarter_without_pdcsap, role.quarter_below_zero
        quarter = rng.choice(coverage.long_quarters)
        if chance < 0.01:
            return quarter, None
        return None, quarter if kepmag > 15.5 and chance > 0.98 else None

    def _coverage(self, index: int, position: SkyPosition) -> Coverage:
        if self._fixed is not None:
            return self._fixed
        return _role_of(index).coverage or _draw_coverage(
            self._rng(index, "coverage"), position.on_module_3
        )

    def _rng(self, index: int, topic: str) -> Random:
        # `Random` hashes a text by its digest, so the stars are the same on every machine.
        return Random(f"{self.seed} {index} {topic}")


def _kepseismic_products(kic: int) -> tuple[Product, ...]:
    names = (_KEPSEISMIC_NAME.format(kic, days) for days in (20, 55, 80))
    return tuple(product for name in names if (product := parse_file_name(name)))


def fixed_coverage(n_quarters: int) -> Coverage:
    """Return the files of stars with a fixed number of long-cadence quarters.

    Parameters
    ----------
    n_quarters : int
        1 to 18, or `ValueError` is raised.
    """
    if not 1 <= n_quarters <= len(_FIXED_ORDER):
        raise ValueError(f"n_quarters is {n_quarters}, not 1 to {len(_FIXED_ORDER)}")
    return Coverage(tuple(sorted(_FIXED_ORDER[:n_quarters])))


def draw_star(
    rng: Random,
    index: int,
    number: int,
    name: str,
    position: SkyPosition,
    days_bkjd: tuple[float, float],
    kind: str | None = None,
    magnitude: float | None = None,
) -> Star:
    """Return a star of K2 or TESS.

    Parameters
    ----------
    rng : Random
        The star's own random source.
    index : int
        Position in its population, from 0.
    number : int
        Number in the mission's catalog.
    name : str
        Name under which the resolver knows the star.
    position : SkyPosition
        Where the star is in the sky.
    days_bkjd : tuple of float
        Start and end of the mission: see `draw_variability`.
    kind : str, optional
        One of `KINDS`; drawn at random if not given.
    magnitude : float, optional
        Magnitude in the mission's band; drawn at random if not given.
    """
    drawn_kind = kind or rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    atmosphere = draw_atmosphere(rng, drawn_kind)
    return Star(
        index=index,
        number=number,
        name=name,
        position=position,
        kind=drawn_kind,
        kepmag=magnitude or draw_kepmag(rng),
        atmosphere=atmosphere,
        described=rng.random() >= _UNDESCRIBED,
        variability=draw_variability(rng, drawn_kind, atmosphere, days_bkjd),
        quarter_without_pdcsap=None,
        quarter_below_zero=None,
    )


def beside(rng: Random, other: SkyPosition) -> SkyPosition:
    """Return a position a few arcseconds from another.

    Parameters
    ----------
    rng : Random
        Random source of separation and direction.
    other : SkyPosition
        The position to be near.
    """
    distance_deg, angle = rng.uniform(*_NEIGHBOR_ARCSEC) / 3600, rng.uniform(0, 2 * math.pi)
    dec_deg = other.dec_deg + distance_deg * math.sin(angle)
    east_deg = distance_deg * math.cos(angle) / math.cos(math.radians(dec_deg))
    return SkyPosition(other.ra_deg + east_deg, dec_deg, other.skygroup)


def _kic(index: int) -> int:
    return scattered(FIRST_KIC, index)


def _role_of(index: int) -> _Role:
    return _ROLES[index] if index < len(_ROLES) else _Role()


def _is_neighbor(index: int) -> bool:
    return index % _NEIGHBOR_EVERY == _FIRST_NEIGHBOR


def draw_kepmag(rng: Random) -> float:
    """Draw a magnitude in Kepler's band at random: most of its targets are fainter than 14."""
    return round(16.5 - 8.5 * float(rng.random() ** 2.2), 3)


def _draw_coverage(rng: Random, on_module_3: bool) -> Coverage:
    """Return a star's quarters and, rarely, months, distributed as in the mission's archive."""
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
        # Every star needs a file: one without any quarter left gets Q3.
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
