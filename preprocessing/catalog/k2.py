"""K2's catalog: the archive's tables of targets and planets, and what MAST has observed."""

from __future__ import annotations

from preprocessing.catalog.observed import collect_observed
from preprocessing.catalog.services import (
    OBJECTS,
    STELLAR,
    Origin,
    Services,
    collect_objects,
    collect_stellar,
    missing,
)
from preprocessing.catalog.tap import Wanted

__all__ = ["collect"]

#: The Ecliptic Plane Input Catalog as far as K2 observed it (Huber et al. 2016, ApJS 224, 2).
_STELLAR_TABLE = "k2targets"
_STELLAR_COLUMNS = (
    Wanted("epic_number", "int"),
    Wanted("ra", unit="deg"),
    Wanted("dec", unit="deg"),
    Wanted("k2_kepmag", unit="mag"),
    Wanted("k2_teff", unit="K"),
    Wanted("k2_logg", unit="dex(cm/s2)"),
    Wanted("k2_metfe", unit="dex"),
    Wanted("k2_rad", unit="R_sun"),
    Wanted("k2_mass", unit="M_sun"),
    # It stands in the headers of light curves alone: the table has no such column.
    Wanted("cdpp", unit="ppm"),
)
#: Several rows for an object, one for each paper; one of them is marked.
_OBJECT_TABLE, _OBJECT_CONDITION = "k2pandc", "default_flag=1"
_OBJECT_COLUMNS = (
    Wanted("epic_hostname", "text"),
    Wanted("pl_name", "text"),
    Wanted("disposition", "text"),
)
_DISPOSITIONS = {
    "CONFIRMED": "CONFIRMED",
    "CANDIDATE": "CANDIDATE",
    "FALSE POSITIVE": "FALSE POSITIVE",
    "REFUTED": "FALSE POSITIVE",
}
#: Numbers of the Ecliptic Plane Input Catalog begin at 201 million; those below stand for
#: apertures that no catalog knows.
_BOUNDS = tuple(1_000_000 * million for million in range(200, 253))


async def collect(services: Services) -> tuple[Origin, ...]:
    """Collect all that there is about K2's stars.

    Parameters
    ----------
    services : Services

    Raises
    ------
    ArchiveError
        An archive cannot be asked.
    """
    return (
        await _collect_stellar(services),
        await _collect_objects(services),
        await collect_observed(services, "K2"),
    )


async def _collect_stellar(services: Services) -> Origin:
    if services.first_table([_STELLAR_TABLE]) is None:
        return missing(services, STELLAR, _STELLAR_TABLE)
    return await collect_stellar(services, _STELLAR_TABLE, "", _STELLAR_COLUMNS, _BOUNDS)


async def _collect_objects(services: Services) -> Origin:
    if services.first_table([_OBJECT_TABLE]) is None:
        return missing(services, OBJECTS, _OBJECT_TABLE)
    return await collect_objects(
        services, _OBJECT_TABLE, _OBJECT_CONDITION, _OBJECT_COLUMNS, _DISPOSITIONS
    )
