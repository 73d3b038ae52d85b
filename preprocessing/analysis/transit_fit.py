"""The fit of a limb-darkened transit to all points around the events of one ephemeris."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.ephemeris import Box
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import SIGMA_PER_MAD, median_of_many
from preprocessing.analysis.transit_model import mean_loss, triangle_loss

__all__ = ["TransitFit", "days_and_events", "fit_transit"]

#: Points within so many durations of an event's middle are fitted.
_REACH = 2.0
#: Points outside of this many durations of the middle show the level without the transit.
_OUTSIDE = 0.6
#: Points on each side without which an event has no such level.
_FEWEST_OUTSIDE = 2
#: Points are averaged in so many bins of phase, of so many groups of adjacent events each.
_BINS, _GROUPS = 120, 8
_ROUNDS = 4
_STEPS = 12
_START_IMPACT = 0.3
#: Periods at which the fit begins, in steps from that of the box: each moves the events at the end
#: of the light by this share of a transit.
_PERIODS = (0, -1, 1)
_PERIOD_STEP = 0.3
#: Impact parameters are equally likely from 0 to 1 beforehand: this is their mean and deviation.
#: Where the light does not tell, it keeps the fit from wandering.
_USUAL_IMPACT = (0.5, 0.29)
#: Points off the model by more than so many sigma count as if they were just so far off (Huber
#: 1964, Ann. Math. Stat. 35, 73): one wild point in a transit makes it no deeper.
_FAR = 3.0


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
    period_sigma_d, epoch_sigma_d, depth_sigma : float
        Uncertainties, from the scatter of points; NaN if nothing was fitted.
    shape : float
        By how much a V fits better than a box, as a share of what the better of them and of the
        transit explains: -1 to 1, above 0 for a V; NaN if nothing was fitted.
    """

    period_d: float
    epoch_d: float
    duration_d: float
    depth: float
    impact: float
    period_sigma_d: float = np.nan
    epoch_sigma_d: float = np.nan
    depth_sigma: float = np.nan
    shape: float = np.nan


@dataclass(frozen=True, eq=False)
class _Points:
    """Points around all events: days from the middle, number of the event, loss of light."""

    days: Floats
    event: Floats
    loss: Floats


@dataclass(frozen=True, eq=False)
class _Bins:
    """Means of points in bins: days from the middle, event and loss, and the weight of each."""

    days: Floats
    event: Floats
    loss: Floats
    weight: Floats


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
    days, event = days_and_events(light.time_d, box.period_d, box.epoch_d)
    is_near = (np.abs(days) < 1.5 * _REACH * box.duration_d) & (trend > 0)
    time, flux = light.time_d[is_near], light.flux[is_near] / trend[is_near]
    start = TransitFit(box.period_d, box.epoch_d, box.duration_d, box.depth, _START_IMPACT)
    # Steps between few events, of few points each, leave the fit in the minimum where it began.
    step_d = _PERIOD_STEP * box.duration_d / max(1.0, np.abs(event).max())
    best, most = start, 0.0
    for k in _PERIODS:
        found = _fit_from(
            time, flux, replace(start, period_d=box.period_d + k * step_d), exposure_d
        )
        if found is None:
            continue
        explained = _explained(time, flux, found[0], exposure_d)
        if explained > most:
            best, most = _with_shape(*found, exposure_d), explained
    return best


def _fit_from(
    time: Floats, flux: Floats, start: TransitFit, exposure_d: float
) -> tuple[TransitFit, _Bins] | None:
    """Return the fit to which one beginning leads, and its bins; None if there is too little."""
    fit = start
    for k in range(_ROUNDS):
        points = _around_events(time, flux, fit)
        if len(points.days) < 2 * _FEWEST_OUTSIDE:
            return None
        # Until a first model was fitted, points are far from it because it is wrong.
        bins = _binned(
            points, *_without_wild_points(points, fit, exposure_d, _FAR if k else np.inf)
        )
        fit = _fitted(bins, fit, start, exposure_d)
    return fit, bins


def _explained(time: Floats, flux: Floats, fit: TransitFit, exposure_d: float) -> float:
    """Return by how many robust sigma squared the points are closer to a fit than to no transit."""
    points = _around_events(time, flux, fit)
    if len(points.days) == 0 or not fit.period_sigma_d > 0:
        return 0.0
    rest = points.loss - _model(points.days, fit.depth, fit.duration_d / 2, fit.impact, exposure_d)
    sigma = max(SIGMA_PER_MAD * median_of_many(np.abs(rest)), 1e-12)
    far = _FAR * sigma
    squares = np.clip(points.loss, -far, far) ** 2 - np.clip(rest, -far, far) ** 2
    return float(squares.sum() / sigma**2)


