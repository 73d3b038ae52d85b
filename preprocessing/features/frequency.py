"""Features of the frequency domain: what is periodic in the light, and how its power is spread."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import log10

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import CHUNK_D, Floats, Light
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.periodogram import fit_harmonics
from preprocessing.analysis.waves import Waves, fast_frequency, is_peak, is_reflected
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.binary_period import binary_period_d
from preprocessing.features.definition import Feature, Value
from preprocessing.features.measured import noise_to_half_hour
from preprocessing.features.rotation_period import rotation_period_d
from preprocessing.features.star_light import StarLight

__all__ = ["COMPANIONS", "FEATURES", "frequency_companions", "frequency_features"]

_NO_PEAK = (
    "under 5 d or 100 points; no variation; no sine above 5 times the noise beside it, and above 5"
    " times the power law of variations without a period"
)
_LOMB = "Lomb 1976, Ap&SS 39, 447; Scargle 1982, ApJ 263, 835"
_FEW_WINDOWS = "nowhere 10 d without a gap of 0.75 d, of which 60 % was observed"

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
        "share of the variance, as points of 30 min have it, that the sine of freq_main explains,"
        " its phase free, in the median chunk; of the whole light if a chunk has less than two"
        " periods. (In the whole light it would fall with the baseline unless the star keeps its"
        " phase.)",
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
        " main frequency itself: 0 of a sine, whichever of the two is the period; the median of"
        " pieces of files of about 27 d, or of four periods of the sine if that is longer",
        "",
        0.0,
        1.0,
        "as freq_main, or freq_power < 0.01; no file has four periods",
        "Debosscher et al. 2007, A&A 475, 1159",
    ),
    Feature(
        "freq_subharmonic",
        "Whether the period is twice that of the strongest sine, as most binaries' is.",
        "1 - RSS(eight harmonics of half the main frequency) / RSS(four of the main frequency):"
        " the same highest frequency in both, so that only alternate cycles that differ count; the"
        " median of pieces, as freq_harmonics",
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
        "Whether the periodic variation keeps its phase: 1 of a clock, 0 if it forgets it within"
        " some cycles.",
        "median of cos(a - 2 b + c): a, b, c the phases of the sines of freq_main that fit three"
        " neighboring pieces of a file, each of about 9 d or a period, if that is longer",
        "",
        -1.0,
        1.0,
        "as freq_main, or freq_power < 0.01; no file has three such pieces",
        "this feature set",
    ),
    Feature(
        "freq_entropy",
        "Whether the power is at few frequencies or at many.",
        "Shannon entropy of the power in 40 bins of equal width in lg frequency, 0.1 to 24/d,"
        " over lg 40; of windows of 10 d (von Hann's) without gaps of 0.75 d, the median",
        "",
        0.0,
        1.0,
        _FEW_WINDOWS,
        "Shannon 1948, Bell Syst. Tech. J. 27, 379",
    ),
    Feature(
        "freq_slope",
        "How fast the power falls with frequency: 0 of white noise, -2 of a random walk.",
        "slope of lg mean power of those bins against lg frequency, 0.2 to 10/d, the median",
        "",
        -5.0,
        1.0,
        _FEW_WINDOWS,
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
        " differ, twice; without transits, twice the period of the strongest sine.",
    ),
    ValueColumn(
        "rotation_period",
        float,
        "d",
        "Period of the rotation, if the star has spots: the time after which the light repeats, up"
        " to 45 d, if within 10 % it is the period of the strongest sine, or twice that; whether"
        " either stands out or not.",
    ),
)

#: Bins of the spectrum of a window.
_EDGES_PER_D = np.geomspace(0.1, 24, 41)
_SLOPE_PER_D = (0.2, 10.0)
#: Length of a window, in days: it fits into one of TESS's orbits of 13.7 d, with its downlink. All
#: windows are as long, lest the spectrum's resolution tell how the star was observed.
_WINDOW_D = 10.0
_CELLS_OF_WINDOW = round(_WINDOW_D / GRID_D)
_LEAST_FILLED = 0.6
_TAPER = np.hanning(_CELLS_OF_WINDOW)
_SIZE = fft.next_fast_len(4 * _CELLS_OF_WINDOW, real=True)
#: Points whose mean is the level on one side of a gap longer than this: some 4 h.
_LEVEL_POINTS = 9
_SHORT_GAP_D = 0.1
_FEWEST_POINTS = 50
#: Pieces of which the phases are compared: three fit into one of TESS's sectors.
_PIECE_D = CHUNK_D / 3
#: Cycles of the main sine in which two of each kind can be compared.
_CYCLES_OF_FORM = 4
_LEAST_POWER = 0.01
_LEAST_SECOND = 0.005


def frequency_features(star: StarLight) -> dict[str, Value]:
    """Return the features of this domain, or why there are none.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    return _periodic(star) | _spread_of_power(star.light)


