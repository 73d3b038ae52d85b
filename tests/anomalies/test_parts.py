"""Each part of a score is what its formula says, and its shares add up to it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from preprocessing.anomalies.ellipsoids import fit_ellipsoid
from preprocessing.anomalies.explanation import forest_shares
from preprocessing.anomalies.forest import N_TREES, SAMPLE, average_depth, grow
from preprocessing.anomalies.neighbors import N_NEIGHBORS, fit_neighbors
from preprocessing.anomalies.star_table import Floats
from preprocessing.anomalies.tails import fit_tail

_COLUMNS = 6


@pytest.fixture(scope="module")
def quiet() -> Floats:
    """Quiet stars."""
    return np.random.default_rng(1).standard_normal((400, _COLUMNS))


@pytest.fixture(scope="module")
def stars() -> Floats:
    """Stars of all kinds."""
    return np.random.default_rng(2).standard_normal((30, _COLUMNS)) * 3


def test_forest_as_scikit_learn(quiet: Floats, stars: Floats) -> None:
    """A forest as arrays scores as the one that it was made of does."""
    ours = grow(quiet, 7)[0]
    theirs = IsolationForest(n_estimators=N_TREES, max_samples=SAMPLE, random_state=7).fit(quiet)
    assert np.allclose(ours.score(stars), -theirs.score_samples(stars), rtol=0, atol=1e-12)


def test_forest_shares_add_up(quiet: Floats, stars: Floats) -> None:
    """SHAP values sum to the mean number of cuts, from which the score follows."""
    forest = grow(quiet, 7)[0]
    depth = forest.mean_depth(stars)
    left = depth - forest_shares(forest, stars).sum(axis=1)
    assert np.ptp(left) < 1e-9
    # What is left is the mean over the stars of each tree, by their numbers in its leaves.
    leaf = np.where(forest.left < 0, forest.weight, 0.0)
    typical = np.sum(leaf * forest.depth, axis=1) / leaf.sum(axis=1)
    assert abs(left[0] - typical.mean()) < 1e-9
    expected = np.exp2(-depth / float(average_depth(SAMPLE)))
    assert np.array_equal(forest.score(stars), expected)


def test_neighbors(quiet: Floats, stars: Floats) -> None:
    """The score is the mean squared distance to the nearest quiet stars, without the star."""
    part = fit_neighbors(quiet, 0)
    squared = np.sort(((stars[:, None] - quiet) ** 2).sum(axis=2), axis=1)
    expected = squared[:, :N_NEIGHBORS].mean(axis=1)
    assert np.allclose(part.score(stars), expected)
    assert np.allclose(part.shares(stars).sum(axis=1), expected)
    itself = np.sort(((quiet[:5, None] - quiet) ** 2).sum(axis=2), axis=1)
    assert np.allclose(part.score(quiet[:5]), itself[:, 1 : 1 + N_NEIGHBORS].mean(axis=1))


def test_ellipsoid(stars: Floats) -> None:
    """A star that breaks a correlation is stranger than one that is further off and keeps it."""
    rng = np.random.default_rng(3)
    both = rng.standard_normal(2000)
    quiet = np.stack([both, both + 0.3 * rng.standard_normal(2000)], axis=1)
    part = fit_ellipsoid(quiet, np.arange(2, dtype=np.int32))
    keeps, breaks = part.score(np.array([[3.0, 3.0], [1.5, -1.5]]))
    assert breaks > 2 * keeps
    own = fit_ellipsoid(quiet, np.array([1], np.int32))
    assert np.allclose(own.shares(stars[:, :2]).sum(axis=1), own.score(stars[:, :2]))


def test_tail() -> None:
    """Rarity is the power of ten of the share of quiet stars, also where none is left."""
    rng = np.random.default_rng(4)
    tail = fit_tail(rng.exponential(1.0, 20_000), 0.01)
    # Of an exponential, a share of 10^-r lies above r ln 10.
    for rarity in (0.5, 1.0, 2.0, 4.0):
        found = float(tail.rarity_of(np.array([rarity * np.log(10)]))[0])
        assert abs(found - rarity) < 0.06 * max(rarity, 1.0)
    scores = np.sort(rng.exponential(3.0, 500))
    assert np.all(np.diff(tail.rarity_of(scores)) >= 0)


@pytest.mark.parametrize("scores", [np.zeros(60), np.repeat([0.0, 1.0], [59, 1])])
def test_tail_of_few_values(scores: Floats) -> None:
    """A score that is the same for nearly all quiet stars still tells others apart."""
    tail = fit_tail(scores, 0.1)
    usual, other, more = tail.rarity_of(np.array([0.0, 5.0, 50.0]))
    assert usual < other < more


def test_tail_that_begins_late() -> None:
    """What is weaker than the start is no rarer than one in ten, however few stars have it."""
    tail = fit_tail(np.repeat([0.0, 3.0], [98, 2]), 0.5, least_start=2.0)
    weak, start, strong = tail.rarity_of(np.array([1.5, 2.0, 2.5]))
    assert weak <= start == pytest.approx(1.0)
    assert strong == pytest.approx(2.0)
