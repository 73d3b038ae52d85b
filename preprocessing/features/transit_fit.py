"""The fit of a limb-darkened transit to all points around the events of one ephemeris."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from preprocessing.features.ephemeris import Box
from preprocessing.features.light import Floats, Light
from preprocessing.signals.transits import Transit, transit_flux

__all__ = ["TransitFit", "days_and_events", "fit_transit"]

#: Points within so many durations of an event's middle are fitted.
_REACH = 2.0
#: Points outside of this many durations of the middle show the level without the transit.
_OUTSIDE = 0.6
#: Points on each side without which an event has no such level.
_FEWEST_OUTSIDE = 2
_N_BINS = 200
_ROUNDS = 3
_START_IMPACT = 0.3


@dataclass(frozen=True)
class TransitFit:
    """The transit that fits best.

    Parameters
    ----------
    period_d : float
        Days from one event to the next.
    epoch_d : float
        Middle of the event nearest to the middle of the light, in the light's days.
    duration_d : float
        Days from first to last contact.
    depth : float
        Relative loss of light at mid-transit.
    impact : float
        Impact parameter in stellar radii, 0 to 1; hardly constrained where the signal is weak.
    """

    period_d: float
    epoch_d: float
    duration_d: float
    depth: float
    impact: float


@dataclass(frozen=True, eq=False)
class _Folded:
    """Points around all events: days from the middle, number of the event, flux about 1."""

    days: Floats
    event: Floats
    flux: Floats


def days_and_events(time_d: Floats, period_d: float, epoch_d: float) -> tuple[Floats, Floats]:
    """Return the days from the nearest event, and the event's number from that of the epoch.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times in days.
    period_d, epoch_d : float
        The ephemeris.
    """
    turns = (time_d - epoch_d) / period_d
    event = np.rint(turns)
    return (turns - event) * period_d, event


def fit_transit(light: Light, trend: Floats, box: Box, exposure_d: float) -> TransitFit:
    """Fit shape and ephemeris of a transit, beginning at a box.

    Parameters
    ----------
    light : Light
        All points, at their own sampling.
    trend : ndarray, shape (n,)
        The trend of the light. A straight line through the points around each event takes away
        what it has of the transit.
    box : Box
        Where to begin.
    exposure_d : float
        Length of an exposure in days, over which the model is averaged.

    Returns
    -------
    TransitFit
        The box itself, at its mean depth, if there are too few points around its events.
    """
    start = Transit(box.period_d, box.epoch_d, 1e6 * box.depth, 24 * box.duration_d, _START_IMPACT)
    is_known = trend > 0
    time, flux = light.time_d[is_known], light.flux[is_known] / trend[is_known]
    transit = start
    for _ in range(_ROUNDS):
        folded = _around_events(time, flux, transit)
        if len(folded.days) < 2 * _FEWEST_OUTSIDE:
            transit = start
            break
        shape = _fit_shape(folded, transit, box.duration_d, exposure_d)
        transit = _fit_ephemeris(folded, shape, exposure_d)
    duration_d, depth = transit.duration_h / 24, 1e-6 * transit.depth_ppm
    return TransitFit(transit.period_d, transit.epoch_d, duration_d, depth, transit.impact)


def _around_events(time: Floats, flux: Floats, transit: Transit) -> _Folded:
    """Return the points around events, each event relative to the line beside its transit."""
    duration = transit.duration_h / 24
    days, event = days_and_events(time, transit.period_d, transit.epoch_d)
    is_near = np.abs(days) < min(_REACH * duration, transit.period_d / 2)
    days, event, flux = days[is_near], event[is_near], flux[is_near]
    if len(days) == 0:
        return _Folded(days, event, flux)
    number = (event - event.min()).astype(np.int64)
    is_outside = np.abs(days) > _OUTSIDE * duration

    def sums(values: Floats | NDArray[np.bool_]) -> Floats:
        weights = np.where(is_outside, values, 0).astype(np.float64)
        return np.bincount(number, weights, number.max() + 1).astype(np.float64)

    n, x, xx = sums(np.ones_like(days)), sums(days), sums(days**2)
    y, xy = sums(flux), sums(days * flux)
    has_both_sides = np.minimum(sums(days < 0), sums(days > 0)) >= _FEWEST_OUTSIDE
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (n * xy - x * y) / (n * xx - x * x)
        level = (y - slope * x) / n
    is_good = has_both_sides[number]
    line = (level[number] + slope[number] * days)[is_good]
    return _Folded(days[is_good], event[is_good], flux[is_good] / line)


def _fit_shape(folded: _Folded, transit: Transit, box_d: float, exposure_d: float) -> Transit:
    """Fit depth, duration and impact parameter to the folded light, averaged in bins."""
    from scipy.optimize import least_squares

    reach = np.abs(folded.days).max()
    number = np.minimum((_N_BINS * (folded.days + reach) / (2 * reach)).astype(int), _N_BINS - 1)
    count = np.bincount(number, minlength=_N_BINS)
    used = count > 0
    days = np.bincount(number, folded.days, _N_BINS)[used] / count[used]
    loss = 1 - np.bincount(number, folded.flux, _N_BINS)[used] / count[used]
    root = np.sqrt(count[used])
    scale = max(transit.depth_ppm, 1.0)

    def model(parameters: Floats) -> Transit:
        depth, duration, impact = parameters
        return replace(
            transit, depth_ppm=scale * depth, duration_h=24 * box_d * duration, impact=impact
        )

    def residuals(parameters: Floats) -> Floats:
        at_zero = replace(model(parameters), epoch_d=0.0)
        return np.asarray(
            root * (1e6 * loss / scale + 1e6 / scale * transit_flux(days, at_zero, exposure_d))
        )

    longest = min(2.5, 0.9 * transit.period_d / box_d)
    first = np.array([1.0, transit.duration_h / 24 / box_d, transit.impact])
    lowest, highest = np.array([0.05, 0.4, 0.0]), np.array([20.0, longest, 0.99])
    highest[0] = min(20.0, 0.99e6 / scale)
    found = least_squares(
        residuals,
        np.clip(first, lowest + 1e-3, highest - 1e-3),
        bounds=(lowest, highest),
        x_scale=(0.1, 0.1, 0.2),
        max_nfev=25,
    )
    return model(found.x)


def _fit_ephemeris(folded: _Folded, transit: Transit, exposure_d: float) -> Transit:
    """Shift epoch and period to where the folded light agrees best with the model's slopes."""
    half = transit.duration_h / 48 + exposure_d
    days = np.linspace(-1.1 * half, 1.1 * half, 401)
    model = transit_flux(days, replace(transit, epoch_d=0.0), exposure_d)
    slope = np.interp(folded.days, days, np.gradient(model, days), left=0, right=0)
    rest = folded.flux - 1 - np.interp(folded.days, days, model, left=0, right=0)
    # A later epoch moves the model: flux changes by minus slope times shift.
    columns = np.stack([-slope, -slope * folded.event])
    matrix = columns @ columns.T
    if not np.linalg.cond(matrix) < 1e12:
        return transit
    shift, stretch = np.linalg.solve(matrix, columns @ rest)
    limit = 0.2 * transit.duration_h / 24
    reach = max(1.0, np.abs(folded.event).max())
    if abs(shift) > limit or abs(stretch) * reach > limit:
        return transit
    return replace(
        transit, epoch_d=float(transit.epoch_d + shift), period_d=float(transit.period_d + stretch)
    )
