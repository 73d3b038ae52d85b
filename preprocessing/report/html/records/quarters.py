"""Which file of which star is there: the manifest as a table of stars and quarters."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

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
#: What fits into two bytes, with one left.
_MOST_KINDS = 65_535
#: Stars whose files are counted at once.
_BLOCK = 5000
#: What is read of a file's record, and how it is taken from one that has all of it.
_MEMBERS = ("label", "status", "reason", "procver", "data_rel")
_SAID = itemgetter(*_MEMBERS)
#: The files of a star of which nothing is known: one, of the first kind.
_UNKNOWN = bytes(2)
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


class _FileKind(NamedTuple):
    """What the records of many files have in common."""

    #: In the list of labels; -1 if nothing is known of the star's files.
    label: int
    state: FileState
    why: str = ""
    release: str = ""
    is_synthetic: bool = False


@dataclass
class _Gathered:
    """What was read so far. Files of 200,000 stars are of a few kinds: each is a number."""

    #: By target: the kinds of its files, each as two bytes.
    files: dict[str, bytes] = field(default_factory=dict)
    kinds: list[_FileKind] = field(default_factory=lambda: [_FileKind(-1, FileState.UNKNOWN)])
    #: The number of a kind, by what the records say.
    numbers: dict[tuple[Any, ...], int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    runs: list[Mapping[str, Any]] = field(default_factory=list)
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
    words = list(gathered.labels)
    order = sorted(range(len(words)), key=lambda label: _natural(words[label]))
    states, n_files = _states(gathered, order)
    counted = [(kind, n) for kind, n in zip(gathered.kinds, n_files.tolist(), strict=True) if n]
    releases: Counter[str] = Counter()
    for kind, n in counted:
        if kind.release:
            releases[kind.release] += n
    return ManifestRecords(
        tuple(
            _quarter(
                words[label], states[:, place], [one for one in counted if one[0].label == label]
            )
            for place, label in enumerate(order)
        ),
        states,
        tuple(gathered.runs),
        any(kind.is_synthetic for kind, _ in counted),
        dict(releases.most_common()),
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
    if "same_as" in record:
        gathered.files.pop(target, None)
        return
    if not files and REASONS.get(str(record.get("reason"))) in TRANSIENT:
        gathered.files[target] = _UNKNOWN
        return
    try:
        found = [gathered.numbers[_SAID(one)] for one in files]
    except (KeyError, TypeError):
        # The first of its kind, or what no program of ours wrote.
        numbers = (_kind_number(one, gathered) for one in files if isinstance(one, dict))
        found = [number for number in numbers if number]
    gathered.files[target] = np.array(found, np.uint16).tobytes()


def _kind_number(entry: Mapping[str, Any], gathered: _Gathered) -> int:
    """Return the number of a file's kind; 0 if there are more kinds than any mission has."""
    said = tuple(entry.get(name) for name in _MEMBERS)
    key = tuple(one if one is None or isinstance(one, (str, int)) else str(one) for one in said)
    if key in gathered.numbers:
        return gathered.numbers[key]
    word = str(entry.get("label", ""))
    if len(gathered.kinds) == _MOST_KINDS or (
        word not in gathered.labels and len(gathered.labels) == _MOST_LABELS
    ):
        gathered.n_unread += 1
        return 0
    state = _state(entry)
    gathered.numbers[key] = len(gathered.kinds)
    gathered.kinds.append(
        _FileKind(
            gathered.labels.setdefault(word, len(gathered.labels)),
            state,
            "" if state is FileState.COMPLETE else str(entry.get("reason") or "unknown"),
            "" if entry.get("data_rel") is None else str(entry["data_rel"]),
            entry.get("procver") == _SYNTHETIC,
        )
    )
    return gathered.numbers[key]


def _state(entry: Mapping[str, Any]) -> FileState:
    if entry.get("status") == USED:
        return FileState.COMPLETE
    is_absent = entry.get("reason") == str(Reason.NOT_FOUND)
    return FileState.MISSING if is_absent else FileState.FAILED


def _states(gathered: _Gathered, order: list[int]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the state of each star's file of each quarter, and how many files are of each kind.

    Where a star has several files of a quarter, it is the worst.
    """
    column = np.zeros(len(order) + 1, np.int64)
    column[order] = np.arange(len(order))
    state_of = np.array([kind.state for kind in gathered.kinds], np.uint8)
    column_of = column[np.array([kind.label for kind in gathered.kinds])]
    states = np.zeros((len(gathered.files), len(order)), np.uint8)
    n_files = np.zeros(len(gathered.kinds), np.int64)
    files = iter(gathered.files.values())
    # Of all stars at once, this would take some forty bytes a file.
    for first in range(0, len(states), _BLOCK):
        block = list(islice(files, _BLOCK))
        kinds = np.frombuffer(b"".join(block), np.uint16)
        n_files += np.bincount(kinds, minlength=len(n_files))
        star = first + np.repeat(np.arange(len(block)), [len(found) // 2 for found in block])
        # The worst comes last, and stays.
        for state in (FileState.COMPLETE, FileState.MISSING, FileState.FAILED):
            own = state_of[kinds] == state
            states[star[own], column_of[kinds[own]]] = state
        states[star[state_of[kinds] == FileState.UNKNOWN]] = FileState.UNKNOWN
    return states, n_files


def _quarter(
    word: str, states: NDArray[np.uint8], counted: list[tuple[_FileKind, int]]
) -> QuarterCount:
    counts = np.bincount(states, minlength=len(FileState))
    reasons: Counter[str] = Counter()
    for kind, n in counted:
        if kind.why:
            reasons[kind.why] += n
    complete, missing, failed = (
        int(counts[state]) for state in (FileState.COMPLETE, FileState.MISSING, FileState.FAILED)
    )
    expected = complete + missing + failed
    return QuarterCount(word, expected, complete, missing, failed, dict(reasons.most_common()))


def _natural(label: str) -> list[tuple[int, str]]:
    """Return what sorts labels by the numbers in them."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(label)]


def _chain(line: bytes) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return ""
    return str(record.get("chain", "")) if isinstance(record, dict) else ""
