"""The test of a candidate by where the light is lost: the shift of the centroid in transit."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.light import Floats
from preprocessing.vetting.candidate_light import CandidateLight
from preprocessing.vetting.judgment import Judgment, Outcome, judged, not_judged

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
    star, box = candidate.star, candidate.box
    is_known = np.isfinite(star.centroid_col) & np.isfinite(star.centroid_row)
    if not is_known.any():
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
    columns = np.stack([star.centroid_col[is_known], star.centroid_row[is_known]])
    time = star.light.time_d[is_known]
    moved = _median_differences(time, columns, middles, candidate.duration_d)
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


def _median_differences(
    time: Floats, columns: Floats, middles: Floats, duration_d: float
) -> Floats:
    """Return inside minus beside, half of it on each side: of each column, the medians of rows."""
    # From the median, lest sums of many lose digits.
    deviations = columns - np.median(columns, axis=1, keepdims=True)
    sums = np.pad(np.cumsum(deviations, axis=1), ((0, 0), (1, 0)))

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
