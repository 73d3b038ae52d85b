"""The results file: a CSV with the outcome of each target, which --resume takes over."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from preprocessing.acquire.settings import Mode
from preprocessing.core.errors import RunError
from preprocessing.core.outcomes import (
    COLUMNS,
    FIRST_COLUMNS,
    PARSERS,
    REASONS,
    TargetOutcome,
    is_final,
    parse_outcome,
)
from preprocessing.core.reasons import Reason
from preprocessing.missions.targets import Target, parse_target
from preprocessing.system.atomic import append_whole, make_folder, replacing, write_atomically
from preprocessing.system.printable import guarded, printable, unguarded

__all__ = [
    "COLUMNS",
    "FIRST_COLUMNS",
    "HEADER",
    "HEADERS",
    "EarlierRows",
    "ResultsLog",
    "complete_offsets",
    "encode_row",
    "header_of",
    "is_to_be_retried",
    "is_torn",
    "outcome_at",
    "output_paths",
    "read_outcomes",
    "row_digest",
    "row_offsets",
    "rows_that_stay",
]


#: Possible first lines of the CSV, with their columns: that of today, and that of version 0.2.
HEADERS = {(",".join(names) + "\n").encode(): names for names in (COLUMNS, FIRST_COLUMNS)}
#: First line of a new file.
HEADER = next(iter(HEADERS))
_TARGET_ID, _REASON = COLUMNS.index("target_id"), COLUMNS.index("reason")
_FILEPATH, _ERROR = COLUMNS.index("filepath"), COLUMNS.index("error")

#: Positions of the cells that hold text from users or archives.
_TEXTS = (_TARGET_ID, _FILEPATH, _ERROR)
#: Maximum length of an error, in characters. Failures of 64 files take a fifth of that, and
#: `csv` refuses cells of more than 131,072.
_LONGEST_ERROR = 10_000

#: Positions and parsers of the cells that do not hold text.
_PARSERS = tuple((COLUMNS.index(name), parse) for name, parse in PARSERS.items())


class ResultsLog:
    """The results file while a run writes it.

    Parameters
    ----------
    path : Path
        The file to append to; created if absent. If a crash cut off its last line, that line is
        removed.
    dropped : set of int
        Rows to remove, by the position of their first byte.

    Raises
    ------
    OSError
        From the file system.
    """

    def __init__(self, path: Path, dropped: Set[int] = frozenset()) -> None:
        self.path = path
        make_folder(path.parent)
        if not path.exists():
            write_atomically(path, HEADER)
        elif dropped or is_torn(path):
            _rewrite(path, dropped)
        self._columns = HEADERS[header_of(path)]
        self._open()

    @property
    def digest(self) -> str:
        """SHA-256 of the file's present content, in hexadecimal."""
        return self._digest.copy().hexdigest()

    def encode(self, outcome: TargetOutcome) -> bytes:
        """Return the line that `append` writes."""
        return encode_row(outcome, self._columns)

    def append(self, outcome: TargetOutcome) -> None:
        """Write one row in one piece.

        Raises
        ------
        RunError
            Another program removed, replaced or changed the file. A row written now could be
            lost, or end up in the middle of another line.
        OSError
            From the file system.
        """
        self._require_untouched()
        row = self.encode(outcome)
        append_whole(self._stream, row, self.length)
        self._note(row)

    def drop(self, offsets: Set[int]) -> None:
        """Remove rows, given the positions of their first bytes.

        Raises
        ------
        RunError
            Another program removed, replaced or changed the file.
        OSError
            From the file system.
        """
        self._require_untouched()
        self.close()
        try:
            _rewrite(self.path, offsets)
        finally:
            self._open()

    def file_number(self) -> int:
        """Return the descriptor of the open file, for syncing it to disk."""
        return self._stream.fileno()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _require_untouched(self) -> None:
        mine = os.fstat(self._stream.fileno())
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            change = "removed"
        else:
            if os.path.samestat(found, mine) and found.st_size == self.length:
                return
            change = "changed" if os.path.samestat(found, mine) else "replaced"
        raise RunError(
            f"{self.path} was {change} by another program while this run wrote to it, so that no"
            " more is written. See that it is as it should be, then go on with --resume: light"
            " curves without a row are not fetched again"
        )

    def _open(self) -> None:
        self._digest = hashlib.sha256()
        self.length = 0
        for chunk in _chunks(self.path):
            self._note(chunk)
        # Stays open for the whole run, until `close`.
        self._stream: BinaryIO = open(self.path, "ab", buffering=0)  # noqa: SIM115

    def _note(self, content: bytes) -> None:
        self._digest.update(content)
        self.length += len(content)


