"""Targets as users name them, and the lists that name them."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import logging
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from preprocessing.core.errors import UsageError
from preprocessing.missions.mission import Mission
from preprocessing.missions.registry import DEFAULT_MISSION, MISSIONS, derived

__all__ = [
    "Target",
    "TargetList",
    "number_of_key",
    "parse_target",
    "read_target_list",
    "split_names",
    "star_key",
]

_log = logging.getLogger(__name__)

#: Keys of stars of different missions are this far apart; those of the first are its numbers.
_KEYS_A_MISSION = 1 << 56
#: Column of a CSV in which a bare number is of the mission's own catalog.
_ANY_CATALOG_COLUMN = "target_id"
#: Not allowed in file names on one system or another.
_FORBIDDEN = frozenset('/\\:*?"<>|')
#: Characters that are not seen though they count as printable; some file systems leave
#: them out when they compare names (Unicode: Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
#: With which no name of a star begins, but options, hidden files and formulas do.
_NO_BEGINNING = ".-=+@'"
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
#: Of a list: the Kepler Input Catalog has 13 million stars, of which 200,000 were observed.
#: A line of the archive's widest tables has some thousand characters.
_MOST_NAMES = 2_000_000
_LONGEST_LINE = 2**20
#: Bytes in UTF-8: file systems take 255, of which suffixes need some.
_LONGEST_NAME = 100


@dataclass(frozen=True)
class _Grammar:
    """How the missions' stars are called.

    Parameters
    ----------
    catalogs : dict of str to str
        By what may stand before a number, in small letters.
    digits, first_keys : dict of str to int
        By catalog: most digits of a number, and the key of its star number 0.
    numbered, plain : re.Pattern
        Any number with or without a prefix; and the spelling of nearly every line of long
        lists, which needs no closer look.
    id_columns : dict of str to str
        Columns of a CSV that hold targets, and what a bare number there stands for; empty for
        the catalog of the mission.
    """

    catalogs: dict[str, str]
    digits: dict[str, int]
    first_keys: dict[str, int]
    numbered: re.Pattern[str]
    plain: re.Pattern[str]
    id_columns: dict[str, str]


@derived
def _grammar(missions: tuple[Mission, ...]) -> _Grammar:
    catalogs = {prefix: m.catalog for m in missions for prefix in m.name_prefixes}
    fewest_digits = min(m.catalog_digits for m in missions)
    columns = {column: m.catalog for m in missions for column in m.id_columns}
    prefixes = "|".join(map(re.escape, catalogs))
    names = "|".join(f"{re.escape(m.catalog)} " for m in missions)
    return _Grammar(
        catalogs,
        {m.catalog: m.catalog_digits for m in missions},
        {m.catalog: rank * _KEYS_A_MISSION for rank, m in enumerate(missions)},
        re.compile(rf"(?:({prefixes})[\s_]*)?(\d+)", re.ASCII | re.IGNORECASE),
        re.compile(rf"({names})?([1-9]\d{{0,{fewest_digits - 1}}})", re.ASCII),
        {**columns, _ANY_CATALOG_COLUMN: ""},
    )


_DEFAULT_CATALOG = MISSIONS[DEFAULT_MISSION].catalog


@dataclass(frozen=True, slots=True)
class Target:
    """One star as the user named it.

    Parameters
    ----------
    name : str
        As given, blanks at the ends removed; a bare number has become ``KIC n`` or the like.
    number : int or None
        Its number in a catalog, if the name says it.
    catalog : str
        Which catalog: ``KIC``, ``EPIC``, ``TIC``; empty if there is no number.
    problem : str or None
        Why the text cannot be a target; None if it can.
    """

    name: str
    number: int | None = None
    catalog: str = ""
    problem: str | None = None

    @property
    def key(self) -> str:
        """The same for every spelling: case, blanks, ``_`` and leading zeros do not count.

        A blank between two digits does: it is all that tells ``1 05`` from ``10 5``.

        Examples
        --------
        >>> parse_target("kplr000757076").key == parse_target("KIC 757076").key
        True
        >>> parse_target("Kepler-10").key == parse_target("KEPLER -010").key
        True
        """
        if self.number is not None:
            return f"{self.catalog.lower()}{self.number}"
        text = re.sub(r"(?<=\d)[\s_]+(?=\d)", " ", _folded(self.name))
        text = re.sub(r"(?<!\d)[\s_]+|[\s_]+(?!\d)", "", text)
        # Behind a decimal point zeros are no padding.
        return re.sub(r"(?<![\d.])0+(?=\d)", "", text)

    @property
    def identity(self) -> int | str:
        """What tells it from other targets: its number, or else its key.

        It takes less memory than the key, where there are hundreds of thousands.
        """
        return self.key if self.number is None else star_key(self.catalog, self.number)

    def number_in(self, catalog: str) -> int | None:
        """Return its number in a catalog, None if the name does not say it.

        Of another mission's number only the position tells which star it is.
        """
        return self.number if self.catalog == catalog else None

    @property
    def file_stem(self) -> str:
        """The name as a file is called after it.

        Examples
        --------
        >>> parse_target("KIC 757076").file_stem
        'KIC_757076'
        """
        return re.sub(r"\s", "_", self.name)


@dataclass(frozen=True)
class TargetList:
    """The targets of a run, each once.

    Parameters
    ----------
    targets : tuple of Target
        In the order in which they were first named.
    repeated : int
        How many further lines named one of them again.
    """

    targets: tuple[Target, ...]
    repeated: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the targets' keys, in order."""
        hasher = hashlib.sha256()
        for target in self.targets:
            hasher.update(target.key.encode("utf-8", "surrogatepass") + b"\n")
        return hasher.hexdigest()

    def first(self, count: int) -> TargetList:
        """Return a list of the first `count` targets."""
        return TargetList(self.targets[:count], self.repeated)

    @classmethod
    def of(cls, names: Iterable[str], catalog: str = _DEFAULT_CATALOG) -> TargetList:
        """Parse names, and drop those that repeat an earlier one.

        Parameters
        ----------
        names : iterable of str
        catalog : str
            The catalog that bare numbers belong to.

        Examples
        --------
        >>> TargetList.of(["757076", "kic 0757076", "Kepler-10"]).repeated
        1
        """
        seen: dict[int | str, Target] = {}
        count = 0
        for name in names:
            target = parse_target(name, catalog)
            count += 1
            seen.setdefault(target.identity, target)
        return cls(tuple(seen.values()), count - len(seen))


