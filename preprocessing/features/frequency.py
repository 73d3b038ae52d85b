"""Features of the frequency domain: what is periodic in the light, and how its power is spread."""

from __future__ import annotations

from itertools import pairwise
from math import log10

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import CHUNK_D, Floats, Light
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.periodogram import fit_chunks
from preprocessing.analysis.waves import Waves, fast_frequency, is_peak, is_reflected
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.binary_period import binary_period_d
from preprocessing.features.definition import Feature, Value
from preprocessing.features.star_light import StarLight

__all__ = ["COMPANIONS", "FEATURES", "frequency_companions", "frequency_features"]

_NO_PEAK = "under 5 d or 100 points; no variation; no sine above 5 times the noise beside it"
_LOMB = "Lomb 1976, Ap&SS 39, 447; Scargle 1982, ApJ 263, 835"
_FEW_CHUNKS = "no chunk of 10 d of which 60 % was observed"

FEATURES = (
    Feature(
        "freq_main",
        "The frequency of the strongest sine: of rotation, pulsation, or twice that of an orbit.",
        "lg of the frequency of the highest peak of the spectrum of the whole light, from 1/45 d"
        " or 2/baseline to 23.5/d",
        "lg 1/d",
        -1.7,
        1.4,
        _NO_PEAK,
        _LOMB,
    ),
    Feature(
        "freq_power",
        "How much of what varies is one sine.",
        "share of the variance that the sine of freq_main explains, its phase free, in the median"
        " chunk; of the whole light if a chunk has less than two periods. (In the whole light it"
        " would fall with the baseline unless the star keeps its phase.)",
        "",
        0.0,
        1.0,
        "as freq_main",
        _LOMB,
    ),
    Feature(
        "freq_contrast",
        "How far the sine stands above all other variations of similar frequency.",
        "lg of its amplitude (as freq_power) over the median amplitude of the rest within 2/d, as"
        " it would be in a full chunk of 27 d: the rest is the light without eight harmonics of"
        " half the frequency, and its amplitudes fall with the root of the number of points",
        "lg",
        0.0,
        4.0,
        "as freq_main",
        "Breger et al. 1993, A&A 271, 482",
    ),
    Feature(
        "freq_harmonics",
        "How much the periodic variation differs from a sine.",
        "share of the variance of eight harmonics of half the main frequency that is not at the"
        " main frequency itself: 0 of a sine, whichever of the two is the period",
        "",
        0.0,
        1.0,
        "as freq_main, or freq_power < 0.01",
        "Debosscher et al. 2007, A&A 475, 1159",
    ),
    Feature(
        "freq_subharmonic",
        "Whether the period is twice that of the strongest sine, as most binaries' is.",
        "1 - RSS(eight harmonics of half the main frequency) / RSS(four of the main frequency):"
        " the same highest frequency in both, so that only alternate cycles that differ count",
        "",
        0.0,
        1.0,
        "as freq_harmonics",
        "Debosscher et al. 2007, A&A 475, 1159",
    ),
    Feature(
        "freq_second",
        "The frequency of the next strongest sine, relative to the first.",
        "lg(f2 / f1), of the highest peak without eight harmonics of half the main frequency",
        "lg",
        -3.0,
        3.0,
        "as freq_main, or the sine is below 5 times the noise or 0.005 of the variance",
        "Debosscher et al. 2007, A&A 475, 1159",
    ),
    Feature(
        "freq_coherence",
        "Whether the periodic variation keeps its phase over the whole light.",
        "what one sine of freq_main explains of all chunks, over what a sine of that frequency"
        " and any phase explains of each; constants of each chunk in both",
        "",
        0.0,
        1.0,
        "as freq_harmonics; one chunk only",
        "this feature set",
    ),
    Feature(
        "freq_entropy",
        "Whether the power is at few frequencies or at many.",
        "Shannon entropy of the power in 40 bins of equal width in lg frequency, 0.1 to 24/d,"
        " over lg 40; of chunks with a Hann window, the median",
        "",
        0.0,
        1.0,
        _FEW_CHUNKS,
        "Shannon 1948, Bell Syst. Tech. J. 27, 379",
    ),
    Feature(
        "freq_slope",
        "How fast the power falls with frequency: 0 of white noise, -2 of a random walk.",
        "slope of lg mean power of those bins against lg frequency, 0.2 to 10/d, the median",
        "",
        -5.0,
        1.0,
        _FEW_CHUNKS,
        "Press 1978, Comments Astrophys. 7, 103",
    ),
)

