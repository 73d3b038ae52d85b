"""An isolation forest as plain arrays: grown by scikit-learn, read by code that no file can trick.

A forest isolates a star by random cuts; strange stars need few (Liu, Ting & Zhou 2008, ICDM, 413).
Plain arrays can be checked when they come from a file, and give the same number for one star
alone, in a batch, and with any release of scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.anomalies.star_table import Booleans, Floats

__all__ = ["LEVELS", "Forest", "grow"]

#: Trees, and stars a tree: the ranks of stars hardly change with more (Liu et al. 2008, sec. 5.2).
N_TREES, SAMPLE = 100, 256
#: Cuts on a path at most: the binary logarithm of the stars a tree (Liu et al. 2008, alg. 1).
LEVELS = 8
#: Of few stars, each tree sees this share, so that others tell how usual a star is.
_SEEN = 0.8
#: Stars that go through one tree after the other while they are in the processor's cache.
_BLOCK = 64
_EULER = 0.5772156649015329


@dataclass(frozen=True, eq=False)
class Forest:
    """An isolation forest.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n_trees, n_nodes)
        Number of the node on each side of a cut; -1 at a leaf, and where a tree has no node.
    column : ndarray of int32, shape (n_trees, n_nodes)
        Column that is cut.
    cut : ndarray of float64, shape (n_trees, n_nodes)
        Values up to this go left.
    depth : ndarray of float64, shape (n_trees, n_nodes)
        Of a leaf: how many cuts isolate a star in it, on average.
    weight : ndarray of float64, shape (n_trees, n_nodes)
        Stars of the baseline that reached a node.
    n_columns : int
        Columns of the stars that it is for.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    column: NDArray[np.int32]
    cut: Floats
    depth: Floats
    weight: Floats
    n_columns: int

    @property
    def typical_depth(self) -> float:
        """How many cuts isolate a usual star (Liu et al. 2008, eq. 1)."""
        return float(average_depth(self.weight[0, 0]))

    def mean_depth(self, scaled: Floats) -> Floats:
        """Return how many cuts isolate each star, averaged over the trees.

        Parameters
        ----------
        scaled : ndarray of float64, shape (n, n_columns)
            The stars.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        # As scikit-learn, which cuts values in single precision.
        single = np.ascontiguousarray(scaled, np.float32)
        return np.asarray(_sum_of_depths(single, *self.paths) / len(self.left))

    @cached_property
    def paths(self) -> tuple[NDArray[np.int32], NDArray[np.float32], Floats]:
        """The same trees, each with all its `LEVELS`: a leaf above the lowest cuts nothing.

        Columns and cuts of the nodes, level by level, so that those below node i are 2 i + 1 and
        2 i + 2; and depths of the lowest level.

        Raises
        ------
        ValueError
            A path is longer.
        """
        tree = np.arange(len(self.left))[:, None]
        node = np.zeros((len(self.left), 1), np.int32)
        columns, cuts = [], []
        for _ in range(LEVELS):
            left, right = self.left[tree, node], self.right[tree, node]
            is_leaf = left < 0
            columns.append(np.where(is_leaf, 0, self.column[tree, node]))
            cuts.append(np.where(is_leaf, np.inf, self.cut[tree, node]))
            below = [np.where(is_leaf, node, one) for one in (left, right)]
            node = np.stack(below, axis=-1).reshape(len(tree), -1)
        if np.any(self.left[tree, node] >= 0):
            raise ValueError(f"a tree of its forest has more than {LEVELS} levels")
        column = np.concatenate(columns, axis=1).astype(np.int32)
        return column, _rounded_down(np.concatenate(cuts, axis=1)), self.depth[tree, node]

    def unseen_score(self, scaled: Floats, is_seen: Booleans) -> Floats:
        """Return the score of each star by the trees that were grown without it.

        Parameters
        ----------
        scaled
            As in `mean_depth`.
        is_seen : ndarray of bool, shape (n_trees, n)
            Which trees were grown on which stars.
        """
        single = np.ascontiguousarray(scaled, np.float32)
        column, cut, depth = self.paths
        total = np.zeros(len(scaled))
        for tree, seen in enumerate(is_seen):
            own = slice(tree, tree + 1)
            total[~seen] += _sum_of_depths(single[~seen], column[own], cut[own], depth[own])
        found: Floats = np.exp2(-total / np.sum(~is_seen, axis=0) / self.typical_depth)
        return found

    def score(self, scaled: Floats) -> Floats:
        """Return the score of each star, near 0 for a usual one and up to 1 (Liu et al., eq. 2).

        Parameters
        ----------
        scaled
            As in `mean_depth`.
        """
        return np.exp2(-self.mean_depth(scaled) / self.typical_depth)


def grow(scaled: Floats, seed: int) -> tuple[Forest, Booleans]:
    """Grow a forest on stars.

    Parameters
    ----------
    scaled : ndarray of float64, shape (n, n_columns)
        The stars.
    seed : int
        Of the random cuts.

    Returns
    -------
    forest : Forest
    is_seen : ndarray of bool, shape (n_trees, n)
        Which trees were grown on which stars.
    """
    from sklearn.ensemble import IsolationForest

    size = min(SAMPLE, int(_SEEN * len(scaled)))
    forest = IsolationForest(n_estimators=N_TREES, max_samples=size, random_state=seed).fit(scaled)
    is_seen = np.zeros((N_TREES, len(scaled)), np.bool_)
    for number, rows in enumerate(forest.estimators_samples_):
        is_seen[number, rows] = True
    trees = [one.tree_ for one in forest.estimators_]
    shape = len(trees), max(tree.node_count for tree in trees)
    left, right = np.full(shape, -1, np.int32), np.full(shape, -1, np.int32)
    column = np.zeros(shape, np.int32)
    cut, depth, weight = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for number, (tree, columns) in enumerate(zip(trees, forest.estimators_features_, strict=True)):
        n = tree.node_count
        left[number, :n], right[number, :n] = tree.children_left, tree.children_right
        is_leaf = tree.children_left < 0
        column[number, :n] = np.where(is_leaf, 0, columns[np.maximum(tree.feature, 0)])
        cut[number, :n] = np.where(is_leaf, 0.0, tree.threshold)
        weight[number, :n] = tree.n_node_samples
        cuts = _cuts_above(tree.children_left, tree.children_right)
        depth[number, :n] = np.where(is_leaf, cuts + average_depth(tree.n_node_samples), 0.0)
    return Forest(left, right, column, cut, depth, weight, scaled.shape[1]), is_seen


def average_depth(n: NDArray[np.int64] | Floats | float) -> Floats:
    """Return how many cuts isolate one of n stars of random places (Liu et al. 2008, eq. 1).

    Parameters
    ----------
    n : array_like
        Numbers of stars.
    """
    count = np.asarray(n, np.float64)
    safe = np.maximum(count, 3.0)
    many = 2 * (np.log(safe - 1) + _EULER) - 2 * (safe - 1) / safe
    return np.asarray(np.where(count > 2, many, np.where(count > 1, 1.0, 0.0)))


def _rounded_down(cuts: Floats) -> NDArray[np.float32]:
    """Return cuts in single precision, on the same side of every value in single precision."""
    found = cuts.astype(np.float32)
    return np.where(found > cuts, np.nextafter(found, np.float32(-np.inf)), found)


def _cuts_above(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many cuts are above each node; a node's number is below those of its children."""
    cuts = np.zeros(len(left), np.int64)
    for node in np.flatnonzero(left >= 0):
        cuts[left[node]] = cuts[right[node]] = cuts[node] + 1
    return cuts


@compiled
def _sum_of_depths(
    stars: NDArray[np.float32],
    column: NDArray[np.int32],
    cut: NDArray[np.float32],
    depth: Floats,
) -> Floats:
    found = np.zeros(len(stars))
    n_above = depth.shape[1] - 1
    node = np.zeros(_BLOCK, np.int32)
    for first in range(0, len(stars), _BLOCK):
        count = min(_BLOCK, len(stars) - first)
        for tree in range(len(column)):
            node[:] = 0
            # All stars one level down, without a branch that a processor would guess wrong.
            for _ in range(LEVELS):
                for star in range(count):
                    here = np.uint32(node[star])
                    value = stars[np.uint32(first + star), np.uint32(column[tree, here])]
                    node[star] = 2 * here + 1 + (value > cut[tree, here])
            for star in range(count):
                found[first + star] += depth[tree, node[star] - n_above]
    return found
