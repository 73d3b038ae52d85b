"""What files say of one clock is put together, and never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.core.clock import MOST_CADENCES, Clock, merged

_NAN = float("nan")
_INF = float("inf")


def clock(first: int, *times: float) -> Clock:
    return Clock(first, np.array(times))


@pytest.mark.parametrize(
    ("known", "read", "together"),
    [
        pytest.param(clock(5, 1, _NAN, 3), clock(6, 2), clock(5, 1, 2, 3), id="hole"),
        pytest.param(clock(5, 1), clock(3, 8, 9), clock(3, 8, 9, 1), id="before"),
        pytest.param(clock(5, 1), clock(8, 4), clock(5, 1, _NAN, _NAN, 4), id="after"),
        pytest.param(clock(5, 2), clock(4, 1, 2, 3), clock(4, 1, 2, 3), id="around"),
        pytest.param(
            clock(5, 1, 2), clock(5, np.nextafter(1, 2), 2), clock(5, _INF, 2), id="last bit"
        ),
        pytest.param(clock(5, _INF, 2), clock(5, 1, _NAN), clock(5, _INF, 2), id="for good"),
    ],
)
def test_clocks_are_put_together(known: Clock, read: Clock, together: Clock) -> None:
    """New cadences come in, and one about which two files disagree has no time ever after."""
    found = merged(known, read)
    assert found.first == together.first
    np.testing.assert_array_equal(found.times, together.times)
    assert found.n_disputed == np.isinf(together.times).sum()
    # Nothing comes of hearing the same again.
    assert merged(found, read) is found


def test_numbers_that_are_far_apart_are_not_one_clock() -> None:
    """A file with impossible cadence numbers takes no memory."""
    known = clock(5, 1)
    assert merged(known, clock(MOST_CADENCES + 5, 1)) is known


def test_times_are_found_by_cadence_number() -> None:
    """Disputed and unknown cadences, and those of before and after, have no time."""
    found = clock(5, 1, _INF, _NAN, 4).at(np.array([8, 6, 7, 5, 4, 9], np.int32))
    np.testing.assert_array_equal(found, [4, _NAN, _NAN, 1, _NAN, _NAN])
    cadences, times = clock(5, 1, _INF, _NAN, 4).known()
    assert (cadences.tolist(), times.tolist()) == ([5, 8], [1, 4])