@dataclass(frozen=True)
class EarlierRows:
    """Which rows of an earlier run's results stay.

    Parameters
    ----------
    done : set of int or str
        `Target.identity` of every target that keeps a row.
    counts : Counter of str
        Number of these rows with each reason.
    dropped : set of int
        Rows to remove, by the position of their first byte.
    """

    done: set[int | str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    dropped: Set[int] = frozenset()


def is_to_be_retried(mode: Mode, reason: Reason, error: str) -> bool:
    """Tell whether a resumed run tries a target again, given its earlier reason and error.

    Examples
    --------
    >>> is_to_be_retried(Mode.RESUME, Reason.NO_DATA, "")
    False
    >>> is_to_be_retried(Mode.RETRY_FAILED, Reason.NO_DATA, "")
    True
    """
    if mode is Mode.RETRY_FAILED:
        return reason is not Reason.COMPLETE
    return not is_final(reason, error)


def rows_that_stay(
    path: Path,
    targets: Iterable[Target],
    mode: Mode = Mode.RESUME,
    is_void: Callable[[int, int | str, Sequence[str]], bool] = lambda offset, identity, row: False,
) -> EarlierRows:
    """Decide which rows of an earlier run stay.

    If a target has two rows, the later one stays. No row stays of a target that is tried again:
    one of `targets` that another attempt may change.

    Parameters
    ----------
    path : Path
        The results file.
    targets : iterable of Target
        The targets of the run that resumes.
    mode : Mode
        Which targets with an outcome are tried again.
    is_void : callable
        Takes a row's position, `Target.identity` and cells, and tells whether the manifest does
        not confirm the row. Such a row is removed.

    Returns
    -------
    EarlierRows
        What stays, and what is removed.

    Raises
    ------
    RunError
        The file cannot be read, or is not a results file.
    """
    latest: dict[int | str, int] = {}
    retried: dict[int | str, int] = {}
    dropped: set[int] = set()
    counts: Counter[str] = Counter()
    for offset, row in _read_rows(path):
        identity = parse_target(row[_TARGET_ID]).identity
        if is_void(offset, identity, row):
            dropped.add(offset)
            continue
        if identity in latest:
            dropped.add(latest[identity])
            retried.pop(identity, None)
        latest[identity] = offset
        counts[row[_REASON]] += 1
        if is_to_be_retried(mode, REASONS[row[_REASON]], row[_ERROR]):
            retried[identity] = offset
    for identity in {t.identity for t in targets if t.identity in retried} if retried else ():
        dropped.add(retried[identity])
        del latest[identity]
    if dropped:
        staying = (row for offset, row in _read_rows(path) if offset not in dropped)
        counts = Counter(row[_REASON] for row in staying)
    return EarlierRows(set(latest), counts, dropped)


def complete_offsets(path: Path, left_out: Container[str] = ()) -> dict[int | str, int]:
    """Return the position of the last row of each complete target, by `Target.identity`.

    Parameters
    ----------
    path : Path
        The results file.
    left_out : container of str, optional
        Names of outputs whose targets are left out.

    Raises
    ------
    RunError
        The file cannot be read, or is no such log.
    """
    return {
        parse_target(row[_TARGET_ID]).identity: offset
        for offset, row in _read_rows(path)
        if row[_REASON] == Reason.COMPLETE and Path(row[_FILEPATH]).name not in left_out
    }


def output_paths(path: Path) -> Iterator[Path]:
    """Yield the output files that a results file names.

    Raises
    ------
    RunError
        The file cannot be read, or is no such log.
    """
    return (Path(row[_FILEPATH]) for _, row in _read_rows(path) if row[_FILEPATH])


def row_offsets(path: Path) -> dict[int | str, int]:
    """Return the position of the last row of each target, by `Target.identity`.

    Raises
    ------
    RunError
        The file cannot be read, or is no such log.
    """
    return {parse_target(row[_TARGET_ID]).identity: offset for offset, row in _read_rows(path)}


def outcome_at(path: Path, offset: int) -> TargetOutcome | None:
    """Return the outcome in the row at a position; None if the file ends before it.

    Raises
    ------
    RunError
        The file cannot be read, or no row begins there.
    """
    return next((_parse_row(row) for _, row in _read_rows(path, offset)), None)


def read_outcomes(path: Path) -> Iterator[TargetOutcome]:
    """Read the results of an earlier run.

    Parameters
    ----------
    path : Path
        The results file.

    Yields
    ------
    TargetOutcome
        One per row, except for a last line that a crash cut off.

    Raises
    ------
    RunError
        The file cannot be read, or is no such log.
    """
    return (_parse_row(row) for _, row in _read_rows(path))


class _WholeLines:
    """The complete lines of a results file as text, and how many bytes they took so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.offset = stream.tell()

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            # A row without a line end was being written when the run was killed.
            if line.endswith(b"\n"):
                self.offset += len(line)
                yield line.decode("utf-8", "replace")


def _read_rows(path: Path, start: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield the position and the checked cells of each row."""
    try:
        with open(path, "rb") as stream:
            stream.seek(start)
            lines = _WholeLines(stream)
            rows = csv.reader(iter(lines))
            header = _header(rows, path) if start == 0 else None
            if header is not None and tuple(header) not in HEADERS.values():
                raise RunError(
                    f"{path} is not a results file of this version: its first line is"
                    f" {','.join(header)!r:.80}. Move it away, or name another with --results"
                )
            widths = [len(header)] if header else [len(names) for names in HEADERS.values()]
            yield from _checked(rows, lines, path, widths)
    except OSError as error:
        raise RunError(f"cannot read the results file {path}: {error.strerror}") from error


def _header(rows: Iterator[list[str]], path: Path) -> list[str] | None:
    try:
        return next(rows, None)
    except csv.Error as error:
        raise RunError(f"{path} is not a results file: {error}") from error


def _checked(
    rows: Iterator[list[str]], lines: _WholeLines, path: Path, widths: Sequence[int]
) -> Iterator[tuple[int, list[str]]]:
    number = 1
    while True:
        number += 1
        offset = lines.offset
        try:
            row = next(rows, None)
            if row is None:
                return
            # Blank lines are skipped.
            if row:
                _check(row, widths)
                for text in _TEXTS:
                    row[text] = unguarded(row[text])
                yield offset, row
        except (ValueError, KeyError, csv.Error) as error:
            raise RunError(
                f"{path}, line {number}: cannot be read as an outcome ({error}). Correct or"
                " remove the line; its target is then fetched again"
            ) from error


def _check(row: list[str], widths: Sequence[int]) -> None:
    if len(row) not in widths:
        raise ValueError(f"{len(row)} cells, not {widths[0]}")
    for column, parse in _PARSERS:
        if column < len(row):
            parse(row[column])


def _rewrite(path: Path, dropped: Set[int]) -> None:
    with replacing(path) as stream:
        stream.write(header_of(path))
        for offset, row in _read_rows(path):
            if offset not in dropped:
                stream.write(_encode([_guarded(row)]))


def header_of(path: Path) -> bytes:
    """Return the first line of a results file, or that of a new one if it has none yet.

    Raises
    ------
    OSError
        From the file system.
    """
    if not path.exists():
        return HEADER
    with open(path, "rb") as stream:
        line = stream.readline(len(HEADER))
    return line if line in HEADERS else HEADER


def is_torn(path: Path) -> bool:
    """Tell whether the last line of a file was cut off, or the file is empty."""
    with open(path, "rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            # Not even the header was written.
            return True
        stream.seek(-1, os.SEEK_END)
        return stream.read() != b"\n"


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as stream:
        while chunk := stream.read(2**18):
            yield chunk


def _parse_row(row: Sequence[str]) -> TargetOutcome:
    return parse_outcome(dict(zip(COLUMNS, row, strict=False)))


def _guarded(row: Iterable[str]) -> list[str]:
    cells = list(row)
    for text in _TEXTS:
        cells[text] = guarded(cells[text])
    return cells


def _cells(outcome: TargetOutcome, columns: Sequence[str]) -> Iterator[str]:
    cells = {name: getattr(outcome, name) for name in columns}
    cells["duration_days"] = f"{outcome.duration_days:.4f}"
    cells["download_time"] = f"{outcome.download_time:.3f}"
    # Keeps each row on one line, whatever an archive's message holds.
    cells["error"] = printable(" ".join(outcome.error.split()), _LONGEST_ERROR)
    return ("" if cell is None else str(cell) for cell in cells.values())


def encode_row(outcome: TargetOutcome, columns: Sequence[str] = COLUMNS) -> bytes:
    """Return an outcome as a line of the results.

    Parameters
    ----------
    outcome : TargetOutcome
        What to write.
    columns : sequence of str, optional
        Names of the columns of the file.
    """
    return _encode([_guarded(_cells(outcome, columns))])


def row_digest(row: Sequence[str]) -> str:
    """Return the SHA-256 of the line with these cells, in hexadecimal."""
    return hashlib.sha256(_encode([_guarded(row)])).hexdigest()


def _encode(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
