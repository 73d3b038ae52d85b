"""A survey: synthetic stars of Kepler in the shares that catalogs have, and strange ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from preprocessing.missions import LONG, Product
from preprocessing.missions.kepler import KEPLER, kepler_product
from preprocessing.simulator.synthesis.drawn_light import DrawnLight
from preprocessing.simulator.synthesis.focal_plane import (
    MODULE_3_SKYGROUPS,
    N_SKYGROUPS,
    sky_position,
)
from preprocessing.simulator.synthesis.mission_calendar import long_stamp, season_of
from preprocessing.simulator.synthesis.observed_days import observed_days
from preprocessing.simulator.synthesis.ordinary_stars import draw_ordinary
from preprocessing.simulator.synthesis.photometry import aperture_of, white_noise_ppm
from preprocessing.simulator.synthesis.population import (
    Coverage,
    SkyPosition,
    Star,
    draw_kepmag,
    fixed_coverage,
)
from preprocessing.simulator.synthesis.scattered_numbers import index_of_number, scattered
from preprocessing.simulator.synthesis.spacecraft_faults import Fault, faults_of, remainder
from preprocessing.simulator.synthesis.stars import Variability, draw_atmosphere
from preprocessing.simulator.synthesis.strange_stars import draw_strange
from preprocessing.simulator.synthesis.survey_kinds import KNOWN_SHARES, STRANGE, survey_kind

__all__ = ["FIRST_OF_SURVEY", "SurveyPopulation", "SurveyStar"]

#: The numbers of a survey begin here, beyond those of the other synthetic stars.
FIRST_OF_SURVEY = KEPLER.synthetic_numbers.start + 50_000_000
#: Sky groups that never fall on the module that failed.
_SKYGROUPS = tuple(g for g in range(1, N_SKYGROUPS + 1) if g not in MODULE_3_SKYGROUPS)
#: The fraction of stars without stellar parameters, as in the Kepler Input Catalog.
_UNDESCRIBED = 0.1


@dataclass(frozen=True)
class SurveyStar:
    """One star of a survey, and what is true of it.

    Parameters
    ----------
    star : Star
        The star, with all that changes its light, faults of the spacecraft included.
    drawn : DrawnLight
        What its kind does.
    faults : tuple of Fault
        What the spacecraft does.
    noise_ppm : float
        Noise of one exposure: of photons, read-out and granulation, in parts per million.
    in_catalogs : bool
        Whether the published tables have the star.
    """

    star: Star
    drawn: DrawnLight
    faults: tuple[Fault, ...]
    noise_ppm: float
    in_catalogs: bool

    @property
    def is_strange(self) -> bool:
        """Whether the star is one of those that a search for the strange is to find."""
        return self.star.kind in STRANGE


class SurveyPopulation:
    """The stars of a survey, each computed when it is requested.

    Parameters
    ----------
    n_stars : int
        How many stars there are.
    seed : int, optional
        0 or more. Another seed gives other stars, files and noise.
    n_quarters : int, optional
        How many long-cadence quarters each star has, 1 to 18.

    Raises
    ------
    ValueError
        An argument is out of range.
    """

    def __init__(self, n_stars: int, seed: int = 0, n_quarters: int = 1) -> None:
        if n_stars < 0 or seed < 0:
            raise ValueError(f"n_stars ({n_stars}) and seed ({seed}) must not be negative")
        self.seed = seed
        self._n_stars = n_stars
        self._coverage = fixed_coverage(n_quarters)

    def __len__(self) -> int:
        return self._n_stars

    def star_keys(self) -> Sequence[int]:
        """Return the numbers of all stars, ascending."""
        return tuple(scattered(FIRST_OF_SURVEY, index) for index in range(self._n_stars))

    def index_of(self, kic: int) -> int:
        """Return the index of the star with a number; raise `KeyError` if there is none."""
        return index_of_number(FIRST_OF_SURVEY, kic, self._n_stars)

    def name(self, index: int) -> str:
        """Return the name under which the resolver knows a star."""
        return f"Synthetic-Survey-{index + 1}"

    def examples(self) -> dict[str, int]:
        """Return nothing: no star of a survey is there to show a feature."""
        return {}

    def kind(self, index: int) -> str:
        """Return what kind of star a star is: see `survey_kinds`."""
        return survey_kind(self.seed, index)

    def coverage(self, index: int) -> Coverage:
        """Return which files exist for a star: the same for all."""
        return self._coverage

    def position(self, index: int) -> SkyPosition:
        """Return a star's position in the sky."""
        rng = self._rng(index, "place")
        skygroup = rng.choice(_SKYGROUPS)
        return SkyPosition(*sky_position(skygroup, rng.random(), rng.random()), skygroup)

    def products(self, index: int) -> tuple[SkyPosition, tuple[Product, ...]]:
        """Return a star's position and its files."""
        kic = scattered(FIRST_OF_SURVEY, index)
        quarters = self._coverage.long_quarters
        stamps = (long_stamp(quarter, on_module_3=False) for quarter in quarters)
        return self.position(index), tuple(kepler_product(stamp, kic, LONG) for stamp in stamps)

    def star(self, index: int) -> Star:
        """Return a star, with everything that its light curves contain."""
        return self.survey_star(index).star

    def survey_star(self, index: int) -> SurveyStar:
        """Return a star, and what is true of it.

        Parameters
        ----------
        index : int
            The star's position in the survey, from 0.
        """
        return _survey_star(self.seed, index, self._coverage.long_quarters, self._bare(index))

    def _bare(self, index: int) -> Star:
        """Return a star whose light does not change."""
        rng = self._rng(index, "star")
        kind = self.kind(index)
        return Star(
            index=index,
            number=scattered(FIRST_OF_SURVEY, index),
            name=self.name(index),
            position=self.position(index),
            kind=kind,
            kepmag=draw_kepmag(rng),
            atmosphere=draw_atmosphere(rng, kind),
            described=rng.random() >= _UNDESCRIBED,
            variability=Variability(),
            quarter_without_pdcsap=None,
            quarter_below_zero=None,
        )

    def _rng(self, index: int, topic: str) -> Random:
        return _random(self.seed, index, topic)


