"""The strongest periodic variation of a star's light, and the strongest one beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import nan

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import CHUNK_D, Floats, Light
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.periodogram import (
    HarmonicFit,
    Spectrum,
    fit_harmonics,
    refine,
    spectrum,
)

__all__ = ["Peak", "Waves", "fast_frequency", "find_waves", "is_peak", "is_reflected"]

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
#: The level of slow variations at a peak is a power law, fitted to frequencies up to this factor
#: off, or to so many independent ones above.
_NEAR_FACTOR = 4.0
_FEWEST_INDEPENDENT = 15
#: The median amplitude of noise over the one whose logarithm is the mean: sqrt(ln 2) of Rayleigh's
#: distribution over exp(-0.2886), half of Euler's constant.
_MEDIAN_OVER_LOG_MEAN = 1.111
#: Peaks this near to the highest are tried. Two sectors that are years apart make a comb of them,
#: of which noise and other sines may lift the wrong one, as wide as the resolution of a sector.
_ALIKE = 0.9
_MOST_ALIKE = 30
#: A sine weaker than this, relative to the flux, is rounding.
_ROUNDING = 1e-12
_SHORTEST_BASELINE_D = 5.0
_FEWEST_POINTS = 100
#: Delta Scuti stars pulsate at 5 to 80/d (Breger 2000, ASP Conf. 210, 3).
_LOWEST_FAST_PER_D, _HIGHEST_FAST_PER_D = 4.0, 80.0
_FAST_D = 10 / 1440
_SHORTEST_FAST_BASELINE_D = 1.0
#: Difference of two logarithms of likelihoods that decides.
_LEAST_LIKELIHOOD = 10.0
#: And the least difference of the logarithms of what the two fits leave.
_LEAST_GAIN = 0.1
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
    slow_noise : float
        Median amplitude that variations without a period have at the main frequency. Those of
        many stars are the stronger the slower they are.
    """

    light: Light = field(repr=False)
    main: Peak
    sine: HarmonicFit
    harmonics: HarmonicFit
    halves: HarmonicFit
    second: Peak
    slow_noise: float

    @property
    def is_above_slow_noise(self) -> bool:
        """Whether the main peak is more than the highest of variations without a period."""
        return self.main.amplitude > _LEAST_CONTRAST * self.slow_noise

    @property
    def share_of_harmonics(self) -> float:
        """Share of the variance of `halves` that is not at the main frequency itself."""
        return self.halves.share_of_others(2)  # The main frequency is twice the first.


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
    peaks = spectrum(time, change, highest).highest_few(lowest, highest, _ALIKE, _MOST_ALIKE)
    peaks = [peak for peak in peaks if abs(peak - peaks[0]) < 1 / CHUNK_D]
    frequency, amplitude, halves = _best_of(time, change, peaks)
    left = change - halves.at(time)
    rest = spectrum(time, left, highest)
    main = Peak(frequency, amplitude, _noise_near(rest, frequency))
    if not is_peak(main):
        return Missing.NO_PEAK
    sine = fit_harmonics(time, change, frequency, 1)
    return Waves(
        light,
        main,
        sine,
        fit_harmonics(time, change, frequency, 4),
        halves,
        _highest_peak(rest, lowest, highest),
        _slow_noise(time, change - sine.at(time), frequency, highest),
    )


def _slow_noise(time: Floats, rest: Floats, frequency_per_d: float, highest_per_d: float) -> float:
    """Return the median amplitude near a frequency of a power law that fits the rest.

    As Vaughan (2005, A&A 431, 391) tests for periods in red noise: a straight line through the
    logarithms. Each octave counts alike.
    """
    baseline_d = float(time[-1] - time[0])
    up_to = max(_NEAR_FACTOR * frequency_per_d, frequency_per_d + _FEWEST_INDEPENDENT / baseline_d)
    found = spectrum(time, rest, min(up_to, highest_per_d))
    frequency = found.step_per_d * np.arange(len(found.amplitude))
    is_used = frequency >= max(1 / baseline_d, frequency_per_d / _NEAR_FACTOR)
    # Without the sine, there is a hole where it was.
    is_used &= np.abs(frequency - frequency_per_d) > 1 / baseline_d
    is_used &= found.amplitude > 0
    if is_used.sum() < _FEWEST_INDEPENDENT:
        return 0.0
    octaves = np.log(frequency[is_used] / frequency_per_d)
    weight = 1 / np.sqrt(frequency[is_used])
    level = np.polyfit(octaves, np.log(found.amplitude[is_used]), 1, w=weight)[1]
    return float(_MEDIAN_OVER_LOG_MEAN * np.exp(level))


