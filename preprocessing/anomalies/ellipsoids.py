"""How unlike the quiet stars a star is in features that go together (Mahalanobis 1936).

Quiet stars that are noisy at 1 h are noisy at 3 h: only a star that breaks such a rule is strange.
The correlations are those of values scaled to a normal distribution, which outliers hardly change
(Gaussian rank correlation: Boudt, Cornelissen & Croux 2012, Stat. Comput. 22, 471), shrunk so that
few stars give no wild inverse (Chen et al. 2010, IEEE Trans. Signal Process. 58, 5016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.anomalies.star_table import Floats

__all__ = ["Ellipsoid", "fit_ellipsoid"]

#: No single value counts for more in a correlation.
_FURTHEST = 3.0


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """The shape of the cloud of quiet stars in some columns.

    Parameters
    ----------
    columns : ndarray of int32, shape (n_own,)
        Which columns.
    precision : ndarray of float64, shape (n_own, n_own)
        Inverse of their correlations.
    """

    columns: NDArray[np.int32]
    precision: Floats

    def score(self, scaled: Floats) -> Floats:
        """Return the squared distance of each star, in units of the cloud's width.

        Parameters
        ----------
        scaled : ndarray of float64, shape (n, n_columns)
            The stars.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        own = np.ascontiguousarray(scaled[:, self.columns])
        found: Floats = _squared(own, self.precision)
        return found

    def shares(self, scaled: Floats) -> Floats:
        """Return what each column adds to the score, shape (n, n_columns); some are below zero."""
        found = np.zeros_like(scaled)
        own = np.ascontiguousarray(scaled[:, self.columns])
        found[:, self.columns] = _shares(own, self.precision)
        return found


def fit_ellipsoid(quiet: Floats, columns: NDArray[np.int32]) -> Ellipsoid:
    """Return the shape of the cloud of quiet stars in some columns.

    Parameters
    ----------
    quiet : ndarray of float64, shape (n, n_columns)
        The quiet stars, scaled.
    columns : ndarray of int32, shape (n_own,)
        Which columns.

    Returns
    -------
    Ellipsoid
    """
    own = np.clip(quiet[:, columns], -_FURTHEST, _FURTHEST)
    covariance = _shrunk(_covariance(own), len(own))
    # A column that is the same for all quiet stars has no width of its own.
    width = np.maximum(np.diag(covariance), 1.0)
    covariance[np.diag_indices_from(covariance)] = width
    return Ellipsoid(columns, np.asarray(np.linalg.inv(covariance), np.float64))


def _shrunk(covariance: Floats, n_stars: int) -> Floats:
    """Return a covariance nearer to that of a sphere (Chen et al. 2010, eq. 23)."""
    n_columns = len(covariance)
    mean = float(np.trace(covariance)) / n_columns
    size = float(np.mean(covariance**2))
    least = (n_stars + 1) * (size - mean**2 / n_columns)
    share = min(1.0, (size + mean**2) / least) if least > 0 else 1.0
    return np.asarray((1 - share) * covariance + share * mean * np.identity(n_columns), np.float64)


@compiled
def _covariance(stars: Floats) -> Floats:
    # In one order on any number of processors, which a library for matrices does not promise.
    n_stars, n_columns = stars.shape
    mean = np.zeros(n_columns)
    for star in range(n_stars):
        for column in range(n_columns):
            mean[column] += stars[star, column] / n_stars
    found = np.zeros((n_columns, n_columns))
    for star in range(n_stars):
        for one in range(n_columns):
            away = stars[star, one] - mean[one]
            for other in range(n_columns):
                found[one, other] += away * (stars[star, other] - mean[other]) / n_stars
    return found


@compiled
def _shares(stars: Floats, precision: Floats) -> Floats:
    found = np.zeros_like(stars)
    for star in range(len(stars)):
        _turn(stars[star], precision, found[star])
        for column in range(len(precision)):
            found[star, column] *= stars[star, column]
    return found


@compiled
def _squared(stars: Floats, precision: Floats) -> Floats:
    found = np.zeros(len(stars))
    turned = np.zeros(len(precision))
    for star in range(len(stars)):
        _turn(stars[star], precision, turned)
        for column in range(len(precision)):
            found[star] += turned[column] * stars[star, column]
    return found


@compiled
def _turn(star: Floats, precision: Floats, turned: Floats) -> None:
    """Fill in the product of a matrix, which is symmetric, and a star."""
    turned[:] = 0.0
    for other in range(len(precision)):
        value, row = star[other], precision[other]
        for one in range(len(turned)):
            turned[one] += row[one] * value
