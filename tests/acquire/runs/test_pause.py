"""A gate holds up what begins while the run is paused."""

from __future__ import annotations

import asyncio

from preprocessing.acquire.runs.pause import PauseGate


async def test_time_stands_still_while_it_is_closed() -> None:
    """What passes waits until the gate is open, and the run's clock does not count the time."""
    now_s = 100.0
    gate = PauseGate(lambda: now_s)
    await gate.passed()
    gate.close()
    gate.close()
    waiting = asyncio.ensure_future(gate.passed())
    now_s = 160.0
    await asyncio.sleep(0)
    assert gate.is_closed and not waiting.done()
    assert (gate.paused_s, gate.running_time()) == (60.0, 100.0)
    gate.open()
    gate.open()
    await waiting
    now_s = 170.0
    assert (gate.paused_s, gate.running_time()) == (60.0, 110.0)
