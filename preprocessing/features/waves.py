"""The strongest periodic variation of a star's light, and the strongest one beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np

from preprocessing.features.light import Floats, Light
from preprocessing.features.missing import Missing
from preprocessing.features.periodogram import (
    HarmonicFit,
    Spectrum,
    fit_harmonics,
    refine,
    spectrum,
)

__all__ = ["Peak", "Waves", "find_waves", "highest_peak", "is_peak"]

#: The longest period that is looked for, in days: half of it fits in a sector, two in a quarter.
_LONGEST_D = 45.0
#: The highest frequency that is looked for, per day: just below half the sampling of the grid.
_HIGHEST_PER_D = 23.5
_SHARE_OF_NYQUIST = 0.98
#: The noise at a peak is the median amplitude this far on both sides, per day.
_NEAR_PER_D = 2.0
#: A peak counts if it is this many times as high. The highest of 100,000 independent frequencies
#: of white noise is so in 0.3 % of stars, since the median is 0.83 of the root mean square:
#: 1e5 exp(-25 ln 2). Four is customary (Breger et al. 1993, A&A 271, 482) for some hundred.
_LEAST_CONTRAST = 5.0
#: A sine weaker than this, relative to the flux, is rounding.
_ROUNDING = 1e-12
_SHORTEST_BASELINE_D = 5.0
_FEWEST_POINTS = 100
#: Light further than this from its median time, in days, is not used: one stray point a century
#: off would ask for a spectrum of a gigabyte.
_LONGEST_REACH_D = 3_000.0


@dataclass(frozen=True)
class Peak:
    """A peak of a spectrum.

    Parameters
    ----------
    frequency_per_d : float
        Where it is.
    amplitude : float
        Amplitude of the sine.
    noise : float
        Median amplitude of the other frequencies near it.
    """

    frequency_per_d: float
    amplitude: float
    noise: float


@dataclass(frozen=True, eq=False)
class Waves:
    """What is periodic in light.

    Parameters
    ----------
    light : Light
        The light in which it was looked for.
    main : Peak
        The highest peak; its noise is that of `rest`.
    sine, harmonics, halves : HarmonicFit
        Fits at the main frequency with one sine and with four harmonics, and at half of it with
        eight.
    second : Peak
        The highest peak of what the last one leaves.
    """

    light: Light = field(repr=False)
    main: Peak
    sine: HarmonicFit
    harmonics: HarmonicFit
    halves: HarmonicFit
    second: Peak


def find_waves(light: Light) -> Waves | Missing:
    """Find the highest peak of a star's spectrum, and the highest of what is left without it.

    Parameters
    ----------
    light : Light
        Light on the common grid.

    Returns
    -------
    Waves or Missing
        The reason if the light is too short, does not vary, or has no peak above the noise.
    """
    light = _within_reach(light)
    if len(light) < _FEWEST_POINTS or light.baseline_d < _SHORTEST_BASELINE_D:
        return Missing.TOO_SHORT
    time, change = light.time_d, light.flux - 1
    lowest = max(1 / _LONGEST_D, 2 / light.baseline_d)
    highest = min(_HIGHEST_PER_D, _SHARE_OF_NYQUIST / (2 * light.cadence_d))
    if not np.ptp(change) > 0:
        return Missing.FLAT
    if highest <= 2 * lowest:
        return Missing.TOO_SHORT
    frequency, amplitude = refine(
        time, change, spectrum(time, change, highest).highest(lowest, highest)
    )
    halves = fit_harmonics(time, change, frequency / 2, 8)
    left = change - halves.at(time)
    rest = spectrum(time, left, highest)
    main = Peak(frequency, amplitude, _noise_near(rest, frequency))
    if not is_peak(main):
        return Missing.NO_PEAK
    return Waves(
        light,
        main,
        fit_harmonics(time, change, frequency, 1),
        fit_harmonics(time, change, frequency, 4),
        halves,
        highest_peak(rest, lowest, highest),
    )


def highest_peak(of: Spectrum, lowest_per_d: float, highest_per_d: float) -> Peak:
    """Return the highest peak of a spectrum between two frequencies."""
    found = of.highest(lowest_per_d, highest_per_d)
    amplitude = of.amplitude[round(found / of.step_per_d)]
    return Peak(found, float(amplitude), _noise_near(of, found))


def is_peak(peak: Peak) -> bool:
    """Return whether a peak stands above the noise."""
    return peak.amplitude > max(_LEAST_CONTRAST * peak.noise, _ROUNDING)


def _noise_near(of: Spectrum, frequency_per_d: float) -> float:
    near = of.between(frequency_per_d - _NEAR_PER_D, frequency_per_d + _NEAR_PER_D)
    return float(np.median(near)) if len(near) else nan


def _within_reach(light: Light) -> Light:
    """Return the light without points that are many years off."""
    if light.baseline_d <= 2 * _LONGEST_REACH_D:
        return light
    is_near = np.abs(light.time_d - np.median(light.time_d)) <= _LONGEST_REACH_D
    columns = (light.time_d, light.flux, light.flux_err, light.sequence)
    return Light(*(column[is_near] for column in columns), light.left_out, light.n_reordered)
