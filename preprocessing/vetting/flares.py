"""Flares: found by their height, told from other brightenings by their shape, and labeled."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import median_filter

from preprocessing.analysis.flat_light import runs_of
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.periodogram import fit_harmonics
from preprocessing.core.value_column import ValueColumn
from preprocessing.signals.exposures import sample_exposures
from preprocessing.signals.flares import davenport_shape
from preprocessing.vetting.binaries import is_binary, outside_transits
from preprocessing.vetting.cycle import cycle_of, parts_of
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.pulsators import is_pulsator
from preprocessing.vetting.star import Star

__all__ = ["RULES", "energy_erg", "find_flares", "flares"]

#: At least three adjacent points above the first of these, the highest above the second, in sigma,
#: and all together above the third (Chang et al. 2015, ApJ 814, 35, ask for three points of 3
#: sigma): a flare whose true peak is 5 sigma is measured below that half of the time. In 65,000
#: points of white noise, 0.003 runs are so.
_ABOVE, _PEAK, _TOGETHER, _FEWEST = 1.5, 4.5, 6.0, 3
#: A flare ends where it is below this many sigma.
_END = 1.0
#: A label needs so many flares whose shape is more likely that of a flare than any other.
_FEWEST_FLARES, _LIKELY = 2, 0.5
#: What is as symmetric as this, or falls faster than it rises, is no flare.
_UNLIKELY = 0.01
#: Window of the running median, in days; of a wave, at most this share of its period.
_WINDOW_D, _SHARE_OF_WAVE = 1.0, 0.25
#: The level at an end is the median of so many points.
_END_POINTS = 5
#: The noise is that of so many days, or of the segment.
_NEAR_D = 2.0
#: A wave faster than this, in days, is taken out before, chunk by chunk, if it is so many times the
#: noise.
_FAST_D, _LEAST_CONTRAST, _HARMONICS = 2.0, 1.0, 4
_FEWEST_POINTS = 100
#: A longer step than this, in cadences, is a gap.
_ADJACENT = 1.6
#: Trial widths and peaks of a flare.
_WIDTHS, _PEAKS = 9, 7
#: No flare is wider at half its maximum, in days: 2 h, where decays take many (Davenport et al.
#: 2014, figure 6).
_LONGEST_WIDTH_D = 0.08
_SECONDS_A_DAY = 86_400.0
#: Luminosity of the Sun in erg/s, and its temperature in K (IAU 2015 resolution B3).
_SUN_ERG_S, _SUN_K = 3.828e33, 5772.0

_EVIDENCE = (
    ValueColumn("flare_count", int, "", "Flares with a confidence of at least 0.5."),
    ValueColumn("flare_rate", float, "1/d", "The same per observed day."),
    ValueColumn("flare_amplitude", float, "ppm", "Peak of the highest."),
    ValueColumn("flare_duration", float, "s", "Sum of their equivalent durations."),
    ValueColumn("flare_share", float, "", "The same over the observed time."),
    ValueColumn(
        "flare_energy",
        float,
        "erg",
        "The same times the star's luminosity; null without its radius and temperature.",
    ),
)

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        Label.FLARES,
        "Flares, each a fast rise and a slow decay.",
        "At least two runs of three adjacent points above 1.5 sigma, the highest above 4.5 and the"
        " root of the sum of squares above 6, without the fast wave and the running median of the"
        " light, that are more likely a flare of the shape of Davenport et al. (2014) than the"
        " same in reverse or a symmetric rise. Not judged of binaries and pulsators.",
        _EVIDENCE,
    ),
)


@once_a_star
def find_flares(star: Star) -> tuple[Event, ...]:
    """Return the flares of a star; none of a binary or a pulsator, whose light rises as fast.

    Parameters
    ----------
    star : Star
        The star.
    """
    if len(star.light) < _FEWEST_POINTS or is_binary(star) or is_pulsator(star):
        return ()
    light = _without_wave(star, outside_transits(star, star.light))
    rest = light.flux - _running_median(star, light)
    sigma = _noise(light, rest)
    if not (sigma > 0).all():
        return ()
    height = rest / sigma
    is_adjacent = np.diff(light.time_d) < _ADJACENT * light.cadence_d
    is_adjacent &= np.diff(light.sequence) == 0
    found = []
    for run in runs_of(height > _ABOVE, is_adjacent, _FEWEST):
        if height[run].max() > _PEAK and np.sum(height[run] ** 2) > _TOGETHER**2:
            flare = _flare(light, rest, height, sigma, run)
            if flare.confidence >= _UNLIKELY:
                found.append(flare)
    return tuple(found)


def flares(star: Star) -> tuple[Finding, ...]:
    """Return whether the star flares, of its events.

    Parameters
    ----------
    star : Star
        The star, whose events are known.

    Returns
    -------
    tuple of Finding
        Of ``flares``.
    """
    nothing: dict[str, Evidence] = {column.name: None for column in _EVIDENCE}
    if len(star.light) < _FEWEST_POINTS:
        return (Finding(Label.FLARES, None, Undecided.TOO_SHORT, nothing),)
    if is_binary(star) or is_pulsator(star):
        return (Finding(Label.FLARES, None, Undecided.HIDDEN, nothing),)
    known = [one for one in star.events if one.kind is EventKind.FLARE]
    likely = [one for one in known if one.confidence >= _LIKELY]
    observed_d = len(star.light) * star.light.cadence_d
    total_s = float(sum(one.equivalent_duration_s for one in likely))
    evidence: dict[str, Evidence] = {
        "flare_count": len(likely),
        "flare_rate": len(likely) / observed_d,
        "flare_amplitude": 1e6 * max(one.amplitude for one in likely) if likely else None,
        "flare_duration": total_s,
        "flare_share": total_s / _SECONDS_A_DAY / observed_d,
        "flare_energy": energy_erg(
            total_s, star.parameters.get("radius"), star.parameters.get("teff")
        ),
    }
    return (Finding(Label.FLARES, len(likely) >= _FEWEST_FLARES, None, evidence),)


def energy_erg(
    equivalent_duration_s: float, radius: float | None, teff_k: float | None
) -> float | None:
    """Return the energy of flares as if they had the star's color.

    Parameters
    ----------
    equivalent_duration_s : float
        Their equivalent duration in seconds.
    radius : float, optional
        Radius of the star in solar radii.
    teff_k : float, optional
        Its effective temperature in kelvin.

    Returns
    -------
    float or None
        In erg; None without radius or temperature.

    Examples
    --------
    >>> f"{energy_erg(1.0, 1.0, 5772.0):.3g}"
    '3.83e+33'
    """
    if not radius or not teff_k:
        return None
    return float(equivalent_duration_s * _SUN_ERG_S * radius**2 * (teff_k / _SUN_K) ** 4)


def _without_wave(star: Star, light: Light) -> Light:
    """Return the light without the wave of a fast rotator, chunk by chunk."""
    cycle = cycle_of(star)
    if cycle is None or not _has_wave(star) or cycle.frequency_per_d < 1 / _FAST_D:
        return light
    flux = light.flux.copy()
    for part in parts_of(light):
        time, change = light.time_d[part], light.flux[part] - 1
        # Twice, the second time without what flares.
        model = np.zeros(len(time))
        for _ in range(2):
            rest = change - model
            reach = 3 * 1.4826 * np.median(np.abs(rest - np.median(rest)))
            usual = rest < np.median(rest) + reach
            fit = fit_harmonics(time[usual], change[usual], cycle.frequency_per_d, _HARMONICS)
            model = fit.at(time)
        flux[part] -= model
    return replace(light, flux=flux)


def _has_wave(star: Star) -> bool:
    """Return whether the main wave stands out."""
    contrast = star.features.get("freq_contrast")
    return isinstance(contrast, float) and bool(contrast > _LEAST_CONTRAST)


def _running_median(star: Star, light: Light) -> Floats:
    """Return the median in a window about each point of a segment."""
    main = star.features.get("freq_main")
    period_d = 10**-main if isinstance(main, float) else np.inf
    is_left = _has_wave(star) and period_d >= _FAST_D
    window_d = min(_WINDOW_D, _SHARE_OF_WAVE * period_d) if is_left else _WINDOW_D
    n = max(5, round(window_d / light.cadence_d)) // 2 * 2 + 1
    level = np.empty(len(light))
    for start, stop in pairwise(light.segment_edges.tolist()):
        size = min(n, max(1, (stop - start - 1) // 2 * 2 + 1))
        level[start:stop] = _median_within(light.flux[start:stop], size)
    return level


def _median_within(flux: Floats, size: int) -> Floats:
    """Return the running median of a segment, which goes on beyond its ends as it came.

    Were its ends repeated, a slope there would stay in the light, and look like a flare.
    """
    reach = min(size // 2, len(flux) - 1)
    if reach < 1:
        return np.array(flux)
    first, last = np.median(flux[:_END_POINTS]), np.median(flux[-_END_POINTS:])
    before = 2 * first - flux[1 : reach + 1][::-1]
    after = 2 * last - flux[-reach - 1 : -1][::-1]
    longer = np.concatenate([before, flux, after])
    level: Floats = median_filter(longer, size)
    return level[reach : reach + len(flux)]


def _noise(light: Light, rest: Floats) -> Floats:
    """Return the noise at each point: of its chunk or, if that is more, of the days about it.

    What the median leaves of a fast wave that changes is restless at some times only.
    """
    away = np.abs(rest)
    sigma = np.full(len(rest), float(np.median(away)))
    n = round(_NEAR_D / light.cadence_d) // 2 * 2 + 1
    for start, stop in pairwise(light.segment_edges.tolist()):
        size = min(n, max(1, (stop - start - 1) // 2 * 2 + 1))
        part = away[start:stop]
        local = median_filter(part, size, mode="nearest")
        sigma[start:stop] = np.maximum(local, np.median(part))
    return 1.4826 * sigma


def _flare(light: Light, rest: Floats, height: Floats, sigma: Floats, run: slice) -> Event:
    """Return the event of a run of high points."""
    stop = run.stop
    time = light.time_d
    while (
        stop < len(rest)
        and height[stop] > _END
        and time[stop] - time[stop - 1] < _ADJACENT * light.cadence_d
    ):
        stop += 1
    peak = run.start + int(rest[run].argmax())
    inside = slice(run.start, stop)
    step_s = light.cadence_d * _SECONDS_A_DAY
    n = stop - run.start
    return Event(
        EventKind.FLARE,
        float(time[run.start]),
        float(time[peak]),
        float(time[stop - 1]),
        float(rest[peak]),
        float(height[peak]),
        int(light.sequence[peak]),
        float(rest[inside].sum() * step_s),
        float(sigma[peak] * step_s * np.sqrt(n)),
        _confidence(light, rest, sigma[peak], inside, peak),
    )


def _trials(days: Floats, cadence_d: float, widest_d: float) -> Floats:
    """Return times from trial peaks in trial widths, shape (samples, trials, points)."""
    widths = np.geomspace(0.2 * cadence_d, widest_d, _WIDTHS)
    peaks = np.linspace(-0.8, 0.8, _PEAKS) * cadence_d
    times = sample_exposures(days, cadence_d)
    phase = (times[:, None, None, :] - peaks[:, None, None]) / widths[:, None]
    return np.asarray(phase.reshape(len(times), -1, len(days)))


def _misfit(shape: Floats, values: Floats) -> float:
    """Return the least sum of squares of the values and a multiple of one trial of a shape."""
    model = shape.mean(axis=0)
    square = np.sum(model**2, axis=1)
    cross = model @ values
    explained = np.where((square > 0) & (cross > 0), cross**2 / np.maximum(square, 1e-30), 0)
    return float(values @ values - explained.max())


def _confidence(light: Light, rest: Floats, sigma: float, inside: slice, peak: int) -> float:
    """Return how likely a flare's shape is, beside the same in reverse and a symmetric rise."""
    near = slice(max(0, inside.start - 3), min(len(rest), inside.stop + 4))
    days, values = light.time_d[near] - light.time_d[peak], rest[near] / sigma
    cadence, length = light.cadence_d, light.time_d[inside.stop - 1] - light.time_d[inside.start]
    longest = max(length, cadence)
    fast = _trials(days, cadence, max(min(longest, _LONGEST_WIDTH_D), cadence))
    others = _trials(days, cadence, longest)
    misfits = np.array(
        [
            _misfit(davenport_shape(fast), values),
            _misfit(davenport_shape(-others), values),
            _misfit(np.exp(-4 * np.log(2) * others**2), values),
        ]
    )
    # Where no shape fits, the noise is more than that of the light.
    scale = max(1.0, float(misfits.min()) / max(1, len(days) - 3))
    likelihoods = np.exp(-(misfits - misfits.min()) / (2 * scale))
    return float(likelihoods[0] / likelihoods.sum())
