"""How far a star is from the quiet stars most like it (Giles & Walkowicz 2019, MNRAS 484, 834)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.anomalies.star_table import Floats

__all__ = ["Neighbors", "fit_neighbors", "nearest"]

#: Neighbors whose distances are averaged. One alone would be as strange as the star itself.
N_NEIGHBORS = 10
#: Quiet stars that are compared with. More cost time: among so many features, the nearest of twice
#: as many are hardly nearer.
_MOST_STARS = 500
#: Places that stay in the processor's cache while stars are compared with them.
_TILE = 256
_Singles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Neighbors:
    """Quiet stars to which distances are measured.

    Parameters
    ----------
    places : ndarray of float64, shape (n_columns, n_quiet)
        The quiet stars, scaled.
    """

    places: Floats

    def score(self, scaled: Floats) -> Floats:
        """Return the mean squared distance of each star to its nearest quiet stars.

        Parameters
        ----------
        scaled : ndarray of float64, shape (n, n_columns)
            The stars.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        _, distances = nearest(scaled, self.places, N_NEIGHBORS)
        return _mean(distances)

    def shares(self, scaled: Floats) -> Floats:
        """Return what each column adds to the score, shape (n, n_columns)."""
        rows, _ = nearest(scaled, self.places, N_NEIGHBORS)
        away = scaled[:, None, :] - self.places.T[rows]
        return np.asarray(np.mean(away**2, axis=1))


def fit_neighbors(quiet: Floats, seed: int) -> Neighbors:
    """Return the quiet stars to compare with: all, or a random choice of many.

    Parameters
    ----------
    quiet : ndarray of float64, shape (n, n_columns)
        The quiet stars, scaled.
    seed : int
        Of the choice.
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(len(quiet))
    if len(rows) > _MOST_STARS:
        rows = np.sort(rng.choice(rows, _MOST_STARS, replace=False))
    return Neighbors(np.ascontiguousarray(quiet[rows].T))


def nearest(stars: Floats, places: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the nearest of many places to each star, and the squared distances.

    Parameters
    ----------
    stars : ndarray of float64, shape (n, n_columns)
        The stars.
    places : ndarray of float64, shape (n_columns, n_places)
        The places.
    count : int
        How many; fewer if there are not so many places.

    Returns
    -------
    (ndarray of int64, ndarray of float64), each of shape (n, count)
        In the order of distance.
    """
    rows = _nearest(
        np.ascontiguousarray(stars, np.float32),
        np.ascontiguousarray(places, np.float32),
        min(count, places.shape[1]),
    )
    return rows, _distances(np.ascontiguousarray(stars), places, rows)


def _mean(distances: Floats) -> Floats:
    # One column after the other: the sum of one star must not depend on how many there are.
    total = np.zeros(len(distances))
    for number in range(distances.shape[1]):
        total += distances[:, number]
    return np.asarray(total / distances.shape[1])


@compiled
def _nearest(stars: _Singles, places: _Singles, count: int) -> NDArray[np.int64]:
    rows = np.zeros((len(stars), count), np.int64)
    nearest = np.full((len(stars), count), np.inf, np.float32)
    for first in range(0, places.shape[1], _TILE):
        last = min(first + _TILE, places.shape[1])
        squared = np.zeros(last - first, np.float32)
        for star in range(len(stars)):
            _measure(stars[star], places, first, last, squared)
            furthest = nearest[star, count - 1]
            for place in range(len(squared)):
                distance = squared[place]
                # At no distance at all, it is the star itself.
                if 0.0 < distance < furthest:
                    slot = count - 1
                    while slot > 0 and nearest[star, slot - 1] > distance:
                        nearest[star, slot] = nearest[star, slot - 1]
                        rows[star, slot] = rows[star, slot - 1]
                        slot -= 1
                    nearest[star, slot] = distance
                    rows[star, slot] = first + place
                    furthest = nearest[star, count - 1]
    return rows


@compiled
def _measure(star: _Singles, places: _Singles, first: int, last: int, squared: _Singles) -> None:
    """Fill in the squared distance of a star to each of some places."""
    squared[:] = 0.0
    n_columns = len(star)
    # Four columns at a time, since to read and write the sums costs more than to add.
    for column in range(0, n_columns - 3, 4):
        a, b, c, d = star[column], star[column + 1], star[column + 2], star[column + 3]
        of_a, of_b = places[column, first:last], places[column + 1, first:last]
        of_c, of_d = places[column + 2, first:last], places[column + 3, first:last]
        for place in range(len(squared)):
            e, f, g, h = a - of_a[place], b - of_b[place], c - of_c[place], d - of_d[place]
            squared[place] += (e * e + f * f) + (g * g + h * h)
    for column in range(n_columns - n_columns % 4, n_columns):
        a, of_a = star[column], places[column, first:last]
        for place in range(len(squared)):
            e = a - of_a[place]
            squared[place] += e * e


@compiled
def _distances(stars: Floats, places: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return the squared distances of stars to chosen places, in double precision."""
    found = np.zeros(rows.shape)
    for star in range(len(stars)):
        for slot in range(rows.shape[1]):
            for column in range(len(places)):
                step = stars[star, column] - places[column, rows[star, slot]]
                found[star, slot] += step * step
    return found
