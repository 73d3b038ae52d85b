"""What the spacecraft puts on the light of a survey's stars, and the correction leaves there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random

import numpy as np

from preprocessing.signals.exposures import Floats
from preprocessing.signals.ripples import Ripples, ripples_flux
from preprocessing.signals.steps import Step, step_flux
from preprocessing.simulator.synthesis.drawn_light import log_uniform
from preprocessing.simulator.synthesis.focal_plane import N_SKYGROUPS, channel_of
from preprocessing.simulator.synthesis.observed_days import observed_days, restarts, seen_moment
from preprocessing.simulator.synthesis.stars import Change, FlaggedTime

__all__ = ["FAULT_NAMES", "Fault", "faults_of", "remainder"]

STEP, RAMP, ROLLING_BAND, CHANNEL_GLITCH = "step", "ramp", "rolling_band", "channel_glitch"
FAULT_NAMES = (STEP, RAMP, ROLLING_BAND, CHANNEL_GLITCH)

#: Which share of the files of single stars have a step or a ramp that is left.
_STEP_SHARE, _RAMP_SHARE = 0.04, 0.05
#: On how many of the 84 channels each quarter has a rolling band, or a glitch in all stars.
_N_ROLLING, _N_GLITCHES = 4, 4
#: The flags of the rolling band (Kepler Archive Manual, table 2-3).
_ROLLING_BAND_BITS = 1 << 17 | 1 << 18
#: At this magnitude the rolling band has the amplitudes drawn: it is as bright for every star.
_ROLLING_BAND_KEPMAG = 14.0
_FAINTEST = 16.0


#: What the correction leaves in every file: the deviation of each of the first Legendre
#: polynomials over a quarter, at a magnitude of 13, least and most; mean and scatter of the number
#: of exposures that are off, which share of them is too bright, by how much at least and at most,
#: in the noise of an exposure, and by which power they become fewer. That is as in 17 real quarters
#: of quiet stars: means over 2 days scatter by 14 and 43 ppm at a magnitude of 8 and by some 125
#: from 12 on; 8.0, 3.1, 1.4 and 0.3 exposures of one are too bright by more than 4, 5, 6 and 8
#: times the noise, and 1.4 too faint by more than 4.
_DRIFT, _DRIFTS, _N_DRIFTS = 100e-6, (25e-6, 110e-6), 6
_N_OUTLIERS = (18.0, 5.0)
_BRIGHT_SHARE, _LEAST_OFF, _MOST_OFF, _OFF_POWER = 0.85, 3.0, 30.0, 5.0
#: Barycentric times lie a little beyond the spacecraft's, in shares of a quarter.
_MARGIN = 0.005


@dataclass(frozen=True)
class Fault:
    """One fault in one file.

    Parameters
    ----------
    name : str
        One of `FAULT_NAMES`.
    quarter : int
        The file's quarter.
    change : Change
        What it does to the light.
    flagged : FlaggedTime or None
        The flag that says so.
    """

    name: str
    quarter: int
    change: Change
    flagged: FlaggedTime | None = None


def faults_of(
    rng: Random, seed: int, quarter: int, skygroup: int, kepmag: float, noise_ppm: float
) -> Iterator[Fault]:
    """Yield the faults in a star's file.

    Parameters
    ----------
    rng : Random
        The random source of this star and quarter.
    seed : int
        The survey's seed: channels have the same faults in all of its stars.
    quarter : int
        Quarter of the Kepler mission.
    skygroup : int
        Where the star is.
    kepmag : float
        The star's magnitude.
    noise_ppm : float
        Noise of one exposure, in parts per million.
    """
    if rng.random() < _STEP_SHARE:
        start = seen_moment(rng, quarter, 1.0, 3.0)
        change_ppm = -noise_ppm * log_uniform(rng, 3, 60)
        step = Step(start, change_ppm, rng.uniform(0.3, 1.0), log_uniform(rng, 0.1, 3))
        yield Fault(STEP, quarter, partial(_step_change, step))
    if rng.random() < _RAMP_SHARE:
        start = rng.choice(restarts(quarter).tolist())
        change_ppm = rng.choice((-1, 1)) * noise_ppm * log_uniform(rng, 3, 20)
        ramp = Step(start - 1e-3, change_ppm, 1.0, rng.uniform(0.7, 2.0))
        yield Fault(RAMP, quarter, partial(_step_change, ramp))
    shared = _channel_faults(seed, quarter).get(channel_of(skygroup, quarter))
    if isinstance(shared, Step):
        yield Fault(CHANNEL_GLITCH, quarter, partial(_step_change, shared))
    elif isinstance(shared, Ripples):
        factor = 10 ** (0.4 * (min(kepmag, _FAINTEST) - _ROLLING_BAND_KEPMAG))
        flagged = FlaggedTime(shared.start_d, shared.end_d, _ROLLING_BAND_BITS)
        change = partial(_ripples_change, shared, factor)
        yield Fault(ROLLING_BAND, quarter, change, flagged)


def remainder(rng: Random, quarter: int, kepmag: float, noise_ppm: float) -> Change:
    """Return what the mission's correction leaves in every file: slow drifts, and outliers.

    Parameters
    ----------
    rng : Random
        The random source of this star and quarter.
    quarter : int
        Quarter of the Kepler mission.
    kepmag : float
        The star's magnitude: bright stars drift less.
    noise_ppm : float
        Noise of one exposure, in parts per million.
    """
    days = observed_days(quarter)
    drift = float(np.clip(_DRIFT * 10 ** (0.2 * (kepmag - 13)), *_DRIFTS))
    coefficients = [0.0, *(rng.gauss(0, drift) for _ in range(_N_DRIFTS))]
    outliers = []
    for _ in range(max(0, round(rng.gauss(*_N_OUTLIERS)))):
        sign = 1 if rng.random() < _BRIGHT_SHARE else -1
        off = min(_MOST_OFF, _LEAST_OFF * (1 - rng.random()) ** (-1 / _OFF_POWER))
        outliers.append((float(rng.choice(days)), sign * off * 1e-6 * noise_ppm))
    return partial(_remainder_change, (float(days[0]), float(days[-1])), coefficients, outliers)


@lru_cache(maxsize=64)
def _channel_faults(seed: int, quarter: int) -> dict[int, Step | Ripples]:
    """Return the fault of each channel that has one in a quarter."""
    rng = Random(f"{seed} survey quarter {quarter}")
    channels = rng.sample(range(1, N_SKYGROUPS + 1), _N_ROLLING + _N_GLITCHES)
    faults: dict[int, Step | Ripples] = {}
    for channel in channels[:_N_ROLLING]:
        start = seen_moment(rng, quarter, 1.0, 10.0)
        end = min(start + rng.uniform(5, 20), float(observed_days(quarter)[-1]))
        amplitude_ppm = log_uniform(rng, 50, 400)
        drift = rng.uniform(-0.5, 0.5)
        period_d, phase = rng.uniform(0.25, 1.2), rng.random()
        faults[channel] = Ripples(start, end, amplitude_ppm, period_d, drift, phase)
    for channel in channels[_N_ROLLING:]:
        start = seen_moment(rng, quarter, 0.5, 1.5)
        change_ppm = rng.choice((-1, 1)) * log_uniform(rng, 500, 5_000)
        faults[channel] = Step(start, change_ppm, 1.0, log_uniform(rng, 0.05, 0.4))
    return faults


def _step_change(step: Step, time_bkjd: Floats, exposure_d: float) -> Floats:
    return step_flux(time_bkjd, step)


def _ripples_change(
    ripples: Ripples, factor: float, time_bkjd: Floats, exposure_d: float
) -> Floats:
    return factor * ripples_flux(time_bkjd, ripples)


def _remainder_change(
    days: tuple[float, float],
    coefficients: list[float],
    outliers: list[tuple[float, float]],
    time_bkjd: Floats,
    exposure_d: float,
) -> Floats:
    share = (time_bkjd - days[0]) / (days[1] - days[0])
    inside = (share > -_MARGIN) & (share < 1 + _MARGIN)
    change = np.where(inside, np.polynomial.legendre.legval(2 * share - 1, coefficients), 0)
    for time, size in outliers:
        first, last = np.searchsorted(time_bkjd, (time - exposure_d / 2, time + exposure_d / 2))
        change[first:last] += size
    return np.asarray(change)
