"""All stars of a data set as one table in memory, which is sorted, filtered and paged."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.catalog.expression import check_expression
from preprocessing.catalog.store import first_line
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.core.value_column import ValueColumn

if TYPE_CHECKING:
    import duckdb

__all__ = ["LABEL", "Page", "PageRequest", "StarTable", "identifier"]

#: The column that names a star in addresses, and that of a person's label.
STAR, LABEL = "star", "label"
#: The column by which stars are sorted if nothing else is asked for, where there is one.
RANK = "rank"
#: Orders of all stars that are kept: a user turns pages, and goes back to the order before.
_ORDERS_KEPT = 8
_KEYWORDS = (
    "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved',"
    " 'type_function')"
)


@dataclass(frozen=True)
class PageRequest:
    """Which rows are asked for.

    Parameters
    ----------
    page : int
        From 1.
    size : int
        Rows of a page.
    sort : str
        The column to sort by; empty for the rank, or the name where there is none.
    is_descending : bool
        Whether the largest comes first. Stars without a value always come last.
    where : str
        The condition that stars must meet; empty for all.
    columns : tuple of str
        Which columns; empty for all.
    """

    page: int = 1
    size: int = 50
    sort: str = ""
    is_descending: bool = False
    where: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some rows, and how many there are.

    Parameters
    ----------
    total : int
        Stars that meet the condition.
    rows : tuple of dict
        Values by column. What is not finite is None.
    """

    total: int
    rows: tuple[dict[str, object], ...]


