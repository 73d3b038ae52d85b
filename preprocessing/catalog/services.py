"""What a catalog is collected with, and the three tables that it is collected into."""

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

#: What stars are, in the units of `columns`.
STELLAR = Table(
    "stellar",
    "star BIGINT, ra DOUBLE, dec DOUBLE, magnitude DOUBLE, teff DOUBLE, logg DOUBLE, feh DOUBLE,"
    " radius DOUBLE, mass DOUBLE, cdpp DOUBLE",
)
#: Objects of interest: what may be planets of them.
OBJECTS = Table("objects", "star BIGINT, object VARCHAR, disposition VARCHAR")
#: When they were observed: `observed.Observed`.
OBSERVED = Table("observed", "star BIGINT, ra DOUBLE, dec DOUBLE, spans INTEGER[], other BIGINT")


@dataclass(frozen=True)
class Origin:
    """Where one of the tables comes from.

    Parameters
    ----------
    table : Table
    name, url : str
        Service and table, and where it is asked.
    note : str
        What could not be had.
    """

    table: Table
    name: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Services:
    """What a catalog is collected with.

    Parameters
    ----------
    portal : Portal
    portal_url : str
    tap : Tap
    schema : Schema
        What that service has.
    segments : Segments
    policy : RetryPolicy
        Of the portal.
    """

    portal: Portal
    portal_url: str
    tap: Tap
    schema: Schema
    segments: Segments
    policy: RetryPolicy

    def first_table(self, names: Iterable[str]) -> str | None:
        """Return the first table of these that the service has."""
        return next((name for name in names if name in self.schema.tables), None)


async def collect_stellar(
    services: Services,
    table: str,
    condition: str,
    wanted: Sequence[Wanted],
    bounds: Sequence[int],
) -> Origin:
    """Collect a table about stars, in pieces between bounds of their numbers.

    Parameters
    ----------
    services : Services
    table, condition : str
        Of the table access service.
    wanted : sequence of Wanted
        The columns of `STELLAR`, the star's number first.
    bounds : sequence of int
        In ascending order; below the first and above the last there are pieces, too.

    Raises
    ------
    ArchiveError
        The service cannot be asked, or did not give every row.
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
            f"{services.tap.url}: {table} has {expected} rows, and gave {found}"
        )
    return Origin(
        STELLAR, f"NASA Exoplanet Archive, {table}", services.tap.url, _absent(wanted, there)
    )


async def collect_objects(services: Services, table: ObjectTable) -> Origin:
    """Collect a table of objects of interest, with their dispositions in our words.

    Parameters
    ----------
    services : Services
    table : ObjectTable
        Of the table access service. Its words for dispositions that are not in
        `ObjectTable.dispositions` mean none.

    Raises
    ------
    ArchiveError
        The service cannot be asked.
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
    """Return the origin of a table that the service does not have, and that is empty."""
    return Origin(
        table,
        f"NASA Exoplanet Archive, {name}",
        services.tap.url,
        "could not be had: no such table",
    )


def _number(star: object) -> int | None:
    """Return the number of a star that is a number, or a name like ``EPIC 201912552``."""
    digits = str(star).rpartition(" ")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else None


def _absent(wanted: Sequence[Wanted], there: frozenset[str]) -> str:
    names = [column.name for column in wanted if column.name not in there]
    return f"without {', '.join(names)}" if names else ""
