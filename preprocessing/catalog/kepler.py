"""Kepler's catalog: the stellar table of DR25, the KOI table, and what MAST has observed."""

from __future__ import annotations

from collections.abc import Mapping

from preprocessing.catalog.observed import collect_observed
from preprocessing.catalog.services import (
    Origin,
    Services,
    collect_objects,
    collect_stellar,
)
from preprocessing.catalog.tap import Wanted
from preprocessing.core.errors import ArchiveAnswerError

__all__ = ["collect"]

#: Where the delivery q1_q17_dr25_stellar (Mathur et al. 2017, ApJS 229, 30; 200,038 stars)
#: may be, the likeliest first. The archive has moved it from its old API to TAP, into one
#: table with the other deliveries and into one of its own, neither of that name
#: (https://exoplanetarchive.ipac.caltech.edu/docs/TAP/usingTAP.html).
_STELLAR_TABLES: Mapping[str, str] = {
    "keplerstellar": "st_delivname='q1_q17_dr25_stellar'",
    "q1_q17_dr25_ks": "",
    "q1_q17_dr25_stellar": "",
}
_STELLAR_COLUMNS = (
    Wanted("kepid", "int"),
    Wanted("ra", unit="deg"),
    Wanted("dec", unit="deg"),
    Wanted("kepmag", unit="mag"),
    Wanted("teff", unit="K"),
    Wanted("logg", unit="dex(cm/s2)"),
    Wanted("feh", unit="dex"),
    Wanted("radius", unit="R_sun"),
    Wanted("mass", unit="M_sun"),
    Wanted("rrmscdpp06p0", unit="ppm"),
)
_OBJECT_TABLE = "cumulative"
_OBJECT_COLUMNS = (
    Wanted("kepid", "int"),
    Wanted("kepoi_name", "text"),
    Wanted("koi_disposition", "text"),
)
_DISPOSITIONS = {name: name for name in ("CONFIRMED", "CANDIDATE", "FALSE POSITIVE")}
#: Numbers of the Kepler Input Catalog end at 13161029.
_BOUNDS = tuple(1_000_000 * million for million in range(1, 14))


async def collect(services: Services) -> tuple[Origin, ...]:
    """Collect all that there is about Kepler's stars.

    Parameters
    ----------
    services : Services

    Raises
    ------
    ArchiveError
        An archive cannot be asked, or does not have a table.
    """
    table = services.first_table(_STELLAR_TABLES)
    if table is None or services.first_table([_OBJECT_TABLE]) is None:
        raise ArchiveAnswerError(
            f"{services.tap.url} has no stellar table ({', '.join(_STELLAR_TABLES)}) or no KOI"
            f" table ({_OBJECT_TABLE})"
        )
    return (
        await collect_stellar(services, table, _STELLAR_TABLES[table], _STELLAR_COLUMNS, _BOUNDS),
        await collect_objects(services, _OBJECT_TABLE, "", _OBJECT_COLUMNS, _DISPOSITIONS),
        await collect_observed(services, "Kepler"),
    )
