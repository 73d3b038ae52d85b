"""Quiet simulated stars, some of which have a known signal, as an archive serves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np

from preprocessing.missions import LONG, Product
from preprocessing.signals.exposures import Floats
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.focal_plane import MODULE_3_SKYGROUPS, N_SKYGROUPS
from preprocessing.simulator.synthesis.kepler_stars import KeplerStars
from preprocessing.simulator.synthesis.mission_calendar import CADENCE_D
from preprocessing.simulator.synthesis.observed_days import observed_days
from preprocessing.simulator.synthesis.population import SkyPosition, Star
from preprocessing.simulator.synthesis.stars import Change, FlaggedTime
from preprocessing.simulator.synthesis.survey_population import SurveyPopulation
from preprocessing.validation.injection import (
    CLASS_OF,
    INJECTED_KINDS,
    Injection,
    draw_injection,
)

__all__ = ["CLASSES", "KINDS", "LONE", "QUIET", "Holdings", "InjectedStars", "Signal"]

#: Kinds of other missions: Kepler neither rolled nor dumped momentum without a flag.
_ELSEWHERE = ("sawtooth", "dumps")
KINDS = tuple(kind for kind in INJECTED_KINDS if kind not in _ELSEWHERE)
CLASSES = tuple(dict.fromkeys(CLASS_OF[kind] for kind in KINDS))
QUIET = "quiet"
#: What the stars of a channel have at the same time. Kepler watched some 2,000 stars a channel, so
#: that a dozen that share a fault are few.
_SHARED = ("ramp", "rolling band", "glitch")
_SHARING = 12
#: The same in one star alone, which nothing but its form can tell.
LONE = tuple(f"lone {kind}" for kind in _SHARED)
_ROLLING_BAND = "rolling band"
#: The flags of the rolling band (Kepler Archive Manual, table 2-3).
_ROLLING_BAND_BITS = 1 << 17 | 1 << 18
#: Sky groups that never fall on the module that failed.
_SKYGROUPS = tuple(g for g in range(1, N_SKYGROUPS + 1) if g not in MODULE_3_SKYGROUPS)
#: Least and largest amplitude in the noise of one exposure.
_NOISES = (3.0, 300.0)
#: Of each star. It is the survey's first quarter too.
_QUARTER = 5


@dataclass(frozen=True)
class Signal:
    """Which signal a star has.

    Parameters
    ----------
    kind : str
        A kind of injections, or one of `LONE`, or `QUIET`.
    number : int
        How many stars before have one of the kind.
    """

    kind: str
    number: int

    @property
    def class_name(self) -> str:
        """The class it belongs to, or `QUIET`."""
        return CLASS_OF.get(self.kind.removeprefix("lone "), QUIET)

    @property
    def source(self) -> tuple[int, int, int]:
        """What the numbers of its form are drawn from: for shared faults, the same."""
        if self.kind in _SHARED:
            return 1, KINDS.index(self.kind), self.number // _SHARING
        return 0, (*KINDS, *LONE).index(self.kind), self.number


class InjectedStars(SurveyPopulation):
    """Quiet stars with the spacecraft's faults, then stars with one known signal each.

    The latter have no other fault: what stars with two signals are called is another question.

    Parameters
    ----------
    n_quiet : int
        Stars without a signal.
    n_a_class : int
        Stars of each class. A twelfth as many have each fault of `LONE`.
    seed : int
        Of the stars and signals.
    """

    def __init__(self, n_quiet: int, n_a_class: int, seed: int) -> None:
        drawn = [(QUIET, number) for number in range(n_quiet)]
        for name in CLASSES:
            kinds = [kind for kind in KINDS if CLASS_OF[kind] == name]
            turns = [divmod(number, len(kinds)) for number in range(n_a_class)]
            drawn += [(kinds[kind], number) for number, kind in turns]
        drawn += [(kind, number) for kind in LONE for number in range(n_a_class // 12)]
        self._signals = tuple(Signal(*one) for one in drawn)
        super().__init__(len(drawn), seed)

    def kind(self, index: int) -> str:
        """Return what all stars are without their signals."""
        return QUIET

    def signal(self, index: int) -> Signal:
        """Return which signal a star has."""
        return self._signals[index]

    def position(self, index: int) -> SkyPosition:
        """Return a star's position: those that share a fault share a channel."""
        place, signal = super().position(index), self.signal(index)
        if signal.kind not in _SHARED:
            return place
        number = len(_SHARED) * signal.source[-1] + _SHARED.index(signal.kind)
        return replace(place, skygroup=_SKYGROUPS[number % len(_SKYGROUPS)])

    def over_noise(self, index: int) -> float:
        """Return the amplitude of a star's signal over its noise."""
        injected = self.injection(index)
        noise = 1e-6 * self.survey_star(index).noise_ppm
        return 0.0 if injected is None else injected.amplitude / noise

    def injection(self, index: int) -> Injection | None:
        """Return a star's signal, or None."""
        signal = self.signal(index)
        if signal.kind == QUIET:
            return None
        noise = 1e-6 * self.survey_star(index).noise_ppm
        low, high = np.log(_NOISES)
        times = np.exp(np.random.default_rng([self.seed, index]).uniform(low, high))
        kind = signal.kind.removeprefix("lone ")
        return _injection(kind, (self.seed, *signal.source), float(times * noise))

    def star(self, index: int) -> Star:
        """Return a star with its signal."""
        survey, injected = self.survey_star(index), self.injection(index)
        if injected is None:
            return survey.star
        own = survey.star.variability
        faults = [fault.change for fault in survey.faults]
        changes = tuple(change for change in own.changes if change not in faults)
        flagged: tuple[FlaggedTime, ...] = ()
        if injected.kind == _ROLLING_BAND:
            start, end = injected.truth["start_d"], injected.truth["end_d"]
            flagged = (FlaggedTime(start, end, _ROLLING_BAND_BITS),)
        change: Change = partial(_at, injected.change)
        variability = replace(own, changes=(*changes, change), flagged=flagged)
        return replace(survey.star, variability=variability)


@lru_cache(maxsize=64)
def _injection(kind: str, source: tuple[int, ...], amplitude: float) -> Injection:
    rng = np.random.default_rng(source)
    return draw_injection(kind, rng, observed_days(_QUARTER), CADENCE_D[LONG], amplitude)


def _at(change: Floats, time_bkjd: Floats, exposure_d: float) -> Floats:
    """Return the change of those exposures that were observed."""
    days = observed_days(_QUARTER)
    after = np.clip(np.searchsorted(days, time_bkjd), 1, len(days) - 1)
    nearest = after - (time_bkjd - days[after - 1] < days[after] - time_bkjd)
    is_seen = np.abs(time_bkjd - days[nearest]) < exposure_d / 2
    return np.asarray(np.where(is_seen, change[nearest], 0))


class Holdings:
    """Those stars, as the simulator serves them."""

    is_synthetic = True

    def __init__(self, population: InjectedStars) -> None:
        self._stars = KeplerStars(population)

    def star_keys(self) -> Sequence[int]:
        """Return the numbers of all stars."""
        return self._stars.numbers()

    def star(self, key: int, /) -> HeldStar:
        """Return one star."""
        return self._stars.star(key)

    def products(self, key: int, /) -> Sequence[Product]:
        """Return one star's files."""
        return self._stars.products(key)

    def size(self, product: Product, /) -> int:
        """Return a file's size in bytes."""
        return self._stars.size(product)

    def body(self, product: Product, /) -> bytes:
        """Return the bytes of a file."""
        return self._stars.body(product)