def star_key(catalog: str, number: int) -> int:
    """Return one number that tells a star from those of all catalogs.

    Examples
    --------
    >>> star_key("KIC", 757076)
    757076
    >>> star_key("TIC", 757076) == star_key("EPIC", 757076)
    False
    """
    return number + _grammar().first_keys[catalog]


def number_of_key(key: int, catalog: str) -> int | None:
    """Return the number in a catalog that a key stands for, None if it is of another one.

    Examples
    --------
    >>> number_of_key(star_key("TIC", 757076), "TIC")
    757076
    """
    number = key - _grammar().first_keys[catalog]
    return number if 0 < number < _KEYS_A_MISSION else None


def parse_target(text: str, catalog: str = _DEFAULT_CATALOG) -> Target:
    """Return the target that a text names; its `problem` says if it cannot be one.

    Parameters
    ----------
    text : str
        ``757076``, ``KIC 757076``, ``kplr000757076``, ``EPIC 206103150``, ``TIC 25155310`` or a
        name like ``Kepler-10``.
    catalog : str
        The catalog that a bare number belongs to.

    Examples
    --------
    >>> parse_target("757076")
    Target(name='KIC 757076', number=757076, catalog='KIC', problem=None)
    >>> parse_target("757076", "TIC").name
    'TIC 757076'
    >>> parse_target("Kepler-10").number is None
    True
    >>> parse_target("a/b").problem
    "'/' cannot be part of a name"
    """
    grammar = _grammar()
    plain = grammar.plain.fullmatch(text)
    if plain is not None:
        prefix = plain[1] or f"{catalog} "
        return Target(text if plain[1] else f"{prefix}{text}", int(plain[2]), prefix[:-1])
    # A wide or small variant of a character is that character, so that no file system
    # finds a slash or a dot in a name that had none here.
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).strip())
    problem = _problem_of(name)
    if problem is not None:
        return Target(_printable(name), problem=problem)
    match = grammar.numbered.fullmatch(name)
    if match is None:
        return Target(name)
    where = catalog if match[1] is None else grammar.catalogs[match[1].lower()]
    digits = match[2].lstrip("0")
    if not digits or len(digits) > grammar.digits[where]:
        return Target(name, problem=f"{match[2]} is no number of the catalog {where}")
    number = int(digits)
    return Target(name if match[1] else f"{where} {number}", number, where)


def split_names(text: str) -> list[str]:
    """Return the names of a comma-separated list.

    Examples
    --------
    >>> split_names("Kepler-10, KIC 757076,")
    ['Kepler-10', 'KIC 757076']
    """
    return [name.strip() for name in text.split(",") if name.strip()]


