"""Read a list of targets, whatever wrote it, and say what was found in it."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from preprocessing.core.errors import UsageError
from preprocessing.lists.cells import line_text, parts_of_line, star_of_cell
from preprocessing.lists.column_values import is_star_number
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.latex import rows_of_latex
from preprocessing.lists.layout import Head, Layout
from preprocessing.lists.recognition import find_layout
from preprocessing.lists.rows import EMPTY, cells_of_table
from preprocessing.lists.text import is_comment, list_name, read_lines, without_row_counts
from preprocessing.missions import DEFAULT_MISSION, MISSIONS, Mission, Product
from preprocessing.missions.catalog_numbers import (
    mission_of_catalog,
    mission_of_numbers,
    with_article,
)
from preprocessing.missions.file_stars import products_in, stars_in
from preprocessing.missions.targets import Target, TargetList
from preprocessing.missions.whole_numbers import are_rounded
from preprocessing.system.printable import printable

__all__ = ["ListedTargets", "find_other_mission", "read_target_list"]

#: The most rows of a list (Kepler observed 200,000 stars).
_MOST_ROWS = 2_000_000
#: Lines that are kept to recognize a list: the longest header is a journal's, which describes each
#: of its columns in a line.
_HEAD = 400
#: Titles that may stand above a header which begins with the mark of a comment.
_MOST_TITLES = 4
#: Above this share of texts that cannot be stars, a list is taken for something else.
_MOST_IMPOSSIBLE = 0.5
#: Targets that are compared with the ranges of catalogs.
_MOST_COMPARED = 1000
#: A text of more words than this is a sentence, and one of more than the second if it has no digit:
#: nearly every star's name has one.
_MOST_WORDS, _MOST_WORDS_WITHOUT_DIGIT = 6, 3
#: Characters that programs and settings have, and no star's name.
_OF_NO_NAME = frozenset("={}")
#: Characters of a row that a message shows.
_SHOWN = 60

_NO_FILE, _FURTHER_FILES, _REPEATED = (
    "without a known file or folder",
    "with further files of the same stars",
    "repeated",
)


@dataclass(frozen=True)
class ListedTargets:
    """What a list names.

    Parameters
    ----------
    targets : TargetList
        Its stars, each once.
    name : str
        What messages call the list.
    layout : Layout
        Where it has its stars.
    dropped : mapping of str to int
        How many rows name no further star, by why.
    products : tuple of Product
        The light curves that it names, if they were asked for.
    other_mission : Mission or None
        The mission whose stars most of them seem to be, if it is not the run's: see
        `find_other_mission`.
    """

    targets: TargetList
    name: str
    layout: Layout
    dropped: Mapping[str, int]
    products: tuple[Product, ...] = field(default=(), repr=False)
    other_mission: Mission | None = None

    def describe(self) -> Iterator[str]:
        """Yield lines that say what was read, for a person."""
        count = len(self.targets.targets)
        stars = f"{count} target{'s' if count != 1 else ''}"
        yield f"{self.name}: {stars}, {self.layout.described}."
        n_dropped = sum(self.dropped.values())
        if n_dropped:
            why = ", ".join(f"{n} {reason}" for reason, n in self.dropped.items() if n)
            yield f"{n_dropped} row{'s' if n_dropped != 1 else ''} dropped: {why}."
        impossible = [target for target in self.targets.targets if target.problem is not None]
        if impossible:
            yield (
                f"{len(impossible)} cannot be searched for, and will be recorded so:"
                f" {impossible[0].problem}."
            )


def read_target_list(
    source: str,
    mission: Mission = MISSIONS[DEFAULT_MISSION],
    id_column: str | None = None,
    *,
    names_files: bool = False,
) -> ListedTargets:
    """Read the targets of a file or of standard input.

    Parameters
    ----------
    source : str
        Path of a text file: one name a line, a table of nearly any kind, a script that fetches
        files, or a list of files' names. ``-`` means standard input.
    mission : Mission
        The mission whose stars are listed. Bare numbers belong to its catalog, and its column is
        preferred to others'.
    id_column : str, optional
        The column with the stars, by its name or its position from 1.
    names_files : bool
        Whether the list must name files, and they are wanted.

    Raises
    ------
    UsageError
        The list cannot be read, names no star, or is something else.
    """
    where = list_name(source)
    columns = StarColumns(mission, id_column)
    lines = rows_of_latex(without_row_counts(read_lines(source), f"the target list {where}"))
    head = _head(lines)
    if names_files:
        layout = Layout("names of files", is_script=True)
    else:
        layout = find_layout(head, columns, where)
    catalog = columns.catalog_of(layout.column)
    dropped: Counter[str] = Counter()
    products: dict[Product, None] = {}
    rows = itertools.chain(head.lines[layout.n_before :], _rows(lines))
    if layout.is_script:
        names = _stars_of_files(rows, dropped, products if names_files else None, catalog)
    elif layout.dialect is None:
        names = _stars_of_lines(rows, catalog, dropped)
    else:
        texts = cells_of_table(rows, layout, columns, dropped)
        if columns.names_files(layout.column):
            names = _stars_of_files(texts, dropped, None, catalog)
        else:
            names = (star_of_cell(text, catalog) for text in texts)
    try:
        targets = TargetList.of(_at_most(names, where), mission.catalog)
    except csv.Error as error:
        raise UsageError(f"the target list {where} is not a valid table: {error}") from error
    if not (layout.is_script or columns.names_files(layout.column)):
        dropped[_REPEATED] = targets.repeated
    if not targets.targets:
        raise _names_nothing(where, layout, dropped, names_files=names_files)
    if are_rounded([target.number for target in targets.targets if target.number is not None]):
        raise UsageError(
            f"the target list {where}, {layout.described}, has lost digits: all large numbers are"
            " such as single precision has. Save them as whole numbers or as text"
        )
    has_bare = not (layout.is_script or columns.states_catalog(layout.column))
    other = find_other_mission(targets.targets, mission, has_bare=has_bare)
    _refuse_other_text(targets.targets, head, where, other)
    return ListedTargets(targets, where, layout, dropped, tuple(products), other)


def find_other_mission(
    targets: Sequence[Target], mission: Mission, *, has_bare: bool = True
) -> Mission | None:
    """Return the other mission that most targets seem to be stars of, or None.

    Parameters
    ----------
    targets : sequence of Target
        The targets of a run. Of a long list, some from all over it are enough.
    mission : Mission
        The mission that the run is about.
    has_bare : bool
        Whether numbers of the mission's catalog may be of another, since nothing said which
        catalog they are from.
    """
    catalogs: Counter[str] = Counter()
    numbers: list[int] = []
    for target in targets[:: 1 + len(targets) // _MOST_COMPARED]:
        catalogs[target.catalog] += 1
        bare = target.name.rpartition(" ")[2]
        if target.catalog == mission.catalog and target.number is not None:
            numbers.append(target.number)
        elif target.problem is not None and bare.isdecimal():
            numbers.append(int(bare[:_SHOWN]))
    n_of_others = sum(catalogs.values()) - catalogs[mission.catalog] - catalogs[""]
    if 2 * n_of_others > sum(catalogs.values()):
        del catalogs[mission.catalog], catalogs[""]
        return mission_of_catalog(catalogs.most_common(1)[0][0])
    if has_bare and 2 * len(numbers) > sum(catalogs.values()):
        return mission_of_numbers(numbers, mission)
    return None


def _head(lines: Iterator[str]) -> Head:
    comments: list[tuple[int, str]] = []
    kept: list[str] = []
    for line in itertools.islice(lines, _HEAD):
        if not is_comment(line):
            kept.append(line)
        elif len(kept) < _MOST_TITLES:
            comments.append((len(kept), line))
    following = list(itertools.islice(lines, 1))
    return Head(tuple(comments), (*kept, *following), not following)


def _rows(lines: Iterator[str]) -> Iterator[str]:
    return itertools.filterfalse(is_comment, lines)


def _at_most(names: Iterator[str], where: str) -> Iterator[str]:
    yield from itertools.islice(names, _MOST_ROWS)
    if next(names, None) is not None:
        raise UsageError(
            f"the target list {where} has more than {_MOST_ROWS} names: split it and run the parts"
            " one after the other"
        )


def _stars_of_lines(lines: Iterable[str], catalog: str, dropped: Counter[str]) -> Iterator[str]:
    for line in lines:
        text = line_text(line)
        if text:
            stars = (star_of_cell(part, catalog) for part in parts_of_line(text))
            yield from stars
        else:
            dropped[EMPTY] += 1


def _stars_of_files(
    lines: Iterable[str], dropped: Counter[str], products: dict[Product, None] | None, catalog: str
) -> Iterator[str]:
    found: set[str] = set()
    for line in lines:
        stars = list(stars_in(line))
        if products is None:
            is_further = found.issuperset(stars)
            why = _FURTHER_FILES
        else:
            named = list(products_in(line))
            stars = [star for product in named for star in stars_in(product.file_name)]
            is_further = products.keys() >= set(named)
            products.update(dict.fromkeys(named))
            why = _REPEATED
        star = "" if stars or products is not None else line_text(line)
        if star and is_star_number(star_of_cell(star, catalog)):
            # A star's own name among the files of others.
            yield star_of_cell(star, catalog)
        elif not stars:
            dropped[_NO_FILE] += 1
        elif is_further:
            dropped[why] += 1
        else:
            found.update(stars)
            yield from stars


def _names_nothing(
    where: str, layout: Layout, dropped: Mapping[str, int], *, names_files: bool
) -> UsageError:
    if names_files:
        return UsageError(
            f"the target list {where} names no light-curve file, which --exact asks for"
        )
    why = ", ".join(f"{n} {reason}" for reason, n in dropped.items() if n)
    if not (why or layout.column):
        return UsageError(
            f"the target list {where} names no target: it is empty, or has comments only"
        )
    return UsageError(
        f"the target list {where} names no target: {layout.described};"
        f" {f'rows dropped: {why}' if why else 'it has no row'}"
    )


def _refuse_other_text(
    targets: tuple[Target, ...], head: Head, where: str, other: Mission | None
) -> None:
    """Refuse a list of which more than half cannot be a target.

    Raises
    ------
    UsageError
        It is something else, or another mission's.
    """
    impossible = [target for target in targets if _is_impossible(target)]
    if len(impossible) <= _MOST_IMPOSSIBLE * len(targets):
        return
    first, row = impossible[0], printable(head.lines[0].strip(), _SHOWN)
    problem = first.problem or f"{printable(first.name, _SHOWN)!r} is no star's name"
    advice = (
        f"this looks like {with_article(other.catalog)} list: add --mission {other.name}"
        if other is not None
        else "name the column with the stars by --id-column, or write one star a line"
    )
    raise UsageError(
        f"the target list {where} is no list of stars: {len(impossible)} of {len(targets)} cannot"
        f" be a target, the first of them because {problem}. Its first"
        f" row is {row!r}: {advice}"
    )


def _is_impossible(target: Target) -> bool:
    if target.number is not None:
        return False
    if target.problem is not None or not _OF_NO_NAME.isdisjoint(target.name):
        return True
    n_words = target.name.count(" ") + 1
    has_digit = any(map(str.isdigit, target.name))
    return n_words > (_MOST_WORDS if has_digit else _MOST_WORDS_WITHOUT_DIGIT)
