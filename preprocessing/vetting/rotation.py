"""The label of rotation: a period that spots bring back, measured in two ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from preprocessing.analysis.autocorrelation import autocorrelation
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.periodogram import Spectrum, refine, spectrum
from preprocessing.analysis.repetition import Repetition, find_repetition
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.binaries import is_binary, outside_transits
from preprocessing.vetting.cycle import light_on_grid, without_extremes
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.pulsators import is_pulsator
from preprocessing.vetting.star import Star

__all__ = ["RULES", "rossby_number", "rotation"]

#: Longer periods are hardly told from a mission's own trends (McQuillan et al. 2014, ApJS 211, 24,
#: end at 70 d, and correct for little beyond 45 d in a quarter).
_LONGEST_D = 45.0
#: Sines up to this frequency count, per day.
_FASTEST_PER_D = 10.0
#: Less light shows no rotation.
_FEWEST_POINTS = 200
#: The maximum of an autocorrelation rises above the minima beside it by chance, in simulated red
#: noise of any memory, so many times the root of period over baseline in one star of thirty.
_CHANCE_RISE = 1.6
#: The granulation and oscillations of giants make maxima of up to 0.34 (simulated after Kallinger
#: et al. 2014); of a known dwarf, less is a period.
_LEAST_RISE, _LEAST_RISE_OF_DWARF, _DWARF_LOGG = 0.35, 0.15, 3.5
#: No dwarf varies slowly by as much without spots (the Sun's spots: 1,000 ppm; Kepler's trends:
#: some hundred): then a period that was seen twice or thrice will do.
_SPOTTED, _LEAST_RISE_OF_SPOTS = 1e-3, 0.4
#: Hotter stars have no convective envelope, and no spots of a dynamo (Kraft 1967, ApJ 150, 551;
#: McQuillan et al. 2014 end at 6,500 K, and temperatures are uncertain by some hundred).
_HOTTEST_K = 7000.0
#: The sine at the same period, or at its half, has this share of the strongest.
_LEAST_SHARE = 0.5
#: Both periods, and those of parts of the light, agree to this.
_AGREE = 0.1
#: Frequencies nearer than this, in 1 / baseline, are one.
_RESOLVED = 0.7
#: A period of a part is looked for where it fits in so many times.
_CYCLES_A_PART = 3.0
#: The share of the parts with a period that agree, or have half or twice the period.
_LEAST_AGREEING = 0.5
#: So many parts are looked at, at most, for the time that it takes.
_MOST_PARTS = 16
#: Spots of more than a few rotations' life vary the light by more than so many times its noise.
_LEAST_AMPLITUDE = 2.0
#: Rotations of which the range is measured, at most.
_MOST_ROTATIONS = 60

_EVIDENCE = (
    ValueColumn("rotation_period", float, "d", "Period of the autocorrelation's maximum."),
    ValueColumn("rotation_period_sigma", float, "d", "Its uncertainty."),
    ValueColumn("rotation_rise", float, "", "Height of that maximum above the minima beside it."),
    ValueColumn("rotation_sine_period", float, "d", "Period of the strongest sine near it."),
    ValueColumn("rotation_sine_share", float, "", "Its amplitude over that of the strongest."),
    ValueColumn("rotation_half", bool, "", "Whether that sine is at half the period."),
    ValueColumn(
        "rotation_parts",
        int,
        "",
        "Parts of the light in which a period was found; null if the rest of the rule denies it.",
    ),
    ValueColumn("rotation_parts_agreeing", int, "", "Those whose period, or its double, agrees."),
    ValueColumn("rotation_range", float, "ppm", "Median over rotations of the 5 to 95 % range."),
    ValueColumn("rotation_rossby", float, "", "Period over the convective turnover time."),
    ValueColumn("rotation_line", str, "", "The instrument's line at this frequency."),
)

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        Label.ROTATION,
        "Spots that a rotating star carries.",
        "Outside of transits, the autocorrelation has a maximum up to 45 d that rises above the"
        " minima beside it by 1.6 times the root of period over baseline and by 0.35 (of a dwarf"
        " 0.15), or by 0.4 if the range is at least 1,000 ppm; the strongest sine near that period,"
        " or near its half, agrees to 10 % and has at least half the amplitude of any; half of the"
        " parts of the light agree; the star is not hotter than 7,000 K; and no line of the"
        " instrument is there. Not judged of binaries and pulsators.",
        _EVIDENCE,
    ),
)


@dataclass(frozen=True)
class _Sine:
    """The strongest sine near a period or its half."""

    period_d: float
    share: float
    is_half: bool


def rotation(star: Star) -> tuple[Finding, ...]:
    """Return whether the star's spots show its rotation.

    Parameters
    ----------
    star : Star
        The star.

    Returns
    -------
    tuple of Finding
        Of ``rotation``.
    """
    nothing: dict[str, Evidence] = {column.name: None for column in _EVIDENCE}
    light = outside_transits(star, light_on_grid(star))
    light = replace(light, flux=without_extremes(light.flux)) if len(light) else light
    if len(light) < _FEWEST_POINTS or not np.ptp(light.flux) > 0:
        return (Finding(Label.ROTATION, None, Undecided.TOO_SHORT, nothing),)
    if is_binary(star) or is_pulsator(star):
        return (Finding(Label.ROTATION, None, Undecided.HIDDEN, nothing),)
    longest_d = min(_LONGEST_D, light.baseline_d / 2)
    best = find_repetition(autocorrelation(light.time_d, light.flux, longest_d))
    if best is None:
        return (Finding(Label.ROTATION, False, None, nothing),)
    sine = _sine_near(light, best.lag_d)
    range_ = _range(light, best.lag_d)
    line = _line_at(star, light, best.lag_d)
    is_strong = _is_high(star, light, best, range_) and sine.share >= _LEAST_SHARE
    is_strong &= _is_same(light, sine, best.lag_d)
    is_strong &= not star.parameters.get("teff", 0.0) > _HOTTEST_K
    is_strong &= range_ > _LEAST_AMPLITUDE * _noise(star)
    # Parts cost more than all of this, and decide only where it holds.
    parts = _periods_of_parts(light, best.lag_d) if is_strong else []
    agreeing = [one for one in parts if _agrees(one, best.lag_d)]
    is_steady = len(parts) < 2 or len(agreeing) >= _LEAST_AGREEING * len(parts)
    evidence: dict[str, Evidence] = {
        "rotation_period": best.lag_d,
        "rotation_period_sigma": _uncertainty(light, best, agreeing),
        "rotation_rise": best.rise,
        "rotation_sine_period": sine.period_d,
        "rotation_sine_share": sine.share,
        "rotation_half": sine.is_half,
        "rotation_parts": len(parts) if is_strong else None,
        "rotation_parts_agreeing": len(agreeing) if is_strong else None,
        "rotation_range": 1e6 * range_,
        "rotation_rossby": rossby_number(best.lag_d, star.parameters.get("teff")),
        "rotation_line": line,
    }
    is_given = bool(is_strong and is_steady)
    if is_given and (line is not None or _is_of_planet(star, best.lag_d, range_)):
        return (Finding(Label.ROTATION, None, Undecided.HIDDEN, evidence),)
    return (Finding(Label.ROTATION, is_given, None, evidence),)


def rossby_number(period_d: float, teff_k: float | None) -> float | None:
    """Return the period over the convective turnover time.

    Parameters
    ----------
    period_d : float
        Rotation period in days.
    teff_k : float, optional
        Effective temperature in kelvin.

    Returns
    -------
    float or None
        None beyond 3,300 to 7,000 K, for which the time is given by Cranmer & Saar (2011, ApJ
        741, 54, equation 36).

    Examples
    --------
    >>> round(rossby_number(25.4, 5777.0), 1)
    2.0
    """
    if teff_k is None or not 3300 <= teff_k <= 7000:
        return None
    turnover_d = 314.24 * np.exp(-teff_k / 1952.5 - (teff_k / 6250) ** 18) + 0.002
    return float(period_d / turnover_d)


def _is_of_planet(star: Star, period_d: float, range_: float) -> bool:
    """Return whether the period may be what is left of deeper transits at nearly the same one."""
    for one in star.candidates:
        candidate_d, depth = one["period_d"], one["depth"]
        if one["passes"] and isinstance(candidate_d, float) and isinstance(depth, float):
            is_near = min(abs(period_d / candidate_d / k - 1) for k in (0.5, 1, 2)) < _AGREE
            if is_near and 1e6 * range_ < depth:
                return True
    return False


def _is_high(star: Star, light: Light, best: Repetition, range_: float) -> bool:
    """Return whether a maximum is higher than those of chance."""
    is_dwarf = star.parameters.get("logg", 0.0) >= _DWARF_LOGG
    least = _LEAST_RISE_OF_DWARF if is_dwarf else _LEAST_RISE
    by_chance = _CHANCE_RISE * np.sqrt(best.lag_d / light.baseline_d)
    is_spotted = range_ >= _SPOTTED and best.rise >= _LEAST_RISE_OF_SPOTS
    return bool(best.rise >= max(least, by_chance) or is_spotted)


def _is_same(light: Light, sine: _Sine, period_d: float) -> bool:
    """Return whether a sine has the period or its half, to 10 % or as well as is resolved."""
    frequency = (0.5 if sine.is_half else 1.0) / sine.period_d
    off = abs(frequency * period_d - 1)
    resolved = _RESOLVED * period_d / light.baseline_d
    return bool(off <= max(_AGREE, resolved))


def _noise(star: Star) -> float:
    """Return the noise of a point of 30 min."""
    white = star.features.get("stat_white")
    return 1e-6 * 10**white if isinstance(white, float) else 0.0


def _sine_near(light: Light, period_d: float) -> _Sine:
    """Return the strongest sine near a period or its half, beside the strongest of all."""
    change = light.flux - 1
    highest = min(_FASTEST_PER_D, max(4 / period_d, 1.0))
    found = spectrum(light.time_d, change, highest)
    lowest = max(1 / _LONGEST_D, 1 / light.baseline_d)
    strongest = float(found.between(lowest, highest).max())
    best = max(
        (_peak(light, change, found, k / period_d), k == 2)
        for k in (1, 2)
        if k / period_d < highest
    )
    (amplitude, frequency), is_half = best
    return _Sine(1 / frequency, amplitude / strongest if strongest > 0 else 0.0, is_half)


def _peak(light: Light, change: Floats, found: Spectrum, near_per_d: float) -> tuple[float, float]:
    """Return amplitude and frequency of the highest peak within reach of a frequency."""
    width = max(1.5 * _AGREE * near_per_d, _RESOLVED / light.baseline_d)
    frequency = found.highest(near_per_d - width, near_per_d + width)
    frequency, amplitude = refine(light.time_d, change, frequency)
    return amplitude, frequency


def _parts(light: Light, period_d: float) -> Sequence[tuple[int, int]]:
    """Return chunks, or files if the period is long, in which it fits some times."""
    for edges in (light.chunk_edges, light.file_edges):
        spans = [
            (a, b)
            for a, b in pairwise(edges.tolist())
            if b - a >= _FEWEST_POINTS
            and light.time_d[b - 1] - light.time_d[a] >= _CYCLES_A_PART * period_d
        ]
        if len(spans) > 1:
            step = max(1, -(-len(spans) // _MOST_PARTS))
            return spans[::step]
    return []


def _periods_of_parts(light: Light, period_d: float) -> list[float]:
    """Return the period of each part that has one."""
    found = []
    for start, stop in _parts(light, period_d):
        time, flux = light.time_d[start:stop], light.flux[start:stop]
        longest_d = min((time[-1] - time[0]) / 2, 2.6 * period_d)
        if np.ptp(flux) > 0:
            best = find_repetition(autocorrelation(time, flux, longest_d))
            if best is not None:
                found.append(best.lag_d)
    return found


def _agrees(of_part: float, period_d: float) -> bool:
    """Return whether a part's period, its double or its half is the star's."""
    return min(abs(of_part * k / period_d - 1) for k in (0.5, 1, 2)) <= 1.5 * _AGREE


def _uncertainty(light: Light, best: Repetition, parts: Sequence[float]) -> float:
    """Return the scatter of parts over the root of their number, or how well a lag is known."""
    # Of a maximum of the autocorrelation: a twentieth of a turn over all turns that were seen.
    known = best.lag_d**2 / (20 * light.baseline_d) * np.sqrt(20 / max(best.rise, 0.05))
    own = [one for one in parts if abs(one / best.lag_d - 1) <= 1.5 * _AGREE]
    if len(own) < 3:
        return float(known)
    return float(max(np.std(own, ddof=1) / np.sqrt(len(own)), 1e-4 * best.lag_d))


def _range(light: Light, period_d: float) -> float:
    """Return the median over rotations of the range of the inner 90 % of the light."""
    number = np.floor((light.time_d - light.time_d[0]) / period_d).astype(np.int64)
    edges = np.append(np.flatnonzero(np.diff(number, prepend=-1)), len(number))
    fullest = int(np.diff(edges).max())
    spans = [(a, b) for a, b in pairwise(edges.tolist()) if 2 * (b - a) >= fullest]
    spans = spans[:: max(1, -(-len(spans) // _MOST_ROTATIONS))]
    ranges = [np.diff(np.percentile(light.flux[a:b], (5, 95)))[0] for a, b in spans]
    return float(np.median(ranges)) if ranges else 0.0


def _line_at(star: Star, light: Light, period_d: float) -> str | None:
    """Return the name of the instrument's line at a period."""
    tolerance = 2 / light.baseline_d
    for line in star.lines:
        if line.low_per_d - tolerance <= 1 / period_d <= line.high_per_d + tolerance:
            return line.name
    return None
