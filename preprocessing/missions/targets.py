"""Targets as users name them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from preprocessing.missions.mission import Mission
from preprocessing.missions.registry import DEFAULT_MISSION, MISSIONS, derived
from preprocessing.missions.whole_numbers import NUMBER, NotWholeError, is_decimal, whole_number

__all__ = [
    "Target",
    "TargetList",
    "number_of_key",
    "parse_target",
    "split_names",
    "star_key",
]

#: Distance between the keys of two missions' stars. For the first mission, keys equal numbers.
_KEYS_A_MISSION = 1 << 56
#: Characters that some system does not allow in file names.
_FORBIDDEN = frozenset('/\\:*?"<>|')
#: Characters that count as printable but are invisible; some file systems ignore them when they
#: compare names (Unicode: Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
#: What may stand between a prefix and its number, as in ``KIC-8644288``, ``KIC#9002278``, ``KIC ID
#: 8644288`` and ``TIC No. 25155310``.
_BETWEEN = r"\s*(?:id|no\.?|number)?[\s_:#=-]*"
#: Hyphens, dashes and the minus sign that word processors and journals set instead of a hyphen.
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")
#: What stands between numbers of a table's row, which may have exponents but is no name.
_BETWEEN_NUMBERS = re.compile(r"[\s,;]+")
#: First characters of options, hidden files and formulas, but of no star's name.
_FORBIDDEN_START = ".-=+@'"
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
#: Endings of files that people take for stars.
_FILE_ENDINGS = (".fits", ".fits.gz")
#: The most bytes of a name in UTF-8. File systems allow 255, and suffixes need some of them.
_LONGEST_NAME = 100
#: Digits of most source numbers of Gaia's data releases
#: (https://gea.esac.esa.int/archive/documentation/GDR3/, section 20.1.1, source_id).
_GAIA_DIGITS = range(17, 20)


@dataclass(frozen=True)
class _Grammar:
    """The grammar of names for the missions' stars.

    Parameters
    ----------
    catalogs : dict of str to str
        Catalogs by the prefix of a number, in lower case.
    digits, first_keys : dict of str to int
        By catalog: the most digits of a number, and the key for number 0.
    numbered : re.Pattern
        Any number, with or without a prefix. Its groups are the prefix, what stands between, and
        those of `whole_numbers.NUMBER`.
    prefix : re.Pattern
        A prefix without a number.
    plain : re.Pattern
        The usual spelling of a number, which needs no further checks; a short cut for long
        lists.
    """

    catalogs: dict[str, str]
    digits: dict[str, int]
    first_keys: dict[str, int]
    numbered: re.Pattern[str]
    prefix: re.Pattern[str]
    plain: re.Pattern[str]


@derived
def _grammar(missions: tuple[Mission, ...]) -> _Grammar:
    catalogs = {prefix: m.catalog for m in missions for prefix in m.name_prefixes}
    fewest_digits = min(m.catalog_digits for m in missions)
    prefixes = "|".join(map(re.escape, catalogs))
    names = "|".join(f"{re.escape(m.catalog)} " for m in missions)
    return _Grammar(
        catalogs,
        {m.catalog: m.catalog_digits for m in missions},
        {m.catalog: rank * _KEYS_A_MISSION for rank, m in enumerate(missions)},
        re.compile(rf"(?:({prefixes})({_BETWEEN}))?{NUMBER}", re.ASCII | re.IGNORECASE),
        re.compile(rf"({prefixes}){_BETWEEN}", re.ASCII | re.IGNORECASE),
        re.compile(rf"({names})?([1-9]\d{{0,{fewest_digits - 1}}})", re.ASCII),
    )


_DEFAULT_CATALOG = MISSIONS[DEFAULT_MISSION].catalog


@dataclass(frozen=True, slots=True)
class Target:
    """One star as the user named it.

    Parameters
    ----------
    name : str
        The name without blanks at its ends. A bare number has become ``KIC n`` or the like.
    number : int or None
        The star's number in a catalog, if the name contains it.
    catalog : str
        The catalog of the number: ``KIC``, ``EPIC``, ``TIC``; empty if there is no number.
    problem : str or None
        Why the text cannot be a target; None if it can.
    """

    name: str
    number: int | None = None
    catalog: str = ""
    problem: str | None = None

    @property
    def key(self) -> str:
        """A text that is equal for all spellings of a name.

        Case, blanks, ``_`` and leading zeros do not matter. Only a blank between two digits
        does, since it distinguishes ``1 05`` from ``10 5``.

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
        # Zeros after a decimal point are no padding.
        return re.sub(r"(?<![\d.])0+(?=\d)", "", text)

    @property
    def identity(self) -> int | str:
        """A value that identifies the target: the star's key if it has a number, else `key`.

        An integer takes less memory than text for hundreds of thousands of targets.
        """
        return self.key if self.number is None else star_key(self.catalog, self.number)

    def number_in(self, catalog: str) -> int | None:
        """Return the star's number in a catalog, or None if the name does not contain it.

        A number in another mission's catalog must be resolved by position instead.
        """
        return self.number if self.catalog == catalog else None

    @property
    def file_stem(self) -> str:
        """The name as part of a file name.

        Examples
        --------
        >>> parse_target("KIC 757076").file_stem
        'KIC_757076'
        """
        return re.sub(r"\s", "_", self.name)


