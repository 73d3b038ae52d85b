"""The services that a catalog is collected from, and the three tables it is collected into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preprocessing.catalog.segments import Segments, Table
from preprocessing.catalog.tap import Schema, Tap
from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.missions.star_tables import ObjectTable, Wanted
from preprocessing.network.portal import Portal
from preprocessing.network.retry import RetryPolicy

__all__ = [
    "OBJECTS",
    "OBSERVED",
    "STELLAR",
    "Origin",
    "Services",
    "collect_objects",
    "collect_stellar",
    "missing",
]

#: Properties of the stars, in the units of `columns`.
STELLAR = Table(
    "stellar",
    "star BIGINT, ra DOUBLE, dec DOUBLE, magnitude DOUBLE, teff DOUBLE, logg DOUBLE, feh DOUBLE,"
    " radius DOUBLE, mass DOUBLE, cdpp DOUBLE",
)
#: Objects of interest, which may be planets of the stars.
OBJECTS = Table("objects", "star BIGINT, object VARCHAR, disposition VARCHAR")
#: When the stars were observed: see `observed`.
OBSERVED = Table("observed", "star BIGINT, ra DOUBLE, dec DOUBLE, spans INTEGER[], other BIGINT")


@dataclass(frozen=True)
class Origin:
    """The source of one of the tables.

    Parameters
    ----------
    table : Table
        The table that was collected.
    name, url : str
        Service and table, and the service's address.
    note : str
        What was not available.
    """

    table: Table
    name: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Services:
    """The services that a catalog is collected from, and where answers are saved.

    Parameters
    ----------
    portal : Portal
        MAST's portal.
    portal_url : str
        Its address.
    tap : Tap
        The table access service.
    schema : Schema
        The tables of that service.
    segments : Segments
        Where answers are saved, piece by piece.
    policy : RetryPolicy
        How transient failures of the portal are retried.
    """

    portal: Portal
    portal_url: str
    tap: Tap
    schema: Schema
    segments: Segments
    policy: RetryPolicy

    def first_table(self, names: Iterable[str]) -> str | None:
        """Return the first of some tables that the table access service has, or None."""
        return next((name for name in names if name in self.schema.tables), None)


async def collect_stellar(
    services: Services,
    table: str,
    condition: str,
    wanted: Sequence[Wanted],
    bounds: Sequence[int],
) -> Origin:
    """Collect a table of stars, in pieces between star numbers.

    Parameters
    ----------
    services : Services
        The service to query, and where answers are saved.
    table : str
        The table's name in the table access service.
    condition : str
        Selects the table's rows, in ADQL; empty for all.
    wanted : sequence of Wanted
        The columns of `STELLAR`, the star's number first.
    bounds : sequence of int
        Star numbers, ascending, that separate the pieces. The first piece is below the first
        bound, the last one above the last bound.

    Raises
    ------
    ArchiveError
        The service cannot be queried, or did not return every row.
    """
    number = wanted[0].name
    there = services.schema.tables[table]
    if number not in there:
        raise ArchiveAnswerError(f"{services.tap.url}: {table} has no column {number}")
    lows = (None, *bounds)
    highs = (*bounds, None)
    for low, high in zip(lows, highs, strict=True):
        parts = [condition] if condition else []
        parts += [] if low is None else [f"{number}>={low}"]
        parts += [] if high is None else [f"{number}<{high}"]
        where = " and ".join(parts)

        async def ask(where: str = where) -> list[tuple[object, ...]]:
            return await services.tap.rows(table, where, wanted, there)

        await services.segments.keep(STELLAR, f"{table} {where}", ask)
    expected = await services.tap.count(table, condition)
    found = services.segments.count(STELLAR)
    if found != expected:
        services.segments.forget(STELLAR)
        raise ArchiveAnswerError(
            f"{services.tap.url}: {table} has {expected} rows, but {found} were returned"
        )
    return Origin(
        STELLAR, f"NASA Exoplanet Archive, {table}", services.tap.url, _absent(wanted, there)
    )


async def collect_objects(services: Services, table: ObjectTable) -> Origin:
    """Collect a table of objects of interest, with dispositions translated to the catalog's.

    Parameters
    ----------
    services : Services
        The service to query, and where answers are saved.
    table : ObjectTable
        The table to request. A disposition that is not in `ObjectTable.dispositions` becomes
        None.

    Raises
    ------
    ArchiveError
        The service cannot be queried.
    """
    there = services.schema.tables[table.name]

    async def ask() -> list[tuple[object, ...]]:
        rows = await services.tap.rows(table.name, table.condition, table.columns, there)
        return [
            (_number(star), name, table.dispositions.get(str(disposition).upper()))
            for star, name, disposition in rows
            if _number(star) is not None
        ]

    await services.segments.keep(OBJECTS, f"{table.name} {table.condition}", ask)
    return Origin(OBJECTS, f"NASA Exoplanet Archive, {table.name}", services.tap.url)


def missing(services: Services, table: Table, name: str) -> Origin:
    """Return the source of a table that stays empty because the service does not have it.

    Parameters
    ----------
    services : Services
        The service that was queried.
    table : Table
        The table that stays empty.
    name : str
        The name of the table that the service lacks.
    """
    return Origin(
        table,
        f"NASA Exoplanet Archive, {name}",
        services.tap.url,
        "could not be had: no such table",
    )


def _number(star: object) -> int | None:
    """Return a star's number, given as a number or in a name like ``EPIC 201912552``."""
    digits = str(star).rpartition(" ")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else None


def _absent(wanted: Sequence[Wanted], there: frozenset[str]) -> str:
    names = [column.name for column in wanted if column.name not in there]
    return f"without {', '.join(names)}" if names else ""
