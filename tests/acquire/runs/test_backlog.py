"""Targets that a run has yet to search for come in order, those to be tried again first."""

from __future__ import annotations

from preprocessing.acquire.runs.backlog import BATCH, Backlog
from preprocessing.missions.targets import parse_target


def test_what_is_tried_again_comes_first_and_once() -> None:
    """Targets are put in front once, until they were tried, and keep their order."""
    targets = [parse_target(f"KIC {kic}") for kic in range(1, 2 * BATCH + 1)]
    again = targets[: BATCH + 1]
    backlog = Backlog("KIC")
    backlog.put(targets)
    assert backlog.take() is not None
    assert backlog.put_again(again) == again
    assert backlog.put_again(again) == []
    taken = [backlog.take() for _ in range(3)]
    assert [(batch.targets[0], len(batch.targets), batch.is_retry) for batch in taken if batch] == [
        (targets[0], BATCH, True),
        (targets[BATCH], 1, True),
        (targets[BATCH], BATCH, False),
    ]
    assert (len(backlog), backlog.take()) == (0, None)
    backlog.tried_again(targets[7])
    assert backlog.put_again(again) == [targets[7]]
