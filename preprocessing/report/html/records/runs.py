"""How runs went: the history that a download leaves, and the commands that were run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing.core.run_state import RUN_HISTORY_NAME, RunStatus, read_history

__all__ = ["CommandRecord", "RunRecord", "read_commands", "read_runs"]


#: No duration and no exit status comes near this.
_HUGE = 1e12


@dataclass(frozen=True, eq=False)
class RunRecord:
    """One run of the downloader.

    Parameters
    ----------
    name : str
        When it began: ISO 8601, UTC.
    statuses : tuple of RunStatus
        How far it was, in time order; one at least.
    """

    name: str
    statuses: tuple[RunStatus, ...]

    @property
    def last(self) -> RunStatus:
        """How it ended, or how far it is."""
        return self.statuses[-1]


@dataclass(frozen=True)
class CommandRecord:
    """One command that was run on the data set.

    Parameters
    ----------
    time : str
        When it ended, or began, if it is a download: ISO 8601, UTC.
    program : str
        Name and version of the program.
    name : str
        The command.
    words : tuple of str
        Its options, as they were given.
    seconds : float or None
        How long it took; None if that was not recorded.
    status : int or None
        Its exit status; None if that was not recorded.
    """

    time: str
    program: str
    name: str
    words: tuple[str, ...]
    seconds: float | None
    status: int | None


def read_runs(checkpoints: Path) -> tuple[RunRecord, ...]:
    """Return how the runs of a data set went, one after the other.

    Parameters
    ----------
    checkpoints : Path
        The folder of the checkpoint. Data sets of earlier versions have no history.

    Raises
    ------
    OSError
        The history cannot be read.
    """
    path = checkpoints / RUN_HISTORY_NAME
    if not path.exists():
        return ()
    runs: dict[str, list[RunStatus]] = {}
    for status in read_history(path.read_text(encoding="utf-8", errors="replace")):
        runs.setdefault(status.run, []).append(status)
    return tuple(
        RunRecord(name, tuple(sorted(own, key=lambda one: one.seconds)))
        for name, own in runs.items()
    )


def read_commands(path: Path) -> Iterator[CommandRecord]:
    """Yield the commands that made tables of a data set.

    Parameters
    ----------
    path : Path
        The list of them. Lines that are no records are left out.

    Raises
    ------
    OSError
        It cannot be read.
    """
    if not path.exists():
        return
    with path.open("rb") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield command_of(record, str(record.get("command", "")))


def command_of(record: Mapping[str, Any], name: str) -> CommandRecord:
    """Return the command in a record of it, or in a line of the manifest.

    Parameters
    ----------
    record : mapping
        What was recorded.
    name : str
        The command.
    """
    words = record.get("arguments")
    seconds, status = (_number(record.get(name)) for name in ("seconds", "status"))
    return CommandRecord(
        str(record.get("time", "")),
        str(record.get("program", "")),
        name,
        tuple(map(str, words)) if isinstance(words, list) else (),
        seconds,
        None if status is None else int(status),
    )


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    return float(given) if abs(given) < _HUGE else None
