"""Which trials there are, and the light of each: the same for the same seed and star."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.light_curve import LightCurve
from preprocessing.missions import MISSIONS, Mission
from preprocessing.validation.changed_light import (
    CHANGES,
    noise_of,
    reordered,
    simulated,
    without_untimed,
)
from preprocessing.validation.injection import CLASS_OF, INJECTED_KINDS, Injection, draw_injection
from preprocessing.validation.trial_sets import SetName

__all__ = [
    "QuietStar",
    "Trial",
    "TrialLight",
    "eligible",
    "kinds_of_class",
    "light_of",
    "trials_of",
    "why_none",
]

_DAY_S = 86_400.0
#: Amplitudes over the noise of a point: from where an event of several points is just seen to
#: where nothing hides it.
_NOISES: Mapping[str, tuple[float, float]] = {
    SetName.INJECTED: (3.0, 300.0),
    SetName.SIMULATED: (3.0, 300.0),
    SetName.PLANETS: (0.3, 30.0),
}
#: No star loses more than half of its light, and no planet takes more than 3 % of a dwarf's.
_LARGEST, _DEEPEST_PLANET = 0.5, 0.03
_PLANETS = ("planet", "late planet", "grazing planet", "single transit")
_INSTRUMENTAL = "instrumental"
_ROLLING_BAND = "rolling_band"


@dataclass(frozen=True)
class QuietStar:
    """A star of the ranking's baseline.

    Parameters
    ----------
    file : str
        Name of its FITS file.
    n_files : int
        Quarters, campaigns or sectors of its light.
    """

    file: str
    n_files: int


@dataclass(frozen=True)
class Trial:
    """One trial.

    Parameters
    ----------
    set : str
        Its set.
    number : int
        Its number in the set and class.
    kind : str
        Kind of the signal; empty without one.
    file : str
        FITS file of the quiet star.
    seed : int
        Of the run.
    repeat : int, optional
        How many trials of its set and kind before it took the same star.
    """

    set: str
    number: int
    kind: str
    file: str
    seed: int
    repeat: int = 0

    @property
    def key(self) -> str:
        """What tells it from the others of a run."""
        return f"{self.set}/{CLASS_OF.get(self.kind, '')}/{self.number}"


@dataclass(frozen=True, eq=False)
class TrialLight:
    """The light of a trial.

    Parameters
    ----------
    curve : LightCurve
        The changed light curve.
    noise : float
        Noise of a point of the star's own light.
    signal : Injection, optional
        What was put in.
    """

    curve: LightCurve = field(repr=False)
    noise: float
    signal: Injection | None = None


def kinds_of_class(mission: Mission) -> dict[str, list[str]]:
    """Return the kinds of signals of each class that a mission's light may have.

    Parameters
    ----------
    mission : Mission
        The mission.
    """
    found: dict[str, list[str]] = {}
    for kind in INJECTED_KINDS:
        if CLASS_OF[kind] != _INSTRUMENTAL or kind in mission.faults:
            found.setdefault(CLASS_OF[kind], []).append(kind)
    return found


def eligible(name: str, quiet: Sequence[QuietStar], mission: Mission) -> list[QuietStar]:
    """Return the quiet stars that a set can be made of.

    Parameters
    ----------
    name : str
        The set.
    quiet : sequence of QuietStar
        All of them.
    mission : Mission
        The mission.
    """
    return [one for one in quiet if _n_lights(name, one, mission)]


def why_none(name: str, mission: Mission) -> str:
    """Return why no quiet star is eligible for a set.

    Parameters
    ----------
    name : str
        The set.
    mission : Mission
        The mission.
    """
    if name == SetName.SEASONS and not mission.sequences_a_year:
        return f"{mission.name} does not come back to a star in the same season of each year"
    return "no quiet star has enough quarters, campaigns or sectors"


def _n_lights(name: str, star: QuietStar, mission: Mission) -> float:
    """Return how many different lights a set can make of a star, at least."""
    if name in (SetName.UNCHANGED, SetName.INVERTED):
        return 1
    if name == SetName.SCRAMBLED:
        return math.factorial(star.n_files) - 1
    if name == SetName.SEASONS:
        if not mission.sequences_a_year:
            return 0
        # Spread evenly, they have the fewest orders.
        years, more = divmod(star.n_files, mission.sequences_a_year)
        sizes = [years + 1] * more + [years] * (mission.sequences_a_year - more)
        return math.prod(map(math.factorial, sizes)) - 1
    return math.inf


def trials_of(
    name: str, n: int, quiet: Sequence[QuietStar], mission: Mission, seed: int
) -> Iterator[Trial]:
    """Yield the trials of a set; more of them begin with the same.

    Each kind of signal goes once through all stars, in an order of its own, before it takes one
    again, so that kinds, stars and (drawn) strengths are crossed. No light comes twice: there are
    fewer trials than asked for if the stars do not have so many.

    Parameters
    ----------
    name : str
        The set.
    n : int
        How many, of each class if the set has classes.
    quiet : sequence of QuietStar
        Stars that it can be made of.
    mission : Mission
        The mission.
    seed : int
        Of the run.
    """
    lights = [(one.file, _n_lights(name, one, mission)) for one in quiet]
    for one, kinds in _kinds(name, mission).items():
        turns = [_turns(lights, _rng(seed, f"{name}/{one}/{kind}")) for kind in kinds]
        for number in range(n):
            which = number % len(kinds)
            file, repeat = next(turns[which], (None, 0))
            if file is None:
                break
            yield Trial(name, number, kinds[which], file, seed, repeat)


def _turns(
    lights: Sequence[tuple[str, float]], rng: np.random.Generator
) -> Iterator[tuple[str, int]]:
    """Yield files in rounds, each in a new order, and the number of the round from 0."""
    for repeat in count():
        files = [file for file, n_lights in lights if n_lights > repeat]
        if not files:
            return
        yield from ((files[place], repeat) for place in rng.permutation(len(files)))


def _rng(seed: int, text: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(text.encode())])


def _kinds(name: str, mission: Mission) -> Mapping[str, Sequence[str]]:
    """Return the kinds of signals of each class that a set has."""
    if name in (SetName.INJECTED, SetName.SIMULATED):
        return kinds_of_class(mission)
    return {"": ["planet" if name == SetName.PLANETS else ""]}


def light_of(trial: Trial, curve: LightCurve) -> TrialLight:
    """Return the light of a trial.

    Parameters
    ----------
    trial : Trial
        The trial.
    curve : LightCurve
        The light curve of its star.

    Raises
    ------
    ValueError
        The light is too short for a signal of the kind, or has none; or its files have no order
        that no trial had.
    """
    rng = _rng(trial.seed, trial.key)
    curve = without_untimed(curve)
    if not np.isfinite(curve.flux).any():
        raise ValueError("no point has light")
    noise = noise_of(curve)
    if trial.kind and not noise > 0:
        raise ValueError("without noise there is no size for a signal")
    if not trial.kind:
        return TrialLight(_changed(trial, curve, rng), noise)
    base = simulated(curve, rng) if trial.set == SetName.SIMULATED else curve
    return _with_signal(trial, base, noise, rng)


def _changed(trial: Trial, curve: LightCurve, rng: np.random.Generator) -> LightCurve:
    if trial.set in CHANGES:
        return CHANGES[trial.set](curve, rng)
    # Orders are drawn from one source for all trials of a star, so that none comes twice.
    return reordered(trial.set, curve, _rng(trial.seed, f"{trial.set}/{trial.file}"), trial.repeat)


def _with_signal(
    trial: Trial, curve: LightCurve, noise: float, rng: np.random.Generator
) -> TrialLight:
    low, high = np.log(_NOISES[trial.set])
    largest = _DEEPEST_PLANET if trial.kind in _PLANETS else _LARGEST
    amplitude = min(largest, float(np.exp(rng.uniform(low, high))) * noise)
    rows = np.flatnonzero(np.isfinite(curve.flux))
    exposure_d = curve.exposure_s / _DAY_S
    signal = draw_injection(trial.kind, rng, curve.time[rows], exposure_d, amplitude)
    flux = np.asarray(curve.flux, np.float64).copy()
    flux[rows] *= 1 + signal.change
    changed = replace(
        curve, flux=flux.astype(curve.flux.dtype), quality=_flagged(trial, curve, signal)
    )
    return TrialLight(changed, noise, signal)


def _flagged(trial: Trial, curve: LightCurve, signal: Injection) -> NDArray[np.int32]:
    """Return the quality flags of light with a signal: the pipeline flags rolling bands."""
    bits = MISSIONS[curve.mission].flags.get(_ROLLING_BAND, 0)
    if trial.kind != "rolling band" or not bits:
        return curve.quality
    is_hit = (curve.time >= signal.truth["start_d"]) & (curve.time <= signal.truth["end_d"])
    # Bits that drop a point would have dropped it before.
    flags = bits & ~curve.quality_bitmask
    return np.where(is_hit, curve.quality | flags, curve.quality).astype(curve.quality.dtype)
