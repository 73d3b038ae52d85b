"""Tests of a candidate by the light folded at its period: other dips, rises, shoulders, sines."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.ephemeris import MOST_SIGMA, Box, single_events
from preprocessing.analysis.event_tests import MOST_IMBALANCE, imbalance
from preprocessing.analysis.light import Floats
from preprocessing.analysis.medians import median_of_many, sigma_of_many
from preprocessing.vetting.candidate_light import CandidateLight
from preprocessing.vetting.judgment import Judgment, Outcome, judged, not_judged

__all__ = [
    "FoldedBoxes",
    "asymmetry_judgment",
    "folded_boxes",
    "folded_noise_judgment",
    "other_dip_judgment",
    "other_rise_judgment",
    "secondary_judgment",
    "shoulders_judgment",
    "sine_judgment",
]

#: Samples of the folded light in the length of an event.
_SAMPLES_AN_EVENT = 5
#: A phase counts if it has this share of the usual weight.
_LEAST_WEIGHT = 0.5
#: The events reach this many durations from their middle; their shoulders, which the trend
#: raises, this many.
_OWN, _SHOULDERS = 1.5, 3.0
_NORMAL = NormalDist()
#: Ratio of signal to the scatter of the folded light.
_LEAST_FOLDED = 5.5
#: A second dip is an eclipse if it is deeper than this share of the events and more significant
#: than three sigma halfway between them, or as improbable anywhere else.
_SECONDARY_DEPTH, _SECONDARY_SIGMA, _ONE_SIDED_3_SIGMA = 0.1, 3.0, 1.35e-3
#: How far the events must stand above other dips and rises, in sigma.
_LEAST_ABOVE_DIP, _LEAST_ABOVE_RISE = 3.0, 3.0
#: Boxes beside the events are centered this many durations away, and lose at most this share of
#: the depth, unless noise alone may do so.
_BESIDE, _MOST_BESIDE, _BESIDE_SIGMA = 1.25, 0.5, 3.0
#: What is lost before and after the middle differs less than this, relatively, or by fewer sigma.
_MOST_ASYMMETRY, _ASYMMETRY_SIGMA = 0.4, 4.0
#: A sine is tested up to this period, and counts from this significance on (Thompson et al. 2018,
#: ApJS 235, 38, section A.3.2.2).
_LONGEST_SINE_D, _SINE_SIGMA = 5.0, 50.0
_FEWEST_POINTS = 100


@dataclass(frozen=True)
class FoldedBoxes:
    """The signal-to-noise ratio of boxes of one length at all phases.

    Parameters
    ----------
    phase : ndarray
        Middles of the boxes, from -0.5 to 0.5; 0 is the event.
    snr : ndarray
        Losses in sigma, of which each sample counts with four at most.
    duty : float
        Length of the boxes in periods.
    scatter : float
        Robust scatter of `snr` away from the events: 1 if only the noise of single boxes is there.
    """

    phase: Floats
    snr: Floats
    duty: float
    scatter: float

    @property
    def primary(self) -> float:
        """Ratio of the events themselves."""
        near = self.snr[np.abs(self.phase) < 0.75 * self.duty]
        return float(near.max(initial=0.0))

    def away(self, *phases: float, durations: float = _OWN) -> NDArray[np.bool_]:
        """Return which boxes are away from some phases."""
        is_away = np.ones(len(self.phase), dtype=bool)
        for one in phases:
            is_away &= np.abs((self.phase - one + 0.5) % 1 - 0.5) > durations * self.duty
        return is_away


def folded_boxes(candidate: CandidateLight) -> FoldedBoxes | None:
    """Fold light at a candidate's period; None if next to nothing lies between its events."""
    series, box = candidate.series, candidate.box
    sample_d = max(series.step_d, box.duration_d / _SAMPLES_AN_EVENT)
    n = max(1, int(box.period_d / sample_d))
    width = max(1, round(box.duration_d / box.period_d * n))
    if n < 6 * width:
        return None
    loss, weight = _fold(series, box, n)
    starts = np.arange(n)

    def boxes(values: Floats) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:width]]))])
        return np.asarray(sums[starts + width] - sums[starts])

    losses, weights = boxes(loss), boxes(weight)
    phase = ((starts + width / 2) / n + 0.5) % 1.0 - 0.5
    counts = weights > _LEAST_WEIGHT * median_of_many(weights)
    snr = losses[counts] / np.sqrt(weights[counts]) / candidate.noise
    phase = phase[counts]
    duty = box.duration_d / box.period_d
    between = snr[np.abs(phase) > _OWN * duty]
    if len(between) < 3 * width:
        return None
    scatter = sigma_of_many(between)
    return FoldedBoxes(phase, snr, duty, scatter)


