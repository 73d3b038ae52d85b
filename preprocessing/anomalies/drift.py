"""Whether a population as a whole differs from the quiet stars of a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.model import Model
from preprocessing.anomalies.star_table import Booleans, Floats

__all__ = ["Drift", "drift_by_group", "drift_of", "usual"]

#: A median so many standard deviations off is no chance and no matter of a few odd stars: every
#: other star differs in the same way from the quiet ones.
_SHIFT = 0.5
#: Of so many stars, a median is known to an eighth of a standard deviation.
_FEWEST = 100


@dataclass(frozen=True)
class Drift:
    """A feature that is not the same.

    Parameters
    ----------
    feature : str
        Its name.
    shift : float
        Median of the stars, in standard deviations of the model's quiet stars.
    """

    feature: str
    shift: float


def usual(score: Floats, threshold: float) -> Booleans:
    """Return which stars are usual: those that are not flagged.

    If most are flagged, they all are: then the population differs, not single stars of it.

    Parameters
    ----------
    score : ndarray of float64, shape (n,)
        Their scores.
    threshold : float
        The score from which a star is flagged.
    """
    is_usual = np.asarray(score < threshold)
    return is_usual if 2 * is_usual.sum() >= len(score) else np.ones_like(is_usual)


def drift_of(model: Model, scaled: Floats) -> tuple[Drift, ...]:
    """Return the features in which usual stars differ from the quiet stars of a model.

    Parameters
    ----------
    model : Model
        The model.
    scaled : ndarray of float64, shape (n, n_columns)
        The usual stars, on the model's scale.

    Returns
    -------
    tuple of Drift
        The largest shift first.
    """
    if not len(scaled):
        return ()
    shift = np.median(scaled[:, : len(model.feature_names)], axis=0)
    order = np.argsort(-np.abs(shift), kind="stable")
    return tuple(
        Drift(model.feature_names[number], float(shift[number]))
        for number in order
        if abs(shift[number]) > _SHIFT
    )


def drift_by_group(
    model: Model, scaled: Floats, groups: NDArray[np.str_]
) -> dict[str, tuple[Drift, ...]]:
    """Return the drift of each group of usual stars that is large enough to tell.

    Parameters
    ----------
    model : Model
        The model.
    scaled : ndarray of float64, shape (n, n_columns)
        The usual stars, on the model's scale.
    groups : ndarray of str, shape (n,)
        The group of each; empty for none.

    Returns
    -------
    dict of str to tuple of Drift
        Groups without drift too, in order; nothing if all stars are of one.
    """
    names, counts = np.unique(groups, return_counts=True)
    return {
        str(name): drift_of(model, scaled[groups == name])
        for name, count in zip(names, counts, strict=True)
        if name and _FEWEST <= count < len(groups)
    }