COMPANIONS = (
    ValueColumn(
        "freq_fast",
        float,
        "lg 1/d",
        "Frequency of the highest peak from 4 to 80/d of light sampled faster than 10 min.",
    ),
    ValueColumn(
        "freq_reflected",
        bool,
        "",
        "Whether freq_main is the image of a frequency beyond half the sampling; empty if both"
        " fit alike.",
    ),
    ValueColumn(
        "freq_line",
        str,
        "",
        "The line of the instrument that lies within 2/baseline of freq_main.",
    ),
    ValueColumn(
        "binary_period",
        float,
        "d",
        "Period of the orbit, if the star is a binary: of the transits or, if odd and even ones"
        " differ, twice; without transits, twice the period of freq_main.",
    ),
)

#: Bins of the spectrum of a chunk.
_EDGES_PER_D = np.geomspace(0.1, 24, 41)
_SLOPE_PER_D = (0.2, 10.0)
_SHORTEST_CHUNK_D = 10.0
_LEAST_FILLED = 0.6
#: Points whose mean is the level on one side of a gap longer than this: some 4 h.
_LEVEL_POINTS = 9
_SHORT_GAP_D = 0.1
_FEWEST_POINTS = 50
_POINTS_OF_A_CHUNK = CHUNK_D / GRID_D
_LEAST_POWER = 0.01
_LEAST_SECOND = 0.005


