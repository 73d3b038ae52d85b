"""The test of a candidate by where the light is lost: the shift of the centroid in transit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.analysis.light import Floats
from preprocessing.analysis.medians import median
from preprocessing.vetting.candidate_light import CandidateLight
from preprocessing.vetting.judgment import Judgment, Outcome, judged, not_judged
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.star import Star

__all__ = ["centroid_judgment"]

#: The source of the dips is another star if it is this far from the center of light, in pixels,
#: at this significance (Bryson et al. 2013, PASP 125, 889, take 3 sigma of better centroids; the
#: moments stored with the light also hold the neighbors' light, hence the pixel).
_FARTHEST_PX, _FAR_SIGMA = 1.0, 5.0
#: The same difference elsewhere, at so many other phases, shows the noise.
_PHASES = 20
#: Of more events than this, some are left out: they would show the same.
_MOST_EVENTS = 100
_FEWEST_PHASES = 10
#: Below this ratio of signal to noise, shifts tell nothing.
_LEAST_SNR = 7.1


def centroid_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the light is lost at the star, as far as its centroid tells."""
    box = candidate.box
    centers = _centers(candidate.star)
    if not len(centers.time_d):
        return not_judged(Outcome.NOT_RECORDED)
    if candidate.number("snr") < _LEAST_SNR or not 0 < candidate.depth < 1:
        return not_judged(Outcome.TOO_WEAK)
    if not len(candidate.middles_d):
        return not_judged(Outcome.TOO_FEW_EVENTS)
    duty = box.duration_d / box.period_d
    shifts = np.concatenate([[0.0], np.linspace(5 * duty, 1 - 5 * duty, _PHASES)])
    if not shifts[-1] > shifts[1]:
        return not_judged(Outcome.OTHER_PERIODS)
    every = max(1, len(candidate.middles_d) // _MOST_EVENTS)
    middles = candidate.middles_d[::every] + shifts[:, None] * box.period_d
    moved = _median_differences(centers, middles, candidate.duration_d)
    offsets, sigmas = [], []
    for differences in moved:
        others = differences[1:][np.isfinite(differences[1:])]
        if not np.isfinite(differences[0]) or len(others) < _FEWEST_PHASES:
            return not_judged(Outcome.TOO_FEW_EVENTS)
        noise = float(1.4826 * np.median(np.abs(others - np.median(others))))
        offsets.append(float(differences[0]))
        sigmas.append(max(noise, 1e-9))
    # A source at a distance that loses a share of all light moves the center by that share of it.
    away_px = float(np.hypot(offsets[0], offsets[1])) * (1 - candidate.depth) / candidate.depth
    sigma = float(np.hypot(offsets[0] / sigmas[0], offsets[1] / sigmas[1]))
    is_elsewhere = away_px > _FARTHEST_PX and sigma > _FAR_SIGMA
    return judged(is_elsewhere, away_px, _FARTHEST_PX, sigma)


@dataclass(frozen=True, eq=False)
class _Centers:
    """Where the light was, as far as it is known.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        When.
    sums : ndarray, shape (2, n + 1)
        Sums, over all times before each, of the distance from the median column and row.
    """

    time_d: Floats
    sums: Floats


@once_a_star
def _centers(star: Star) -> _Centers:
    is_known = np.isfinite(star.centroid_col) & np.isfinite(star.centroid_row)
    sums = np.zeros((2, int(is_known.sum()) + 1))
    for own, values in zip(sums, (star.centroid_col, star.centroid_row), strict=True):
        known = values[is_known].astype(np.float64)
        # From the median, lest sums of many lose digits.
        np.cumsum(known - median(known), out=own[1:])
    return _Centers(star.light.time_d[is_known], sums)


def _median_differences(centers: _Centers, middles: Floats, duration_d: float) -> Floats:
    """Return inside minus beside, half of it on each side: of each column, the medians of rows."""
    time, sums = centers.time_d, centers.sums

    def mean(low: float, high: float) -> Floats:
        a, b = (np.searchsorted(time, middles + side * duration_d) for side in (low, high))
        n = b - a
        return np.asarray((sums[:, b] - sums[:, a]) / np.where(n > 0, n, np.nan))

    beside = (mean(-1.6, -0.6) + mean(0.6, 1.6)) / 2
    differences = mean(-0.4, 0.4) - beside
    # NaN stands last, so that the middle of the known ones can be told.
    ordered = np.sort(differences, axis=2)
    known = np.isfinite(ordered).sum(axis=2)
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    high = np.minimum(high, np.maximum(known - 1, 0))
    pairs = [np.take_along_axis(ordered, k[..., None], 2)[..., 0] for k in (low, high)]
    return np.asarray((pairs[0] + pairs[1]) / 2)