def _fold(series: BoxSeries, box: Box, n: int) -> tuple[Floats, Floats]:
    """Return losses, none beyond four sigma, and weights by phase from the event's middle."""
    loss, weight = np.diff(series.loss), np.maximum(np.diff(series.weight), 0)
    most = MOST_SIGMA * float(series.noise[0]) * np.sqrt(weight)
    turns = (series.middles_d - box.epoch_d) / box.period_d
    phase = ((turns - np.floor(turns)) * n).astype(np.int64) % n
    folded = (np.bincount(phase, one, n) for one in (np.clip(loss, -most, most), weight))
    losses, weights = (np.asarray(one, dtype=np.float64) for one in folded)
    return losses, weights


def folded_noise_judgment(_: CandidateLight, boxes: FoldedBoxes | None) -> Judgment:
    """Return whether the events stand out of the scatter of the folded light."""
    if boxes is None:
        return not_judged(Outcome.OTHER_PERIODS)
    ratio = boxes.primary / max(1.0, boxes.scatter)
    return judged(ratio < _LEAST_FOLDED, ratio, _LEAST_FOLDED)


def secondary_judgment(candidate: CandidateLight, boxes: FoldedBoxes | None) -> Judgment:
    """Return whether a second dip is deep and significant enough for an eclipse."""
    if boxes is None or not candidate.box.depth > 0:
        return not_judged(Outcome.OTHER_PERIODS)
    worst = judged(False, 0.0, _SECONDARY_DEPTH, 0.0)
    halfway = np.abs(np.abs(boxes.phase) - 0.5) < 0.5 * boxes.duty
    anywhere = boxes.away(0.0)
    any_limit = -_NORMAL.inv_cdf(_ONE_SIDED_3_SIGMA * boxes.duty)
    for chosen, limit in ((halfway, _SECONDARY_SIGMA), (anywhere, any_limit)):
        if not chosen.any():
            continue
        best = int(np.argmax(np.where(chosen, boxes.snr, -np.inf)))
        sigma = boxes.snr[best] / max(1.0, boxes.scatter)
        share = _depth_at(candidate, boxes.phase[best]) / candidate.box.depth
        is_second = share > _SECONDARY_DEPTH and sigma > limit
        if is_second or (sigma > worst.sigma and not worst.is_failed):
            worst = judged(is_second, share, _SECONDARY_DEPTH, sigma)
    return worst


def other_dip_judgment(_: CandidateLight, boxes: FoldedBoxes | None) -> Judgment:
    """Return whether the events are deeper than the third dip of the folded light."""
    if boxes is None:
        return not_judged(Outcome.OTHER_PERIODS)
    return _uniqueness(boxes, boxes.snr, boxes.away(0.0, _second(boxes)), _LEAST_ABOVE_DIP)


def other_rise_judgment(_: CandidateLight, boxes: FoldedBoxes | None) -> Judgment:
    """Return whether the events are stronger than each brightening of the folded light."""
    if boxes is None:
        return not_judged(Outcome.OTHER_PERIODS)
    away = boxes.away(0.0, _second(boxes), durations=_SHOULDERS)
    return _uniqueness(boxes, -boxes.snr, away, _LEAST_ABOVE_RISE)


def _second(boxes: FoldedBoxes) -> float:
    """Return the phase of the second dip."""
    return float(boxes.phase[np.argmax(np.where(boxes.away(0.0), boxes.snr, -np.inf))])


def _uniqueness(boxes: FoldedBoxes, snr: Floats, away: NDArray[np.bool_], least: float) -> Judgment:
    if not away.any():
        return not_judged(Outcome.OTHER_PERIODS)
    above = (boxes.primary - float(snr[away].max())) / max(1.0, boxes.scatter)
    return judged(above < least, above, least)


def _depth_at(candidate: CandidateLight, phase: float) -> float:
    """Return the depth of the events at another phase, 0 if one of them makes it alone."""
    box = candidate.box
    moved = Box(box.period_d, box.epoch_d + phase * box.period_d, box.duration_d, 0.0, 0.0)
    _, depth, snr = single_events(candidate.series, moved)
    if imbalance(depth, snr) > MOST_IMBALANCE or len(snr) < 2:
        return 0.0
    weight = np.where(depth != 0, snr / np.where(depth != 0, depth, 1), 0) ** 2
    return float(np.sum(weight * depth) / weight.sum()) if weight.sum() > 0 else 0.0


