"""Which column of a table names the stars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.targets import parse_target
from preprocessing.missions.whole_numbers import is_decimal

__all__ = ["StarColumns", "catalog_of_words", "plain_name"]

#: Columns in which a bare number belongs to the mission's catalog, whichever that is. The likeliest
#: come first: what this program writes, what MAST writes (target_name, ID), and authors. MAST's own
#: numbers (objID) stand beside each of these, and come last.
_NUMBERS = (
    "targetid",
    "targetname",
    "target",
    "starid",
    "objectid",
    "id",
    "ids",
    "objid",
)
#: Columns of names that a resolver may know.
_NAMES = (
    "hostname",
    "starname",
    "star",
    "host",
    "plhostname",
    "objectname",
    "object",
    "obj",
    "mainid",
    "identifier",
    "name",
    "names",
    "targets",
    "stars",
)
#: Columns of files' names and addresses, in MAST's lists of products and in authors' lists.
_FILES = (
    "productfilename",
    "datauri",
    "dataurl",
    "filename",
    "filepath",
    "file",
    "files",
    "url",
    "urls",
)
#: What stands behind or before a catalog's name or a prefix in columns of its numbers: ``KIC_ID``,
#: ``kicnum``, ``TIC number``, ``EPIC name``, ``ID_KIC``.
_WORDS = (
    "id",
    "num",
    "number",
    "no",
    "nr",
    "name",
    "star",
    "starid",
    "idnumber",
    "identifier",
    "designation",
    "source",
    "target",
)
#: Words around a catalog's name or a prefix, in columns of its numbers: ``host_tic``, ``Input
#: TIC``, ``xmatch_kepid``. With other words (``companion_tic``, ``kic_teff``) it has others.
_AROUND = frozenset(
    {
        *_WORDS,
        *("ids", "numbers", "names", "stars", "targets", "host", "input", "catalog"),
        *("match", "matched", "matching", "xmatch", "crossmatch", "sci", "gaia", "simbad", "left"),
        *("right", "list", "obj", "object", "primary", "cat", "toi", "koi"),
        *(mission.lower() for mission in MISSIONS),
    }
)
_WORD = re.compile(rf"{'|'.join(MISSIONS)}|[a-z]+", re.IGNORECASE)
#: Plural, or the version of a catalog: ``TICs``, ``TIC_v8.2``, ``KIC10``.
_PLURAL, _VERSION = re.compile(r"s$"), re.compile(r"v?\d{1,2}$")
#: Digits of a star's number, and of nothing in a header.
_STAR_NUMBER = re.compile(r"\d{5}")
#: A unit or a type behind a column's name: ``RA (J2000) [deg]``.
_REMARK = re.compile(r"\(.*?\)|\[.*?\]")
_DELIMITERS = frozenset("\t|;,")
#: What programs add to tell two tables' columns apart: ``kepid_1`` (TOPCAT), ``kepid_x`` (pandas).
_JOINED = re.compile(r"[_.](?:\d|[xy])$")


def plain_name(name: str) -> str:
    """Return a column's name without what differs from file to file.

    Parameters
    ----------
    name : str
        The name. Case, blanks, punctuation, remarks in brackets and the endings of joined tables
        do not matter.

    Examples
    --------
    >>> plain_name('"TIC ID"'), plain_name("#EPIC_ID"), plain_name("kepid_1")
    ('ticid', 'epicid', 'kepid')
    """
    text = _JOINED.sub("", _REMARK.sub("", name).strip(" \t\"'"))
    return "".join(filter(str.isalnum, text)).lower()


@dataclass(frozen=True)
class StarColumns:
    """The columns that may name stars, in the order of preference.

    Parameters
    ----------
    mission : Mission
        The mission whose stars are listed. Its own column is preferred to any other.
    wanted : str or None
        The column that the user chose, by its name or its position; None for the first known.
    """

    mission: Mission
    wanted: str | None = None

    @property
    def position(self) -> int | None:
        """The index of the column that was chosen by its position, counted from 0."""
        if self.wanted is None or not self.wanted.isdecimal() or int(self.wanted) < 1:
            return None
        return int(self.wanted) - 1

    def index_in(self, header: Sequence[str]) -> int | None:
        """Return the index of the column in a header, or None if it has no such column.

        Parameters
        ----------
        header : sequence of str
            The first row of a table.
        """
        return next(self.indices_in(header), None)

    def indices_in(self, header: Sequence[str]) -> Iterator[int]:
        """Yield the indices of the columns in a header that may name stars, the likeliest first.

        Parameters
        ----------
        header : sequence of str
            The first row of a table. A row with a star's number in it is no header.
        """
        if any(map(_STAR_NUMBER.search, header)) or all(map(is_decimal, header)):
            return
        if len(header) == 1 and not _DELIMITERS.isdisjoint(header[0]):
            # By another dialect, it is more than one.
            return
        names = [plain_name(name) for name in header]
        if self.wanted is not None:
            exact = [name.strip(" \t\"'#") for name in header]
            if self.wanted in exact:
                yield exact.index(self.wanted)
            wanted = plain_name(self.wanted)
            if wanted and wanted in names:
                yield names.index(wanted)
            return
        others = [mission for mission in MISSIONS.values() if mission is not self.mission]
        yield from _indices_of(self.mission, header, names)
        yield from (names.index(name) for name in (*_NUMBERS, *_NAMES) if name in names)
        for mission in others:
            yield from _indices_of(mission, header, names)
        yield from (names.index(name) for name in _FILES if name in names)

    def catalog_of(self, name: str) -> str:
        """Return the catalog of a bare number in a column; the mission's own unless it says so.

        Parameters
        ----------
        name : str
            The column's name; empty for a table without names.
        """
        missions = (self.mission, *MISSIONS.values())
        stated = (m.catalog for m in missions if _is_column_of(m, name))
        return next(stated, self.mission.catalog)

    def states_catalog(self, name: str) -> bool:
        """Tell whether a column's name says which catalog its numbers are from.

        Parameters
        ----------
        name : str
            See `catalog_of`.
        """
        return any(_is_column_of(mission, name) for mission in MISSIONS.values())

    def names_files(self, name: str) -> bool:
        """Tell whether a column has names or addresses of files.

        Parameters
        ----------
        name : str
            The column's name.
        """
        return plain_name(name) in _FILES

    def missing(self, header: Sequence[str], where: str) -> UsageError:
        """Return the error that a table does not have the column.

        Parameters
        ----------
        header : sequence of str
            Its first row.
        where : str
            The table's name in messages.
        """
        shown = ", ".join(name.strip() for name in header)
        if self.wanted is not None:
            guess = did_you_mean(self.wanted, header)
            return UsageError(
                f"the target list {where} has no column {self.wanted!r}: {guess and guess + ' '}its"
                f" first row is {shown[:200]}"
            )
        return UsageError(
            f"the target list {where} is a table, but no column of its first row is known to name"
            f" stars ({shown[:200]}): say which with --id-column NAME, or its position"
        )


def catalog_of_words(text: str) -> str | None:
    """Return the catalog whose numbers a column of such a name would have; None for other words.

    Parameters
    ----------
    text : str
        The words, such as ``Kepler ID`` or ``Host TIC``.
    """
    return next((m.catalog for m in MISSIONS.values() if _is_column_of(m, text)), None)


def _indices_of(mission: Mission, header: Sequence[str], names: Sequence[str]) -> Iterator[int]:
    """Yield the indices of the columns of a mission's numbers, the likeliest first."""
    known = _columns_of(mission)
    yield from (names.index(name) for name in known if name in names)
    for index, name in enumerate(header):
        # Alone, the name of a catalog's version is one of its stars.
        may_be = len(header) > 1 or parse_target(name).number is None
        if names[index] not in known and may_be and _is_column_of(mission, name):
            yield index


def _is_column_of(mission: Mission, name: str) -> bool:
    """Tell whether a column has numbers of a mission's catalog, by its name."""
    plain, known = plain_name(name), _columns_of(mission)
    if any(text in known for text in (plain, _PLURAL.sub("", plain), _VERSION.sub("", plain))):
        return True
    # The British spelling of a catalog has two letters more.
    words = {word.lower().removesuffix("ue") for word in _WORD.findall(_REMARK.sub("", name))}
    catalog = words & {mission.catalog.lower(), *mission.id_columns}
    return bool(catalog) and words - catalog <= _AROUND


@cache
def _columns_of(mission: Mission) -> tuple[str, ...]:
    """Return the names of columns of a mission's numbers, the likeliest first."""
    catalog = mission.catalog.lower()
    prefixes = dict.fromkeys((catalog, *mission.name_prefixes))
    behind = (f"{prefix}{word}" for prefix in prefixes for word in _WORDS)
    before = (f"{word}{prefix}" for prefix in prefixes for word in _WORDS)
    return (*mission.id_columns, *prefixes, *behind, *before)