def _periodic(star: StarLight) -> dict[str, Value]:
    """Return what is known of the strongest sine."""
    waves = star.waves
    if not isinstance(waves, Missing) and not waves.is_above_slow_noise:
        waves = Missing.NO_PEAK
    if isinstance(waves, Missing):
        return {feature.name: waves for feature in FEATURES[:7]}
    power, amplitude = _of_sine(waves, noise_to_half_hour(star))
    values: dict[str, Value] = {
        "freq_main": log10(waves.main.frequency_per_d),
        "freq_power": power,
        "freq_contrast": _contrast(waves, amplitude, star.exposure_d),
    }
    if power < _LEAST_POWER:
        names = ("freq_harmonics", "freq_subharmonic", "freq_coherence")
        values |= dict.fromkeys(names, Missing.NO_PEAK)
    else:
        values |= _form(waves) | {"freq_coherence": _coherence(waves)}
    return values | {"freq_second": _second(waves)}


def _chunks_of_sine(waves: Waves) -> list[slice]:
    """Return the chunks, or the whole light if a chunk has less than two periods of the sine."""
    light = waves.light
    chunks = [slice(a, b) for a, b in pairwise(light.chunk_edges) if b - a >= _FEWEST_POINTS]
    if chunks and 2 / waves.main.frequency_per_d <= min(CHUNK_D, light.baseline_d):
        return chunks
    return [slice(0, len(light))]


def _of_sine(waves: Waves, lacks: float) -> tuple[float, float]:
    """Return power and amplitude of the main sine in the median chunk."""
    time, change = waves.light.time_d, waves.light.flux - 1
    found = []
    for chunk in _chunks_of_sine(waves):
        fit = fit_harmonics(time[chunk], change[chunk], waves.main.frequency_per_d, 1)
        total = fit.total + (chunk.stop - chunk.start) * lacks
        power = (fit.total - fit.rest) / total if total > 0 else 0.0
        found.append((power, float(np.hypot(*fit.coefficients[1:]))))
    power, amplitude = np.median(found, axis=0).tolist()
    return power, amplitude


def _contrast(waves: Waves, amplitude: float, exposure_d: float) -> Value:
    """Return how far an amplitude stands above the rest."""
    noise = waves.main.noise * np.sqrt(len(waves.light) * exposure_d / CHUNK_D)
    return log10(amplitude / noise) if amplitude > 0 and noise > 0 else Missing.FLAT


def _form(waves: Waves) -> dict[str, Value]:
    """Return how the variation differs from a sine, and alternate cycles from each other."""
    time, change, f = waves.light.time_d, waves.light.flux - 1, waves.main.frequency_per_d
    found = []
    for piece in _pieces(waves.light, max(CHUNK_D, _CYCLES_OF_FORM / f)):
        halves = fit_harmonics(time[piece], change[piece], f / 2, 8)
        whole = fit_harmonics(time[piece], change[piece], f, 4)
        gain = 1 - halves.rest / whole.rest if whole.rest > 0 else 0.0
        found.append((halves.share_of_others(2), max(0.0, gain)))
    if not found:
        return dict.fromkeys(("freq_harmonics", "freq_subharmonic"), Missing.TOO_SHORT)
    harmonics, gain = np.median(found, axis=0).tolist()
    return {"freq_harmonics": harmonics, "freq_subharmonic": gain}


def _pieces(light: Light, length_d: float) -> list[slice]:
    """Return equal parts of each file that is about as long as that, or longer."""
    parts: list[slice] = []
    for start, stop in pairwise(light.file_edges):
        time = light.time_d[start:stop]
        n = round(float(time[-1] - time[0]) / length_d)
        edges = start + np.searchsorted(time, np.linspace(time[0], time[-1], n + 1)[:-1])
        parts += [slice(a, b) for a, b in pairwise([*edges.tolist(), stop])]
    return [one for one in parts if one.stop - one.start >= _FEWEST_POINTS]


