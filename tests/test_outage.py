"""While the archive is down one request now and then finds out whether it is back."""

from __future__ import annotations

import asyncio
import logging

import pytest

from preprocessing.exceptions import ArchiveError
from preprocessing.outage import Outage
from tests.virtual_time import run_virtual

_DOWN = ArchiveError("HTTP status 502")


async def _ask(outage: Outage, up_at: float, tries: list[float]) -> None:
    """Try until the archive is up, as a request does."""
    loop = asyncio.get_running_loop()
    while True:
        await outage.passage()
        tries.append(loop.time())
        await asyncio.sleep(0.1)
        if loop.time() >= up_at:
            outage.note_success()
            return
        outage.note_failure(_DOWN)
        await asyncio.sleep(0.1)


def test_an_hour_is_waited_out_with_few_probes(caplog: pytest.LogCaptureFixture) -> None:
    """Pauses double from five seconds to five minutes; then all go on at once; both are said."""

    async def work() -> tuple[list[float], float]:
        loop = asyncio.get_running_loop()
        outage, tries = Outage(), []
        up_at = loop.time() + 3600
        await asyncio.gather(*(_ask(outage, up_at, tries) for _ in range(16)))
        return [t - up_at for t in tries], loop.time() - up_at

    with caplog.at_level(logging.WARNING, "preprocessing"):
        tries, waited_s = run_virtual(work())
    before = [t for t in tries if t < 0]
    # Sixteen were on their way when it began; then 5, 10, ... 300 s.
    assert len(before) < 16 + 10 + 3600 / 300
    pauses = [b - a for a, b in zip(before[24:], before[25:], strict=False)]
    assert all(299 < pause < 302 for pause in pauses)
    assert waited_s < 301
    assert len(tries) - len(before) == 16
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "seems to be down" in said[0]
    assert "HTTP status 502" in said[0]
    assert "is back after 60 min" in said[1] or "is back after 6" in said[1]


def test_single_failures_hold_nobody() -> None:
    """Nine in a row are chance; a success in between begins the count anew."""

    async def work() -> None:
        outage = Outage()
        for _ in range(5):
            for _ in range(9):
                outage.note_failure(_DOWN)
            assert not outage.is_on
            await asyncio.wait_for(outage.passage(), 0.001)
            outage.note_success()

    run_virtual(work())


def test_a_probe_that_is_given_up_is_replaced() -> None:
    """Another request is the next probe, if the star of the first was given up."""

    async def work() -> None:
        outage = Outage()
        for _ in range(10):
            outage.note_failure(_DOWN)
        assert outage.is_on
        waiting = [asyncio.ensure_future(outage.passage()) for _ in range(3)]
        await asyncio.sleep(4)
        assert not any(w.done() for w in waiting)
        await asyncio.sleep(2)
        # The first is through, and never says what became of it.
        assert sum(w.done() for w in waiting) == 1
        await asyncio.sleep(11)
        assert sum(w.done() for w in waiting) == 2
        outage.note_success()
        await asyncio.gather(*waiting)
        await outage.passage()

    run_virtual(work())


def test_each_outage_begins_with_short_pauses() -> None:
    """The second of a night is no continuation of the first."""

    async def work() -> list[float]:
        loop = asyncio.get_running_loop()
        outage, waited = Outage(), []
        for _ in range(2):
            for _ in range(10):
                outage.note_failure(_DOWN)
            began = loop.time()
            for _ in range(4):
                await outage.passage()
            waited.append(loop.time() - began)
            outage.note_success()
        return waited

    first, second = run_virtual(work())
    assert first == second == pytest.approx(5 + 10 + 20 + 40)
