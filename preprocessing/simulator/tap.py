"""The table access services (TAP) of the NASA Exoplanet Archive and VizieR, for synthetic stars."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from xml.sax.saxutils import escape, quoteattr

from preprocessing.simulator.answers import Answer
from preprocessing.simulator.caom import TableColumn
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.synthesis.published_tables import published_tables
from preprocessing.simulator.synthesis.stellar_tables import StellarTable, stellar_tables
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["TableService"]

_SQL_TYPE = {"int": "INTEGER", "float": "REAL", "string": "TEXT"}
_VOTABLE_TYPE = {"int": 'datatype="long"', "float": 'datatype="double"'}
_TEXT_TYPE = 'datatype="char" arraysize="*"'
#: What a query may do: read tables and call functions.
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})
_SCHEMA_COLUMNS = (TableColumn("table_name", "string"), TableColumn("column_name", "string"))


class TableService:
    """Answer queries in ADQL, as far as SQLite understands it.

    TAP is described at https://www.ivoa.net/documents/TAP/.

    Parameters
    ----------
    holdings : Holdings
        The stars that the tables describe. For a mirror of real files there are no tables.

    Notes
    -----
    Several threads may call it at the same time.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._lock = threading.Lock()

    def answer(self, query: str | None) -> Answer:
        """Return the result of a query, or the error in it, as a VOTable.

        Parameters
        ----------
        query : str or None
            The field QUERY of the request; None if it is missing.
        """
        if query is None:
            return _error("no QUERY given")
        try:
            with self._lock:
                cursor = self._database.execute(query)
                names = [described[0] for described in cursor.description or ()]
                rows = cursor.fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            return _error(str(error))
        return _votable(200, "".join(_table([self._column(name) for name in names], rows)))

    def _column(self, name: str) -> TableColumn:
        # Computed columns, such as count(*), are integers in the queries served here.
        return self._columns.get(name.lower(), TableColumn(name, "int"))

    @cached_property
    def _tables(self) -> tuple[StellarTable, ...]:
        holdings = self._holdings
        if not isinstance(holdings, SyntheticHoldings):
            return ()
        return (*stellar_tables(holdings), *published_tables(holdings))

    @cached_property
    def _columns(self) -> dict[str, TableColumn]:
        columns = [column for table in self._tables for column in table.columns]
        return {column.name.lower(): column for column in (*columns, *_SCHEMA_COLUMNS)}

    @cached_property
    def _database(self) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:", check_same_thread=False)
        database.execute("ATTACH ':memory:' AS TAP_SCHEMA")
        database.execute("CREATE TABLE TAP_SCHEMA.columns (table_name TEXT, column_name TEXT)")
        for table in self._tables:
            columns = ", ".join(f'"{c.name}" {_SQL_TYPE[c.type]}' for c in table.columns)
            marks = ", ".join("?" * len(table.columns))
            database.execute(f'CREATE TABLE "{table.name}" ({columns})')
            database.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', table.rows)
            database.executemany(
                "INSERT INTO TAP_SCHEMA.columns VALUES (?, ?)",
                [(table.name, column.name) for column in table.columns],
            )
        database.commit()
        database.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        return database


def _table(columns: Sequence[TableColumn], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    # All stars in these tables are synthetic, and every answer says so.
    yield '<INFO name="QUERY_STATUS" value="OK"/><INFO name="SYNTHETIC" value="true"/><TABLE>'
    for column in columns:
        kind = _VOTABLE_TYPE.get(column.type, _TEXT_TYPE)
        unit = f" unit={quoteattr(column.unit)}" if column.unit else ""
        yield f"<FIELD name={quoteattr(column.name)} {kind}{unit}/>"
    yield "<DATA><TABLEDATA>"
    for row in rows:
        # An empty cell is null for every type (VOTable 1.3, section 5.5).
        cells = "".join(f"<TD>{'' if v is None else escape(str(v))}</TD>" for v in row)
        yield f"<TR>{cells}</TR>"
    yield "</TABLEDATA></DATA></TABLE>"


def _error(message: str) -> Answer:
    return _votable(400, f'<INFO name="QUERY_STATUS" value="ERROR">{escape(message)}</INFO>')


def _votable(status: int, content: str) -> Answer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f'<RESOURCE type="results">{content}</RESOURCE></VOTABLE>\n'
    )
    body = text.encode("utf-8", "replace")
    return Answer(status, "application/x-votable+xml", body, len(body))
