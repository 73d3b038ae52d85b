"""What a person says of stars, kept in a table that ``xenoscan rank --labels`` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import RunError, UsageError
from preprocessing.lists.columns import StarColumns, plain_name
from preprocessing.lists.star_labels import StarLabel
from preprocessing.lists.text import is_comment
from preprocessing.missions import Mission
from preprocessing.missions.targets import parse_target
from preprocessing.system.atomic import write_atomically
from preprocessing.system.printable import guarded, unguarded
from preprocessing.system.write_errors import remedy

__all__ = ["GivenLabel", "LabelFile"]

_FILE_NAME = "labels.csv"
_STAR, _LABEL, _NOTE = "star", "label", "note"
_LONGEST_NOTE = 2000
#: Spreadsheets write this at the beginning of UTF-8, and take what lacks it for another encoding.
_MARK = "\ufeff"


@dataclass(frozen=True)
class GivenLabel:
    """What a person says of one star.

    Parameters
    ----------
    label : str
        One of `StarLabel`; empty for a note without a label.
    note : str
        Anything, in one line.
    """

    label: str
    note: str = ""


@dataclass(frozen=True)
class _Table:
    """A file of labels, line by line: what is not of the star at hand stays as it is.

    Parameters
    ----------
    head : str
        What stands above the first row, with the header.
    header : tuple of str
        Names of the columns.
    places : tuple of int
        Where star, label and note stand; -1 for no such column.
    rows : tuple of (str, tuple of str)
        The text of each row with its line ends, and its cells; comments have none.
    """

    head: str
    header: tuple[str, ...]
    places: tuple[int, int, int]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


class LabelFile:
    """The labels of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    mission : Mission
        Bare numbers belong to its catalog.
    """

    def __init__(self, root: Path, mission: Mission) -> None:
        self.path = root / _FILE_NAME
        self._mission = mission

    def read(self) -> dict[str, GivenLabel]:
        """Return the labels by the names of the stars, as ``KIC 757076``.

        Raises
        ------
        UsageError
            The file is no table of labels.
        RunError
            It cannot be read.
        """
        table = self._table()
        found: dict[str, GivenLabel] = {}
        for _, cells in table.rows:
            star, label, note = (_cell(cells, place) for place in table.places)
            if star and (label or note):
                found[self.name_of(star)] = GivenLabel(label.lower(), unguarded(note))
        return found

    def save(self, name: str, given: GivenLabel | None) -> None:
        """Write the label of a star at once, and leave all others as they are.

        Parameters
        ----------
        name : str
            The star.
        given : GivenLabel or None
            What the person says; None takes it back.

        Raises
        ------
        UsageError
            The file is no table of labels, or the label is none; nothing was changed.
        RunError
            It cannot be read or written; nothing was changed.
        """
        if given is not None and given.label not in ("", *map(str, StarLabel)):
            raise UsageError(f"a label is one of {', '.join(StarLabel)}")
        if given is not None and len(given.note) > _LONGEST_NOTE:
            raise UsageError(f"a note has at most {_LONGEST_NOTE} characters")
        table = self._table()
        wanted = self.name_of(name)
        kept = []
        cells: Sequence[str] = ()
        for text, row in table.rows:
            if row and self.name_of(_cell(row, table.places[0])) == wanted:
                cells = row
            else:
                kept.append(text)
        if given is not None:
            kept.append(_line(table, cells, (wanted, given.label, given.note)))
        try:
            write_atomically(self.path, (table.head + "".join(kept)).encode())
        except OSError as error:
            raise RunError(
                f"the label is not saved: {self.path} cannot be written"
                f" ({error.strerror or error}). {remedy(error)}"
            ) from error

    def name_of(self, star: str) -> str:
        """Return how a star is called in the file, whatever its spelling."""
        target = parse_target(star, self._mission.catalog)
        return target.name if target.number is None else f"{target.catalog} {target.number}"

    def _table(self) -> _Table:
        try:
            text = self.path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            text = ""
        except UnicodeDecodeError as error:
            raise self._no_table("it is not UTF-8 text") from error
        except OSError as error:
            raise RunError(f"{self.path} cannot be read: {error.strerror or error}") from error
        if not text.removeprefix(_MARK).strip():
            header = (_STAR, _LABEL, _NOTE)
            return _Table(f"{','.join(header)}\n", header, (0, 1, 2), ())
        return self._parsed(text if text.endswith(("\n", "\r")) else f"{text}\n")

    def _parsed(self, text: str) -> _Table:
        # Not str.splitlines, which divides notes at letters that end no line of a file.
        lines = list(io.StringIO(text, newline=""))
        first = next((n for n, line in enumerate(lines) if _is_row(line)), len(lines) - 1)
        header = tuple(next(csv.reader([lines[first].removeprefix(_MARK)]), []))
        star = StarColumns(self._mission).index_in(header)
        plain = [plain_name(name) for name in header]
        if star is None or _LABEL not in plain:
            raise self._no_table(f"its first row does not name a column {_STAR} and one {_LABEL}")
        note = plain.index(_NOTE) if _NOTE in plain else -1
        try:
            rows = tuple(_rows(lines[first + 1 :]))
        except csv.Error as error:
            raise self._no_table(str(error)) from error
        head = "".join(lines[: first + 1])
        return _Table(head, header, (star, plain.index(_LABEL), note), rows)

    def _no_table(self, why: str) -> UsageError:
        return UsageError(
            f"{self.path} is no table of labels, divided by commas ({why}): move it elsewhere"
        )


def _is_row(line: str) -> bool:
    return bool(line.strip()) and not is_comment(line.removeprefix(_MARK))


def _rows(lines: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the text and the cells of each row; a note may have several lines."""
    found: list[tuple[str, tuple[str, ...]]] = []
    reader, start = csv.reader(lines, strict=True), 0
    for cells in reader:
        text = "".join(lines[start : reader.line_num])
        found.append((text, tuple(cells) if _is_row(text) else ()))
        start = reader.line_num
    return found


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if 0 <= place < len(cells) else ""


def _line(table: _Table, cells: Sequence[str], said: tuple[str, str, str]) -> str:
    """Return the row of a star, with the cells of other columns as they were."""
    row = [*cells, *[""] * (len(table.header) - len(cells))]
    star, label, note = said
    values: Mapping[int, str] = dict(
        zip(table.places, (star, label, guarded(_one_line(note))), strict=True)
    )
    for place, value in values.items():
        if place >= 0:
            row[place] = value
    text = io.StringIO()
    ending = "\r\n" if table.head.endswith("\r\n") else "\n"
    csv.writer(text, lineterminator=ending).writerow(row)
    return text.getvalue()


def _one_line(note: str) -> str:
    return "".join(filter(str.isprintable, " ".join(note.split())))
