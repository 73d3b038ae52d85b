"""Flares: found by their height, told from other brightenings by their shape, and labeled."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from preprocessing.analysis.flat_light import runs_of
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median_of_many
from preprocessing.analysis.running_median import repeated_ends, running_median
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.binaries import is_binary, outside_transits
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.flare_light import changes_of_flares
from preprocessing.vetting.flare_shapes import (
    misfit_of_flare,
    misfit_of_reverse,
    misfit_of_symmetric,
)
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.pulsators import is_pulsator
from preprocessing.vetting.star import Star

__all__ = ["RULES", "energy_erg", "find_flares", "flares"]

#: At least three adjacent points above the first of these, the highest above the second, in sigma,
#: all together (root of the sum of squares) above the third, and all but the highest above the
#: fourth. Chang et al. (2015, ApJ 814, 35, equation 3) ask for three points of 3 sigma. A flare
#: whose true peak is 5 sigma is measured below that half of the time. Chosen on simulated flares;
#: in 2,600,000 points of white noise, there is none. The third and the fourth are for independent
#: noise, and grow with the scatter of means of three points.
_ABOVE, _PEAK, _TOGETHER, _BESIDE, _FEWEST = 0.5, 4.5, 6.0, 3.0, 3
#: A flare ends where it is below this many sigma.
_END = 1.0
#: A label needs so many flares whose shape is more likely that of a flare than any other, not all
#: within so many days: what disturbs a spacecraft lasts for hours (KIC 10000198 and 10000827, which
#: do not vary, rise on one day).
_FEWEST_FLARES, _LIKELY, _APART_D = 2, 0.5, 1.0
#: What is as symmetric as this, or falls faster than it rises, is no flare.
_UNLIKELY = 0.01
#: The noise is that of so many days, or of the segment.
_NEAR_D = 2.0
#: Less light shows no flares.
_FEWEST_POINTS = 100
#: A longer step than this, in cadences, is a gap.
_ADJACENT = 1.6
#: Trial flares are not wider at half their maximum than this, in days: wider than the widest that
#: were simulated (90 minutes).
_LONGEST_WIDTH_D = 0.08
#: Seconds in a day.
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
        "At least two runs, a day apart, of three adjacent points above 0.5 sigma, the highest"
        " above 4.5, the root of the sum of squares of all above 6 and of the others above 3 (times"
        " the scatter of means of three points over that of independent ones), without the fast"
        " wave and the trend of the light, that are more likely a flare of the shape of Davenport"
        " et al. (2014) than the same in reverse or a symmetric rise. Not judged of binaries and"
        " pulsators.",
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
    light = outside_transits(star, star.light)
    rest = changes_of_flares(star, light)
    sigma = _noise(light, rest)
    if not (sigma > 0).all():
        return ()
    height = rest / sigma
    excess = _excess_of_three(height)
    is_adjacent = np.diff(light.time_d) < _ADJACENT * light.cadence_d
    is_adjacent &= np.diff(light.sequence) == 0
    n_peaks = np.append(0, np.cumsum(height > _PEAK))
    found = []
    for run in runs_of(height > _ABOVE, is_adjacent, _FEWEST):
        if n_peaks[run.stop] > n_peaks[run.start] and _is_high(height[run], excess):
            flare = _flare(light, rest, height, sigma, run)
            if flare.confidence >= _UNLIKELY:
                found.append(flare)
    return tuple(found)


def _is_high(height: Floats, excess: float) -> bool:
    """Return whether a run with a peak is higher than noise, and than a single point, makes one."""
    square = float(np.sum(height**2))
    beside = square - float(height.max()) ** 2
    return square > (excess * _TOGETHER) ** 2 and beside > (excess * _BESIDE) ** 2


def _excess_of_three(height: Floats) -> float:
    """Return the scatter of means of three points over that of independent ones; at least 1."""
    of_three = np.convolve(height, np.ones(_FEWEST), "valid") / np.sqrt(_FEWEST)
    single, three = (median_of_many(np.abs(one)) for one in (height, of_three))
    return max(1.0, three / single) if single > 0 else 1.0


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
    span_d = likely[-1].peak_d - likely[0].peak_d if likely else 0.0
    is_given = len(likely) >= _FEWEST_FLARES and span_d >= _APART_D
    return (Finding(Label.FLARES, is_given, None, evidence),)


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


def _noise(light: Light, rest: Floats) -> Floats:
    """Return the noise at each point: of its chunk or, if that is more, of the days about it.

    What the median leaves of a fast wave that changes is restless at some times only.
    """
    away = np.abs(rest)
    n = round(_NEAR_D / light.cadence_d) // 2 * 2 + 1
    edges = light.segment_edges
    local = running_median(away, edges, n, repeated_ends)
    of_segment = [median_of_many(away[a:b]) for a, b in pairwise(edges.tolist())]
    return np.asarray(1.4826 * np.maximum(local, np.repeat(of_segment, np.diff(edges))))


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


def _confidence(light: Light, rest: Floats, sigma: float, inside: slice, peak: int) -> float:
    """Return how likely a flare's shape is, beside the same in reverse and a symmetric rise."""
    near = slice(max(0, inside.start - 3), min(len(rest), inside.stop + 4))
    days, values = light.time_d[near] - light.time_d[peak], rest[near] / sigma
    cadence, length = light.cadence_d, light.time_d[inside.stop - 1] - light.time_d[inside.start]
    longest = max(length, cadence)
    misfits = np.array(
        [
            misfit_of_flare(days, values, cadence, max(min(longest, _LONGEST_WIDTH_D), cadence)),
            misfit_of_reverse(days, values, cadence, longest),
            misfit_of_symmetric(days, values, cadence, longest),
        ]
    )
    # Where no shape fits, the noise is more than that of the light.
    scale = max(1.0, float(misfits.min()) / max(1, len(days) - 3))
    likelihoods = np.exp(-(misfits - misfits.min()) / (2 * scale))
    return float(likelihoods[0] / likelihoods.sum())
