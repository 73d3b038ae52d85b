"""Events that many stars of a place have at the same time, against chance."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D
from preprocessing.vetting.coincidence import Coverage, crowd_of, merged_runs, observed_runs

_DAYS = np.arange(0, 90, GRID_D) + 0.01
_Events = list[tuple[int, float]]


def _found(events: _Events, n_stars: int) -> NDArray[np.bool_]:
    """Return which events of a place are coincidences."""
    star = np.array([number for number, _ in events])
    peak = np.array([time for _, time in events])
    coverage = Coverage()
    coverage.add(*(np.repeat(edges, n_stars) for edges in observed_runs(_DAYS)))
    crowd = crowd_of(peak, star, coverage)
    return crowd.is_coincidence[crowd.at(peak)]


def _scattered(n_stars: int, each: int) -> _Events:
    rng = np.random.default_rng(2)
    return [(star, time) for star in range(n_stars) for time in rng.uniform(0, 90, each).tolist()]


@pytest.mark.parametrize(("n_with", "n_stars", "is_found"), [(5, 100, True), (4, 100, False)])
def test_fewest_stars(n_with: int, n_stars: int, is_found: bool) -> None:
    """Five stars at one time are a coincidence, and four are not."""
    glitch = [(star, 40.0 + GRID_D * (star % 2)) for star in range(n_with)]
    found = _found(glitch + _scattered(n_stars, 2), n_stars)
    assert found[:n_with].all() == is_found
    assert not found[n_with:].any()


def test_share_of_stars() -> None:
    """Of a thousand stars, thirty are needed; a star counts once, however many events it has."""
    for n_with, is_found in ((30, True), (29, False)):
        glitch = [(star, 40.0) for star in range(n_with)]
        assert _found(glitch, 1000).all() == is_found
    assert not _found([(star % 4, 40.0 + 0.001 * star) for star in range(12)], 100).any()


def test_chance() -> None:
    """Stars that always vary have events at one time by chance, which are no coincidence."""
    assert not _found(_scattered(100, 200), 100).any()


def test_coverage() -> None:
    """The stars observed are counted by bin, whatever the order in which they come."""
    coverage = Coverage()
    for days in ([2.0, 2.01, 5.0], [4.99, 5.001], [1.0]):
        coverage.add(*observed_runs(np.array(days)))
    cells = np.floor(np.array([0.5, 1.0, 2.0, 2.5, 5.0, 9.0]) / GRID_D).astype(np.int64)
    assert coverage.n_observed(cells).tolist() == [0, 1, 1, 0, 2, 0]
    assert coverage.n_bins == 5


def test_light_curves_of_one_star() -> None:
    """A star of two light curves is observed once in each bin, however their times lie."""
    runs = [observed_runs(np.array(days)) for days in ([1.0, 1.02, 3.0], [1.0, 1.04], [0.5, 9.0])]
    firsts, ends = (np.concatenate(one) for one in zip(*runs, strict=True))
    coverage = Coverage()
    coverage.add(*merged_runs(firsts, ends))
    cells = np.floor(np.array([0.5, 1.0, 1.03, 2.0, 3.0, 9.0]) / GRID_D).astype(np.int64)
    assert coverage.n_observed(cells).tolist() == [1, 1, 1, 0, 1, 1]
    assert all(len(one) == 0 for one in merged_runs(firsts[:0], ends[:0]))