def _around_events(time: Floats, flux: Floats, fit: TransitFit) -> _Points:
    """Return the points around events, each event relative to the line beside its transit."""
    reach_d = min(_REACH * fit.duration_d, fit.period_d / 2)
    outside_d = _OUTSIDE * fit.duration_d
    return _Points(*_leveled(time, flux, fit.period_d, fit.epoch_d, reach_d, outside_d))


@compiled
def _leveled(
    time: Floats, flux: Floats, period_d: float, epoch_d: float, reach_d: float, outside_d: float
) -> tuple[Floats, Floats, Floats]:
    """Return days, event and loss of the points near events that have a level on both sides."""
    turns = (time - epoch_d) / period_d
    event = np.rint(turns)
    days = (turns - event) * period_d
    near = np.flatnonzero(np.abs(days) < reach_d)
    days, event, flux = days[near], event[near], flux[near]
    if len(days) == 0:
        return days, event, flux
    number = (event - event.min()).astype(np.int64)
    sums = np.zeros((number.max() + 1, 7))
    for i in range(len(days)):
        x, y = days[i], flux[i]
        if abs(x) > outside_d:
            of_event = sums[number[i]]
            of_event[0] += 1
            of_event[1] += x
            of_event[2] += x * x
            of_event[3] += y
            of_event[4] += x * y
            of_event[5] += x < 0
            of_event[6] += x > 0
    loss, n_good = np.empty_like(days), 0
    for i in range(len(days)):
        n, x, xx, y, xy, before, after = sums[number[i]]
        if min(before, after) >= _FEWEST_OUTSIDE:
            slope = (n * xy - x * y) / (n * xx - x * x)
            level = (y - slope * x) / n
            loss[n_good] = 1 - flux[i] / (level + slope * days[i])
            days[n_good], event[n_good] = days[i], event[i]
            n_good += 1
    return days[:n_good], event[:n_good], loss[:n_good]


def _fitted(bins: _Bins, fit: TransitFit, start: TransitFit, exposure_d: float) -> TransitFit:
    """Return the fit after one round: steps towards the best model."""
    first = np.array([0.0, 0.0, fit.depth, fit.duration_d / 2, fit.impact])
    longest_d = min(1.25 * start.duration_d, 0.45 * fit.period_d)
    lowest = np.array([-np.inf, -np.inf, 0.05 * start.depth, 0.2 * start.duration_d, 0.0])
    highest = np.array([np.inf, np.inf, min(20 * start.depth, 0.99), longest_d, 0.99])
    found, deviation = _fit(
        bins.days, bins.event, bins.loss, bins.weight, exposure_d, first, lowest, highest
    )
    shift, stretch, depth, half_d, impact = (float(value) for value in found)
    reach = max(1.0, np.abs(bins.event).max())
    if abs(shift) + abs(stretch) * reach > 0.4 * start.duration_d:
        shift = stretch = 0.0
    return TransitFit(
        fit.period_d + stretch,
        fit.epoch_d + shift,
        2 * half_d,
        depth,
        impact,
        float(deviation[1]),
        float(deviation[0]),
        float(deviation[2]),
    )


def _with_shape(fit: TransitFit, bins: _Bins, exposure_d: float) -> TransitFit:
    """Return a fit with the shape of what it was fitted to."""
    half_d = fit.duration_d / 2
    about = bins.days, bins.loss, bins.weight, half_d, exposure_d, fit.depth, fit.impact
    return replace(fit, shape=_shape(*about))


def _without_wild_points(
    points: _Points, fit: TransitFit, exposure_d: float, far: float
) -> tuple[float, Floats]:
    """Return the scatter of points about the model, and their losses with wild ones drawn in."""
    model = _model(points.days, fit.depth, fit.duration_d / 2, fit.impact, exposure_d)
    rest = points.loss - model
    sigma = SIGMA_PER_MAD * median_of_many(np.abs(rest))
    return sigma, model + np.clip(rest, -far * sigma, far * sigma)


def _binned(points: _Points, sigma: float, loss: Floats) -> _Bins:
    """Return the means of each bin that has points."""
    reach = np.abs(points.days).max()
    phase = np.minimum((_BINS * (points.days + reach) / (2 * reach)).astype(int), _BINS - 1)
    first, last = points.event.min(), points.event.max()
    group = (_GROUPS * (points.event - first) / (last - first + 1)).astype(int)
    cell = group * _BINS + phase
    count = np.bincount(cell, minlength=_GROUPS * _BINS)
    used = count > 0
    days, event, losses = (
        np.bincount(cell, values, _GROUPS * _BINS)[used] / count[used]
        for values in (points.days, points.event, loss)
    )
    return _Bins(days, event, losses, count[used].astype(np.float64) / max(sigma, 1e-12) ** 2)


