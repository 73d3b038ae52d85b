"""What a run leaves for others to look at while it is alive, and where it looks for commands."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from preprocessing.core.run_state import (
    CONTROL_NAME,
    MOST_CONTROL,
    RUN_HISTORY_NAME,
    RUN_STATUS_NAME,
    ControlCommand,
    RunState,
    RunStatus,
    read_commands,
)
from preprocessing.system.atomic import (
    append_whole,
    not_through_links,
    open_part,
    part_path,
    remove_part,
    write_atomically,
)
from preprocessing.system.foreign import foreign_content
from preprocessing.system.plain_files import open_plain

__all__ = ["LiveFiles"]

_log = logging.getLogger(__name__)

#: Seconds between two lines of the history.
_HISTORY_EVERY_S = 10.0
#: For how long a file cannot be written, in seconds, before that is said: a reader on Windows may
#: be in the way for a moment, and a full disk ends the run soon, with a message of its own.
_SAID_AFTER_S = 5.0
#: A history that gets longer, in bytes, loses every second line. At some 450 bytes a line, that is
#: after two days.
_LONGEST_HISTORY = 8 * 10**6
_BEGINNING = b'{"run":'
_END = f'"state": "{RunState.ENDED}"'.encode()


class LiveFiles:
    """The status and history that a run writes, and the commands that it reads.

    None of them can make a run fail: what cannot be written is missing, and the log says so once.

    Parameters
    ----------
    folder : Path
        The folder of the checkpoint.
    may_write : callable
        Tells whether the run still holds its locks.
    """

    def __init__(self, folder: Path, may_write: Callable[[], bool] = lambda: True) -> None:
        self._status = folder / RUN_STATUS_NAME
        self._history = folder / RUN_HISTORY_NAME
        self._control = folder / CONTROL_NAME
        self._may_write = may_write
        self._foreign: set[Path] = set()
        self._said: set[Path] = set()
        self._failing_since: dict[Path, float] = {}
        self._next_line_s = 0.0
        self._seen: tuple[int, ...] | None = None
        self._taken: set[str] = set()
        self._others: list[str] = []

    def open(self) -> None:
        """Look at what earlier runs left: a command to one of them is none to this run."""
        for path in (self._status, self._history):
            foreign = foreign_content(path, _is_own)
            if foreign is not None:
                self._foreign.add(path)
                self._say(path, f"it is not of a run, but {foreign}")
        with suppress(OSError, ValueError):
            self._seen = _signature(self._control)
            commands, self._others = self._read_control()
            self._taken.update(command.id for command in commands)

    def exchange(self, status: RunStatus) -> list[ControlCommand]:
        """Write the status, and a line of the history if one is due; return new commands.

        What is told after this wrote that the run ended comes too late, and whoever tells it can
        read so. What is told before is returned here.

        Parameters
        ----------
        status : RunStatus
            How far the run is.
        """
        self.write_status(status)
        is_due = status.seconds >= self._next_line_s or status.state is RunState.ENDED
        if is_due and self._may_write():
            self._next_line_s = status.seconds + _HISTORY_EVERY_S
            self._try(self._history, status.seconds, lambda: self._append(status))
        return self._new_commands()

    def write_status(self, status: RunStatus) -> None:
        """Write the status alone.

        Parameters
        ----------
        status : RunStatus
            How far the run is.
        """
        if self._may_write():
            self._try(self._status, status.seconds, lambda: self._write_status(status))

    def _try(self, path: Path, now_s: float, write: Callable[[], None]) -> None:
        if path in self._foreign:
            return
        try:
            write()
        except OSError as error:
            since_s = self._failing_since.setdefault(path, now_s)
            if now_s - since_s >= _SAID_AFTER_S:
                self._say(path, error.strerror or str(error))
        else:
            self._failing_since.pop(path, None)

    def _say(self, path: Path, why: str) -> None:
        if path in self._said:
            return
        self._said.add(path)
        _log.warning("the run goes on without %s, which cannot be written: %s", path, why)

    def _write_status(self, status: RunStatus) -> None:
        # Not synced: after a power cut nobody wants to know what a run was doing a second before.
        try:
            with open_part(self._status) as stream:
                stream.write(status.to_json().encode())
            os.replace(part_path(self._status), self._status)
        except OSError:
            with suppress(OSError):
                remove_part(self._status)
            raise

    def _append(self, status: RunStatus) -> None:
        line = status.to_history().encode()
        with open(self._history, "a+b", buffering=0, opener=not_through_links) as stream:
            length = stream.seek(0, os.SEEK_END)
            if length:
                stream.seek(length - 1)
                # A crash, or a full disk, may have torn the last line.
                line = line if stream.read(1) == b"\n" else b"\n" + line
            append_whole(stream, line, length)
        if length > _LONGEST_HISTORY:
            write_atomically(self._history, _thinned(self._history.read_bytes()))

    def _new_commands(self) -> list[ControlCommand]:
        try:
            signature = _signature(self._control)
        except OSError:
            self._seen = None
            return []
        if signature == self._seen:
            return []
        self._seen = signature
        try:
            commands, others = self._read_control()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            commands, others = [], [why or str(error)]
        # Lines that were there before have been talked about.
        if others and others != self._others:
            _log.warning(
                "%s is no command to this run: %s",
                self._control,
                "; ".join(dict.fromkeys(others)),
            )
        self._others = others
        new = []
        for command in commands:
            if command.id not in self._taken:
                self._taken.add(command.id)
                new.append(command)
        return new

    def _read_control(self) -> tuple[list[ControlCommand], list[str]]:
        with open_plain(str(self._control)) as stream:
            content = stream.read(MOST_CONTROL + 1)
        if len(content) > MOST_CONTROL:
            raise ValueError("it is too long: remove it")
        return read_commands(content)


def _is_own(head: bytes) -> bool:
    # Nothing is left of it after some power cuts.
    return not head or head.startswith(_BEGINNING)


def _signature(path: Path) -> tuple[int, ...]:
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _thinned(history: bytes) -> bytes:
    r"""Return every second line of a history, and the last one of each run.

    Examples
    --------
    >>> _thinned(b'1\n2\n3\n4 "state": "ended"\n5\ntorn')
    b'1\n3\n4 "state": "ended"\n5\n'
    """
    lines = history.splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    return b"".join(line for n, line in enumerate(lines) if n % 2 == 0 or _END in line)