class StarTable:
    """All stars in a database in memory that has no access to anything else.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With a table ``stars``.
    columns : sequence of ValueColumn
        Its columns.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, columns: Sequence[ValueColumn]
    ) -> None:
        self._connection = connection
        self.columns: Mapping[str, ValueColumn] = {column.name: column for column in columns}
        self._orders: OrderedDict[tuple[str, bool, str], NDArray[np.int64]] = OrderedDict()
        self._lock = Lock()
        self._keywords = frozenset(name for (name,) in self.rows(_KEYWORDS))

    @property
    def column_names(self) -> frozenset[str]:
        """The columns that a condition may name, in small letters."""
        return frozenset(name.lower() for name in self.columns)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query on the table ``stars``.

        Parameters
        ----------
        query : str
            The query, in SQL.
        values : sequence, optional
            Values of its placeholders.
        """
        # Threads ask at the same time, and a connection answers one question after the other.
        with self._connection.cursor() as cursor:
            return cursor.execute(query, values).fetchall()

    def spelled(self, name: str) -> str:
        """Return the name of a column as a condition must spell it: in quotes if SQL knows it.

        Parameters
        ----------
        name : str
            The column.
        """
        return identifier(name) if name.lower() in self._keywords else name

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def page(self, asked: PageRequest) -> Page:
        """Return some rows.

        Parameters
        ----------
        asked : PageRequest
            Which.

        Raises
        ------
        UsageError
            There is no such column, or the condition is none; the message says why.
        """
        names = asked.columns or tuple(self.columns)
        for name in (*names, *filter(None, [asked.sort])):
            if name not in self.columns:
                advice = did_you_mean(name, self.columns)
                raise UsageError(f"there is no column {name}{advice and f'; {advice}'}")
        names = tuple(dict.fromkeys((STAR, *names)))
        order = self._known_order(asked)
        if order is None and asked.page == 1:
            # Who sorts by another column sees its first rows, and most often no others.
            return self._first_page(asked, names)
        order = self._order(asked) if order is None else order
        places = order[(asked.page - 1) * asked.size : asked.page * asked.size].tolist()
        return Page(len(order), tuple(self._rows_at(places, names)))

    def find(self, star: str, columns: Sequence[str] = ()) -> dict[str, object] | None:
        """Return the row of a star; None if there is none.

        Parameters
        ----------
        star : str
            Its name in addresses.
        columns : sequence of str, optional
            Which columns; those that are not there are left out. All, if none is named.
        """
        if not star.isprintable():
            # Names have letters alone, and the database takes no others.
            return None
        found = self.rows(f"SELECT rowid FROM stars WHERE {STAR} = ? LIMIT 1", [star])
        names = [name for name in columns if name in self.columns] or list(self.columns)
        return next(self._rows_at([found[0][0]], names), None) if found else None

    def missions(self) -> list[str]:
        """Return who observed the stars."""
        if "mission" not in self.columns:
            return []
        return sorted(name for (name,) in self.rows("SELECT DISTINCT mission FROM stars") if name)

    def stars_named(self, names: Sequence[str]) -> dict[str, str]:
        """Return the stars of some names, as they are called in addresses, by name.

        Parameters
        ----------
        names : sequence of str
            As ``KIC 757076``; those that are not there are left out.
        """
        found = self.rows(
            f"SELECT name, min({STAR}) FROM stars WHERE list_contains(?, name) GROUP BY 1",
            [list(names)],
        )
        return dict(found)

    def label(self, labels: Mapping[str, str]) -> None:
        """Give stars the labels of a person, and take those away that they had.

        Parameters
        ----------
        labels : mapping of str to str
            By name, as ``KIC 757076``.
        """
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(f"UPDATE stars SET {LABEL} = NULL WHERE {LABEL} IS NOT NULL")
            cursor.execute(
                f"UPDATE stars SET {LABEL} = given.said"
                " FROM (SELECT unnest(?::VARCHAR[]) AS star_name, unnest(?::VARCHAR[]) AS said)"
                " AS given WHERE stars.name = given.star_name",
                [list(labels), list(labels.values())],
            )
            for kept in [kept for kept in self._orders if kept[0] == LABEL or kept[2]]:
                del self._orders[kept]

    def _known_order(self, asked: PageRequest) -> NDArray[np.int64] | None:
        """Return the places of all stars that meet the condition, in order, if they are kept."""
        key = (asked.sort, asked.is_descending, asked.where)
        with self._lock:
            known = self._orders.get(key)
            if known is not None:
                self._orders.move_to_end(key)
            return known

    def _order(self, asked: PageRequest) -> NDArray[np.int64]:
        """Return the places of all stars that meet the condition, in order, and keep them."""
        query = f"SELECT rowid FROM stars {self._filter(asked)} {self._sorting(asked)}"
        with _named(), self._connection.cursor() as cursor:
            found = cursor.execute(query).fetchnumpy()["rowid"]
        order = np.asarray(found, np.int64)
        with self._lock:
            self._orders[asked.sort, asked.is_descending, asked.where] = order
            while len(self._orders) > _ORDERS_KEPT:
                self._orders.popitem(last=False)
        return order

    def _first_page(self, asked: PageRequest, names: Sequence[str]) -> Page:
        """Return the first rows of an order without putting all others into it."""
        where = self._filter(asked)
        listed = ", ".join(map(identifier, names))
        query = f"SELECT {listed} FROM stars {where} {self._sorting(asked)} LIMIT {asked.size}"
        with _named():
            rows = self.rows(query)
            ((total,),) = self.rows(f"SELECT count(*) FROM stars {where}")
        return Page(total, tuple(dict(zip(names, map(_finite, row), strict=True)) for row in rows))

    def _filter(self, asked: PageRequest) -> str:
        return f"WHERE ({self._checked(asked.where)}\n)" if asked.where else ""

    def _sorting(self, asked: PageRequest) -> str:
        direction = "DESC" if asked.is_descending else "ASC"
        sort = asked.sort or (RANK if RANK in self.columns else STAR)
        # Rows are in the order of names: of equal ones, the first comes first.
        return f"ORDER BY {identifier(sort)} {direction} NULLS LAST, rowid"

    def _checked(self, where: str) -> str:
        try:
            return check_expression(where, self)
        except UsageError as error:
            # The language is that of the option, and its messages begin with its name.
            raise UsageError(f"the filter {str(error).removeprefix('--where ')}") from error

    def _rows_at(self, places: Sequence[int], names: Sequence[str]) -> Iterator[dict[str, object]]:
        if not places:
            return
        columns = ", ".join(map(identifier, names))
        listed = ", ".join(str(int(place)) for place in places)
        found = {
            row[0]: row[1:]
            for row in self.rows(f"SELECT rowid, {columns} FROM stars WHERE rowid IN ({listed})")
        }
        for place in places:
            yield dict(zip(names, map(_finite, found[place]), strict=True))


@contextmanager
def _named() -> Iterator[None]:
    """Say of what the database refuses that the filter is to blame."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise UsageError(f"the filter cannot be used: {first_line(error)}") from error


def identifier(name: str) -> str:
    """Return the name of a column as SQL takes it, whatever letters it has.

    Examples
    --------
    >>> identifier("similar")
    '"similar"'
    """
    return '"' + name.replace('"', '""') + '"'


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