@dataclass(frozen=True)
class TargetList:
    """The distinct targets of a run.

    Parameters
    ----------
    targets : tuple of Target
        Targets in the order in which they were first named.
    repeated : int
        How many further names repeat one of them.
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
        """Return a list with only the first `count` targets."""
        return TargetList(self.targets[:count], self.repeated)

    @classmethod
    def of(cls, names: Iterable[str], catalog: str = _DEFAULT_CATALOG) -> TargetList:
        """Parse names and drop those that repeat an earlier one.

        Parameters
        ----------
        names : iterable of str
            The names, as the user gave them.
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
    """Return a number that identifies a star across all catalogs.

    Parameters
    ----------
    catalog : str
        ``KIC``, ``EPIC`` or ``TIC``.
    number : int
        The star's number in the catalog.

    Examples
    --------
    >>> star_key("KIC", 757076)
    757076
    >>> star_key("TIC", 757076) == star_key("EPIC", 757076)
    False
    """
    return number + _grammar().first_keys[catalog]


def number_of_key(key: int, catalog: str) -> int | None:
    """Return the number in a catalog for a star's key, or None if the star is in another catalog.

    Parameters
    ----------
    key : int
        See `star_key`.
    catalog : str
        ``KIC``, ``EPIC`` or ``TIC``.

    Examples
    --------
    >>> number_of_key(star_key("TIC", 757076), "TIC")
    757076
    """
    number = key - _grammar().first_keys[catalog]
    return number if 0 < number < _KEYS_A_MISSION else None


def parse_target(text: str, catalog: str = _DEFAULT_CATALOG) -> Target:
    """Return the target that a text names; `Target.problem` says why if it cannot name one.

    Parameters
    ----------
    text : str
        ``757076``, ``KIC 757076``, ``KIC-757076``, ``kplr000757076``, ``EPIC 206103150``,
        ``TIC 25155310`` or a name like ``Kepler-10``. Whole numbers may be written as floats:
        ``757076.0``, ``7.57076e+05``.
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
    >>> parse_target("KIC:757076.0").name
    'KIC 757076'
    >>> parse_target("a/b").problem
    "'/' cannot be part of a name"
    """
    grammar = _grammar()
    plain = grammar.plain.fullmatch(text)
    if plain is not None:
        prefix = plain[1] or f"{catalog} "
        return Target(text if plain[1] else f"{prefix}{text}", int(plain[2]), prefix[:-1])
    # NFKC replaces wide and small variants of characters, so that a file system cannot find a
    # slash or a dot where none was seen here.
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).strip()).translate(_DASHES)
    # A number's prefix may be followed by what is no part of names.
    match = grammar.numbered.fullmatch(name) if len(name) <= _LONGEST_NAME else None
    if match is not None:
        return _numbered(name, match, catalog)
    if grammar.prefix.fullmatch(name):
        return Target(_printable(name), problem=f"{name} names a catalog, but no star in it")
    problem = _problem_of(name)
    if problem is not None:
        return Target(_printable(name), problem=problem)
    return Target(name)


def _numbered(name: str, match: re.Match[str], catalog: str) -> Target:
    """Return the target that a number is, or an explanation why no star has it."""
    prefix, between, *number = match.groups()
    where = catalog if prefix is None else _grammar().catalogs[prefix.lower()]
    is_plain = number[1] is None and number[2] is None
    try:
        digits = whole_number(*number)
    except NotWholeError as error:
        if prefix is not None and number[2] is None:
            # Candidates are named so: TIC 25155310.01.
            return Target(name, problem=_problem_of(name))
        return Target(name, problem=f"{name} {error}")
    if not digits or len(digits) > _grammar().digits[where]:
        hint = ": it may be one of Gaia's" if len(digits) in _GAIA_DIGITS else ""
        return Target(
            name,
            problem=f"{digits or 0} is not a number in the catalog {where}{hint}",
        )
    # The usual spellings stay as they are, since outputs are named by them.
    is_kept = prefix is not None and is_plain and not between.strip(" _")
    return Target(name if is_kept else f"{where} {int(digits)}", int(digits), where)


def split_names(text: str) -> list[str]:
    """Return the names in a comma-separated list.

    Parameters
    ----------
    text : str
        The list. Empty entries are dropped.

    Examples
    --------
    >>> split_names("Kepler-10, KIC 757076,")
    ['Kepler-10', 'KIC 757076']
    """
    return [name.strip() for name in text.split(",") if name.strip()]


def _folded(name: str) -> str:
    """Return a form of a name that is equal for names that differ only in case, in any script."""
    if name.isascii():
        return name.casefold()
    # Decompose accented letters first (Unicode 15, section 3.13, canonical caseless matching).
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def _problem_of(name: str) -> str | None:
    if not name:
        return "the name is empty"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        return f"the name is longer than {_LONGEST_NAME} bytes"
    if not name.strip("#"):
        return f"{name} is what a spreadsheet shows of a number in a column that is too narrow"
    if name.lower().endswith(_FILE_ENDINGS):
        return f"{name} is a file, and its name has no star's number that is known"
    bad = next((c for c in name if c in _FORBIDDEN or not c.isprintable()), None)
    if bad is not None:
        return f"{bad!r} cannot be part of a name"
    invisible = _INVISIBLE.search(name)
    if invisible is not None:
        return f"the invisible character U+{ord(invisible[0]):04X} cannot be part of a name"
    if name[0] in _FORBIDDEN_START or name[-1] == ".":
        return f"a name cannot start with one of {_FORBIDDEN_START} or end with '.': {name}"
    if not any(map(str.isalnum, name)):
        return f"{name} has neither a letter nor a digit"
    if not any(map(str.isalpha, name)) or all(map(is_decimal, _BETWEEN_NUMBERS.split(name))):
        return f"{name} is neither a name nor a whole number"
    if _RESERVED.fullmatch(name):
        return f"{name} is a reserved file name on some systems"
    return None


def _printable(name: str) -> str:
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
    return "".join(c if c.isprintable() else "?" for c in shown)
