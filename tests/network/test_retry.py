"""Passing failures are tried again, with growing pauses that never undercut the archive's wish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveBusy,
    ArchiveError,
    ArchiveTimeout,
    CorruptProduct,
    ProductNotFound,
    RunError,
    TargetError,
    UsageError,
    WrongProduct,
    XenoscanError,
)
from preprocessing.core.reasons import Reason
from preprocessing.network.retry import RetryBudget, RetryPolicy, backoff_s, is_transient, retry


class FailingCall:
    """Fails with the given errors, one a call, and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "done"


class FakeSleep:
    """Notes what it is asked to wait, and does not."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (ArchiveError("x"), True),
        (ArchiveTimeout("x"), True),
        (ArchiveAnswerError("x"), True),
        (CorruptProduct("x"), True),
        (WrongProduct("x"), True),
        (ProductNotFound("x"), False),
        (TargetError(Reason.NO_DATA, "x"), False),
        (UsageError("x"), False),
        (RunError("x"), False),
    ],
)
def test_what_passes(error: XenoscanError, passing: bool) -> None:
    """A failure of the archive or the network may pass, and a missing file does not come back."""
    assert is_transient(error) is passing


@pytest.mark.slow
@given(
    attempt=st.integers(0, 10_000),
    asked=st.one_of(st.none(), st.floats(0, 1e6)),
    chance=st.floats(0, 1),
)
def test_backoff_is_bounded(attempt: int, asked: float | None, chance: float) -> None:
    """A wait is at least what the archive asked, within reason, and at most the cap longer."""
    policy = RetryPolicy(base_s=1.0, cap_s=60.0, patience_s=900.0)
    wait_s = backoff_s(policy, attempt, asked, chance)
    least_s = min(900.0, asked or 0.0)
    assert least_s <= wait_s <= least_s + min(60.0, 2.0 ** min(attempt, 60))


@given(attempt=st.integers(0, 100), chance=st.floats(0, 1))
def test_backoff_grows(attempt: int, chance: float) -> None:
    """With the same luck, no wait is shorter than the one before."""
    policy = RetryPolicy()
    assert backoff_s(policy, attempt, None, chance) <= backoff_s(policy, attempt + 1, None, chance)


async def test_tries_until_it_succeeds() -> None:
    """Each failure costs one doubled pause, and is counted before the next try."""
    call, sleep, counted = FailingCall(*[ArchiveError("x")] * 3), FakeSleep(), []
    result = await retry(
        call,
        RetryPolicy(retries=3),
        "test",
        on_retry=lambda: counted.append(call.calls),
        sleep=sleep,
        chance=lambda: 1.0,
    )
    assert (result, call.calls, sleep.waits, counted) == ("done", 4, [1.0, 2.0, 4.0], [1, 2, 3])


async def test_gives_up_with_the_last_error() -> None:
    """After the last try the last error comes out, without another pause."""
    call, sleep = FailingCall(ArchiveError("first"), ArchiveError("second")), FakeSleep()
    with pytest.raises(ArchiveError, match="second"):
        await retry(call, RetryPolicy(retries=1), "test", sleep=sleep)
    assert (call.calls, len(sleep.waits)) == (2, 1)


async def test_final_errors_are_not_retried() -> None:
    """What another try cannot cure comes out at once, and so does what is no error of ours."""
    for error in (ProductNotFound("gone"), ZeroDivisionError()):
        call, sleep = FailingCall(error), FakeSleep()
        with pytest.raises(type(error)):
            await retry(call, RetryPolicy(), "test", sleep=sleep)
        assert (call.calls, sleep.waits) == (1, [])


async def test_waits_as_long_as_the_archive_asks() -> None:
    """A Retry-After is waited for, plus the jitter."""
    sleep = FakeSleep()
    call = FailingCall(ArchiveError("busy", retry_after_s=120.0))
    await retry(call, RetryPolicy(), "test", sleep=sleep, chance=lambda: 0.5)
    assert sleep.waits == [120.5]


@pytest.mark.parametrize("asked_s", [86400.0, 1e300, float("inf")])
async def test_does_not_wait_for_hours(asked_s: float) -> None:
    """A Retry-After beyond the policy's patience is asked about when that is over."""
    call, sleep = FailingCall(ArchiveError("busy", retry_after_s=asked_s)), FakeSleep()
    await retry(call, RetryPolicy(patience_s=900.0), "test", sleep=sleep, chance=lambda: 0.0)
    assert (call.calls, sleep.waits) == (2, [900.0])


async def test_refusals_cost_less_than_failures() -> None:
    """Too many requests are no fault of the one that is refused: five count as one failure."""
    call, sleep = FailingCall(*[ArchiveBusy("HTTP status 503")] * 9), FakeSleep()
    assert await retry(call, RetryPolicy(retries=1), "test", sleep=sleep) == "done"
    call = FailingCall(*[ArchiveBusy("HTTP status 503")] * 10)
    with pytest.raises(ArchiveBusy):
        await retry(call, RetryPolicy(retries=1), "test", sleep=sleep)


async def test_all_requests_of_a_target_have_a_budget() -> None:
    """The first failure after the budget is spent is the last."""
    budget, sleep = RetryBudget(retries=3, n_requests=4), FakeSleep()
    for failures in (3, 3, 3):
        call = FailingCall(*[ArchiveError("x")] * failures)
        await retry(call, RetryPolicy(retries=3), "test", budget=budget, sleep=sleep)
    call = FailingCall(ArchiveError("x"))
    with pytest.raises(ArchiveError):
        await retry(call, RetryPolicy(retries=3), "test", budget=budget, sleep=sleep)


async def test_what_is_excused_costs_nothing() -> None:
    """Only the failures that the archive's state does not explain are counted."""
    call, sleep = FailingCall(*[ArchiveError("x")] * 100), FakeSleep()

    told: list[bool] = []

    async def is_outage(error: XenoscanError, is_last: bool) -> bool:
        told.append(is_last)
        return call.calls > 1

    budget = RetryBudget(retries=1, n_requests=1)
    result = await retry(
        call, RetryPolicy(retries=1), "test", budget=budget, is_outage=is_outage, sleep=sleep
    )
    assert (result, call.calls) == ("done", 101)
    # One failure was counted, which is all that there may be.
    assert told == [False] + [True] * 99
