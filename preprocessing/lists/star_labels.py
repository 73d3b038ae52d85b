"""Labels that a person gave to stars: a table of names, labels and notes."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import one_of
from preprocessing.lists.cells import cell_text, star_of_cell
from preprocessing.lists.columns import StarColumns, plain_name
from preprocessing.lists.dialect import DELIMITED, Dialect
from preprocessing.lists.text import is_comment, read_lines
from preprocessing.missions import Mission
from preprocessing.missions.targets import parse_target
from preprocessing.system.printable import printable

__all__ = ["StarLabel", "StarLabels", "read_star_labels"]

_WHAT = "file of labels"
_LABEL = "label"
#: Titles may stand above the header in so many lines.
_MOST_TITLE_LINES = 12
_SHOWN = 60
_NO_LABEL, _NO_STAR = "without a label", "that name no star of the mission by its number"
_REPEATED = "replaced by a later row of the same star"


class StarLabel(str, Enum):
    """What a person says of a star."""

    #: Worth to be looked at, and others like it.
    INTERESTING = "interesting"
    #: Something that is understood.
    KNOWN = "known"
    #: Not the star, but the telescope, a neighbor or the processing.
    ARTIFACT = "artifact"
    #: The person cannot tell.
    UNSURE = "unsure"

    __str__ = str.__str__


@dataclass(frozen=True)
class StarLabels:
    """The labels of a file.

    Parameters
    ----------
    by_number : mapping of int to StarLabel
        The last label of each star, by its number in the mission's catalog.
    dropped : mapping of str to int
        How many rows do not count, by why.
    """

    by_number: Mapping[int, StarLabel]
    dropped: Mapping[str, int]


def read_star_labels(path: Path, mission: Mission) -> StarLabels:
    """Read the labels that a person gave to stars.

    Parameters
    ----------
    path : Path
        A table with a header: a column of the stars, named as in lists of targets, and a column
        ``label``. Other columns, such as ``note``, are for people.
    mission : Mission
        The mission whose stars are labeled. Bare numbers belong to its catalog.

    Returns
    -------
    StarLabels

    Raises
    ------
    UsageError
        The file cannot be read, lacks a column, has another word for a label, or no label.
    """
    lines = (line for line in read_lines(str(path), _WHAT) if line.strip() and not is_comment(line))
    dialect, header = _header(lines, StarColumns(mission), path)
    star = StarColumns(mission).index_in(header)
    assert star is not None
    label = [plain_name(name) for name in header].index(_LABEL)
    catalog = StarColumns(mission).catalog_of(header[star])
    found: dict[int, StarLabel] = {}
    dropped: Counter[str] = Counter()
    try:
        for row in dialect.rows(lines):
            cells = [cell_text(row[n]) if n < len(row) else "" for n in (star, label)]
            number = _number(cells[0], catalog, mission)
            if not cells[1]:
                dropped[_NO_LABEL] += 1
            elif number is None:
                dropped[_NO_STAR] += 1
            else:
                dropped[_REPEATED] += number in found
                found[number] = _label(cells[1], cells[0], path)
    except csv.Error as error:
        raise UsageError(f"the {_WHAT} {path} is not a valid table: {error}") from error
    kept = {why: count for why, count in dropped.items() if count}
    if not found:
        why = "; ".join(f"{count} {one}" for one, count in kept.items())
        raise UsageError(f"the {_WHAT} {path} labels no star of {mission.name} ({why or 'no row'})")
    return StarLabels(found, kept)


def _header(lines: Iterator[str], stars: StarColumns, path: Path) -> tuple[Dialect, Sequence[str]]:
    """Return how the table is divided, and its header; the lines go on below it."""
    first = None
    for line, _ in zip(lines, range(_MOST_TITLE_LINES), strict=False):
        first = first or line
        for dialect in DELIMITED:
            header = dialect.split(line)
            names = [plain_name(name) for name in header]
            if _LABEL in names and stars.index_in(header) is not None:
                return dialect, header
    if first is None:
        raise UsageError(f"the {_WHAT} {path} is empty")
    raise UsageError(
        f"the {_WHAT} {path} has no columns of stars and labels: its first row is"
        f" {printable(first.strip())[:_SHOWN]!r}. Name them {stars.mission.catalog.lower()} and"
        f" {_LABEL}"
    )


def _number(text: str, catalog: str, mission: Mission) -> int | None:
    """Return the number of a star in the mission's catalog; None if the text names no such star."""
    if not text:
        return None
    return parse_target(star_of_cell(text, catalog)).number_in(mission.catalog)


def _label(text: str, star: str, path: Path) -> StarLabel:
    try:
        return StarLabel(text.lower())
    except ValueError as error:
        raise UsageError(
            f"the {_WHAT} {path} calls {printable(star)} {printable(text)[:_SHOWN]!r}: "
            f"{one_of(text, [str(one) for one in StarLabel])}"
        ) from error
