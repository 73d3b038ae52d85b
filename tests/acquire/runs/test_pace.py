"""The pace of a run says how long the rest takes as soon as it can be told, and not before."""

from __future__ import annotations

import itertools
import random

from preprocessing.acquire.runs.pace import Pace


def test_no_figure_before_there_is_one() -> None:
    """At first there is no remaining time: neither of no star, nor of the first few."""
    pace = Pace()
    found = []
    for second in range(40):
        pace.note(float(second), 0.0, max(0, second - 5), 0)
        found.append(pace.seconds_left(1000))
    assert found[:17] == [None] * 17
    assert all(left is not None for left in found[18:])


def test_the_figure_is_right_and_calm() -> None:
    """Stars that come at random give a figure within a tenth of the truth, which jumps little."""
    pace, rng = Pace(), random.Random(5)
    stars, found = 0, []
    for second in range(1200):
        stars += sum(rng.random() < 0.05 for _ in range(40))
        pace.note(float(second), 0.0, stars, stars * 10**6)
        left = pace.seconds_left(100_000 - stars)
        assert left is not None or second < 15
        found.append(left or 0.0)
    truth = (100_000 - stars) / 2
    assert abs(found[-1] - truth) < 0.1 * truth
    assert max(abs(b / a - 1) for a, b in itertools.pairwise(found[60:])) < 0.02
    assert abs(pace.stars_per_s - 2) < 0.7 and round(pace.bytes_per_s) == round(
        1e6 * pace.stars_per_s
    )


def test_what_was_idle_does_not_count() -> None:
    """An hour of outage leaves the remaining time as it was; the last minute's rate is zero."""
    pace = Pace()
    for second in range(61):
        pace.note(float(second), 0.0, second, second)
    before = pace.seconds_left(1000)
    for second in range(61, 3661):
        pace.note(float(second), second - 60.0, 60, 60)
    assert (pace.stars_per_s, pace.bytes_per_s) == (0.0, 0.0)
    for second in range(3661, 3670):
        pace.note(float(second), 3600.0, 60 + second - 3660, 0)
    after = pace.seconds_left(1000)
    assert before is not None and after is not None
    assert abs(after / before - 1) < 0.02


def test_a_slower_archive_is_noticed() -> None:
    """When a run gets ten times as slow, the figure follows within a quarter of an hour."""
    pace, stars = Pace(), 0.0
    left = None
    for second in range(3000):
        stars += 1.0 if second < 1500 else 0.1
        pace.note(float(second), 0.0, int(stars), 0)
        left = pace.seconds_left(1000)
    assert left is not None and abs(left - 10_000) < 1000
