"""The light in which flares are looked for: without waves, and without what is slower."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median_of_many, sigma_of_many
from preprocessing.analysis.parabolas import sliding_parabola
from preprocessing.vetting.cycle import cycle_of
from preprocessing.vetting.star import Star

__all__ = ["changes_of_flares"]

#: A wave of a shorter period than this, in days, is taken out as sines if it stands so many times
#: above the noise: a window that follows it would follow flares, too.
_FAST_D, _LEAST_CONTRAST = 2.0, 1.0
#: Sines that are fitted to such a wave, and the power of the time up to which their amplitudes
#: change in parts of about so many days: spots of fast rotators live for weeks.
_HARMONICS, _DEGREE, _PART_D = 4, 2, 13.5
#: Points for each number that is fitted.
_POINTS_A_NUMBER = 4
#: Windows of the trend, in days. The longest is taken that leaves hardly more scatter than the best
#: one: simulated spots of any period, flares in them.
_WINDOWS_D = (1.0, 0.7, 0.5, 0.35)
#: By this factor.
_HARDLY_MORE = 1.08
#: What rises by more, in robust sigma of all, is no part of the trend.
_RISES, _FITS = 2.5, 4
#: Nor what falls by more, as a glitch or a transit does: the trend would follow it, and the light
#: behind it look like a flare.
_FALLS = 6.0
#: Weight of a parabola's own middle point, times the number of points (Savitzky & Golay 1964).
_OWN_WEIGHT = 2.25
#: So that gaps at the same phase of each cycle leave an equation to be solved.
_RIDGE = 1e-9


def changes_of_flares(star: Star, light: Light) -> Floats:
    """Return how much brighter the star is at each point than its slow variation.

    Parameters
    ----------
    star : Star
        The star; says which wave it has.
    light : Light
        Its light without transits.

    Returns
    -------
    ndarray, shape (n,)
        Relative change.
    """
    flux = light.flux - _wave(star, light)
    rest = np.empty(len(flux))
    for start, stop in pairwise(light.segment_edges.tolist()):
        part = slice(start, stop)
        rest[part] = flux[part] - _trend(light.time_d[part], flux[part], light.cadence_d)
    return rest


def _wave(star: Star, light: Light) -> Floats:
    """Return the wave of a fast rotator, whose sines grow and fade."""
    cycle, contrast = cycle_of(star), star.features.get("freq_contrast")
    stands_out = isinstance(contrast, float) and contrast > _LEAST_CONTRAST
    wave = np.zeros(len(light))
    if cycle is None or not stands_out or cycle.frequency_per_d < 1 / _FAST_D:
        return wave
    for part in _parts(light):
        time, change = light.time_d[part], light.flux[part] - 1
        columns = _sines(time, cycle.frequency_per_d)
        used = np.ones(len(time), dtype=bool)
        for _ in range(_FITS):
            wave[part] = _fit(columns, change, used)
            before, used = used, _is_usual(change - wave[part])
            if (used == before).all():
                break
    return wave


def _parts(light: Light) -> Iterator[slice]:
    """Yield equal parts of each segment, of which each has enough points to fit the sines."""
    fewest = _POINTS_A_NUMBER * (2 * _HARMONICS + 1) * (_DEGREE + 1)
    for start, stop in pairwise(light.segment_edges.tolist()):
        time = light.time_d[start:stop]
        if stop - start < fewest:
            continue
        n = max(1, min(round((time[-1] - time[0]) / _PART_D), (stop - start) // fewest))
        for k in range(n):
            yield slice(start + k * (stop - start) // n, start + (k + 1) * (stop - start) // n)


def _sines(time: Floats, frequency_per_d: float) -> Floats:
    """Return sines at multiples of a frequency, each times powers of the time."""
    days = time - time[0]
    x = 2 * days / max(days[-1], 1e-9) - 1
    angle = 2 * np.pi * frequency_per_d * days
    waves = [np.ones_like(days)]
    for k in range(1, _HARMONICS + 1):
        waves += [np.cos(k * angle), np.sin(k * angle)]
    columns = [wave * x**power for power in range(_DEGREE + 1) for wave in waves]
    return np.ascontiguousarray(np.stack(columns, axis=1))


@compiled
def _fit(columns: Floats, values: Floats, used: NDArray[np.bool_]) -> Floats:
    """Return the sum of columns that fits the used values best.

    Its sums do not depend on how many processors there are, as those of a product of matrices do.
    """
    n = columns.shape[1]
    normal, right = np.zeros((n, n)), np.zeros(n)
    for i in range(len(values)):
        if used[i]:
            row = columns[i]
            for j in range(n):
                right[j] += row[j] * values[i]
                for k in range(j + 1):
                    normal[j, k] += row[j] * row[k]
    for j in range(n):
        normal[j, j] *= 1 + _RIDGE
        for k in range(j):
            normal[k, j] = normal[j, k]
    found = np.linalg.solve(normal, right)
    fitted = np.zeros(len(values))
    for i in range(len(values)):
        for j in range(n):
            fitted[i] += columns[i, j] * found[j]
    return fitted


def _trend(time: Floats, flux: Floats, cadence_d: float) -> Floats:
    """Return the slow variation of a segment: parabolas in the longest window that follows it."""
    used = np.ones(len(time), dtype=bool)
    sigmas = np.full(len(_WINDOWS_D), np.inf)
    trends = np.empty((len(_WINDOWS_D), len(time)))
    for k, window_d in enumerate(_WINDOWS_D):
        trends[k] = sliding_parabola(time, flux, used, window_d)
        rest = flux - trends[k]
        if np.isfinite(rest).all():
            own = min(0.9, _OWN_WEIGHT * cadence_d / window_d)
            sigmas[k] = sigma_of_many(rest) / np.sqrt(1 - own)
    if not np.isfinite(sigmas).any():
        return np.full(len(time), median_of_many(flux))
    longest = int(np.argmax(sigmas <= _HARDLY_MORE * sigmas.min()))
    trend = trends[longest]
    for _ in range(_FITS - 1):
        before, used = used, _is_usual(flux - trend)
        if (used == before).all():
            break
        trend = sliding_parabola(time, flux, used, _WINDOWS_D[longest])
    # Where nearly all points rise or fall, no parabola is fitted, and the trend goes straight on.
    known = np.isfinite(trend)
    return np.asarray(np.interp(time, time[known], trend[known]))


def _is_usual(rest: Floats) -> NDArray[np.bool_]:
    """Return the points that neither rise nor fall far."""
    sigma = sigma_of_many(rest[np.isfinite(rest)])
    return ~((rest > _RISES * sigma) | (rest < -_FALLS * sigma))