def shoulders_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the light is lost in the events and not as much just beside them."""
    width = candidate.duration_d
    middles = candidate.middles_d
    means = []
    for shift in (-1.0, 1.0):
        loss, weight = candidate.depth_at(middles + _BESIDE * shift * width, width)
        total = float(weight.sum())
        if not total > 0:
            return not_judged(Outcome.OTHER_PERIODS)
        noise = np.interp(width, candidate.series.durations_d, candidate.series.noise)
        means.append((float(loss.sum()) / total, noise / np.sqrt(total)))
    if _BESIDE * 2 * width > candidate.box.period_d / 2 or not candidate.box.depth > 0:
        return not_judged(Outcome.OTHER_PERIODS)
    beside = (means[0][0] + means[1][0]) / 2
    sigma = float(np.hypot(means[0][1], means[1][1]) / 2)
    share = beside / candidate.box.depth
    has_failed = share > _MOST_BESIDE and beside > _BESIDE_SIGMA * sigma
    return judged(has_failed, share, _MOST_BESIDE, beside / sigma)


def asymmetry_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether as much light is lost before the middle of the events as after it.

    A sudden drop that recovers slowly, as the pixels' sensitivity does, is no transit; nor is a
    flare upside down.
    """
    width = candidate.duration_d
    losses, weights = zip(
        *(candidate.depth_at(candidate.middles_d + s * width / 2, width) for s in (-1, 1)),
        strict=True,
    )
    totals = [float(weight.sum()) for weight in weights]
    if not min(totals) > 0 or candidate.box.period_d < 4 * width:
        return not_judged(Outcome.OTHER_PERIODS)
    before, after = (float(a.sum()) / b for a, b in zip(losses, totals, strict=True))
    if not before + after > 0:
        return not_judged(Outcome.TOO_WEAK)
    noise = np.interp(width, candidate.series.durations_d, candidate.series.noise)
    sigma = abs(before - after) / (noise * np.sqrt(1 / totals[0] + 1 / totals[1]))
    share = abs(before - after) / (before + after)
    has_failed = share > _MOST_ASYMMETRY and sigma > _ASYMMETRY_SIGMA
    return judged(has_failed, share, _MOST_ASYMMETRY, sigma)


def sine_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether a sine of the period, its half or its double outshines the events.

    Nor may the search have found that a sine explains the light better than they do.
    """
    if candidate.breaks("sine"):
        return judged(True, np.nan, 1.0)
    period = candidate.box.period_d
    light = candidate.star.light
    if period > _LONGEST_SINE_D or not candidate.depth > 0:
        return not_judged(Outcome.OTHER_PERIODS)
    margin = 0.6 * candidate.duration_d
    edges, epoch = light.chunk_edges, candidate.box.epoch_d
    n, square, sums = _sine_sums(light.time_d, light.flux, edges, epoch, period, margin)
    if n < _FEWEST_POINTS:
        return not_judged(Outcome.OTHER_PERIODS)
    strongest = (0.0, 0.0)
    for cosine, sine in sums:
        amplitude = 2 * float(np.hypot(cosine, sine)) / n
        left = max(square / n - amplitude**2 / 2, 1e-30)
        strongest = max(strongest, (amplitude, amplitude / np.sqrt(2 * left / n)))
    amplitude, sigma = strongest
    share = amplitude / candidate.depth
    return judged(share > 1 and sigma > _SINE_SIGMA, share, 1.0, sigma)


@compiled
def _sine_sums(
    time: Floats,
    flux: Floats,
    edges: NDArray[np.int64],
    epoch: float,
    period: float,
    margin: float,
) -> tuple[int, float, Floats]:
    """Return how many points lie outside of the events, and sums over these.

    Of the square of the flux less its chunk's mean, and of its products with the cosines and
    sines of twice the period, the period, and half of it, shape (3, 2).
    """
    n, square, sums = 0, 0.0, np.zeros((3, 2))
    turns = (time - epoch) / period
    outside = np.abs(turns - np.rint(turns)) * period > margin
    for chunk in range(len(edges) - 1):
        own = np.flatnonzero(outside[edges[chunk] : edges[chunk + 1]]) + edges[chunk]
        if len(own) == 0:
            continue
        level = flux[own].mean()
        n += len(own)
        for row in own:
            off = flux[row] - level
            square += off * off
            c, s = np.cos(np.pi * turns[row]), np.sin(np.pi * turns[row])
            for k in range(3):
                sums[k, 0] += off * c
                sums[k, 1] += off * s
                c, s = c * c - s * s, 2 * c * s
    return n, square, sums
