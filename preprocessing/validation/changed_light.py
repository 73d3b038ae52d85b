"""Light of a quiet star that is changed so that what it shows is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import prepare_light
from preprocessing.analysis.trend import robust_trend
from preprocessing.core.light_curve import LightCurve
from preprocessing.missions import MISSIONS
from preprocessing.validation.noise import correlated_noise, noise_like, point_noise
from preprocessing.validation.trial_sets import SetName

__all__ = ["CHANGES", "noise_of", "reordered", "simulated", "without_untimed"]

Floats = NDArray[np.float64]
_Rows = NDArray[np.int64]
_Change = Callable[[LightCurve, np.random.Generator], LightCurve]

_DAY_S = 86_400.0
#: Strength of correlated noise over that of a point, and the hours of its correlation. Kepler's
#: residual noise of 3 to 24 h is of this order (Christiansen et al. 2012, PASP 124, 1279).
_RED: Mapping[SetName, tuple[float, float]] = {
    SetName.WHITE: (0.0, 1.0),
    SetName.RED_3H: (1 / 3, 3.0),
    SetName.RED_6H: (2 / 3, 6.0),
    SetName.RED_24H: (2.0, 24.0),
}
#: Window of the trend in days, and length of the pieces that are drawn anew.
_WINDOW_D, _PIECE_D = 3.0, 1.0
#: Of the arrays with one element per point, those that move with it.
_ARRAYS = (
    "flux",
    "flux_err",
    "quality",
    "cadence_number",
    "sequence_number",
    "centroid_col",
    "centroid_row",
)


def without_untimed(curve: LightCurve) -> LightCurve:
    """Return a light curve without the points that have no time.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    is_timed = np.isfinite(curve.time)
    return (
        curve if is_timed.all() else _taken(curve, np.flatnonzero(is_timed), curve.time[is_timed])
    )


def noise_of(curve: LightCurve) -> float:
    """Return the noise of a point of a light curve, relative to its light.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    flux = np.asarray(curve.flux, np.float64)
    return point_noise(flux[np.isfinite(flux)])


def simulated(curve: LightCurve, rng: np.random.Generator) -> LightCurve:
    """Return noise in place of the star's light, as strong at each frequency, file by file.

    Parameters
    ----------
    curve : LightCurve
        The light curve of a quiet star.
    rng : Generator
        Of the phases.
    """
    flux = np.full(len(curve), np.nan)
    is_known = np.isfinite(curve.flux)
    cadence_d = curve.exposure_s / _DAY_S
    for a, b in pairwise(_file_edges(curve)):
        rows = a + np.flatnonzero(is_known[a:b])
        if len(rows):
            own = np.asarray(curve.flux[rows], np.float64)
            flux[rows] = 1 + noise_like(rng, curve.time[rows], own, cadence_d)
    return _with_flux(curve, flux)


def _unchanged(curve: LightCurve, _: np.random.Generator) -> LightCurve:
    return curve


def _inverted(curve: LightCurve, _: np.random.Generator) -> LightCurve:
    return _with_flux(curve, 2 - np.asarray(curve.flux, np.float64))


def _noise(name: SetName) -> _Change:
    share, hours = _RED[name]

    def change(curve: LightCurve, rng: np.random.Generator) -> LightCurve:
        sigma, cadence_d = noise_of(curve), curve.exposure_s / _DAY_S
        flux = 1 + rng.normal(0, sigma, len(curve))
        if share:
            cell = np.rint((curve.time - curve.time[0]) / cadence_d).astype(np.int64)
            red = correlated_noise(rng, int(cell.max()) + 1, hours / 24 / cadence_d)
            flux += share * sigma * red[cell]
        return _with_flux(curve, np.where(np.isfinite(curve.flux), flux, np.nan))

    return change


def reordered(name: str, curve: LightCurve, rng: np.random.Generator, nth: int) -> LightCurve:
    """Return a light curve whose files stand in another order than they did.

    Parameters
    ----------
    name : str
        The set: whether all files change places, or those of a season among themselves.
    curve : LightCurve
        The light curve.
    rng : Generator
        Of the orders; the same for all numbers.
    nth : int
        Which of the orders, from 0. Each is another.

    Raises
    ------
    ValueError
        There are not so many.
    """
    first = curve.sequence_number[_file_edges(curve)[:-1]]
    seasons = MISSIONS[curve.mission].sequences_a_year if name == SetName.SEASONS else 1
    season = first % seasons
    groups = [np.flatnonzero(season == one) for one in np.unique(season)]
    return _in_order(curve, _nth_order(rng, groups, nth))


def _nth_order(rng: np.random.Generator, groups: Sequence[_Rows], nth: int) -> _Rows:
    """Return the nth new order of rows that change places within their group."""
    if math.prod(math.factorial(len(own)) for own in groups) - 1 <= nth:
        raise ValueError("its quarters, campaigns or sectors have no other order left")
    order = np.arange(sum(map(len, groups)))
    seen = {tuple(order)}
    while len(seen) < nth + 2:
        for own in groups:
            order[own] = rng.permutation(own)
        seen.add(tuple(order))
    return order


def _bootstrapped(curve: LightCurve, rng: np.random.Generator) -> LightCurve:
    light = prepare_light(curve.time, curve.flux, None, curve.sequence_number)
    trend = robust_trend(light, _WINDOW_D)
    left = light.flux / trend
    left = np.where(np.isfinite(left), left, 1.0)
    length = max(1, min(len(left), round(_PIECE_D / light.cadence_d)))
    starts = rng.integers(0, len(left) - length + 1, -(-len(left) // length))
    drawn = left[(starts[:, None] + np.arange(length)).ravel()[: len(left)]]
    flux = np.full(len(curve), np.nan)
    # Near the ends of a segment without a trend, the light is its own.
    flux[light.rows] = np.where(np.isfinite(trend), trend * drawn, light.flux)
    return _with_flux(curve, flux)


#: What makes the light of each set without a signal; `reordered` does for the others.
CHANGES: Mapping[str, _Change] = {
    str(SetName.UNCHANGED): _unchanged,
    **{str(name): _noise(name) for name in _RED},
    str(SetName.INVERTED): _inverted,
    str(SetName.BOOTSTRAPPED): _bootstrapped,
}


def _with_flux(curve: LightCurve, flux: Floats) -> LightCurve:
    return replace(curve, flux=flux.astype(curve.flux.dtype))


def _file_edges(curve: LightCurve) -> _Rows:
    """Return where each file begins, and the number of points."""
    inner = np.flatnonzero(np.diff(curve.sequence_number) != 0) + 1
    return np.concatenate([[0], inner, [len(curve)]]).astype(np.int64)


def _in_order(curve: LightCurve, order: _Rows) -> LightCurve:
    """Return a light curve whose files stand in another order, with the gaps where they were."""
    pieces = list(pairwise(_file_edges(curve)))
    gaps = [curve.time[b] - curve.time[b - 1] for _, b in pieces[:-1]]
    start, rows, times = float(curve.time[0]), [], []
    for place, number in enumerate(order):
        a, b = pieces[number]
        days = curve.time[a:b] - curve.time[a]
        rows.append(np.arange(a, b))
        times.append(start + days)
        if place < len(gaps):
            start += float(days[-1] + gaps[place])
    return _taken(curve, np.concatenate(rows), np.concatenate(times))


def _taken(curve: LightCurve, rows: _Rows, time: Floats) -> LightCurve:
    moved = {name: getattr(curve, name)[rows] for name in _ARRAYS}
    return replace(curve, time=time, **moved)
