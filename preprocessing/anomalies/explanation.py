"""Why a star is strange: what each feature adds to the part of the score that flagged it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from preprocessing.anomalies.ellipsoids import Ellipsoid
from preprocessing.anomalies.forest import Forest
from preprocessing.anomalies.model import EVENT, Model
from preprocessing.anomalies.neighbors import Neighbors
from preprocessing.anomalies.parts import Detector, Part
from preprocessing.anomalies.star_table import Floats

__all__ = ["N_FEATURES", "Explainer", "Explanation", "forest_shares"]

#: Features that are named of each star.
N_FEATURES = 5
#: In standard deviations of quiet stars.
_UNUSUAL = 1.0


@dataclass(frozen=True)
class Explanation:
    """Why one star is strange.

    Parameters
    ----------
    part : str
        The part of the score that finds it the rarest.
    features : tuple of str
        The features that add the most to it, the first the most; none of an event.
    shares : tuple of float
        What each adds: for the forest, how many cuts fewer isolate the star (SHAP values); for
        the others, its summand in a squared distance.
    deviations : tuple of float
        The features in standard deviations of quiet stars.
    """

    part: str
    features: tuple[str, ...]
    shares: tuple[float, ...]
    deviations: tuple[float, ...]


class Explainer:
    """Explains stars by a model.

    Parameters
    ----------
    model : Model
        The model.
    """

    def __init__(self, model: Model) -> None:
        self._names = model.feature_names
        self._feature_of = model.scaling.feature_of()
        self._parts = {part.name: part for part in model.parts}

    def explain(self, scaled: Floats, parts: Mapping[str, Floats]) -> list[Explanation]:
        """Return why stars are strange.

        Parameters
        ----------
        scaled : ndarray of float64, shape (n, n_columns)
            The stars on the scale of quiet stars.
        parts : mapping of str to ndarray of float64, shape (n,)
            How rare each part finds them.

        Returns
        -------
        list of Explanation
        """
        names = list(parts)
        leading = np.argmax([parts[name] for name in names], axis=0)
        found: list[Explanation | None] = [None] * len(scaled)
        for number, name in enumerate(names):
            rows = np.flatnonzero(leading == number)
            if name == EVENT:
                own = [Explanation(EVENT, (), (), ()) for _ in rows]
            else:
                own = self._by_part(self._parts[name], scaled[rows])
            for row, one in zip(rows, own, strict=True):
                found[row] = one
        return [one for one in found if one is not None]

    def shares(self, part: str, scaled: Floats) -> Floats:
        """Return what each feature adds to a part of the score.

        Parameters
        ----------
        part : str
            The part.
        scaled
            As in `explain`.

        Returns
        -------
        ndarray of float64, shape (n, n_features)
            They sum, with the mean over quiet stars for the forest, to the score of the detector
            that finds the star the rarest.
        """
        one = self._parts[part]
        leading = one.leading(scaled)
        by_column = np.zeros_like(scaled)
        for number, detector in enumerate(one.detectors):
            rows = np.flatnonzero(leading == number)
            if len(rows):
                by_column[rows] = _shares(detector, scaled[rows])
        found = np.zeros((len(scaled), len(self._names)))
        for column, feature in enumerate(self._feature_of):
            found[:, feature] += by_column[:, column]
        return found

    def _by_part(self, part: Part, scaled: Floats) -> list[Explanation]:
        if not len(scaled):
            return []
        shares = self.shares(part.name, scaled)
        deviations = self._deviations(scaled)
        found = []
        for own, away in zip(shares, deviations, strict=True):
            order = np.argsort(-own, kind="stable")
            # What is as usual adds by what goes with it, and says nothing by itself.
            order = order[(own[order] > 0) & (np.abs(away[order]) >= _UNUSUAL)][:N_FEATURES]
            found.append(
                Explanation(
                    part.name,
                    tuple(self._names[number] for number in order),
                    tuple(float(own[number]) for number in order),
                    tuple(float(away[number]) for number in order),
                )
            )
        return found

    def _deviations(self, scaled: Floats) -> Floats:
        """Return how far each feature is from typical: its value, or that it is there at all."""
        n_features = len(self._names)
        found: Floats = scaled[:, :n_features].copy()
        for column in range(n_features, scaled.shape[1]):
            feature = self._feature_of[column]
            is_more = np.abs(scaled[:, column]) > np.abs(found[:, feature])
            found[is_more, feature] = scaled[is_more, column]
        return found


def _shares(detector: Detector, scaled: Floats) -> Floats:
    if isinstance(detector, (Neighbors, Ellipsoid)):
        return detector.shares(scaled)
    return -forest_shares(detector, scaled)


def forest_shares(forest: Forest, scaled: Floats) -> Floats:
    """Return the SHAP values of each column for the number of cuts that isolate a star.

    With the mean over the stars that each tree was grown on, they sum to `Forest.mean_depth`
    (Lundberg et al. 2020, Nat. Mach. Intell. 2, 56).

    Parameters
    ----------
    forest : Forest
        The forest.
    scaled : ndarray of float64, shape (n, n_columns)
        The stars.

    Returns
    -------
    ndarray of float64, shape (n, n_columns)
    """
    from shap import TreeExplainer

    single = np.asarray(scaled, np.float32).astype(np.float64)
    explainer = TreeExplainer({"trees": _trees(forest)})
    found: Floats = np.asarray(explainer.shap_values(single, check_additivity=False), np.float64)
    return found.reshape(scaled.shape)


def _trees(forest: Forest) -> Sequence[Mapping[str, Any]]:
    """Return a forest as shap takes one that is no library's."""
    found = []
    for tree in range(len(forest.left)):
        used = np.flatnonzero(forest.weight[tree] > 0)
        n = int(used[-1]) + 1
        found.append(
            {
                "children_left": forest.left[tree, :n],
                "children_right": forest.right[tree, :n],
                "children_default": forest.right[tree, :n],
                "features": forest.column[tree, :n],
                "thresholds": forest.cut[tree, :n],
                "values": forest.depth[tree, :n, None] / len(forest.left),
                "node_sample_weight": forest.weight[tree, :n],
            }
        )
    return found
