"""Which column of a table names the stars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.whole_numbers import is_decimal

__all__ = ["StarColumns", "plain_name"]

#: Columns in which a bare number belongs to the mission's catalog, whichever that is. The likeliest
#: come first: what this program writes, what MAST writes (target_name, ID), and authors.
_NUMBERS = (
    "targetid",
    "targetname",
    "target",
    "starid",
    "objectid",
    "objid",
    "id",
    "ids",
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
            The first row of a table. A row with a number in it is no header.
        """
        if any(map(is_decimal, header)):
            return None
        if len(header) == 1 and not _DELIMITERS.isdisjoint(header[0]):
            # By another dialect, it is more than one.
            return None
        names = [plain_name(name) for name in header]
        if self.wanted is not None:
            exact = [name.strip(" \t\"'#") for name in header]
            if self.wanted in exact:
                return exact.index(self.wanted)
            wanted = plain_name(self.wanted)
            return names.index(wanted) if wanted and wanted in names else None
        return next((names.index(name) for name in self._known() if name in names), None)

    def catalog_of(self, name: str) -> str:
        """Return the catalog of a bare number in a column; the mission's own unless it says so.

        Parameters
        ----------
        name : str
            The column's name; empty for a table without names.
        """
        plain = plain_name(name)
        others = (m.catalog for m in MISSIONS.values() if plain in _columns_of(m))
        return next(others, self.mission.catalog)

    def states_catalog(self, name: str) -> bool:
        """Tell whether a column's name says which catalog its numbers are from.

        Parameters
        ----------
        name : str
            See `catalog_of`.
        """
        plain = plain_name(name)
        return any(plain in _columns_of(mission) for mission in MISSIONS.values())

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

    def _known(self) -> tuple[str, ...]:
        others = (m for m in MISSIONS.values() if m is not self.mission)
        of_others = (name for mission in others for name in _columns_of(mission))
        return (*_columns_of(self.mission), *_NUMBERS, *_NAMES, *of_others, *_FILES)


def _columns_of(mission: Mission) -> tuple[str, ...]:
    """Return the names of columns of a mission's numbers, the likeliest first."""
    catalog = mission.catalog.lower()
    prefixes = dict.fromkeys((catalog, *mission.name_prefixes))
    behind = (f"{prefix}{word}" for prefix in prefixes for word in _WORDS)
    before = (f"{word}{prefix}" for prefix in prefixes for word in _WORDS)
    return (*mission.id_columns, catalog, *behind, *before)
