"""How often the light's own dips, put at random times, make a signal as strong as a candidate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.ephemeris import LEAST_COVERAGE, Box
from preprocessing.analysis.light import Floats

__all__ = ["alarms_by_chance"]

#: Boxes begin so many times in the length of one, or at every cell.
_STARTS_A_BOX = 4
#: Boxes this many durations from an event, or nearer, are the event's.
_OWN = 1.5
#: What is more than this many times as strong as the strongest event is of another kind: with it,
#: events would not agree.
_OTHER_KIND = 2.0
#: Width of the bins into which boxes are sorted by their signal-to-noise ratio, and the lowest.
_BIN, _LOWEST = 0.05, -8.0
#: The sum of more events than this is distributed normally, whatever the single ones are like.
_MANY = 30
#: With as many, each star is tested so many times (Jenkins et al. 2002, ApJ 564, 495, for 4 years).
_TESTS_A_STAR = 1.7e7


def alarms_by_chance(series: BoxSeries, box: Box, snr: Floats, is_one_known: bool = False) -> float:
    """Return how many signals of as many events, and as strong, the rest of the light would make.

    The signal-to-noise ratios of all other boxes as long as the events say how often a single
    one is how strong, glitches and correlated noise included. Drawn at random as often as there
    are events, their sum is as high with some probability; and any two boxes of the light make a
    period, so that there are as many trials as pairs of boxes, over the pairs among the events. No
    box counts as more than the strongest event does, and what is far stronger does not count, nor
    does what is beside it: with it, events would not agree.

    Parameters
    ----------
    series : BoxSeries
        The light.
    box : Box
        The ephemeris.
    snr : ndarray
        Signal-to-noise ratio of each of its events that counts.
    is_one_known : bool
        Whether the time of one more event is given: any other box makes a period with it.

    Returns
    -------
    float
        The expected number; 0 of less than two events, or if nothing but they was observed.

    Notes
    -----
    Kepler's pipeline tests candidates so (Jenkins et al. 2002, ApJ 564, 495, section 3; Seader et
    al. 2015, ApJS 217, 18, section 2.3: the statistical bootstrap).
    """
    strongest = float(snr.max(initial=_BIN))
    others = _other_boxes(series, box, _OTHER_KIND * strongest)
    n = len(snr)
    if n < 2 or len(others) == 0:
        return 0.0
    n_boxes = series.n_cells * series.step_d / box.duration_d
    trials = n_boxes / n if is_one_known else n_boxes**2 / (n * (n - 1))
    trials = trials if n <= _MANY else _TESTS_A_STAR
    return trials * _probability(np.clip(others, _LOWEST, strongest), n, float(snr.sum()))


def _probability(values: Floats, n: int, least: float) -> float:
    """Return how probably the sum of some values, drawn at random, is so high."""
    if n > _MANY:
        sigma = float(values.std()) * np.sqrt(n)
        return float(ndtr((n * float(values.mean()) - least) / sigma)) if sigma > 0 else 0.0
    place = np.rint((values - _LOWEST) / _BIN).astype(np.int64)
    share = np.bincount(place) / len(place)
    # The distribution of a sum is the product of transforms.
    size = n * len(share)
    of_sum = np.fft.irfft(np.fft.rfft(share, size) ** n, size)
    return max(0.0, float(of_sum[int(np.floor((least - n * _LOWEST) / _BIN)) :].sum()))


def _other_boxes(series: BoxSeries, box: Box, most: float) -> Floats:
    """Return the signal-to-noise ratio of each observed box away from events and stronger dips."""
    width = box.duration_d / series.step_d
    step = max(width / _STARTS_A_BOX, 1.0)
    starts = np.arange(0, series.n_cells - width, step)
    (loss_b, weight_b), (loss_a, weight_a) = (
        series.sums_before(starts + width),
        series.sums_before(starts),
    )
    loss, weight = loss_b - loss_a, weight_b - weight_a
    is_observed = weight >= LEAST_COVERAGE * width * series.full_weight
    noise = np.interp(box.duration_d, series.durations_d, series.noise)
    snr = np.where(is_observed, loss / np.sqrt(np.where(is_observed, weight, 1)) / noise, 0)
    turns = (series.start_d + (starts + width / 2) * series.step_d - box.epoch_d) / box.period_d
    is_other = np.abs(turns - np.rint(turns)) * box.period_d > _OWN * box.duration_d
    is_other &= is_observed & ~_is_near(snr > most, int(np.ceil(_OWN * width / step)))
    return np.asarray(snr[is_other])


def _is_near(is_one: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return which of some places are one, or at most so far from one."""
    before = np.concatenate([[0], np.cumsum(is_one)])
    place = np.arange(len(is_one))
    last = np.minimum(place + reach + 1, len(is_one))
    return np.asarray(before[last] > before[np.maximum(place - reach, 0)])
