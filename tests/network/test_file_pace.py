"""What a target may take follows from what files take, once that is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.network.transfer import FilePace


def _seen(*seconds: float) -> FilePace:
    pace = FilePace()
    for file_s in seconds:
        pace.add(file_s)
    return pace


def test_nothing_is_bounded_before_files_came() -> None:
    """The first stars of a run take as long as they take."""
    assert _seen(*[1.0] * 9).budget_s(17, 180.0) == math.inf


def test_one_slow_file_changes_nothing() -> None:
    """The median counts, so one slow file changes nothing."""
    assert _seen(*[1.0] * 20, 9999.0).budget_s(10, 180.0) == 380.0


def test_an_archive_that_slows_down_is_given_more_time() -> None:
    """Only the last hundred files count."""
    pace = _seen(*[1.0] * 500, *[10.0] * 60)
    assert pace.budget_s(10, 180.0) == 2180.0


@pytest.mark.slow
@given(st.lists(st.floats(0, 1e4), min_size=10, max_size=200), st.integers(1, 60))
def test_no_target_has_less_than_the_time_out(seconds: list[float], n_files: int) -> None:
    """No target gets less time than the time-out, however quick the others were."""
    assert _seen(*seconds).budget_s(n_files, 180.0) >= 180.0
