"""TESS's catalog: what MAST has observed, the TESS Input Catalog, and the table of TOIs."""

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
    missing,
)
from preprocessing.catalog.tap import Wanted
from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.network.portal import Row
from preprocessing.network.retry import retry
from preprocessing.network.transfer import Transfer

__all__ = ["collect"]

#: The service that gives rows, and the one that is said to give counts, which has been seen
#: to give rows as well (https://mast.stsci.edu/api/v0/_services.html).
_TIC_SERVICES = ("Mast.Catalogs.Filtered.Tic.Rows", "Mast.Catalogs.Filtered.Tic")
#: In the order of `STELLAR`; the catalog knows no noise
#: (https://mast.stsci.edu/api/v0/_t_i_cfields.html).
_TIC_COLUMNS = ("ID", "ra", "dec", "Tmag", "Teff", "logg", "MH", "rad", "mass")
#: Stars a query, as for observations.
_STARS_A_QUERY = 1000
_OBJECT_TABLE = "toi"
_OBJECT_COLUMNS = (Wanted("tid", "int"), Wanted("toi", "text"), Wanted("tfopwg_disp", "text"))
#: Of the TESS follow-up working group: confirmed and known planets, candidates, ambiguous
#: ones, false positives and alarms (https://exoplanetarchive.ipac.caltech.edu/docs/API_TOI_columns.html).
_DISPOSITIONS = {
    "CP": "CONFIRMED",
    "KP": "CONFIRMED",
    "PC": "CANDIDATE",
    "APC": "CANDIDATE",
    "FP": "FALSE POSITIVE",
    "FA": "FALSE POSITIVE",
}


async def collect(services: Services) -> tuple[Origin, ...]:
    """Collect all that there is about stars of which TESS made light curves on board.

    Parameters
    ----------
    services : Services

    Raises
    ------
    ArchiveError
        An archive cannot be asked.
    """
    observed = await collect_observed(services, "TESS")
    return await _collect_stellar(services), await _collect_objects(services), observed


async def _collect_stellar(services: Services) -> Origin:
    numbers = services.segments.numbers(OBSERVED)
    try:
        for start in range(0, len(numbers), _STARS_A_QUERY):
            some = numbers[start : start + _STARS_A_QUERY]

            async def ask(some: Sequence[int] = some) -> Iterable[tuple[object, ...]]:
                return await _described(services, some)

            await services.segments.keep(STELLAR, f"{some[0]} to {some[-1]}: {len(some)}", ask)
    except ArchiveAnswerError as error:
        # Sectors are known without it: better a catalog without temperatures than none.
        services.segments.forget(STELLAR)
        return Origin(STELLAR, "MAST, TIC", services.portal_url, f"could not be had: {error}")
    return Origin(STELLAR, f"MAST, {_TIC_SERVICES[0]}", services.portal_url, "without cdpp")


async def _collect_objects(services: Services) -> Origin:
    if services.first_table([_OBJECT_TABLE]) is None:
        return missing(services, OBJECTS, _OBJECT_TABLE)
    return await collect_objects(services, _OBJECT_TABLE, "", _OBJECT_COLUMNS, _DISPOSITIONS)


async def _described(services: Services, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    try:
        rows = await _ask(services, _TIC_SERVICES[0], numbers)
    except ArchiveAnswerError:
        rows = await _ask(services, _TIC_SERVICES[1], numbers)
    return [_star(row) for row in rows if str(row["ID"]).isdecimal()]


async def _ask(services: Services, service: str, numbers: Sequence[int]) -> list[Row]:
    params = {
        "columns": ",".join(_TIC_COLUMNS),
        "filters": [{"paramName": "ID", "values": [str(number) for number in numbers]}],
    }

    async def attempt() -> list[Row]:
        return await services.portal.query(service, params, ("ID",), Transfer())

    return await retry(attempt, services.policy, f"{service} from {numbers[0]} on")


def _star(row: Row) -> tuple[Any, ...]:
    """Return a row of `STELLAR`, which ends with the noise that the TIC does not know."""
    return (int(row["ID"]), *(_finite(row.get(name)) for name in _TIC_COLUMNS[1:]), None)


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None
