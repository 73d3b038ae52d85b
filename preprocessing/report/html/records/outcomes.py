"""What became of the targets: the results CSV, counted."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.outcomes import REASONS, is_final
from preprocessing.core.reasons import Reason
from preprocessing.system.printable import printable, unguarded

__all__ = ["OutcomeRecords", "ReasonCount", "read_outcome_records"]

#: Targets that are named of each reason.
_NAMED = 3
#: Characters of what was said of a target.
_LONGEST = 240
_COLUMNS = ("target_id", "reason", "error", "timestamp", "quarters_found", "quarters_used", "bytes")
_LATER = ("retries",)


@dataclass(frozen=True)
class ReasonCount:
    """The targets with one outcome.

    Parameters
    ----------
    reason : Reason
        The outcome.
    n : int
        How many have it.
    n_final : int
        How many of these another try could not change.
    named : tuple of str
        The first of them.
    example : str
        What was said of the first; empty if nothing.
    """

    reason: Reason
    n: int
    n_final: int
    named: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class OutcomeRecords:
    """What became of the targets.

    Parameters
    ----------
    reasons : tuple of ReasonCount
        By outcome, the most frequent first.
    n_targets : int
        Targets with an outcome.
    n_files_found, n_files_used : int
        Files that the archive lists of them, and those that are in light curves.
    n_bytes, n_retries : int
        Bytes received, and requests repeated.
    first, last : str
        When the first and the last of them was finished.
    n_unread : int
        Lines that are no outcomes.
    """

    reasons: tuple[ReasonCount, ...]
    n_targets: int
    n_files_found: int
    n_files_used: int
    n_bytes: int
    n_retries: int
    first: str
    last: str
    n_unread: int

    def count(self, *reasons: Reason) -> int:
        """Return how many targets have one of these outcomes."""
        return sum(one.n for one in self.reasons if one.reason in reasons)

    @property
    def n_failed(self) -> int:
        """How many targets have no light curve."""
        return self.n_targets - self.count(Reason.COMPLETE, Reason.PARTIAL)


def read_outcome_records(path: Path) -> OutcomeRecords:
    """Return what became of the targets of a data set.

    Parameters
    ----------
    path : Path
        The results CSV. If a target has several rows, the last counts.

    Raises
    ------
    CorruptProduct
        It is no results CSV.
    OSError
        It cannot be read.
    """
    latest: dict[str, tuple[str, ...]] = {}
    n_unread = 0
    with open(path, encoding="utf-8", errors="replace", newline="") as stream:
        # A row without its line end was being written when the run was killed.
        rows = csv.reader(line for line in stream if line.endswith("\n"))
        header = next(rows, [])
        lacking = sorted(set(_COLUMNS).difference(header))
        if lacking:
            raise CorruptProduct(f"{path} is no results CSV: it has no column {lacking[0]}")
        places = [header.index(name) for name in (*_COLUMNS, *_LATER) if name in header]
        for row in _rows(rows):
            if row is None or len(row) != len(header) or row[places[1]] not in REASONS:
                n_unread += 1
                continue
            cells = tuple(row[place] for place in places)
            latest.pop(cells[0], None)
            latest[cells[0]] = cells
    return _counted(latest, n_unread)


def _rows(rows: Iterator[list[str]]) -> Iterator[list[str] | None]:
    """Yield rows; None for what is none."""
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if row:
            yield row


def _counted(latest: Mapping[str, tuple[str, ...]], n_unread: int) -> OutcomeRecords:
    counts: Counter[Reason] = Counter()
    final: Counter[Reason] = Counter()
    named: dict[Reason, list[str]] = {}
    examples: dict[Reason, str] = {}
    sums = [0, 0, 0, 0]
    for target, word, error, _, *numbers in latest.values():
        reason = REASONS[word]
        counts[reason] += 1
        final[reason] += is_final(reason, error)
        own = named.setdefault(reason, [])
        if len(own) < _NAMED:
            own.append(unguarded(target))
            examples.setdefault(reason, printable(unguarded(error), _LONGEST))
        for place, cell in enumerate(numbers):
            sums[place] += int(cell) if cell.isdecimal() else 0
    times = [cells[3] for cells in latest.values()]
    reasons = (
        ReasonCount(reason, n, final[reason], tuple(named[reason]), examples[reason])
        for reason, n in counts.most_common()
    )
    ends = (min(times), max(times)) if times else ("", "")
    found, used, n_bytes, retries = sums
    return OutcomeRecords(
        tuple(reasons), len(latest), found, used, n_bytes, retries, *ends, n_unread=n_unread
    )
