"""Collect everything that archives say about a mission's stars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from preprocessing.catalog.observed import collect_observed
from preprocessing.catalog.services import (
    OBJECTS,
    OBSERVED,
    STELLAR,
    Origin,
    Services,
    collect_objects,
    collect_stellar,
    missing,
)
from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.missions import Mission
from preprocessing.missions.star_tables import ObjectTable, PortalTable, StarTables, StellarTable
from preprocessing.network.portal import Row
from preprocessing.network.retry import retry
from preprocessing.network.transfer import Transfer

__all__ = ["collect"]

#: Stars per query, as for observations.
_STARS_A_QUERY = 1000


async def collect(services: Services, mission: Mission, tables: StarTables) -> tuple[Origin, ...]:
    """Collect the tables of a mission's stars, of their objects, and of MAST's observations.

    Parameters
    ----------
    services : Services
        The services to query, and where answers are saved.
    mission : Mission
        The mission that observed the stars.
    tables : StarTables
        Where the mission's stars are described.

    Returns
    -------
    tuple of Origin
        The source of each table.

    Raises
    ------
    ArchiveError
        An archive cannot be queried, or lacks a required table.
    """
    _require_tables(services, tables)
    if isinstance(tables.stellar, PortalTable):
        # The portal is queried for the stars that were observed, so these come first.
        observed = await collect_observed(services, mission)
        stellar = await _collect_from_portal(services, tables.stellar)
        return stellar, await _collect_objects(services, tables.objects), observed
    return (
        await _collect_stellar(services, tables.stellar),
        await _collect_objects(services, tables.objects),
        await collect_observed(services, mission),
    )


def _require_tables(services: Services, tables: StarTables) -> None:
    stellar, objects = tables.stellar, tables.objects
    is_required = isinstance(stellar, StellarTable) and stellar.is_required
    names = tuple(stellar.conditions) if isinstance(stellar, StellarTable) else ()
    lacking = []
    if is_required and services.first_table(names) is None:
        lacking.append(f"stellar table ({', '.join(names)})")
    if objects.is_required and services.first_table([objects.name]) is None:
        lacking.append(f"table of objects ({objects.name})")
    if lacking:
        raise ArchiveAnswerError(f"{services.tap.url} has no {' and no '.join(lacking)}")


async def _collect_stellar(services: Services, stellar: StellarTable) -> Origin:
    table = services.first_table(stellar.conditions)
    if table is None:
        return missing(services, STELLAR, next(iter(stellar.conditions)))
    return await collect_stellar(
        services, table, stellar.conditions[table], stellar.columns, stellar.bounds
    )


async def _collect_objects(services: Services, objects: ObjectTable) -> Origin:
    if services.first_table([objects.name]) is None:
        return missing(services, OBJECTS, objects.name)
    return await collect_objects(services, objects)


async def _collect_from_portal(services: Services, table: PortalTable) -> Origin:
    numbers = services.segments.numbers(OBSERVED)
    try:
        for start in range(0, len(numbers), _STARS_A_QUERY):
            some = numbers[start : start + _STARS_A_QUERY]

            async def ask(some: Sequence[int] = some) -> Iterable[tuple[object, ...]]:
                return await _described(services, table, some)

            await services.segments.keep(STELLAR, f"{some[0]} to {some[-1]}: {len(some)}", ask)
    except ArchiveAnswerError as error:
        # Go on without this table: a catalog without temperatures is better than none.
        services.segments.forget(STELLAR)
        note = f"could not be had: {error}"
        return Origin(STELLAR, f"MAST, {table.catalog}", services.portal_url, note)
    return Origin(STELLAR, f"MAST, {table.services[0]}", services.portal_url, "without cdpp")


async def _described(
    services: Services, table: PortalTable, numbers: Sequence[int]
) -> list[tuple[Any, ...]]:
    *others, last = table.services
    for service in others:
        try:
            return _stars(await _ask(services, service, table, numbers), table)
        except ArchiveAnswerError:
            continue
    return _stars(await _ask(services, last, table, numbers), table)


async def _ask(
    services: Services, service: str, table: PortalTable, numbers: Sequence[int]
) -> list[Row]:
    key = table.columns[0]
    params = {
        "columns": ",".join(table.columns),
        "filters": [{"paramName": key, "values": [str(number) for number in numbers]}],
    }

    async def attempt() -> list[Row]:
        return await services.portal.query(service, params, (key,), Transfer())

    return await retry(attempt, services.policy, f"{service} from {numbers[0]} on")


def _stars(rows: Iterable[Row], table: PortalTable) -> list[tuple[Any, ...]]:
    """Return rows of `STELLAR`; their last column, the noise, is unknown to the portal."""
    key, *others = table.columns
    return [
        (int(row[key]), *(_finite(row.get(name)) for name in others), None)
        for row in rows
        if str(row[key]).isdecimal()
    ]


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None