@compiled
def _model(days: Floats, depth: float, half_d: float, impact: float, exposure_d: float) -> Floats:
    model = np.empty_like(days)
    for i in range(len(days)):
        model[i] = mean_loss(days[i], depth, half_d, impact, exposure_d)
    return model


@compiled
def _misfit(
    days: Floats, event: Floats, loss: Floats, weight: Floats, exposure: float, p: Floats
) -> float:
    """Return chi squared of the model with shift, stretch, depth, half duration and impact."""
    usual, deviation = _USUAL_IMPACT
    total = ((p[4] - usual) / deviation) ** 2
    for i in range(len(days)):
        at = days[i] - p[0] - p[1] * event[i]
        total += weight[i] * (loss[i] - mean_loss(at, p[2], p[3], p[4], exposure)) ** 2
    return float(total)


@compiled
def _fit(
    days: Floats,
    event: Floats,
    loss: Floats,
    weight: Floats,
    exposure: float,
    first: Floats,
    lowest: Floats,
    highest: Floats,
) -> tuple[Floats, Floats]:
    """Return the parameters of least misfit, and their deviations (Levenberg and Marquardt)."""
    p = np.minimum(np.maximum(first, lowest), highest)
    misfit, damping = _misfit(days, event, loss, weight, exposure, p), 1e-3
    normal, gradient = _normal(days, event, loss, weight, exposure, p)
    for _ in range(_STEPS):
        damped = normal.copy()
        for k in range(5):
            damped[k, k] *= 1 + damping
        tried = np.minimum(np.maximum(p + np.linalg.solve(damped, gradient), lowest), highest)
        found = _misfit(days, event, loss, weight, exposure, tried)
        if found < misfit:
            is_done = misfit - found < 1e-3
            p, misfit, damping = tried, found, damping / 5
            normal, gradient = _normal(days, event, loss, weight, exposure, p)
            if is_done:
                break
        else:
            damping *= 10
    return p, np.sqrt(np.diag(np.linalg.inv(normal)))


@compiled
def _normal(
    days: Floats, event: Floats, loss: Floats, weight: Floats, exposure: float, p: Floats
) -> tuple[Floats, Floats]:
    """Return the normal matrix of the fit, and its right-hand side."""
    usual, deviation = _USUAL_IMPACT
    normal, gradient = np.zeros((5, 5)), np.zeros(5)
    normal[4, 4] = deviation**-2
    gradient[4] = (usual - p[4]) / deviation**2
    row = np.zeros(5)
    step_t, step_b = 0.01 * p[3], (0.02 if p[4] < 0.5 else -0.02)
    for i in range(len(days)):
        at = days[i] - p[0] - p[1] * event[i]
        if abs(at) > p[3] + exposure:
            continue
        model = mean_loss(at, p[2], p[3], p[4], exposure)
        later = mean_loss(at + step_t, p[2], p[3], p[4], exposure)
        earlier = mean_loss(at - step_t, p[2], p[3], p[4], exposure)
        row[0] = (earlier - later) / (2 * step_t)
        row[1] = row[0] * event[i]
        row[2] = (mean_loss(at, 1.01 * p[2], p[3], p[4], exposure) - model) / (0.01 * p[2])
        row[3] = (mean_loss(at, p[2], p[3] + step_t, p[4], exposure) - model) / step_t
        row[4] = (mean_loss(at, p[2], p[3], p[4] + step_b, exposure) - model) / step_b
        for j in range(5):
            gradient[j] += weight[i] * row[j] * (loss[i] - model)
            for k in range(5):
                normal[j, k] += weight[i] * row[j] * row[k]
    # A parameter that nothing depends on stays where it is.
    for k in range(5):
        normal[k, k] += 1e-30 + 1e-12 * normal[k, k]
    return normal, gradient


@compiled
def _shape(
    days: Floats,
    loss: Floats,
    weight: Floats,
    half_d: float,
    exposure: float,
    depth: float,
    impact: float,
) -> float:
    """Return how much better a V fits than a box: as a share of what the best model explains."""
    explained = np.zeros(3)
    for kind in range(2):
        for k in range(17):
            trial_d = half_d * 2.0 ** (-1 + k / 8)
            cross = square = 0.0
            for i in range(len(days)):
                model = triangle_loss(days[i], trial_d, 1.0 if kind == 0 else 1e-3, exposure)
                cross += weight[i] * model * loss[i]
                square += weight[i] * model * model
            if square > 0 and cross > 0:
                explained[kind] = max(explained[kind], cross * cross / square)
    for i in range(len(days)):
        model = mean_loss(days[i], depth, half_d, impact, exposure)
        explained[2] += weight[i] * (2 * loss[i] - model) * model
    best = explained.max()
    return float((explained[0] - explained[1]) / best) if best > 0 else np.nan
