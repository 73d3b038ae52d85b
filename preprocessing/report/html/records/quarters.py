"""Which file of which star is there: the manifest as a table of stars and quarters."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.file_record import USED
from preprocessing.core.outcomes import REASONS
from preprocessing.core.reasons import TRANSIENT, Reason

__all__ = ["FileState", "ManifestRecords", "QuarterCount", "read_manifest_records"]

#: How lines begin that this reads: see `preprocessing.acquire.records.manifest`.
_TARGET, _RUN = b'{"kind":"target"', b'{"kind":"run"'
#: What the simulator writes as the version of the pipeline.
_SYNTHETIC = "synthetic"
#: More labels than any mission has: a damaged manifest must not fill the memory.
_MOST_LABELS = 1000
_DIGITS = re.compile(r"(\d+)")


class FileState(IntEnum):
    """What became of one file of one star."""

    #: The archive lists none: the star was not observed, or not by this recipe.
    NOT_OBSERVED = 0
    COMPLETE = 1
    #: The archive lists it and does not have it.
    MISSING = 2
    FAILED = 3
    #: Nothing is known of the star's files: its search failed.
    UNKNOWN = 4


@dataclass(frozen=True)
class QuarterCount:
    """The files of one quarter, campaign or sector.

    Parameters
    ----------
    label : str
        As people write it: ``Q4``.
    expected, complete, missing, failed : int
        Files that the archive lists, and what became of them.
    reasons : mapping of str to int
        Why those failed that did.
    """

    label: str
    expected: int
    complete: int
    missing: int
    failed: int
    reasons: Mapping[str, int]

    @property
    def lost(self) -> float:
        """The share of its files that are not there; 0 if none is expected."""
        return (self.missing + self.failed) / self.expected if self.expected else 0.0


@dataclass(frozen=True, eq=False)
class ManifestRecords:
    """What the manifest says of files and runs.

    Parameters
    ----------
    quarters : tuple of QuarterCount
        In time order.
    states : ndarray of uint8, shape (stars, quarters)
        The `FileState` of each, stars in the order of the records.
    runs : tuple of mapping
        The lines of the runs.
    is_synthetic : bool
        Whether a simulator made one of the files.
    releases : mapping of str to int
        Files by data release.
    sha256 : str
        The file's digest.
    n_bytes : int
        Its length.
    chain : str
        The last link of its chain; empty if the last line is damaged.
    n_unread : int
        Lines that are no records.
    """

    quarters: tuple[QuarterCount, ...]
    states: NDArray[np.uint8] = field(repr=False)
    runs: tuple[Mapping[str, Any], ...]
    is_synthetic: bool
    releases: Mapping[str, int]
    sha256: str
    n_bytes: int
    chain: str
    n_unread: int

    @property
    def worst(self) -> QuarterCount | None:
        """The quarter of which the largest share is not there; None if all is there."""
        lost = [one for one in self.quarters if one.lost > 0]
        return max(lost, key=lambda one: (one.lost, one.failed), default=None)


@dataclass
class _Gathered:
    """What was read so far."""

    # By target: places of its files in the list of labels, and what became of them.
    files: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    why: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    runs: list[Mapping[str, Any]] = field(default_factory=list)
    releases: Counter[str] = field(default_factory=Counter)
    is_synthetic: bool = False
    n_unread: int = 0


def read_manifest_records(path: Path) -> ManifestRecords:
    """Return what a manifest says of files and runs.

    Parameters
    ----------
    path : Path
        The manifest. If a target has several lines, the last counts.

    Raises
    ------
    OSError
        It cannot be read.
    """
    digest, size, last = hashlib.sha256(), 0, b""
    gathered = _Gathered()
    with path.open("rb") as stream:
        for line in stream:
            digest.update(line)
            size += len(line)
            last = line
            if line.startswith((_TARGET, _RUN)):
                _read_line(line, gathered)
    order = sorted(range(len(gathered.labels)), key=lambda n: _natural(gathered.words[n]))
    states = _states(gathered, order)
    return ManifestRecords(
        tuple(_quarter(gathered, n, states[:, place]) for place, n in enumerate(order)),
        states,
        tuple(gathered.runs),
        gathered.is_synthetic,
        dict(gathered.releases.most_common()),
        digest.hexdigest(),
        size,
        _chain(last),
        gathered.n_unread,
    )


def _read_line(line: bytes, gathered: _Gathered) -> None:
    try:
        record = json.loads(line)
    except ValueError:
        # The last line may be torn; verify complains of others.
        gathered.n_unread += 1
        return
    if line.startswith(_RUN):
        gathered.runs.append(record)
        return
    target, files = record.get("target"), record.get("quarters", ())
    if not isinstance(target, str) or not isinstance(files, (list, tuple)):
        gathered.n_unread += 1
        return
    gathered.why.pop(target, None)
    if "same_as" in record:
        gathered.files.pop(target, None)
        return
    reason = REASONS.get(str(record.get("reason")))
    if not files and reason in TRANSIENT:
        gathered.files[target] = b"", bytes([FileState.UNKNOWN])
        return
    _read_files(target, [one for one in files if isinstance(one, dict)], gathered)


def _read_files(target: str, files: list[dict[str, Any]], gathered: _Gathered) -> None:
    places, states, why = [], [], []
    for one in files:
        label = str(one.get("label", ""))
        if label not in gathered.labels:
            if len(gathered.words) == _MOST_LABELS:
                gathered.n_unread += 1
                continue
            gathered.labels[label] = len(gathered.words)
            gathered.words.append(label)
        place = gathered.labels[label]
        state = _state(one)
        places.append(place)
        states.append(state)
        if state in (FileState.MISSING, FileState.FAILED):
            why.append((place, str(one.get("reason") or "unknown")))
        if one.get("procver") == _SYNTHETIC:
            gathered.is_synthetic = True
        if one.get("data_rel") is not None:
            gathered.releases[str(one["data_rel"])] += 1
    # Numbers of quarters are small; those that are not need more than a byte each.
    gathered.files[target] = np.array(places, np.uint16).tobytes(), bytes(states)
    if why:
        gathered.why[target] = tuple(why)


def _state(entry: Mapping[str, Any]) -> FileState:
    if entry.get("status") == USED:
        return FileState.COMPLETE
    is_absent = entry.get("reason") == str(Reason.NOT_FOUND)
    return FileState.MISSING if is_absent else FileState.FAILED


def _states(gathered: _Gathered, order: list[int]) -> NDArray[np.uint8]:
    """Return the state of each star's file of each quarter; the worst, where it has several."""
    column = np.empty(len(order), np.int64)
    column[order] = np.arange(len(order))
    states = np.zeros((len(gathered.files), len(order)), np.uint8)
    for row, (places, found) in enumerate(gathered.files.values()):
        if not places:
            states[row] = found[0] if found else FileState.NOT_OBSERVED
            continue
        own = column[np.frombuffer(places, np.uint16)]
        np.maximum.at(states[row], own, np.frombuffer(found, np.uint8))
    return states


def _quarter(gathered: _Gathered, label: int, states: NDArray[np.uint8]) -> QuarterCount:
    counts = np.bincount(states, minlength=len(FileState))
    reasons = Counter(
        reason for own in gathered.why.values() for place, reason in own if place == label
    )
    complete, missing, failed = (
        int(counts[state]) for state in (FileState.COMPLETE, FileState.MISSING, FileState.FAILED)
    )
    expected = complete + missing + failed
    shown = dict(reasons.most_common())
    return QuarterCount(gathered.words[label], expected, complete, missing, failed, shown)


def _natural(label: str) -> list[tuple[int, str]]:
    """Return what sorts labels by the numbers in them."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(label)]


def _chain(line: bytes) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return ""
    return str(record.get("chain", "")) if isinstance(record, dict) else ""