def read_target_list(source: str) -> list[str]:
    """Read names from a file or standard input.

    Parameters
    ----------
    source : str
        Path of a text file with a name a line, or of a CSV with a column ``kepid``,
        ``epic_id``, ``tic_id`` or ``target_id``; ``#`` begins a comment. ``-`` is standard
        input.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        The file is missing, no text, empty, too long, or a CSV without such a column.
    """
    where = "standard input" if source == "-" else source
    try:
        with _open_list(source) as stream:
            names = _names_in(_lines(stream, where), where)
    except OSError as error:
        raise UsageError(f"cannot read the target list {where}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the target list {where} is not a text file in UTF-8") from error
    if not names:
        raise UsageError(f"the target list {where} names no target")
    return names


@contextmanager
def _open_list(source: str) -> Iterator[io.TextIOWrapper]:
    if source != "-":
        with open(source, encoding="utf-8-sig") as stream:
            yield stream
        return
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    try:
        yield stream
    finally:
        # Standard input itself stays open.
        stream.detach()


def _lines(stream: io.TextIOWrapper, where: str) -> Iterator[str]:
    """Yield the lines that are neither blank nor comments, blanks at their ends removed."""
    while text := stream.readline(_LONGEST_LINE):
        if len(text) == _LONGEST_LINE:
            raise UsageError(
                f"the target list {where} has a line of more than {_LONGEST_LINE} characters"
            )
        if "\0" in text:
            raise UsageError(f"the target list {where} is not a text file: it holds NUL bytes")
        for line in map(str.strip, text.splitlines()):
            if line and line[0] != "#":
                yield line


def _names_in(lines: Iterator[str], where: str) -> list[str]:
    first = next(lines, None)
    if first is None:
        return []
    if _is_csv(first):
        names = _csv_names(first, lines, where)
    else:
        names = filter(None, map(_without_comment, itertools.chain([first], lines)))
    chosen = list(itertools.islice(names, _MOST_NAMES + 1))
    if len(chosen) > _MOST_NAMES:
        raise UsageError(
            f"the target list {where} has more than {_MOST_NAMES} names: split it, and run one part"
            " after the other"
        )
    return chosen


def _without_comment(text: str) -> str:
    return text.split("#", 1)[0].strip()


def _columns(line: str) -> list[str]:
    return [_without_comment(column).lower() for column in next(csv.reader([line]))]


def _is_csv(first_line: str) -> bool:
    without_comment = _without_comment(first_line)
    return "," in without_comment or without_comment.strip('"').lower() in _grammar().id_columns


def _csv_names(first_line: str, lines: Iterator[str], where: str) -> Iterator[str]:
    columns = _columns(first_line)
    id_columns = _grammar().id_columns
    column = next((name for name in id_columns if name in columns), None)
    if column is None:
        known = ", ".join(id_columns)
        raise UsageError(f"the target list {where} looks like a CSV but has none of: {known}")
    index, catalog = columns.index(column), id_columns[column]
    unnamed = 0
    try:
        # Not strict, a quote that is never closed would swallow the rest of the list.
        for row in csv.reader((f"{line}\n" for line in lines), strict=True):
            cell = _without_comment(row[index]) if len(row) > index else ""
            unnamed += not cell
            if cell:
                yield _name_of_cell(cell, catalog)
    except csv.Error as error:
        raise UsageError(f"the target list {where} is not a sound CSV: {error}") from error
    if unnamed:
        _log.warning("%s: %d rows have nothing in column %s", where, unnamed, column)


def _name_of_cell(cell: str, catalog: str) -> str:
    # Tables that had gaps were often written with their whole numbers as 757076.0.
    number = re.fullmatch(r"(\d+)(?:\.0*)?", cell, re.ASCII)
    return f"{catalog} {number[1]}".lstrip() if number else cell


def _folded(name: str) -> str:
    """Return a name so that names that differ in case alone are equal, in any script."""
    if name.isascii():
        return name.casefold()
    # Accents and letters apart first (Unicode 15, section 3.13, canonical caseless matching).
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def _problem_of(name: str) -> str | None:
    if not name:
        return "the name is empty"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        return f"the name is longer than {_LONGEST_NAME} bytes"
    bad = next((c for c in name if c in _FORBIDDEN or not c.isprintable()), None)
    if bad is not None:
        return f"{bad!r} cannot be part of a name"
    invisible = _INVISIBLE.search(name)
    if invisible is not None:
        return f"U+{ord(invisible[0]):04X}, which is not seen, cannot be part of a name"
    if name[0] in _NO_BEGINNING or name[-1] == ".":
        return f"a name cannot begin with one of {_NO_BEGINNING} or end with '.': {name}"
    if not any(map(str.isalnum, name)):
        return f"{name} has neither a letter nor a digit"
    if _RESERVED.fullmatch(name):
        return f"{name} is a reserved file name on some systems"
    return None


def _printable(name: str) -> str:
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
    return "".join(c if c.isprintable() else "?" for c in shown)
