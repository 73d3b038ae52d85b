"""What the single events of a candidate, and the light between them, say of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.chance import alarms_by_chance
from preprocessing.analysis.ephemeris import (
    FEWEST_EVENTS,
    MOST_SIGMA,
    Box,
    folded,
    single_events,
)
from preprocessing.analysis.light import Floats

__all__ = [
    "MOST_ALARMS",
    "MOST_IMBALANCE",
    "THRESHOLD",
    "Secondary",
    "agreeing_events",
    "imbalance",
    "is_sine",
    "odd_even",
    "secondary",
    "together",
]

#: Signal-to-noise ratio from which on a box is a candidate: one false alarm is expected of all
#: the stars that Kepler searched (Jenkins et al. 2002, ApJ 564, 495).
THRESHOLD = 7.1
#: So many signals as strong may a star's other dips make by chance: one of a hundred thousand stars
#: has one. That is also what `THRESHOLD` stands for.
MOST_ALARMS = 1e-5
#: The strongest event may make half of the signal, or of few events this over the root of their
#: number.
_LARGEST_SHARE = 0.5
_SHARE_OF_FEW = 1.2
#: Or it exceeds the mean of the others by no more sigma than this: the largest limit with at most
#: 1 % of false alarms in simulated noise, glitches included (`scripts/benchmark balance`).
MOST_IMBALANCE = 2.5
#: Or no more than this many times as strong as the others are on average, if these are not made by
#: chance: no more than one of a thousand stars would have others as strong at some third of the
#: times. Where events are clear, or noise changes with time, planets exceed the limit above, too.
_MOST_TIMES, _MOST_OTHERS = 2.0, 1e-3
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


def agreeing_events(series: BoxSeries, box: Box, most_imbalance: float = MOST_IMBALANCE) -> Floats:
    """Return the signal-to-noise ratios of the events that agree with each other.

    Parameters
    ----------
    series : BoxSeries
        The light.
    box : Box
        The ephemeris.
    most_imbalance : float
        The strongest may exceed the mean of the others by less than so many sigma, if its share
        is more than many equal events would have.

    Returns
    -------
    ndarray
        Those of all events, or, if the strongest stands out, as a glitch on top of a transit does,
        of the others, if they are a signal without it; else of none.
    """
    _, depth, snr = single_events(series, box)
    if len(snr) < FEWEST_EVENTS:
        return snr[:0]
    strongest = int(snr.argmax())
    others = np.delete(snr, strongest)
    if _scatter(depth, snr) <= _LARGEST_SCATTER:
        if imbalance(depth, snr) <= most_imbalance:
            return snr
        is_twice = snr.max() <= _MOST_TIMES * others.mean()
        if is_twice and alarms_by_chance(series, box, others, True) <= _MOST_OTHERS:
            return snr
    rest = np.delete(depth, strongest)
    is_equal = imbalance(rest, others) <= most_imbalance
    is_equal &= _scatter(rest, others) <= _LARGEST_SCATTER
    return others if is_equal and together(others) >= THRESHOLD else snr[:0]


def together(snr: Floats) -> float:
    """Return the signal-to-noise ratio of events together, 0 of none.

    Parameters
    ----------
    snr : ndarray, shape (n,)
        Signal-to-noise ratio of each event.
    """
    return float(snr.sum() / np.sqrt(len(snr))) if len(snr) else 0.0


def imbalance(depth: Floats, snr: Floats) -> float:
    """Return by how many sigma the strongest event exceeds the mean of the others.

    Parameters
    ----------
    depth, snr : ndarray, shape (n,)
        Depth and signal-to-noise ratio of each event.

    Returns
    -------
    float
        0 if its share is small; infinite of less than three events.

    Examples
    --------
    >>> imbalance(np.ones(9), np.full(9, 3.0)), imbalance(np.ones(2), np.ones(2))
    (0.0, inf)
    >>> round(imbalance(np.array([9.0, 1.0, 1.0]), np.array([9.0, 1.0, 1.0])), 2)
    6.53
    """
    n = len(snr)
    if n < FEWEST_EVENTS:
        return np.inf
    strongest = int(snr.argmax())
    share = snr[strongest] / np.sqrt(np.sum(snr**2))
    if share < max(_LARGEST_SHARE, _SHARE_OF_FEW / np.sqrt(n)):
        return 0.0
    weight = _weights(depth, snr)
    others = np.delete(weight, strongest)
    excess = depth[strongest] - np.average(np.delete(depth, strongest), weights=others)
    return float(excess / np.sqrt(1 / weight[strongest] + 1 / others.sum()))


def _scatter(depth: Floats, snr: Floats) -> float:
    """Return how much the events differ beyond their noise, as a share of their mean.

    0 if noise alone makes as much of equal events, or if they are not clear one by one.
    """
    n = len(snr)
    if n < FEWEST_EVENTS or snr.mean() < _CLEAR_EVENT:
        return 0.0
    weight = _weights(depth, snr)
    mean = float(np.average(depth, weights=weight))
    squares = float(np.sum(weight * (depth - mean) ** 2))
    if chdtrc(n - 1, squares) > _BY_CHANCE or not mean > 0:
        return 0.0
    return float(np.sqrt((squares - (n - 1)) / weight.sum() * n / (n - 1)) / mean)


def _weights(depth: Floats, snr: Floats) -> Floats:
    """Return the inverse variance of each depth; of a depth of zero, as of the others."""
    weight = np.divide(snr, depth, out=np.full(len(depth), np.nan), where=depth != 0) ** 2
    usual = np.nanmedian(weight) if np.isfinite(weight).any() else 1.0
    return np.where(np.isfinite(weight), weight, usual)


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
