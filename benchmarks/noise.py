"""Simulated light without planets: independent noise, correlated noise, and glitches on top."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessing.analysis.box_series import box_series
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.trend import robust_trend
from preprocessing.validation.noise import correlated_noise

__all__ = [
    "CADENCE_D",
    "KINDS",
    "WHITE",
    "fitted_noise",
    "noise_by_frequency",
    "noisy_light",
    "with_glitches",
]

CADENCE_D = 29.4 / 1440
#: Independent noise of a point.
WHITE = 150e-6
#: Strengths of correlated noise, and the hours over which it is correlated.
KINDS = {"white": (0.0, 1.0), "3 h": (50e-6, 3.0), "6 h": (100e-6, 6.0), "24 h": (300e-6, 24.0)}
#: Days from one glitch to the next on average, their depths and their lengths in days.
_DAYS_A_GLITCH = 180.0
_GLITCH_DEPTHS = (2 * WHITE, 20 * WHITE)
_GLITCH_DAYS = (1 / 24, 12 / 24)
#: Window of the trend, in days, and correlation, in hours, of noise that is fitted to real light.
_WINDOW_D, _RED_HOURS = 3.0, 6.0
#: Noise that is fitted by frequency has the mean power of so many frequencies, and at least of this
#: share of a frequency around each, so that no wave of the star comes with it.
_FEWEST, _SHARE = 5, 0.2
#: Points further off than so many deviations are outliers, and no noise.
_OUTLIER = 4.0
#: Degree of the drift over a quarter that is no noise, as surveys have it.
_DRIFT = 6


def noisy_light(
    rng: np.random.Generator, days: Floats, kind: str, change: Floats | float = 0
) -> Light:
    """Return light of a star with noise of a kind.

    Parameters
    ----------
    rng : Generator
        Of the noise.
    days : ndarray, shape (n,)
        Times in equal steps.
    kind : str
        One of `KINDS`.
    change : ndarray, shape (n,), or float
        Change of the star's light, as by transits.
    """
    strength, hours = KINDS[kind]
    red = _correlated(rng, len(days), hours) * strength
    flux = (1 + rng.normal(0, WHITE, len(days)) + red) * (1 + change)
    # The star moves to other pixels each quarter.
    return prepare_light(days, flux, None, (days // 90).astype(np.int64))


def fitted_noise(rng: np.random.Generator, light: Light) -> Light:
    """Return noise alone at the times of real light, as strong on 30 min and on 6 h.

    Parameters
    ----------
    rng : Generator
        Of the noise.
    light : Light
        Real light without planets, at Kepler's long cadence.
    """
    series = box_series(light, robust_trend(light, _WINDOW_D), light.cadence_d)
    white = series.white_noise / np.sqrt(series.full_weight)
    on_6_h = np.interp(_RED_HOURS / 24, series.durations_d, series.noise)
    on_6_h /= np.sqrt(series.full_weight)
    # A mean over as long as the correlation lasts has this share of the variance of a point.
    share = 2 * np.exp(-1)
    red = np.sqrt(max(0.0, on_6_h**2 - white**2) / (share * _RED_HOURS / 24 / light.cadence_d))
    cell = np.rint((light.time_d - light.time_d[0]) / light.cadence_d).astype(np.int64)
    change = red * _correlated(rng, int(cell[-1]) + 1, _RED_HOURS)[cell]
    return replace(light, flux=1 + change + rng.normal(0, white, len(light)))


def noise_by_frequency(rng: np.random.Generator, light: Light) -> Light:
    """Return normal noise alone at the times of real light, as strong at each frequency.

    Parameters
    ----------
    rng : Generator
        Of the noise.
    light : Light
        Real light of one quarter, at Kepler's long cadence. Its outliers, and its drift over the
        quarter, are taken for no noise.
    """
    off = light.flux - robust_trend(light, _WINDOW_D)
    is_usual = np.abs(off) < _OUTLIER * 1.4826 * np.median(np.abs(off))
    cell = np.rint((light.time_d - light.time_d[0]) / CADENCE_D).astype(np.int64)
    cells = np.arange(cell[-1] + 1)
    even = np.interp(cells, cell[is_usual], light.flux[is_usual])
    place = cells / max(cells[-1], 1)
    even -= np.polyval(np.polyfit(place, even, _DRIFT), place)
    power = _smoothed(np.abs(np.fft.rfft(even)) ** 2)
    size = np.sqrt(power / 2)
    waves = size * (rng.normal(size=len(size)) + 1j * rng.normal(size=len(size)))
    return replace(light, flux=1 + np.fft.irfft(waves, len(even))[cell])


def _smoothed(power: Floats) -> Floats:
    """Return the mean power of the frequencies around each."""
    total = np.concatenate([[0.0], np.cumsum(power)])
    middle = np.arange(len(power))
    half = np.maximum(_FEWEST // 2, np.rint(_SHARE / 2 * middle)).astype(np.int64)
    first, last = np.maximum(middle - half, 0), np.minimum(middle + half + 1, len(power))
    return np.asarray((total[last] - total[first]) / (last - first))


def _correlated(rng: np.random.Generator, n: int, hours: float) -> Floats:
    """Return noise of deviation 1 whose correlation falls by e in some hours."""
    return correlated_noise(rng, n, hours / 24 / CADENCE_D)


def with_glitches(rng: np.random.Generator, light: Light) -> Light:
    """Return light with dips at random times: boxes, and sudden drops that recover slowly.

    Parameters
    ----------
    rng : Generator
        Of the glitches.
    light : Light
        The light.
    """
    flux = light.flux.copy()
    for _ in range(1 + rng.poisson(light.baseline_d / _DAYS_A_GLITCH)):
        since = light.time_d - rng.uniform(light.time_d[0], light.time_d[-1])
        depth, days = (np.exp(rng.uniform(*np.log(a))) for a in (_GLITCH_DEPTHS, _GLITCH_DAYS))
        recovers = rng.random() < 0.5
        shape = np.exp(-np.clip(since, 0, None) / days) if recovers else since < days
        flux -= depth * np.where(since >= 0, shape, 0)
    return replace(light, flux=flux)