def _best_of(
    time: Floats, change: Floats, peaks: Sequence[float]
) -> tuple[float, float, HarmonicFit]:
    """Return frequency and amplitude of the peak whose harmonics fit best, and the fit."""
    found = []
    for peak in peaks:
        frequency, amplitude = refine(time, change, peak)
        found.append((frequency, amplitude, fit_harmonics(time, change, frequency / 2, 8)))
    return min(found, key=lambda one: one[2].rest)


def _highest_peak(of: Spectrum, lowest_per_d: float, highest_per_d: float) -> Peak:
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
    return _only(light, is_near)


def _only(light: Light, is_chosen: NDArray[np.bool_]) -> Light:
    return Light(
        light.time_d[is_chosen],
        light.flux[is_chosen],
        light.flux_err[is_chosen],
        light.sequence[is_chosen],
        light.left_out,
        light.n_reordered,
    )


def fast_frequency(given: Light, slow: Waves | None) -> float | None:
    """Return the frequency of the highest peak from 4 to 80/d of light as it was sampled.

    Parameters
    ----------
    given : Light
        Light of any sampling; files sampled faster than 10 min are used.
    slow : Waves, optional
        What is periodic in the same light on the common grid. It is taken out if it is slower,
        lest its harmonics be found.

    Returns
    -------
    float or None
        Per day; None if there is no such light, or no peak above the noise.
    """
    light = _within_reach(_only_fast(given))
    if len(light) < _FEWEST_POINTS or light.baseline_d < _SHORTEST_FAST_BASELINE_D:
        return None
    highest = min(_HIGHEST_FAST_PER_D, _SHARE_OF_NYQUIST / (2 * light.cadence_d))
    change = light.flux - 1
    if slow and slow.main.frequency_per_d < _LOWEST_FAST_PER_D:
        change = change - slow.halves.at(light.time_d)
    peak = _highest_peak(spectrum(light.time_d, change, highest), _LOWEST_FAST_PER_D, highest)
    if not peak.amplitude > _ROUNDING:
        return None
    frequency, amplitude = refine(light.time_d, change, peak.frequency_per_d)
    left = change - fit_harmonics(light.time_d, change, frequency, 1).at(light.time_d)
    rest = spectrum(light.time_d, left, min(highest, frequency + 2 * _NEAR_PER_D))
    return frequency if is_peak(Peak(frequency, amplitude, _noise_near(rest, frequency))) else None


def _only_fast(light: Light) -> Light:
    """Return the light of files that are sampled fast."""
    is_fast = np.zeros(len(light), dtype=bool)
    for start, stop in pairwise(light.file_edges):
        if stop - start > 1:
            cadence_d = np.median(np.diff(light.time_d[start:stop]))
            is_fast[start:stop] = cadence_d < _FAST_D
    return _only(light, is_fast)


def is_reflected(waves: Waves, fast_per_d: float | None) -> bool | None:
    """Return whether the main frequency is the image of one beyond half the sampling.

    Light sampled evenly cannot tell f from its image, sampling - f. Times at the Solar System's
    barycenter are not quite even: over a year they tell (Murphy et al. 2013, MNRAS 430, 2986).

    Parameters
    ----------
    waves : Waves
        What is periodic on the common grid.
    fast_per_d : float, optional
        The frequency of light that was sampled faster: it tells at once.

    Returns
    -------
    bool or None
        None if both fit alike.
    """
    light = waves.light
    sampling = 1 / light.cadence_d
    image = sampling - waves.main.frequency_per_d
    if fast_per_d is not None:
        return abs(fast_per_d - image) < 2 / light.baseline_d
    change = light.flux - 1
    image, _ = refine(light.time_d, change, image)
    rest = fit_harmonics(light.time_d, change, image, 1).rest
    if not (rest > 0 and waves.sine.rest > 0):
        return None
    gain = np.log(waves.sine.rest / rest)
    # What is slow is not independent from point to point: likelihood alone says too much then.
    is_clear = abs(gain) > max(_LEAST_GAIN, 2 * _LEAST_LIKELIHOOD / len(light))
    return bool(gain > 0) if is_clear else None
