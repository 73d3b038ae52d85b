"""What became of a target, and whether another try could change it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.file_record import FileRecord
from preprocessing.core.outcomes import describe_failures, describe_files, parse_failures
from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.system.waiting import utc_now
from tests.support.scraping import outcome


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.PARTIAL])
def test_only_passing_failures_are_worth_another_try(reason: Reason) -> None:
    """An outcome is final unless its reason is transient."""
    assert outcome(reason=reason).is_final == (reason not in TRANSIENT)


@pytest.mark.slow
@given(st.lists(st.sampled_from([Reason.NOT_FOUND, *TRANSIENT]), min_size=1, max_size=5))
def test_a_partial_target_is_final_if_all_its_failures_are(reasons: list[Reason]) -> None:
    """A single transient quarter is reason enough to try the star again."""
    error = describe_failures((f"Q{n}", reason) for n, reason in enumerate(reasons))
    for text in (error, f"{error}; same star as Kepler-10 (KIC 11904151)"):
        partial = outcome(reason=Reason.PARTIAL, error=text)
        assert partial.is_final == TRANSIENT.isdisjoint(reasons)


def test_times_are_iso_8601_in_utc() -> None:
    """The log's times have one form, whole seconds with a Z."""
    assert len(utc_now()) == len("2026-01-02T03:04:05Z")
    assert utc_now().endswith("Z")


def _record(label: str, reason: Reason | None, cause: str = "") -> FileRecord:
    status = "used" if reason is None else "failed"
    return FileRecord(1, None, "", "", status, reason, cause=cause, label=label, sort_key=(1, ""))


def test_causes_do_not_hide_reasons() -> None:
    """Reasons are found again behind any cause, and none is lost if there are many."""
    cause = "3 bytes; where 4: Q9 timeout" + 300 * "x"
    records = [_record(f"S{number}", Reason.CORRUPT, cause) for number in range(200)]
    error = describe_files([_record("Q1", None), *records, _record("S200", Reason.TIMEOUT)])
    expected = [(record.label, Reason.CORRUPT) for record in records]
    assert parse_failures(error) == [*expected, ("S200", Reason.TIMEOUT)]
    assert len(error) < 10_000
    assert error.startswith("S0 corrupt: 3 bytes, where 4: Q9 timeout")