def frequency_features(star: StarLight) -> dict[str, Value]:
    """Return the features of this domain, or why there are none.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    return _periodic(star.waves) | _spread_of_power(star.light)


def _periodic(waves: Waves | Missing) -> dict[str, Value]:
    """Return what is known of the strongest sine."""
    if isinstance(waves, Missing):
        return {feature.name: waves for feature in FEATURES[:7]}
    power, amplitude, coherence = _by_chunk(waves)
    values: dict[str, Value] = {
        "freq_main": log10(waves.main.frequency_per_d),
        "freq_power": power,
        "freq_contrast": _contrast(waves, amplitude),
    }
    if power < _LEAST_POWER:
        names = ("freq_harmonics", "freq_subharmonic", "freq_coherence")
        values |= dict.fromkeys(names, Missing.NO_PEAK)
    else:
        values |= _form(waves) | {"freq_coherence": coherence}
    return values | {"freq_second": _second(waves)}


def _by_chunk(waves: Waves) -> tuple[float, float, Value]:
    """Return power and amplitude of the main sine in the median chunk, and its coherence."""
    light = waves.light
    chunks = [slice(a, b) for a, b in pairwise(light.chunk_edges) if b - a >= _FEWEST_POINTS]
    power = waves.sine.power
    amplitude = waves.main.amplitude
    if not chunks:
        return power, amplitude, Missing.TOO_SHORT
    found = fit_chunks(light.time_d, light.flux - 1, waves.main.frequency_per_d, chunks)
    if 2 / waves.main.frequency_per_d <= min(CHUNK_D, light.baseline_d):
        power, amplitude = float(np.median(found.powers)), float(np.median(found.amplitudes))
    is_known = len(chunks) > 1 and np.isfinite(found.coherence)
    return power, amplitude, found.coherence if is_known else Missing.TOO_SHORT


def _contrast(waves: Waves, amplitude: float) -> Value:
    """Return how far an amplitude stands above the rest."""
    noise = waves.main.noise * np.sqrt(len(waves.light) / _POINTS_OF_A_CHUNK)
    return log10(amplitude / noise) if amplitude > 0 and noise > 0 else Missing.FLAT


def _form(waves: Waves) -> dict[str, Value]:
    """Return how the variation differs from a sine, and alternate cycles from each other."""
    left = waves.harmonics.rest
    gain = 1 - waves.halves.rest / left if left > 0 else 0.0
    return {"freq_harmonics": waves.share_of_harmonics, "freq_subharmonic": max(0.0, gain)}


def _second(waves: Waves) -> Value:
    """Return the second frequency relative to the first."""
    second = waves.second
    variance = waves.sine.total / len(waves.light)
    if not is_peak(second) or second.amplitude**2 / 2 < _LEAST_SECOND * variance:
        return Missing.NO_PEAK
    return log10(second.frequency_per_d / waves.main.frequency_per_d)


def _spread_of_power(light: Light) -> dict[str, Value]:
    """Return how the power is spread over frequency."""
    chunks = [_power_of_bins(light, a, b) for a, b in pairwise(light.chunk_edges)]
    powers = [power for power in chunks if power is not None]
    if not powers:
        return dict.fromkeys(("freq_entropy", "freq_slope"), Missing.TOO_SHORT)
    powers = [power for power in powers if power.sum() > 0]
    if not powers:
        return dict.fromkeys(("freq_entropy", "freq_slope"), Missing.FLAT)
    return {
        "freq_entropy": float(np.median([_entropy(power) for power in powers])),
        "freq_slope": float(np.median([_slope(power) for power in powers])),
    }


def _power_of_bins(light: Light, start: int, stop: int) -> Floats | None:
    """Return the power in each bin of frequency; None if the chunk is too short or too empty."""
    time, flux = light.time_d[start:stop], light.flux[start:stop]
    span_d = time[-1] - time[0]
    if span_d < _SHORTEST_CHUNK_D or len(time) < _LEAST_FILLED * span_d / GRID_D:
        return None
    clock = time[0] + GRID_D * np.arange(int(span_d / GRID_D) + 1)
    # Gaps are bridged: a step there would spread the power of slow variations everywhere. Between
    # single points, noise would become a slow variation.
    level = uniform_filter1d(flux, _LEVEL_POINTS, mode="nearest")
    after = np.clip(np.searchsorted(time, clock), 1, len(time) - 1)
    is_bridged = time[after] - time[after - 1] > _SHORT_GAP_D
    even = np.where(is_bridged, np.interp(clock, time, level), np.interp(clock, time, flux))
    n = len(clock)
    size = fft.next_fast_len(4 * n, real=True)
    window = np.hanning(n)
    even = (even - np.sum(window * even) / window.sum()) * window
    power = np.abs(fft.rfft(even, size)) ** 2
    # Each frequency stands for half a step on both sides.
    below = np.concatenate([[0.0], np.cumsum(power)])
    at_edges = np.interp(_EDGES_PER_D * GRID_D * size + 0.5, np.arange(len(below)), below)
    return np.asarray(np.diff(at_edges))


def _entropy(power: Floats) -> float:
    share = power[power > 0] / power.sum()
    return float(-np.sum(share * np.log(share)) / np.log(len(power)))


def _slope(power: Floats) -> float:
    """Return the slope of the mean power of bins against their frequency, in logarithms."""
    middle = np.sqrt(_EDGES_PER_D[1:] * _EDGES_PER_D[:-1])
    used = (middle >= _SLOPE_PER_D[0]) & (middle <= _SLOPE_PER_D[1]) & (power > 0)
    density = power[used] / np.diff(_EDGES_PER_D)[used]
    return float(np.polyfit(np.log10(middle[used]), np.log10(density), 1)[0])


def frequency_companions(star: StarLight) -> dict[str, float | str | bool | None]:
    """Return what stands beside the features of this domain, by the names of `COMPANIONS`.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    waves = None if isinstance(star.waves, Missing) else star.waves
    fast = fast_frequency(star.given, waves)
    return {
        "freq_fast": log10(fast) if fast is not None else None,
        "freq_reflected": is_reflected(waves, fast) if waves else None,
        "freq_line": _line_hit(star, waves) if waves else None,
        "binary_period": binary_period_d(star.search, waves),
    }


def _line_hit(star: StarLight, waves: Waves) -> str | None:
    """Return the name of the instrument's line at the main frequency."""
    tolerance = 2 / waves.light.baseline_d
    names = [
        line.name
        for line in star.lines
        if line.low_per_d - tolerance <= waves.main.frequency_per_d <= line.high_per_d + tolerance
    ]
    return names[0] if names else None
