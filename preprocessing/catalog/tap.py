"""A client for table access services (TAP), such as the NASA Exoplanet Archive's."""

from __future__ import annotations

import asyncio
import io
import logging
import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from preprocessing.core.errors import ArchiveAnswerError, ArchiveError, ProductNotFound
from preprocessing.missions.star_tables import Wanted
from preprocessing.network.http_client import HttpClient
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.transfer import Transfer
from preprocessing.system.printable import printable
from preprocessing.system.waiting import Sleep

__all__ = ["EXOPLANET_ARCHIVE_URL", "VIZIER_URL", "Schema", "Tables", "Tap"]

_log = logging.getLogger(__name__)

#: As in astroquery (`astroquery.ipac.nexsci.nasa_exoplanet_archive.conf.url_tap`).
EXOPLANET_ARCHIVE_URL = "https://exoplanetarchive.ipac.caltech.edu/TAP"
#: https://cds.unistra.fr/help/documentation/vizier-more/tap/
VIZIER_URL = "https://tapvizier.cds.unistra.fr/TAPVizieR/tap"
#: How the archive spells units that astropy does not know or misreads.
_SPELLINGS: Mapping[str, frozenset[str]] = {
    "deg": frozenset({"degrees", "degree"}),
    "mag": frozenset({"mags"}),
    "K": frozenset({"kelvin", "Kelvin"}),
    "dex(cm/s2)": frozenset({"cm/s**2", "log10(cm/s**2)", "log(cm/s**2)", "dexincgs", "dex"}),
    "dex": frozenset({"[Fe/H]", "log(Solar)"}),
    "R_sun": frozenset({"solar", "Solar", "Rsun", "Rstar", "solarradius", "Solar Radius"}),
    "M_sun": frozenset({"solar", "Solar", "Msun", "Solar mass", "Solar Mass"}),
    "ppm": frozenset(),
}
_LONGEST_MESSAGE = 300
#: The INFO element by which the simulator marks its answers.
_SYNTHETIC = "SYNTHETIC"


@dataclass(frozen=True)
class Schema:
    """The tables of a service.

    Parameters
    ----------
    tables : mapping of str to frozenset of str
        The columns of every table, all in lower case.
    is_synthetic : bool
        Whether the service marks its stars as synthetic.
    """

    tables: Mapping[str, frozenset[str]]
    is_synthetic: bool


@dataclass(frozen=True)
class Tables:
    """Some tables of a service.

    Parameters
    ----------
    tables : mapping of str to tuple of str
        The columns of each, as the service spells them.
    is_synthetic : bool
        Whether the service marks its stars as synthetic.
    """

    tables: Mapping[str, tuple[str, ...]]
    is_synthetic: bool


@dataclass(frozen=True)
class _Answer:
    rows: list[tuple[Any, ...]]
    is_synthetic: bool


