"""Run one command and write what it took as JSON: a program of its own, small on purpose.

The kernel counts a child's peak memory from what its parent had when it was started, so
that a parent with numpy in it would hide every smaller child.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence


def main(argv: Sequence[str]) -> None:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str
        The report's path, that of the command's output, its time limit in whole seconds,
        and the command.
    """
    report, log, limit, *command = argv
    began = time.perf_counter()
    try:
        pid = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=_streams(log),
            setpgroup=0,
        )
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")

    def kill(*_: object) -> None:
        os.killpg(pid, signal.SIGKILL)

    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, kill)
    signal.alarm(int(limit))
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.perf_counter() - began
    # In bytes on macOS, in KiB elsewhere.
    unit = 1 if sys.platform == "darwin" else 1024
    taken = {
        "status": os.waitstatus_to_exitcode(status),
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_rss_mb": usage.ru_maxrss * unit / 1e6,
    }
    with open(report, "w", encoding="utf-8") as stream:
        json.dump(taken, stream)


def _streams(log: str) -> list[tuple[int, int, str, int, int] | tuple[int, int, int]]:
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, writing, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
