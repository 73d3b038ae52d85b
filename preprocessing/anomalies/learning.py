"""What a person finds interesting, learned from the labels of a few stars.

Each star has a number: the logarithm of the odds that the person finds it interesting. Before any
label, it follows the score. Stars that are like each other have like numbers: they are a Gaussian
process, of which labels change what is near them (Rasmussen & Williams 2006, Gaussian Processes
for Machine Learning, ch. 3). Far from all labels, the order stays as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.star_table import Booleans, Floats

__all__ = ["learned_score"]

#: How much a star ten times as rare raises the logarithm of the odds, and the standard deviation of
#: what labels may change of it. These and the next were chosen on 150 quiet simulated stars and 522
#: with known signals, for persons who look for one class each.
_SLOPE, _SPREAD = 1.0, 4.0
#: Distances at which likeness ends, as shares of that of two quiet stars: a label says much of its
#: near relatives, and a little of all that is odd in the same way.
_REACHES = (0.5, 1.0, 2.0)
#: Beyond so many standard deviations of quiet stars, further away hardly counts.
_FURTHEST = 3.0
#: Steps to the most likely numbers end when none changes by more than this.
_LEAST_CHANGE, _MOST_STEPS = 1e-10, 100


def learned_score(
    scaled: Floats,
    score: Floats,
    threshold: float,
    labeled: NDArray[np.int64],
    is_interesting: Booleans,
) -> Floats:
    """Return the logarithm of the odds that a person finds each star interesting.

    Parameters
    ----------
    scaled : ndarray of float64, shape (n, n_columns)
        The stars on the scale of quiet stars.
    score : ndarray of float64, shape (n,)
        How strange they are.
    threshold : float
        The score of even odds before any label.
    labeled : ndarray of int64, shape (n_labeled,)
        The rows of the stars with a label.
    is_interesting : ndarray of bool, shape (n_labeled,)
        What the labels say.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    place = _FURTHEST * np.tanh(scaled / _FURTHEST)
    before = _SLOPE * (score - threshold)
    likeness = _likeness(place[labeled], place[labeled])
    weight = _weights(likeness, before[labeled], is_interesting.astype(np.float64))
    found = before
    for star, own in zip(place[labeled], weight, strict=True):
        found = found + own * _likeness(place, star[None])[:, 0]
    return found


def _likeness(stars: Floats, others: Floats) -> Floats:
    """Return the covariances of two groups of stars, shape (n_stars, n_others)."""
    # Two quiet stars are twice as many squared deviations apart as there are columns.
    usual = 2.0 * stars.shape[1]
    squared = np.stack([np.sum((stars - other) ** 2, axis=1) for other in others], axis=1)
    each = [np.exp(-squared / (2 * usual * reach**2)) for reach in _REACHES]
    return np.asarray(_SPREAD**2 * sum(each) / len(each))


def _weights(likeness: Floats, before: Floats, wanted: Floats) -> Floats:
    """Return how much each label adds to stars that are like its own (algorithm 3.1 of the book).

    The logarithm of the odds of a labeled star is ``before + likeness @ weights``.
    """
    weights = np.zeros(len(wanted))
    for _ in range(_MOST_STEPS):
        added = likeness @ weights
        # The logistic function, which does not overflow in this form.
        chance = (1 + np.tanh((before + added) / 2)) / 2
        root = np.sqrt(chance * (1 - chance))
        aim = root**2 * added + (wanted - chance)
        matrix = np.identity(len(wanted)) + root[:, None] * likeness * root
        step = np.linalg.solve(matrix, root * (likeness @ aim))
        former, weights = weights, aim - root * step
        if np.max(np.abs(likeness @ (weights - former))) < _LEAST_CHANGE:
            break
    return weights