class Tap:
    """Client of one service.

    pyvo, which astroquery also uses, writes the queries and reads the answers. The requests
    themselves go through `HttpClient`, because pyvo has neither time-outs nor size limits.

    Parameters
    ----------
    http : HttpClient
        Sends the requests.
    url : str
        The service's address, without ``/sync``.
    policy : RetryPolicy
        How transient failures are retried.
    sleep : callable, optional
        `asyncio.sleep`, or a test's replacement.
    """

    def __init__(
        self, http: HttpClient, url: str, policy: RetryPolicy, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.url = url
        self._http = http
        self._policy = policy
        self._sleep = sleep

    async def schema(self) -> Schema:
        """Return the service's tables.

        Raises
        ------
        ArchiveError
            The service does not answer, or sends something other than the answer.
        """
        wanted = (Wanted("table_name", "text"), Wanted("column_name", "text"))
        # Ask for all tables: a condition would depend on the case in which names are stored.
        answer = await self._ask("select table_name,column_name from TAP_SCHEMA.columns", wanted)
        tables: dict[str, set[str]] = defaultdict(set)
        for table, column in answer.rows:
            if table and column:
                tables[table.lower().rpartition(".")[2]].add(column.lower())
        return Schema(
            {table: frozenset(columns) for table, columns in tables.items()}, answer.is_synthetic
        )

    async def tables(self, place: str) -> Tables:
        """Return the tables of that name, or of a catalog of that name.

        Parameters
        ----------
        place : str
            The table, or the catalog that stands before the names of its tables, with a slash
            between.

        Raises
        ------
        ArchiveError
            See `schema`.
        """
        wanted = (Wanted("table_name", "text"), Wanted("column_name", "text"))
        # Some services write names in capitals, with a schema before them, or in quotes.
        condition = " or ".join(f"table_name like '%{one}%'" for one in (place, place.upper()))
        query = f"select table_name,column_name from TAP_SCHEMA.columns where {condition}"
        answer = await self._ask(query, wanted)
        tables: dict[str, list[str]] = defaultdict(list)
        for table, column in answer.rows:
            name = (table or "").strip('"')
            found, wanted_place = name.rpartition(".")[2].lower(), place.lower()
            is_wanted = found == wanted_place or found.startswith(f"{wanted_place}/")
            if is_wanted and column:
                tables[name].append(column.strip('"'))
        return Tables({name: tuple(own) for name, own in tables.items()}, answer.is_synthetic)

    async def count(self, table: str, condition: str) -> int:
        """Return how many rows of a table meet a condition.

        Parameters
        ----------
        table : str
            The table's name.
        condition : str
            A condition in ADQL; empty for every row.

        Raises
        ------
        ArchiveError
            See `schema`.
        """
        query = f"select count(*) as n from {table}{_where(condition)}"
        rows = (await self._ask(query, None)).rows
        if len(rows) != 1 or not isinstance(rows[0][0], int):
            raise ArchiveAnswerError(f"{self.url}: the answer does not count the rows of {table}")
        return rows[0][0]

    async def rows(
        self, table: str, condition: str, wanted: Sequence[Wanted], there: frozenset[str]
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a table that meet a condition.

        Parameters
        ----------
        table : str
            The table's name.
        condition : str
            A condition in ADQL; empty for every row.
        wanted : sequence of Wanted
            The columns to return.
        there : frozenset of str
            Columns that the table has; the others are None in every row.

        Returns
        -------
        list of tuple
            Values in the order of `wanted`, in the wanted types and units; None where there
            is no finite value.

        Raises
        ------
        ArchiveError
            See `schema`.
        """
        present = [column for column in wanted if column.name in there]
        names = ",".join(column.name for column in present)
        found = (await self._ask(f"select {names} from {table}{_where(condition)}", present)).rows
        if len(present) == len(wanted):
            return found
        indices = [present.index(c) if c in present else None for c in wanted]
        return [tuple(None if i is None else row[i] for i in indices) for row in found]

    async def _ask(self, query: str, wanted: Sequence[Wanted] | None) -> _Answer:
        async def attempt() -> _Answer:
            address = await asyncio.to_thread(_address, self.url, query)
            try:
                text = await self._http.get_text(address, Transfer())
            except ProductNotFound as error:
                # A missing service says nothing about the stars, so this may be transient.
                raise ArchiveError(str(error)) from error
            return await asyncio.to_thread(_read, text, wanted, f"{self.url}: {query}")

        return await retry(attempt, self._policy, f"{self.url}: {query}", sleep=self._sleep)


def _where(condition: str) -> str:
    return f" where {condition}" if condition else ""


def _address(url: str, query: str) -> str:
    """Return the address that answers a query."""
    # Imported here, since the import takes a second and nothing else needs it.
    from pyvo.dal.tap import TAPQuery

    asked = TAPQuery(url, query)
    return f"{asked.queryurl}?{urlencode(asked)}"


def _read(text: str, wanted: Sequence[Wanted] | None, asked: str) -> _Answer:
    """Read an answer; the longest takes a second of CPU time."""
    from astropy.io.votable import parse
    from pyvo.dal import DALAccessError, TAPResults

    try:
        with warnings.catch_warnings():
            # Archives often use units and standards loosely. Real errors are detected below.
            warnings.simplefilter("ignore")
            result = TAPResults(parse(io.BytesIO(text.encode()), verify="ignore"), url=asked)
            if result.status[0].lower() == "overflow":
                raise ArchiveAnswerError(f"{asked}: the answer is incomplete")
            marks = result.votable.resources[0].infos
            is_synthetic = any(mark.name == _SYNTHETIC for mark in marks)
            return _Answer(_rows_of(result.to_table(), wanted, asked), is_synthetic)
    except (DALAccessError, ValueError, IndexError) as error:
        message = printable(" ".join(str(error).split()), _LONGEST_MESSAGE)
        raise ArchiveAnswerError(f"{asked}: {message}: {printable(text, 80)}") from error


def _rows_of(table: Any, wanted: Sequence[Wanted] | None, url: str) -> list[tuple[Any, ...]]:
    """Return an astropy table's rows as plain values; all columns if none are named."""
    by_name = {name.lower(): name for name in table.colnames}
    if wanted is None:
        wanted = [Wanted(name, "int") for name in by_name]
    missing = [column.name for column in wanted if column.name.lower() not in by_name]
    if missing:
        raise ArchiveAnswerError(f"{url}: the answer lacks the column {', '.join(missing)}")
    if not len(table):
        return []
    values = [_values(table[by_name[column.name.lower()]], column, url) for column in wanted]
    return list(zip(*values, strict=True))


def _values(cells: Any, wanted: Wanted, url: str) -> list[Any]:
    factor = _factor(cells.unit, wanted, url)
    convert: Callable[[Any], Any] = {
        "int": _whole,
        "float": lambda value: _finite(value, factor),
        "text": _text,
    }[wanted.type]
    # tolist() gives None for masked values.
    return [None if value is None else convert(value) for value in cells.tolist()]


def _whole(value: Any) -> int | None:
    number = _finite(value, 1.0)
    return int(number) if number is not None and number == int(number) else None


def _finite(value: Any, factor: float) -> float | None:
    try:
        number = float(value) * factor
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip() or None


def _factor(unit: Any, wanted: Wanted, url: str) -> float:
    """Return the factor that converts values from a unit to the wanted unit."""
    from astropy import units

    spelling = "" if unit is None else str(unit)
    if not wanted.unit or spelling in ("", wanted.unit, *_SPELLINGS[wanted.unit]):
        return 1.0
    try:
        return float(units.Unit(spelling).to(units.Unit(_OF_ASTROPY[wanted.unit])))
    except (ValueError, TypeError, KeyError, units.UnitConversionError):
        _log.warning(
            "%s: column %s has the unit %s, read as %s", url, wanted.name, spelling, wanted.unit
        )
        return 1.0


#: Units that can be converted by a factor, as astropy spells them.
_OF_ASTROPY = {"deg": "deg", "K": "K", "R_sun": "R_sun", "M_sun": "M_sun"}