def _coherence(waves: Waves) -> Value:
    """Return whether three neighboring pieces of light have phases of one clock."""
    light, frequency = waves.light, waves.main.frequency_per_d
    length_d = max(_PIECE_D, 1 / frequency)
    found: list[float] = []
    for start, stop in pairwise(light.file_edges):
        time, change = light.time_d[start:stop], light.flux[start:stop] - 1
        n = round(float(time[-1] - time[0]) / length_d)
        edges = np.searchsorted(time, np.linspace(time[0], time[-1], n + 1)[:-1])
        pieces = [slice(a, b) for a, b in pairwise([*edges.tolist(), len(time)])]
        sines = [
            _sine_of(time[one], change[one], frequency)
            if one.stop - one.start >= _FEWEST_POINTS
            else None
            for one in pieces
        ]
        for a, b, c in zip(sines, sines[1:], sines[2:], strict=False):
            if a and b and c:
                found.append(float(np.cos(np.angle(a * c / b**2))))
    return float(np.median(found)) if found else Missing.TOO_SHORT


def _sine_of(time: Floats, change: Floats, frequency_per_d: float) -> complex:
    """Return a sine's amplitude and phase, relative to one clock for all times."""
    fit = fit_harmonics(time, change, frequency_per_d, 1)
    cosine, sine = fit.coefficients[1:].tolist()
    # The fit's phase is zero at its start.
    return complex(cosine, -sine) * complex(np.exp(-2j * np.pi * frequency_per_d * fit.start_d))


def _second(waves: Waves) -> Value:
    """Return the second frequency relative to the first."""
    second = waves.second
    variance = waves.sine.total / len(waves.light)
    if not is_peak(second) or second.amplitude**2 / 2 < _LEAST_SECOND * variance:
        return Missing.NO_PEAK
    return log10(second.frequency_per_d / waves.main.frequency_per_d)


def _spread_of_power(light: Light) -> dict[str, Value]:
    """Return how the power is spread over frequency."""
    powers = [
        power for window in _windows(light) if (power := _power_of_bins(light, window)) is not None
    ]
    if not powers:
        return dict.fromkeys(("freq_entropy", "freq_slope"), Missing.TOO_SHORT)
    powers = [power for power in powers if power.sum() > 0]
    if not powers:
        return dict.fromkeys(("freq_entropy", "freq_slope"), Missing.FLAT)
    return {
        "freq_entropy": float(np.median([_entropy(power) for power in powers])),
        "freq_slope": float(np.median([_slope(power) for power in powers])),
    }


def _windows(light: Light) -> Iterator[slice]:
    """Yield as many windows as fit into each segment, evenly spread."""
    for start, stop in pairwise(light.segment_edges):
        time = light.time_d[start:stop]
        spare_d = float(time[-1] - time[0]) + GRID_D - _WINDOW_D
        n = 1 + int(spare_d / _WINDOW_D) if spare_d >= 0 else 0
        for k in range(n):
            begins = time[0] + spare_d * (k / (n - 1) if n > 1 else 0.5)
            inside = np.searchsorted(time, (begins, begins + _WINDOW_D))
            yield slice(start + int(inside[0]), start + int(inside[1]))


def _power_of_bins(light: Light, window: slice) -> Floats | None:
    """Return the power in each bin of frequency; None if the window is too empty."""
    time, flux = light.time_d[window], light.flux[window]
    if len(time) < _LEAST_FILLED * _CELLS_OF_WINDOW:
        return None
    clock = time[0] + GRID_D * np.arange(_CELLS_OF_WINDOW)
    # Gaps are bridged: a step there would spread the power of slow variations everywhere. Between
    # single points, noise would become a slow variation. Elsewhere the nearest point counts, since
    # the mean of two would have less noise.
    level = uniform_filter1d(flux, _LEVEL_POINTS, mode="nearest")
    after = np.clip(np.searchsorted(time, clock), 1, len(time) - 1)
    is_bridged = time[after] - time[after - 1] > _SHORT_GAP_D
    nearest = after - (clock - time[after - 1] < time[after] - clock)
    even = np.where(is_bridged, np.interp(clock, time, level), flux[nearest])
    even = (even - np.sum(_TAPER * even) / _TAPER.sum()) * _TAPER
    power = np.abs(fft.rfft(even, _SIZE)) ** 2
    # Each frequency stands for half a step on both sides.
    below = np.concatenate([[0.0], np.cumsum(power)])
    at_edges = np.interp(_EDGES_PER_D * GRID_D * _SIZE + 0.5, np.arange(len(below)), below)
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
        "rotation_period": rotation_period_d(
            None if isinstance(star.repetition, Missing) else star.repetition, waves
        ),
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