def _random(seed: int, index: int, topic: str) -> Random:
    # `Random` hashes a text by its digest, so the stars are the same on every machine.
    return Random(f"{seed} survey {index} {topic}")


# The server asks for a star once for each of its files, and for its rows in tables before that.
@lru_cache(maxsize=4096)
def _survey_star(seed: int, index: int, quarters: tuple[int, ...], bare: Star) -> SurveyStar:
    noise_ppm = _noise_ppm(bare, quarters[0], seed)
    rng = _random(seed, index, "light")
    if bare.kind in STRANGE:
        drawn = draw_strange(rng, bare.kind, quarters, noise_ppm)
    else:
        days = float(observed_days(quarters[0])[0]), float(observed_days(quarters[-1])[-1])
        drawn = draw_ordinary(rng, bare.kind, bare.atmosphere, days)
    faults = tuple(
        fault
        for quarter in quarters
        for fault in faults_of(
            _random(seed, index, f"faults {quarter}"),
            seed,
            quarter,
            bare.position.skygroup,
            bare.kepmag,
            noise_ppm,
        )
    )
    left = (
        remainder(_random(seed, index, f"remainder {q}"), q, bare.kepmag, noise_ppm)
        for q in quarters
    )
    own = drawn.variability
    variability = replace(
        own,
        changes=(*own.changes, *left, *(fault.change for fault in faults)),
        flagged=tuple(fault.flagged for fault in faults if fault.flagged is not None),
    )
    known = _random(seed, index, "catalogs").random() < KNOWN_SHARES.get(bare.kind, 0.0)
    return SurveyStar(replace(bare, variability=variability), drawn, faults, noise_ppm, known)


def _noise_ppm(star: Star, quarter: int, seed: int) -> float:
    white_ppm = white_noise_ppm(star, aperture_of(star, season_of(quarter), seed), LONG)
    return float((white_ppm**2 + star.atmosphere.granulation_ppm**2) ** 0.5)
