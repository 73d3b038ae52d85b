"""Features on one scale: that of quiet stars, of which each value is as rare as it looks.

A value becomes the number of standard deviations at which a normal distribution is as rare as the
value is among quiet stars of its magnitude. Nearly all features depend on it: noise grows with it,
and what a trend or granulation leaves is seen where the noise is low. Beyond the rarest percent,
the scale goes on as steep as it was there, then like a logarithm, so that one wild feature cannot
hide all others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.anomalies.star_table import Absence, Floats, StarTable

__all__ = ["N_KNOTS", "Scaling", "fit_scaling"]

#: Shares of the quiet stars at which the scale is fixed.
_SHARES = np.array([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
N_KNOTS = len(_SHARES)
_NORMAL = np.array([NormalDist().inv_cdf(share) for share in _SHARES])
#: From here on the scale is logarithmic.
_LINEAR_TO = 4.0
#: Values that differ by less are less than a standard deviation apart. Features are logarithms,
#: shares and correlations.
_LEAST_STEP = 1e-3
#: The same of what describes dips and flares, of which quiet stars have few: half as strong again,
#: twice as long, once more in a quarter.
_LEAST_STEPS = {
    "shape_dip_rate": 0.01,
    "shape_dip_sigma": 0.2,
    "shape_dip_hours": 0.3,
    "shape_dip_skew": 0.3,
    "shape_dip_regular": 0.3,
    "shape_flare_rate": 0.01,
    "shape_flare_amplitude": 0.2,
}
#: Features that stand for what a star may have, or not: a dip, a flare, a period, a repetition.
_THINGS = ("shape_dip_sigma", "shape_flare_amplitude", "freq_main", "temp_acf_peak")
#: Stars for one magnitude, at most ten magnitudes.
_STARS_A_LEVEL, _MOST_LEVELS = 50, 10
#: What fewer quiet stars have, as a period or a dip, has no scale among them.
_LEAST_SHARE = 0.2
#: Fewer values are no scatter of a magnitude.
_FEWEST_VALUES = 20
#: Shares of the quiet stars between which the width of a feature is measured: of fifty stars, five
#: are beyond each.
_WIDTH = (0.1, 0.9)
#: A width that is further from that of all stars is one of few stars that happen to agree.
_LARGEST_RATIO = 10.0


@dataclass(frozen=True, eq=False)
class Scaling:
    """How features become numbers of standard deviations.

    Parameters
    ----------
    knots : ndarray of float64, shape (n_features, n_shares)
        Values of the quiet stars at fixed shares of them, less the level of their magnitude, over
        the width there.
    level_magnitude : ndarray of float64, shape (n_levels,)
        Magnitudes at which levels are known, ascending; one if magnitudes are not known.
    level : ndarray of float64, shape (n_features, n_levels)
        Median of the quiet stars there.
    width : ndarray of float64, shape (n_features, n_levels)
        How much the quiet stars there differ, over how much all do.
    absent : ndarray of int32, shape (n_absent,)
        Features of which it counts whether the star has something of the kind.
    absent_normal : ndarray of float64, shape (n_absent, 2)
        Standard deviations at which having it, and not having it, is as rare.
    """

    knots: Floats
    level_magnitude: Floats
    level: Floats
    width: Floats
    absent: NDArray[np.int32]
    absent_normal: Floats

    @property
    def n_columns(self) -> int:
        """How many numbers describe a star."""
        return len(self.knots) + len(self.absent)

    def feature_of(self) -> NDArray[np.int64]:
        """Return the feature that each number belongs to."""
        return np.concatenate([np.arange(len(self.knots)), self.absent]).astype(np.int64)

    def scaled(self, stars: StarTable) -> Floats:
        """Return the stars on the scale of quiet stars.

        What is not known is taken as typical: zero.

        Parameters
        ----------
        stars : StarTable
            The stars.

        Returns
        -------
        ndarray of float64, shape (n, n_columns)
        """
        found = np.zeros((len(stars), self.n_columns))
        features = np.ascontiguousarray(stars.features)
        magnitude, levels = self._magnitude(stars), (self.level_magnitude, self.level, self.width)
        _scale(features, magnitude, *levels, self.knots, _NORMAL, found)
        for place, (number, normal) in enumerate(
            zip(self.absent, self.absent_normal, strict=True), len(self.knots)
        ):
            absence = stars.absence[:, number]
            has_not = np.where(absence == Absence.NATURE, normal[1], 0.0)
            found[:, place] = np.where(absence == Absence.NONE, normal[0], has_not)
        return found

    def _magnitude(self, stars: StarTable) -> Floats:
        """Return the stars' magnitudes; the middle one where that is not known."""
        middle = self.level_magnitude[len(self.level_magnitude) // 2]
        return np.where(np.isfinite(stars.magnitude), stars.magnitude, middle)

    def _rest(self, number: int, stars: StarTable) -> Floats:
        """Return a feature without the level of the stars' magnitude, over the width there."""
        magnitude = self._magnitude(stars)
        level = np.interp(magnitude, self.level_magnitude, self.level[number])
        width = np.interp(magnitude, self.level_magnitude, self.width[number])
        return np.asarray((stars.features[:, number] - level) / width)


def fit_scaling(quiet: StarTable, stars: StarTable) -> Scaling:
    """Return the scale of quiet stars.

    Parameters
    ----------
    quiet : StarTable
        The quiet stars.
    stars : StarTable
        All stars: the scale of what few quiet stars have.

    Returns
    -------
    Scaling
    """
    bins = _bins(quiet.magnitude)
    centers = [float(np.median(quiet.magnitude[rows])) for rows in bins] or [0.0]
    # Without magnitudes, all stars are compared with each other.
    bins = bins or [np.arange(len(quiet))]
    shape = len(quiet.feature_names), len(centers)
    level, width = np.zeros(shape), np.ones(shape)
    for number in range(len(quiet.feature_names)):
        level[number], width[number] = _by_bin(quiet.features[:, number], bins)
    scaling = Scaling(np.zeros((shape[0], 0)), np.array(centers), level, width, *_things(quiet))
    knots = np.tile(_NORMAL, (shape[0], 1))
    for number, name in enumerate(quiet.feature_names):
        is_rare = np.mean(np.isfinite(quiet.features[:, number])) < _LEAST_SHARE
        rest = scaling._rest(number, stars if is_rare else quiet)
        rest = rest[np.isfinite(rest)]
        if len(rest):
            least = _LEAST_STEPS.get(name, _LEAST_STEP)
            knots[number] = _apart(np.quantile(rest, _SHARES), least * np.diff(_NORMAL))
    return replace(scaling, knots=knots)


def _things(quiet: StarTable) -> tuple[NDArray[np.int32], Floats]:
    """Return the features of what a star may have or not, and how rare either is."""
    absent = np.array([quiet.feature_names.index(name) for name in _THINGS], np.int32)
    normal = np.array([_rarity(quiet.absence[:, number]) for number in absent]).reshape(-1, 2)
    return absent, normal


@compiled
def _scale(
    features: Floats,
    magnitude: Floats,
    level_magnitude: Floats,
    level: Floats,
    width: Floats,
    knots: Floats,
    normal: Floats,
    found: Floats,
) -> None:
    """Fill in the standard deviations of values; nothing for NaN."""
    for number in range(features.shape[1]):
        own, levels, widths = knots[number], level[number], width[number]
        is_level = np.all(levels == levels[0]) and np.all(widths == widths[0])
        for star in range(len(features)):
            if not math.isfinite(features[star, number]):
                continue
            typical, scatter = levels[0], widths[0]
            if not is_level:
                typical = _between(magnitude[star], level_magnitude, levels)
                scatter = _between(magnitude[star], level_magnitude, widths)
            value = _beyond((features[star, number] - typical) / scatter, own, normal)
            size = abs(value)
            if size > _LINEAR_TO:
                size = _LINEAR_TO + math.log1p(size - _LINEAR_TO)
            found[star, number] = math.copysign(size, value)


@compiled
def _between(value: float, places: Floats, heights: Floats) -> float:
    """Return the height at a value between places; that of the nearest one outside of all."""
    if value <= places[0]:
        return float(heights[0])
    for number in range(1, len(places)):
        if value <= places[number]:
            share = (value - places[number - 1]) / (places[number] - places[number - 1])
            return float(heights[number - 1] + share * (heights[number] - heights[number - 1]))
    return float(heights[-1])


@compiled
def _beyond(value: float, places: Floats, heights: Floats) -> float:
    """Return the height at a value; outside of all places, as steep as between the last two."""
    last = len(places) - 1
    if value < places[0]:
        slope = (heights[1] - heights[0]) / (places[1] - places[0])
        return float(heights[0] + (value - places[0]) * slope)
    if value > places[last]:
        slope = (heights[last] - heights[last - 1]) / (places[last] - places[last - 1])
        return float(heights[last] + (value - places[last]) * slope)
    return _between(value, places, heights)


def _apart(values: Floats, least: Floats) -> Floats:
    """Return ascending values with least steps between them, equal ones around where they were."""
    steps = np.append(0.0, np.cumsum(least))
    upward = np.maximum.accumulate(values - steps)
    downward = np.minimum.accumulate((values - steps)[::-1])[::-1]
    return np.asarray((upward + downward) / 2 + steps)


def _bins(magnitude: Floats) -> list[NDArray[np.int64]]:
    """Return the rows of stars in ranges of magnitude with equally many."""
    known = np.flatnonzero(np.isfinite(magnitude))
    count = min(_MOST_LEVELS, len(known) // _STARS_A_LEVEL)
    if count < 1:
        return []
    order = known[np.argsort(magnitude[known], kind="stable")]
    bins = np.array_split(order, count)
    centers = [np.median(magnitude[rows]) for rows in bins]
    # Stars of one magnitude alone make one level.
    return bins if np.all(np.diff(centers) > 0) else [order]


def _by_bin(values: Floats, bins: list[NDArray[np.int64]]) -> tuple[Floats, Floats]:
    """Return the median of each range, and its width over that of all stars.

    Those of all stars where a range has few values, or its stars all have the same.
    """
    known = values[np.isfinite(values)]
    middle, spread = _middle_and_spread(known) if len(known) else (0.0, 0.0)
    own = [values[rows][np.isfinite(values[rows])] for rows in bins]
    found = [
        _middle_and_spread(one) if len(one) >= _FEWEST_VALUES else (middle, spread) for one in own
    ]
    level, spreads = np.array(found).T
    is_wide = (spreads > _LEAST_STEP) & (spread > _LEAST_STEP)
    ratio = np.where(is_wide, spreads / max(spread, _LEAST_STEP), 1.0)
    return level, np.clip(ratio, 1 / _LARGEST_RATIO, _LARGEST_RATIO)


def _middle_and_spread(values: Floats) -> tuple[float, float]:
    low, middle, high = np.quantile(values, (_WIDTH[0], 0.5, _WIDTH[1]))
    return float(middle), float(high - low)


def _rarity(absence: NDArray[np.int8]) -> tuple[float, float]:
    """Return the standard deviations of having something, and of not having it.

    Each of the two is put at the middle of its share, the rarer further out; half a star more on
    both sides keeps what was never seen finite.
    """
    has, has_not = np.sum(absence == Absence.NONE), np.sum(absence == Absence.NATURE)
    share = (has + 0.5) / (has + has_not + 1)
    return NormalDist().inv_cdf(1 - share / 2), NormalDist().inv_cdf((1 - share) / 2)
