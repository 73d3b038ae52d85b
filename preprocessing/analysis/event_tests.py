"""What the single events of a candidate, and the light between them, say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.ephemeris import FEWEST_EVENTS, MOST_SIGMA, Box, folded
from preprocessing.analysis.light import Floats

__all__ = [
    "MOST_IMBALANCE",
    "THRESHOLD",
    "Secondary",
    "agreeing_snr",
    "imbalance",
    "is_sine",
    "odd_even",
    "secondary",
]

#: Signal-to-noise ratio from which on a box is a candidate: one false alarm is expected of all
#: the stars that Kepler searched (Jenkins et al. 2002, ApJ 564, 495).
THRESHOLD = 7.1
#: The strongest event may make half of the signal, or of few events this over the root of their
#: number.
_LARGEST_SHARE = 0.5
_SHARE_OF_FEW = 1.2
#: Or it exceeds the mean of the others by no more sigma than this: the largest limit with at most
#: 1 % of false alarms in simulated noise, glitches included (`scripts/benchmark balance`).
MOST_IMBALANCE = 2.5
#: Events of a mean ratio of this or more must agree: they differ by more than chance explains in
#: one of a thousand planets (chi squared, as Seader et al. 2013, ApJS 206, 25, test it), and by
#: more than half of their mean. Two glitches and a third event that is not there do; the transits
#: of a planet whose period varies, by a tenth of their mean (Kepler-89 d), do not.
_CLEAR_EVENT = 2.0
_BY_CHANCE = 1e-3
_LARGEST_SCATTER = 0.5
#: A secondary eclipse is looked for between these phases.
_SECONDARY_PHASES = (0.2, 0.8)
#: Samples of the folded light in the length of an event.
_SAMPLES_AN_EVENT = 6
#: A part of the folded light counts if it has this share of the usual weight.
_LEAST_WEIGHT = 0.5
#: Sines of up to so many cycles in two periods are compared with a box, if a cycle is no shorter
#: than the box.
_MOST_CYCLES = 64
_SAMPLES_A_CYCLE = 8
_LEAST_AMPLITUDE = 0.5


@dataclass(frozen=True)
class Secondary:
    """The most significant loss of light between the events.

    Parameters
    ----------
    share : float
        Its depth over that of the events.
    sigma : float
        Its signal-to-noise ratio.
    phase : float
        Where it is, from 0 at one event to 1 at the next.
    """

    share: float
    sigma: float
    phase: float


def secondary(series: BoxSeries, box: Box) -> Secondary:
    """Return the most significant loss of light, as long as the events, halfway between them.

    Parameters
    ----------
    series : BoxSeries
        The light.
    box : Box
        The ephemeris.

    Returns
    -------
    Secondary
        Of NaN if nothing was observed there.
    """
    sample_d = max(series.step_d, box.duration_d / _SAMPLES_AN_EVENT)
    n = max(1, int(box.period_d / sample_d))
    loss, weight = folded(series, box.period_d, n)
    width = max(1, round(box.duration_d / box.period_d * n))
    starts = np.arange(n)

    def boxes(values: Floats) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:width]]))])
        return np.asarray(sums[starts + width] - sums[starts])

    losses, weights = boxes(loss), boxes(weight)
    epoch = (box.epoch_d - series.start_d) / box.period_d
    phase = ((starts + width / 2) / n - epoch) % 1.0
    first, last = _SECONDARY_PHASES
    counts = (phase >= first) & (phase <= last) & (weights > _LEAST_WEIGHT * np.median(weights))
    if not counts.any():
        return Secondary(np.nan, np.nan, np.nan)
    noise = np.interp(box.duration_d, series.durations_d, series.noise)
    snr = losses[counts] / np.sqrt(weights[counts]) / noise
    best = int(snr.argmax())
    depth = losses[counts][best] / weights[counts][best]
    share = float(depth / box.depth) if box.depth > 0 else np.nan
    return Secondary(share, float(snr[best]), float(phase[counts][best]))


def odd_even(event: Floats, depth: Floats, snr: Floats) -> tuple[float, float]:
    """Return the relative difference of odd and even depths, and its significance.

    Parameters
    ----------
    event, depth, snr : ndarray, shape (n,)
        Number, depth and signal-to-noise ratio of each event.

    Returns
    -------
    difference : float
        Of the mean depths, over their sum; NaN with less than two odd or two even events.
    sigma : float
        The difference over its uncertainty.
    """
    is_odd = event % 2 == 1
    if min(is_odd.sum(), (~is_odd).sum()) < 2:
        return np.nan, np.nan
    weight = np.where(depth != 0, snr / np.where(depth != 0, depth, 1), 0) ** 2
    means, variances = [], []
    for chosen in (is_odd, ~is_odd):
        total = weight[chosen].sum()
        if not total > 0:
            return np.nan, np.nan
        means.append(np.sum(weight[chosen] * depth[chosen]) / total)
        variances.append(1 / total)
    difference = abs(means[0] - means[1])
    both = abs(means[0] + means[1])
    return (
        float(difference / both) if both > 0 else np.nan,
        float(difference / np.sqrt(sum(variances))),
    )


def agreeing_snr(snr: Floats, most_imbalance: float = MOST_IMBALANCE) -> float:
    """Return the signal-to-noise ratio of the events that agree with each other.

    Parameters
    ----------
    snr : ndarray, shape (n,)
        Signal-to-noise ratio of each event.
    most_imbalance : float
        The strongest may exceed the mean of the others by less than so many sigma, if its share
        is more than many equal events would have.

    Returns
    -------
    float
        Of all events; if the strongest stands out, as a glitch on top of a transit does, of the
        others, if they are a signal without it; else 0.

    Examples
    --------
    >>> agreeing_snr(np.full(9, 3.0)), agreeing_snr(np.array([9.0, 1.0, 1.0]))
    (9.0, 0.0)
    >>> agreeing_snr(np.array([50.0] + 9 * [3.0])), agreeing_snr(np.array([7.6, 6.9, 1.3]))
    (9.0, 0.0)
    """
    if imbalance(snr) <= most_imbalance and _scatter(snr) <= _LARGEST_SCATTER:
        return float(snr.sum() / np.sqrt(len(snr)))
    others = np.delete(snr, snr.argmax()) if len(snr) else snr
    if imbalance(others) <= most_imbalance and _scatter(others) <= _LARGEST_SCATTER:
        without = float(others.sum() / np.sqrt(len(others)))
        return without if without >= THRESHOLD else 0.0
    return 0.0


def imbalance(snr: Floats) -> float:
    """Return by how many sigma the strongest event exceeds the mean of the others.

    Parameters
    ----------
    snr : ndarray, shape (n,)
        Signal-to-noise ratio of each event.

    Returns
    -------
    float
        0 if its share is small; infinite of less than three events.
    """
    n = len(snr)
    if n < FEWEST_EVENTS:
        return np.inf
    strongest = snr.max()
    share = strongest / np.sqrt(np.sum(snr**2))
    if share < max(_LARGEST_SHARE, _SHARE_OF_FEW / np.sqrt(n)):
        return 0.0
    excess = strongest - (snr.sum() - strongest) / (n - 1)
    # The difference of one event and the mean of the others, each with a noise of one.
    return float(excess / np.sqrt(1 + 1 / (n - 1)))


def _scatter(snr: Floats) -> float:
    """Return how much the events differ beyond their noise, as a share of their mean.

    0 if noise alone makes as much of equal events, or if they are not clear one by one.
    """
    n = len(snr)
    mean = float(snr.mean()) if n else 0.0
    if n < FEWEST_EVENTS or mean < _CLEAR_EVENT:
        return 0.0
    squares = float(np.sum((snr - mean) ** 2))
    if chdtrc(n - 1, squares) > _BY_CHANCE:
        return 0.0
    return float(np.sqrt(squares / (n - 1) - 1) / mean)


def is_sine(series: BoxSeries, box: Box) -> bool:
    """Return whether a sine that keeps to the period of a box explains more than the box.

    A box of 12 % of the period has less than a quarter of the square of its signal-to-noise ratio
    in any one sine, and of a sine's square less than a third. A sine of less than half of the
    box's depth is not what makes the box, even if its period divides that of the box by chance.

    Parameters
    ----------
    series : BoxSeries
        The light.
    box : Box
        The ephemeris.

    Notes
    -----
    The sines have a whole number of cycles in two periods. The sine wave event evaluation test
    of Kepler's vetting (Thompson et al. 2018, ApJS 235, 38, appendix A) compares amplitudes at
    half, once and twice the period with the depth.
    """
    n = _MOST_CYCLES * _SAMPLES_A_CYCLE
    # A deep dip that does not repeat is no sine.
    loss, weight = folded(series, 2 * box.period_d, n, MOST_SIGMA)
    loss -= weight * (loss.sum() / weight.sum())
    most = int(np.clip(2 * box.period_d / box.duration_d, 2, _MOST_CYCLES))
    cycles = 1 + int(np.abs(np.fft.rfft(loss)[1 : most + 1]).argmax())
    phase = 2 * np.pi * cycles * (np.arange(n) + 0.5) / n
    waves = np.stack([np.cos(phase), np.sin(phase)])
    waves -= (waves @ weight / weight.sum())[:, np.newaxis]
    sums = waves @ loss
    found, *_ = np.linalg.lstsq((waves * weight) @ waves.T, sums, rcond=None)
    noise = np.interp(box.duration_d, series.durations_d, series.noise)
    explains_more = sums @ found >= (box.snr * noise) ** 2
    return bool(explains_more and np.hypot(*found) >= _LEAST_AMPLITUDE * box.depth)
