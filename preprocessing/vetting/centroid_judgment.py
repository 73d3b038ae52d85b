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
_PHASES = 40
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
    duty = box.duration_d / box.period_d
    shifts = np.concatenate([[0.0], np.linspace(5 * duty, 1 - 5 * duty, _PHASES)])
    if not shifts[-1] > shifts[1]:
        return not_judged(Outcome.OTHER_PERIODS)
    middles = candidate.middles_d + shifts[:, None] * box.period_d
    time = star.light.time_d[is_known]
    moved = [
        _mean_differences(time, values[is_known], middles, candidate.duration_d)
        for values in (star.centroid_col, star.centroid_row)
    ]
    offsets, sigmas = [], []
    for differences in moved:
        others = differences[1:][np.isfinite(differences[1:])]
        if not np.isfinite(differences[0]) or len(others) < _FEWEST_PHASES:
            return not_judged(Outcome.TOO_FEW_EVENTS)
        noise = float(1.4826 * np.median(np.abs(others - np.median(others))))
        offsets.append(float(differences[0]))
        sigmas.append(max(noise, 1e-9))
    # A source at a distance that loses a share of all light moves the center by that share of it.
    away_px = float(np.hypot(*offsets)) * (1 - candidate.depth) / candidate.depth
    sigma = float(np.hypot(offsets[0] / sigmas[0], offsets[1] / sigmas[1]))
    is_elsewhere = away_px > _FARTHEST_PX and sigma > _FAR_SIGMA
    return judged(is_elsewhere, away_px, _FARTHEST_PX, sigma)


def _mean_differences(time: Floats, values: Floats, middles: Floats, duration_d: float) -> Floats:
    """Return for each row the median over events of inside minus beside, half on each side."""
    # From one value to the next, lest sums of many lose digits.
    sums = np.concatenate([[0.0], np.cumsum(values - np.median(values))])

    def mean(low: float, high: float) -> Floats:
        a = np.searchsorted(time, middles + low * duration_d)
        b = np.searchsorted(time, middles + high * duration_d)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((sums[b] - sums[a]) / (b - a))

    inside = mean(-0.4, 0.4)
    beside = (mean(-1.6, -0.6) + mean(0.6, 1.6)) / 2
    differences = inside - beside
    result = np.full(len(middles), np.nan)
    for k, row in enumerate(differences):
        known = row[np.isfinite(row)]
        if len(known):
            result[k] = np.median(known)
    return result
