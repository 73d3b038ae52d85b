"""Dips and brightenings: short times at which a star is far from its trend."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.flat_light import FlatLight, flat_on_grid, runs_of
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import (
    SIGMA_PER_MAD,
    median,
    robust_sigma,
    sigma_of_many,
)
from preprocessing.analysis.periodogram import harmonics_at
from preprocessing.analysis.running_median import mirrored_ends, running_median
from preprocessing.vetting.binaries import is_binary
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.star import Star

__all__ = ["find_excursions"]

#: A run of points beyond the first of these, in standard deviations, whose extreme is beyond the
#: second. In 65,000 points of white noise, 1e-4 are beyond six.
_BEYOND, _EXTREME = 4.0, 6.0
#: Less light has no trend to be far from, and no wave.
_FEWEST_POINTS = 50
#: The trend, of a window of 2 d, follows what is slower than two of them.
_SLOWEST_LEFT_D = 4.0
#: It has left nothing that matters if light varies no more than so many times the noise.
_RESTLESS = 1.5
#: A wave has so many multiples of its frequency, as spots and the light of pulsators have, and
#: keeps its form for so many cycles, and so many days: spots of fast rotators live for ten (Giles
#: et al. 2017, MNRAS 472, 1618).
_HARMONICS, _CYCLES_A_WINDOW, _SHORTEST_WINDOW_D = 4, 5.0, 8.0
#: What is left of it is measured within so many days, of which dips fill less than half.
_NEAR_D = 4.0
#: What is farther than so many robust sigma from it is fitted no more, in so many rounds.
_USUAL, _FITS = 3.0, 3


def find_excursions(star: Star) -> tuple[Event, ...]:
    """Return the dips and brightenings of a star, dips first.

    Points count that are more than 4 sigma from the trend of 2 d and adjacent to each other, the
    most extreme 6; sigma is the greater of the noise of a point and of 1.4826 times the median
    absolute deviation in its chunk, so that what always varies has no events. A wave too fast for
    the trend is taken out before, so that it hides none.

    Parameters
    ----------
    star : Star
        The star.
    """
    if len(star.light) < _FEWEST_POINTS:
        return ()
    light = flat_on_grid(star.light)
    frequency = _left_by_trend(star, light)
    if frequency is None:
        sigma = _sigma(light)
    else:
        light = FlatLight(_without_wave(light.light, frequency))
        sigma = np.fmax(_sigma(light), _rest_of_wave(light))
    change = np.nan_to_num(light.flat - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        significance = np.where(sigma > 0, change / sigma, 0)
    dips = _events(EventKind.DIP, light, change, -significance)
    return dips + _events(EventKind.BRIGHTENING, light, change, significance)


def _left_by_trend(star: Star, light: FlatLight) -> float | None:
    """Return the frequency of a wave that the trend leaves in the light; None if there is none.

    Nor of binaries.
    """
    main = star.features.get("freq_main")
    if not isinstance(main, float) or 10**main < 1 / _SLOWEST_LEFT_D:
        return None
    known = light.flat[np.isfinite(light.flat)]
    if sigma_of_many(known) <= _RESTLESS * light.white_noise:
        return None
    # Eclipses are events, and sines would take the wider ones along.
    return None if is_binary(star) else 10**main


def _without_wave(light: Light, frequency_per_d: float) -> Light:
    """Return light without a wave, whose form is measured anew every few cycles.

    Spots come and go, and so do the wave's phase and strength. What is far from the wave, as
    dips and flares are, does not change its form.
    """
    flux = light.flux.copy()
    window_d = max(_SHORTEST_WINDOW_D, _CYCLES_A_WINDOW / frequency_per_d)
    for start, stop in pairwise(light.segment_edges.tolist()):
        time = light.time_d[start:stop]
        model, weights = np.zeros(len(time)), np.zeros(len(time))
        n_steps = max(1, round(2 * (time[-1] - time[0]) / window_d))
        half_d = (time[-1] - time[0]) / n_steps
        # Windows overlap by half, and each counts the less the farther from its middle.
        for middle in np.linspace(time[0], time[-1], n_steps + 1):
            own = slice(*np.searchsorted(time, [middle - half_d, middle + half_d]).tolist())
            if own.stop - own.start >= _FEWEST_POINTS:
                weight = 1 - np.abs(time[own] - middle) / half_d
                change = light.flux[start:stop][own] - 1
                model[own] += weight * _wave(time[own], change, frequency_per_d)
                weights[own] += weight
        flux[start:stop] -= np.where(weights > 0, model / np.maximum(weights, 1e-9), 0)
    return replace(light, flux=flux)


@compiled
def _wave(time: Floats, change: Floats, frequency_per_d: float) -> Floats:
    """Return the wave in a window, without its mean."""
    wave = np.zeros(len(time))
    usual = np.ones(len(time), dtype=np.bool_)
    for _ in range(_FITS):
        wave = harmonics_at(time, time[usual], change[usual], frequency_per_d, _HARMONICS)
        rest = change - wave
        middle = median(rest)
        usual = np.abs(rest - middle) <= _USUAL * robust_sigma(rest)
        if usual.sum() < _FEWEST_POINTS:
            break
    return wave


def _rest_of_wave(light: FlatLight) -> Floats:
    """Return how much light varies within days of each point.

    Where spots change, and at the ends of segments, more is left of a wave.
    """
    away = np.nan_to_num(np.abs(light.flat - 1))
    n = round(_NEAR_D / light.light.cadence_d) // 2 * 2 + 1
    local = running_median(away, light.light.segment_edges, n, mirrored_ends)
    return SIGMA_PER_MAD * local


def _sigma(light: FlatLight) -> Floats:
    """Return the greater of the noise of a point and of how much its chunk varies.

    Stars are restless at some times only, and some files noisier than others.
    """
    edges = light.light.chunk_edges
    parts = [light.flat[a:b] for a, b in pairwise(edges.tolist())]
    spreads = np.array([sigma_of_many(part[np.isfinite(part)]) for part in parts])
    return np.repeat(np.fmax(spreads, light.white_noise), np.diff(edges))


def _events(
    kind: EventKind, light: FlatLight, change: Floats, significance: Floats
) -> tuple[Event, ...]:
    found = []
    for run in runs_of(significance > _BEYOND, light.is_adjacent, 1):
        peak = run.start + int(significance[run].argmax())
        if significance[peak] > _EXTREME:
            times = light.light.time_d
            found.append(
                Event(
                    kind,
                    float(times[run.start]),
                    float(times[peak]),
                    float(times[run.stop - 1]),
                    float(change[peak]),
                    float(significance[peak]),
                    int(light.light.sequence[peak]),
                )
            )
    return tuple(found)
