"""The best box at and around one period, and what each single event contributes to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats

__all__ = [
    "FEWEST_EVENTS",
    "LEAST_COVERAGE",
    "MOST_SIGMA",
    "Box",
    "best_box_near",
    "folded",
    "single_events",
]

#: Where a box is looked for, a sample counts as at most so many sigma: else one deep dip would lead
#: at every long period. Once it is found, nothing is limited.
MOST_SIGMA = 4.0
#: An event counts if at least this share of it was observed.
LEAST_COVERAGE = 0.4
#: Fewer events make no period.
FEWEST_EVENTS = 3
#: Longest event, as a share of the period: then there is as much light between events as in them.
_MOST_DUTY = 0.5
_ROUNDS = 12


@dataclass(frozen=True)
class Box:
    """A loss of light that repeats.

    Parameters
    ----------
    period_d : float
        Days from one event to the next.
    epoch_d : float
        Middle of the event nearest to the middle of the light, in the light's days.
    duration_d : float
        Length of an event in days.
    depth : float
        Mean relative loss of light.
    snr : float
        Signal-to-noise ratio, with the noise of boxes of this length.
    """

    period_d: float
    epoch_d: float
    duration_d: float
    depth: float
    snr: float


def best_box_near(series: BoxSeries, period_d: float, step_d: float, durations_d: Floats) -> Box:
    """Return the box of highest signal-to-noise ratio at periods close to one.

    Parameters
    ----------
    series : BoxSeries
        The light.
    period_d : float
        Where to look.
    step_d : float
        Length of a sample when that period was found; over the whole light, periods are tried
        that drift by about as much.
    durations_d : ndarray
        Durations to begin with, in days.

    Returns
    -------
    Box
        Of signal-to-noise ratio 0 if no box has three events.
    """
    phase_step_d = min(durations_d[0] / 3, step_d)
    n_phases = max(4, int(np.ceil(period_d / phase_step_d)))
    most = MOST_SIGMA * float(series.noise[0])
    loss, weight = _fold_cells(series.loss, series.weight, period_d / series.step_d, n_phases, most)
    noise = np.interp(durations_d, series.durations_d, series.noise)
    phase, k = _best_start(loss, weight, durations_d / period_d * n_phases, noise)
    return _refined(series, period_d, phase * period_d, float(durations_d[k]), step_d)


def folded(
    series: BoxSeries, period_d: float, n_phases: int, most_sigma: float = np.inf
) -> tuple[Floats, Floats]:
    """Return the sums of losses and of weights by phase.

    Parameters
    ----------
    series : BoxSeries
        The light.
    period_d : float
        Phase 0 is where the light begins.
    n_phases : int
        Number of samples.
    most_sigma : float, optional
        No cell counts as a loss or a gain of more than this.
    """
    most = most_sigma * float(series.noise[0])
    return _fold_cells(series.loss, series.weight, period_d / series.step_d, n_phases, most)


def _refined(
    series: BoxSeries, period_d: float, offset_d: float, duration_d: float, step_d: float
) -> Box:
    """Climb from a first guess to the best box."""
    span_d = series.n_cells * series.step_d
    # The event nearest to the middle: its epoch hardly depends on the period.
    epoch = offset_d + period_d * np.round((span_d / 2 - offset_d) / period_d)
    period_step = step_d * period_d / span_d
    best = _climb(
        series.loss,
        series.weight,
        series.full_weight,
        series.durations_d / series.step_d,
        series.noise,
        np.array([period_d, epoch, duration_d]) / series.step_d,
        np.array([period_step, step_d / 2]) / series.step_d,
    )
    period, epoch, duration = best[:3] * series.step_d
    return Box(float(period), float(series.start_d + epoch), float(duration), best[4], best[3])


@compiled
def _fold_cells(
    loss: Floats, weight: Floats, period: float, n_phases: int, most: float
) -> tuple[Floats, Floats]:
    """Return losses, each of at most so many sigma, and weights by phase from the start."""
    losses, weights = np.zeros(n_phases), np.zeros(n_phases)
    for i in range(len(loss) - 1):
        turns = (i + 0.5) / period
        phase = int((turns - np.floor(turns)) * n_phases)
        of_cell = weight[i + 1] - weight[i]
        if of_cell > 0:
            limit = most * np.sqrt(of_cell)
            losses[phase] += min(max(loss[i + 1] - loss[i], -limit), limit)
        weights[phase] += of_cell
    return losses, weights


@compiled
def _best_start(
    losses: Floats, weights: Floats, widths: Floats, noise: Floats
) -> tuple[float, int]:
    """Return the phase, 0 to 1, of the middle of the best box, and the number of its width."""
    n = len(losses)
    best, phase, chosen = -1.0, 0.0, 0
    for k in range(len(widths)):
        width = max(1, min(n - 1, int(widths[k] + 0.5)))
        loss, weight = losses[:width].sum(), weights[:width].sum()
        for i in range(n):
            if weight > 0 and loss > 0:
                snr = loss / np.sqrt(weight) / noise[k]
                if snr > best:
                    best, phase, chosen = snr, ((i + width / 2) / n) % 1.0, k
            loss += losses[(i + width) % n] - losses[i]
            weight += weights[(i + width) % n] - weights[i]
    return phase, chosen


@compiled
def _climb(
    loss: Floats,
    weight: Floats,
    full_weight: float,
    durations: Floats,
    noise: Floats,
    guess: Floats,
    steps: Floats,
) -> Floats:
    """Return period, epoch, duration, signal-to-noise ratio and depth of the best box."""
    best = np.empty(5)
    best[:3] = guess
    best[3], best[4] = _snr(loss, weight, full_weight, durations, noise, best)
    trial = best.copy()
    period_step, epoch_step, ratio = steps[0], steps[1], 1.3
    for _ in range(_ROUNDS):
        center = best.copy()
        for i in range(-1, 2):
            for j in range(-1, 2):
                for k in range(-1, 2):
                    if abs(i) + abs(j) + abs(k) in (1, 2):
                        trial[0] = center[0] + i * period_step
                        trial[1] = center[1] + j * epoch_step
                        # Events that touch each other would count the same points twice.
                        longest = min(durations[-1], _MOST_DUTY * trial[0])
                        trial[2] = min(max(center[2] * ratio**k, 1.0), longest)
                        found = _snr(loss, weight, full_weight, durations, noise, trial)
                        if found[0] > best[3]:
                            best[:3] = trial[:3]
                            best[3], best[4] = found
        if best[3] <= center[3]:
            period_step /= 2
            epoch_step /= 2
            ratio = np.sqrt(ratio)
    return best


@compiled
def _snr(
    loss: Floats,
    weight: Floats,
    full_weight: float,
    durations: Floats,
    noise: Floats,
    box: Floats,
) -> tuple[float, float]:
    """Return signal-to-noise ratio and depth of the events of one ephemeris; 0 if too few."""
    period, epoch, duration = box[0], box[1], box[2]
    n = len(loss) - 1
    first = int(np.ceil((duration / 2 - epoch) / period))
    last = int(np.floor((n - 1 - duration / 2 - epoch) / period))
    total_loss = total_weight = 0.0
    n_events = 0
    least = LEAST_COVERAGE * duration * full_weight
    for event in range(first, last + 1):
        a = epoch + event * period - duration / 2
        b = a + duration
        i, j = int(a), int(b)
        u, v = a - i, b - j
        w = weight[j] + v * (weight[j + 1] - weight[j])
        w -= weight[i] + u * (weight[i + 1] - weight[i])
        if w >= least:
            n_events += 1
            total_weight += w
            total_loss += loss[j] + v * (loss[j + 1] - loss[j])
            total_loss -= loss[i] + u * (loss[i + 1] - loss[i])
    if n_events < FEWEST_EVENTS or total_weight <= 0:
        return 0.0, 0.0
    sigma = np.interp(duration, durations, noise)
    return total_loss / np.sqrt(total_weight) / sigma, total_loss / total_weight


def single_events(series: BoxSeries, box: Box) -> tuple[Floats, Floats, Floats]:
    """Return number, depth and signal-to-noise ratio of each event that was observed.

    Parameters
    ----------
    series : BoxSeries
        The light.
    box : Box
        The ephemeris; event 0 is that of its epoch.
    """
    span_d = series.n_cells * series.step_d
    from_start_d = box.epoch_d - series.start_d - box.duration_d / 2
    first = np.ceil(-from_start_d / box.period_d)
    last = np.floor((span_d - box.duration_d - from_start_d) / box.period_d)
    events = np.arange(first, last + 1)
    edges = (from_start_d + events * box.period_d) / series.step_d
    width = box.duration_d / series.step_d
    ends, begins = series.sums_before(edges + width), series.sums_before(edges)
    loss, weight = ends[0] - begins[0], ends[1] - begins[1]
    is_observed = weight >= LEAST_COVERAGE * width * series.full_weight
    events, loss, weight = events[is_observed], loss[is_observed], weight[is_observed]
    noise = np.interp(box.duration_d, series.durations_d, series.noise)
    return events, loss / weight, loss / np.sqrt(weight) / noise
