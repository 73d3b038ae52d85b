"""The outcome of a target, and the CSV that logs one row for each."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from preprocessing.atomic import write_atomically
from preprocessing.exceptions import RunError
from preprocessing.reasons import PASSING, Reason

__all__ = [
    "COLUMNS",
    "ResultsLog",
    "TargetOutcome",
    "describe_failures",
    "read_outcomes",
    "utc_now",
]


@dataclass(frozen=True)
class TargetOutcome:
    """What became of one target: one row of the log.

    Parameters
    ----------
    target_id : str
        The target as the user named it.
    success : bool
        Whether there is an output file.
    n_points : int
        Rows of the stitched light curve.
    duration_days : float
        From the first time to the last.
    filepath : str
        The output file; empty if there is none.
    error : str
        What went wrong, for a person. For a partial target the failed files and their
        reasons, ``Q4 not_found; Q8 timeout``.
    download_time : float
        Seconds from the search answer to the file in place.
    timestamp : str
        When it ended: ISO 8601, UTC.
    reason : Reason
    quarters_found, quarters_used, quarters_failed : int
        Files that the archive promises; stitched; not to be had.
    bytes : int
        Received, repeated tries included.
    retries : int
    """

    target_id: str
    success: bool
    n_points: int
    duration_days: float
    filepath: str
    error: str
    download_time: float
    timestamp: str
    reason: Reason
    quarters_found: int = 0
    quarters_used: int = 0
    quarters_failed: int = 0
    bytes: int = 0
    retries: int = 0

    @property
    def is_final(self) -> bool:
        """Whether another try could change nothing.

        Examples
        --------
        >>> def partial(error):
        ...     return TargetOutcome("a", True, 9, 1.0, "f", error, 1.0, "", Reason.PARTIAL)
        >>> partial("Q4 not_found").is_final, partial("Q4 timeout").is_final
        (True, False)
        """
        if self.reason is Reason.PARTIAL:
            return PASSING.isdisjoint(_failure_reasons(self.error))
        return self.reason not in PASSING


#: Columns of the CSV, in order.
COLUMNS = tuple(field.name for field in fields(TargetOutcome))


def utc_now() -> str:
    """Return the time as the log writes it: ISO 8601, UTC, whole seconds."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def describe_failures(failures: Iterable[tuple[str, Reason]]) -> str:
    """Return the `error` text of a partial target.

    Examples
    --------
    >>> describe_failures([("Q4", Reason.NOT_FOUND), ("Q8", Reason.TIMEOUT)])
    'Q4 not_found; Q8 timeout'
    """
    return "; ".join(f"{label} {reason}" for label, reason in failures)


class ResultsLog:
    """The CSV being written: the journal of the run.

    Parameters
    ----------
    path : Path
    done : sequence of TargetOutcome, optional
        Rows of an earlier run that stay.
    """

    def __init__(self, path: Path, done: Iterable[TargetOutcome] = ()) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _encode([COLUMNS, *map(_cells, done)])
        write_atomically(path, content)
        self.length = len(content)
        self._digest = hashlib.sha256(content)
        # Open as long as the run; `close` ends it.
        self._stream: BinaryIO = open(path, "ab", buffering=0)  # noqa: SIM115

    @property
    def digest(self) -> str:
        """SHA-256 of the file as it is."""
        return self._digest.copy().hexdigest()

    def append(self, outcome: TargetOutcome) -> None:
        """Write one row, in one piece.

        Raises
        ------
        OSError
            From the file system.
        """
        row = _encode([_cells(outcome)])
        written = self._stream.write(row)
        if written != len(row):
            raise OSError(f"{self.path}: only {written} of {len(row)} bytes of a row were written")
        self._digest.update(row)
        self.length += len(row)

    def file_number(self) -> int:
        """Return the descriptor of the open file, for syncing it to disk."""
        return self._stream.fileno()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def read_outcomes(path: Path) -> list[TargetOutcome]:
    """Read the log of an earlier run.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of TargetOutcome
        A last line that was cut off by a crash is left out.

    Raises
    ------
    RunError
        The file cannot be read, or is no such log.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read the results file {path}: {error.strerror}") from error
    # A row without its line end was being written when the run was killed.
    text = content[: content.rfind(b"\n") + 1].decode("utf-8", "replace")
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, None)
    if header is not None and tuple(header) != COLUMNS:
        raise RunError(
            f"{path} is not a results file of this version: its first line is"
            f" {','.join(header)!r:.80}. Move it away, or name another with --results"
        )
    return list(_parse_rows(rows, path))


def _parse_rows(rows: Iterator[list[str]], path: Path) -> Iterator[TargetOutcome]:
    number = 1
    while True:
        number += 1
        try:
            row = next(rows, None)
            if row is None:
                return
            # A blank line is nobody's outcome.
            if row:
                yield _parse_row(row)
        except (ValueError, KeyError, csv.Error) as error:
            raise RunError(
                f"{path}, line {number}: cannot be read as an outcome ({error}). Correct or"
                " remove the line; its target is then fetched again"
            ) from error


def _parse_row(row: list[str]) -> TargetOutcome:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} cells, not {len(COLUMNS)}")
    cells = dict(zip(COLUMNS, row, strict=True))
    return TargetOutcome(
        target_id=cells["target_id"],
        success={"True": True, "False": False}[cells["success"]],
        n_points=int(cells["n_points"]),
        duration_days=float(cells["duration_days"]),
        filepath=cells["filepath"],
        error=cells["error"],
        download_time=float(cells["download_time"]),
        timestamp=cells["timestamp"],
        reason=Reason(cells["reason"]),
        quarters_found=int(cells["quarters_found"]),
        quarters_used=int(cells["quarters_used"]),
        quarters_failed=int(cells["quarters_failed"]),
        bytes=int(cells["bytes"]),
        retries=int(cells["retries"]),
    )


def _cells(outcome: TargetOutcome) -> tuple[object, ...]:
    cells = {name: getattr(outcome, name) for name in COLUMNS}
    cells["duration_days"] = f"{outcome.duration_days:.4f}"
    cells["download_time"] = f"{outcome.download_time:.3f}"
    # One line a row, whatever an archive's message holds.
    cells["error"] = " ".join(outcome.error.split())
    return tuple(cells.values())


def _encode(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _failure_reasons(error: str) -> set[Reason]:
    known = {str(reason): reason for reason in Reason}
    words = (failure.split()[-1] for failure in error.split(";") if failure.split())
    return {known[word] for word in words if word in known}
