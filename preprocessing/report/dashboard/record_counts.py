"""How many files of each quarter came and failed: counted from the manifest as it grows."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from preprocessing.core.dataset_folder import DatasetFolder

__all__ = ["QuarterCount", "RecordCounts"]

#: How long one look at the manifest may take. That of 200,000 stars has a gigabyte or more: it is
#: read over many looks, so that none keeps others waiting.
_LOOK_S = 0.25
_PIECE = 2**20
_OF_TARGETS = b'{"kind":"target",'
_LONGEST_LABEL = 20

#: Label of a file, and the reason why it is missing; empty if it was used.
_Files = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class QuarterCount:
    """The files of one quarter, campaign or sector.

    Parameters
    ----------
    label : str
        What records call it: ``Q9``.
    expected, complete, failed : int
        Files that the archive lists of the targets that are done, those that are in light curves,
        and those that are missing.
    reasons : mapping of str to int
        Missing files by reason.
    """

    label: str
    expected: int
    complete: int
    failed: int
    reasons: Mapping[str, int]


@dataclass
class _Tally:
    used: int = 0
    missing: Counter[str] = field(default_factory=Counter)


class RecordCounts:
    """Counts what the manifest says of targets; each look reads what was added since the last.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """

    def __init__(self, root: Path) -> None:
        self._path = DatasetFolder(root).manifest
        self._lock = Lock()
        self._begin_anew(None)

    def _begin_anew(self, inode: int | None) -> None:
        self._inode = inode
        self._read_to = 0
        self._size = 0
        #: What was counted of each target, so that it can be taken back when it is tried again.
        self._of_target: dict[str, tuple[str, _Files]] = {}
        # Most stars have the same files: one tuple for all of them.
        self._known_files: dict[_Files, _Files] = {}
        self._tallies: dict[str, _Tally] = {}
        self._failed: Counter[str] = Counter()

    def look(self) -> None:
        """Read on in the manifest, for a fraction of a second at most."""
        with self._lock:
            try:
                with self._path.open("rb") as stream:
                    self._read(stream)
            except OSError:
                return

    def _read(self, stream: Any) -> None:

        state = os.fstat(stream.fileno())
        if state.st_ino != self._inode or state.st_size < self._read_to:
            self._begin_anew(state.st_ino)
        self._size = state.st_size
        stream.seek(self._read_to)
        until = time.monotonic() + _LOOK_S
        while time.monotonic() < until:
            lines = stream.readlines(_PIECE)
            # A line without its end is being written.
            if lines and not lines[-1].endswith(b"\n"):
                lines.pop()
            if not lines:
                return
            for line in lines:
                if line.startswith(_OF_TARGETS):
                    self._count(line)
                self._read_to += len(line)

    @property
    def share_read(self) -> float:
        """The share of the manifest that was read so far."""
        return self._read_to / self._size if self._size else 1.0

    def failures(self) -> dict[str, int]:
        """Return how many targets have no light curve, by reason."""
        with self._lock:
            return {reason: n for reason, n in self._failed.most_common() if n}

    def quarters(self) -> list[QuarterCount]:
        """Return the counts of each quarter, campaign or sector, in the order of their numbers."""
        with self._lock:
            counts = [
                QuarterCount(
                    label,
                    tally.used + tally.missing.total(),
                    tally.used,
                    tally.missing.total(),
                    {reason: n for reason, n in tally.missing.most_common() if n},
                )
                for label, tally in self._tallies.items()
            ]
        return sorted((one for one in counts if one.expected), key=lambda one: _order(one.label))

    def _count(self, line: bytes) -> None:
        try:
            content = json.loads(line)
            target, reason = str(content["target"]), str(content["reason"])
            files = tuple(
                (
                    str(one["label"])[:_LONGEST_LABEL],
                    "" if one["status"] == "used" else str(one["reason"]),
                )
                for one in content.get("quarters", ())
            )
            # A second name of a star has neither an output nor files of its own.
            has_output = content.get("output") is not None or "same_as" in content
        except (ValueError, KeyError, TypeError):
            # The audit says what is wrong with the records.
            return
        before = self._of_target.get(target)
        if before is not None:
            self._add(*before, -1)
        failed = "" if has_output else reason
        files = self._known_files.setdefault(files, files)
        self._of_target[target] = (failed, files)
        self._add(failed, files, 1)

    def _add(self, failed: str, files: _Files, n: int) -> None:
        if failed:
            self._failed[failed] += n
        for label, reason in files:
            tally = self._tallies.setdefault(label, _Tally())
            if reason:
                tally.missing[reason] += n
            else:
                tally.used += n


def _order(label: str) -> tuple[str, int, str]:
    digits = "".join(filter(str.isdigit, label))
    return label.rstrip("0123456789ab"), int(digits or 0), label
