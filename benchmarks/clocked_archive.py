"""The archive of a soak, by a shared clock: ``python -m benchmarks.clocked_archive``.

On SIGUSR1 it refuses every connection for a time, on SIGTERM it writes what it sent, and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.shared_clock import SharedClock, SharedTimeLoop, use_shared_time
from benchmarks.short_stars import ShortStars
from preprocessing.simulator.faults.fault_kinds import REFUSED
from preprocessing.simulator.faults.plan import Chance
from preprocessing.simulator.server import ArchiveSimulator


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clock", type=Path)
    parser.add_argument("counts", type=Path)
    parser.add_argument("--stars", type=int, required=True)
    parser.add_argument("--outage", type=float, required=True, metavar="S")
    arguments = parser.parse_args(argv)
    clock = SharedClock(arguments.clock)
    use_shared_time(lambda: SharedTimeLoop(clock, jumps=False))
    archive = ArchiveSimulator(ShortStars(arguments.stars))
    asyncio.run(_serve(archive, clock, arguments.outage))
    sent = archive.log.files
    counts = {"files_sent": sent.total(), "sent_again": sent.total() - len(sent)}
    arguments.counts.write_text(json.dumps(counts))
    return 0


async def _serve(archive: ArchiveSimulator, clock: SharedClock, outage_s: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SharedTimeLoop)
    loop.before_waiting = lambda: clock.note_archive(archive.log.in_flight)
    stop = asyncio.Event()

    def go_away() -> None:
        now = archive.elapsed_s
        archive.faults.add(Chance(REFUSED, 1.0, now, now + outage_s))

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, go_away)
    async with archive:
        print(archive.base_url, flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
