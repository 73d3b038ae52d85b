"""What is learned of a few labels moves the stars that are like them, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.anomalies.learning import learned_score
from preprocessing.anomalies.star_table import Floats

_COLUMNS = 51
_N = 120


@pytest.fixture(scope="module")
def stars() -> Floats:
    """Stars of which the first thirty are odd in one way, and the next thirty in another."""
    found = np.random.default_rng(3).standard_normal((_N, _COLUMNS))
    found[:30, :8] += 4.0
    found[30:60, 20:28] += 4.0
    return found


def test_like_stars_follow(stars: Floats) -> None:
    """Of two kinds of equal scores, the one a star of which is interesting comes first."""
    score = np.where(np.arange(_N) < 60, 3.0, 0.5)
    learned = learned_score(stars, score, 2.0, np.array([0, 30]), np.array([True, False]))
    assert np.min(learned[1:30]) > np.max(learned[31:60])
    # Of what no label is near, the order is that of the score.
    assert np.max(learned[60:]) < np.min(learned[1:30])


def test_without_likeness(stars: Floats) -> None:
    """The label of a star that is like no other changes hardly anything of the others."""
    far = np.vstack([stars, np.full((1, _COLUMNS), 1e3)])
    score = np.linspace(0.0, 5.0, _N + 1)
    learned = learned_score(far, score, 2.0, np.array([_N]), np.array([False]))
    change = learned - (score - 2.0)
    assert change[_N] < -2.0
    assert np.max(np.abs(change[:_N])) < -0.4 * change[_N]


def test_labels_are_most_likely(stars: Floats) -> None:
    """What is learned is the most likely: its slope in the probability of the labels is zero."""
    rng = np.random.default_rng(4)
    labeled, wanted = np.arange(0, 60, 3), rng.random(20) < 0.5
    score = rng.uniform(0, 6, _N)
    learned = learned_score(stars, score, 2.0, labeled, wanted)
    # At the peak, what labels add is the likeness times what the labels are off.
    place = 3.0 * np.tanh(stars / 3.0)
    squared = np.sum((place[:, None] - place[labeled]) ** 2, axis=2)
    each = [np.exp(-squared / (4.0 * _COLUMNS * reach**2)) for reach in (0.5, 1.0, 2.0)]
    likeness = 16.0 * np.mean(each, axis=0)
    off = wanted - 1 / (1 + np.exp(-learned[labeled]))
    assert np.allclose(learned, score - 2.0 + likeness @ off, atol=1e-8)


def test_batches(stars: Floats) -> None:
    """A star's number is the same to the bit whichever other stars are ranked with it."""
    score = np.random.default_rng(5).uniform(0, 6, _N)
    labeled, wanted = np.array([0, 1, 2]), np.array([True, False, True])
    all_of_them = learned_score(stars, score, 2.0, labeled, wanted)
    for count in (3, 4, 7, 50):
        some = learned_score(stars[:count], score[:count], 2.0, labeled, wanted)
        assert np.array_equal(some, all_of_them[:count])
