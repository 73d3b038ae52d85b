"""The summary says what became of a run and what bounded it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from preprocessing.acquire.records.run_records import Unsettled
from preprocessing.acquire.runs.summary import RunSummary, Tally, bottleneck, describe
from preprocessing.core.reasons import Reason
from tests.support.scraping import outcome

_NETWORK = {"search": 0.1, "wait": 0.2, "receive": 0.6, "write": 0.1}


def _summary(
    counts: Mapping[Reason, int],
    *,
    total: int | None = None,
    cpu_seconds: float = 1.0,
    stages: Mapping[str, float] = _NETWORK,
    memory_percent: float = 50.0,
    earlier: Mapping[str, int] | None = None,
    stopped: bool = False,
) -> RunSummary:
    before = sum((earlier or {}).values())
    done = sum(counts.values())
    tally = Tally(total=before + done if total is None else total, before=before)
    for reason, count in counts.items():
        for number in range(count):
            success = reason in (Reason.COMPLETE, Reason.PARTIAL)
            tally.add(outcome(f"{reason} {number}", reason=reason, success=success))
    return RunSummary(
        tally, 10.0, cpu_seconds, 10**8, memory_percent, stages, 4, stopped, earlier or {}
    )


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (_summary({Reason.COMPLETE: 1}), "network"),
        (_summary({Reason.COMPLETE: 1}, stages={"wait": 0.7, "receive": 0.3}), "archive"),
        (_summary({Reason.COMPLETE: 1}, stages={"write": 0.5, "receive": 0.5}), "disk"),
        (_summary({Reason.COMPLETE: 1}, cpu_seconds=9.0), "CPU"),
    ],
)
def test_what_bounded_the_run(summary: RunSummary, expected: str) -> None:
    """The summary names what took the time: processor, disk, archive or line."""
    assert bottleneck(summary) == expected
    assert any(f"bounded the run: {expected}" in line for line in describe(summary))


@pytest.mark.parametrize(
    ("stages", "cpu_seconds", "expected"),
    [
        ({"search": 0.1, "receive": 0.7, "stitch": 0.2}, 1.0, "disk"),
        ({"wait": 0.7, "read": 0.3}, 1.0, "disk"),
        ({"receive": 0.3, "verify": 0.2, "read": 0.2, "stitch": 0.3}, 1.0, "CPU"),
        ({"receive": 0.7, "stitch": 0.3}, 9.0, "CPU"),
        ({"write": 0.5, "stitch": 0.5}, 1.0, "disk"),
    ],
)
def test_what_bounded_a_run_from_a_directory(
    stages: Mapping[str, float], cpu_seconds: float, expected: str
) -> None:
    """A directory has no archive and no network that could be slow, nor limits on workers."""
    summary = _summary({Reason.COMPLETE: 9}, stages=stages, cpu_seconds=cpu_seconds)
    lines = list(describe(replace(summary, is_local=True)))
    assert any(f"bounded the run: {expected}" in line for line in lines)
    assert not any("fewer" in line or "may be faster" in line for line in lines)


@pytest.mark.parametrize(
    ("summary", "advice"),
    [
        (_summary({Reason.COMPLETE: 9}), "More than 4 workers may be faster"),
        (_summary({Reason.COMPLETE: 9}, memory_percent=81.0), "fewer than 4.*81 % full"),
        (
            _summary({Reason.COMPLETE: 90, Reason.ARCHIVE_ERROR: 10}),
            "fewer than 4.*only 90% of the targets",
        ),
        (_summary({Reason.COMPLETE: 94, Reason.TIMEOUT: 6}), "fewer.*6 targets timed out"),
        (_summary({Reason.COMPLETE: 9}, cpu_seconds=9.0), "would not help"),
        # Stars without data are no reason to slow down.
        (_summary({Reason.COMPLETE: 5, Reason.NO_DATA: 5}), "More than 4"),
    ],
)
def test_advice_on_workers(summary: RunSummary, advice: str) -> None:
    """The advice is fewer workers for memory, failures or time-outs, and more otherwise."""
    import re

    assert re.search(advice, list(describe(summary))[-1])


@pytest.mark.parametrize(
    "summary",
    [
        # Four workers never had more than one star each.
        _summary({Reason.COMPLETE: 4}),
        # Start-up says nothing about workers.
        replace(_summary({Reason.COMPLETE: 9}), seconds=4.0),
        # Most of the time did not go into waiting for the archive.
        _summary({Reason.COMPLETE: 9}, stages={"wait": 0.4, "stitch": 0.6}),
        # More are not polite.
        replace(_summary({Reason.COMPLETE: 9}), most_workers=4),
        # Damaged files are damaged for any number of workers.
        replace(_summary({Reason.COMPLETE: 1, Reason.PARTIAL: 3, Reason.CORRUPT: 3}), seconds=1.0),
    ],
)
def test_no_advice_without_a_measurement(summary: RunSummary) -> None:
    """Where the run showed nothing about its number of workers, nothing is said about it."""
    assert not any("workers" in line for line in describe(summary))


@pytest.mark.parametrize(
    ("counts", "percent"),
    [
        ({}, 0),
        ({Reason.COMPLETE: 1}, 100),
        ({Reason.COMPLETE: 1, Reason.PARTIAL: 1}, 50),
        ({Reason.PARTIAL: 2}, 0),
        ({Reason.COMPLETE: 999, Reason.NO_DATA: 1}, 99),
    ],
)
def test_only_complete_targets_are_ok(counts: Mapping[Reason, int], percent: int) -> None:
    """The share of complete targets is of the finished ones, and 100 only if all are complete."""
    assert _summary(counts, total=5000).tally.complete_percent == percent


def test_a_rate_that_was_reached_is_named() -> None:
    """More workers are advised only below the rate limit."""
    summary = _summary({Reason.COMPLETE: 9})
    summary.tally.bytes = 95 * 10**6
    reached, not_reached = (replace(summary, max_rate_mb_s=rate) for rate in (10.0, 12.0))
    assert "--max-rate 10 was reached" in list(describe(reached))[-1]
    assert "may be faster" in list(describe(not_reached))[-1]


def test_requests_that_were_sent_again_are_counted() -> None:
    """The summary counts rivals if there were any, and those that won."""
    summary = _summary({Reason.COMPLETE: 1})
    assert not any("silent" in line for line in describe(summary))
    summary.tally.rivals.sent, summary.tally.rivals.won = 12, 11
    assert any(
        line.startswith("12 requests sent again because the archive was silent; 11 of them")
        for line in describe(summary)
    )


def test_failures_are_listed_by_reason() -> None:
    """Every reason except success is counted."""
    text = "\n".join(describe(_summary({Reason.COMPLETE: 3, Reason.PARTIAL: 2, Reason.NO_DATA: 1})))
    assert (
        "6 targets in 10.0 s: 3 complete, 2 partial, 1 failed (50% complete); 0 were done" in text
    )
    assert "  partial: 2\n" in text
    assert "  no_data: 1\n" in text


def test_missing_files_are_counted_and_uncounted() -> None:
    """A partial target says why its files are missing, until another attempt brings them."""
    summary = _summary({Reason.COMPLETE: 1})
    partial = replace(
        outcome("KIC 9", reason=Reason.PARTIAL), error="Q1 timeout; Q3 timeout: slow; Q4 corrupt"
    )
    summary.tally.add(partial)
    assert "  partial: 1 (missing files: 2 timeout, 1 corrupt)" in list(describe(summary))
    assert summary.n_incomplete == 1
    summary.tally.take_back(
        Unsettled(0, partial.reason, True, True, missing_files=partial.missing_files)
    )
    assert not any("partial: " in line for line in describe(summary))


def test_nothing_to_do_needs_no_advice() -> None:
    """A resumed run without pending targets says so briefly."""
    lines = list(describe(_summary({}, earlier={"complete": 5})))
    assert len(lines) == 2
    assert "5 were done before, 0 are left" in lines[0]


@pytest.mark.parametrize(
    ("summary", "success"),
    [
        (_summary({Reason.COMPLETE: 2}), True),
        (_summary({Reason.COMPLETE: 2, Reason.PARTIAL: 1}), False),
        (_summary({Reason.COMPLETE: 2}, total=3), False),
        (_summary({Reason.COMPLETE: 2}, earlier={"complete": 1}), True),
        (_summary({Reason.COMPLETE: 2}, earlier={"no_data": 1}), False),
    ],
)
def test_success_is_every_target_complete(summary: RunSummary, success: bool) -> None:
    """A run succeeds when all of its list is complete, earlier runs included."""
    assert summary.is_success == success


@pytest.mark.parametrize(
    ("seconds", "text"), [(90.0, "90.0 s"), (150.0, "2 min 30 s"), (7300.0, "2 h 1 min")]
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    """Long runs are reported in minutes and hours."""
    from dataclasses import replace

    first = next(describe(replace(_summary({Reason.COMPLETE: 1}), seconds=seconds)))
    assert f" in {text}:" in first


def test_failures_of_earlier_runs_are_named() -> None:
    """A resumed run with nothing left to do says why it did not succeed."""
    summary = _summary({}, earlier={"complete": 3, "no_data": 1})
    assert not summary.is_success
    assert any("no_data, in an earlier run: 1" in line for line in describe(summary))
