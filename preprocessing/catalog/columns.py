"""What a catalog says of a star: columns, their units and meanings, mission by mission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from preprocessing.missions import MISSIONS
from preprocessing.missions.star_tables import StarTables

__all__ = [
    "CONFIRMED_FIRST",
    "CatalogColumn",
    "CatalogLayout",
    "catalog_layout",
    "catalog_missions",
    "star_tables_of",
]

#: Dispositions of a star's objects of interest, the one that counts first. ``NONE`` is a
#: star without any, and an empty cell one of which nothing is known.
CONFIRMED_FIRST = ("CONFIRMED", "CANDIDATE", "FALSE POSITIVE", "NONE")

_WHOLE, _REAL, _TEXT, _LIST = "BIGINT", "DOUBLE", "VARCHAR", "INTEGER[]"


@dataclass(frozen=True)
class CatalogColumn:
    """One column of a catalog.

    Parameters
    ----------
    name : str
    type : str
        Of SQL.
    unit : str
        Empty if it has none.
    meaning : str
    """

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class CatalogLayout:
    """A mission's catalog.

    Parameters
    ----------
    mission : str
    prefix : str
        What stands before a star's number in its name.
    magnitude : str
        Column by which stars are bright.
    counts : mapping of str to str
        By cadence, the column that says in how many quarters, months, campaigns or sectors
        a star was observed.
    columns : tuple of CatalogColumn
        The star's number first.
    """

    mission: str
    prefix: str
    magnitude: str
    counts: Mapping[str, str]
    columns: tuple[CatalogColumn, ...]

    @property
    def number(self) -> str:
        """The column with the star's number.

        Examples
        --------
        >>> catalog_layout("TESS").number
        'tic'
        """
        return self.columns[0].name

    def unit(self, name: str) -> str:
        """Return a column's unit."""
        return next(column.unit for column in self.columns if column.name == name)


def catalog_missions() -> list[str]:
    """Return the names of the missions that have a catalog."""
    return [name for name, mission in MISSIONS.items() if mission.star_tables is not None]


def star_tables_of(mission: str) -> StarTables:
    """Return where a mission's stars are described.

    Parameters
    ----------
    mission : str
        `Mission.name`.

    Raises
    ------
    KeyError
        The mission has no catalog.
    """
    tables = MISSIONS[mission].star_tables
    if tables is None:
        raise KeyError(mission)
    return tables


def catalog_layout(mission: str) -> CatalogLayout:
    """Return the columns of a mission's catalog.

    The mission's own cadences count; of stars of others, only how often there is any.

    Parameters
    ----------
    mission : str
        `Mission.name`.

    Raises
    ------
    KeyError
        The mission has no catalog.

    Examples
    --------
    >>> catalog_layout("TESS").number, dict(catalog_layout("K2").counts)
    ('tic', {'long': 'ncampaigns', 'short': 'nshort'})
    """
    tables, kind = star_tables_of(mission), MISSIONS[mission]
    magnitude, what = tables.magnitude
    usual, *others = (CatalogColumn(n, _WHOLE, "", text) for n, text in tables.counts.values())
    columns = (
        CatalogColumn(kind.catalog.lower(), _WHOLE, "", f"number in the catalogue {kind.catalog}"),
        CatalogColumn("ra", _REAL, "deg", "right ascension, ICRS"),
        CatalogColumn("dec", _REAL, "deg", "declination, ICRS"),
        CatalogColumn(magnitude, _REAL, "mag", what),
        CatalogColumn("teff", _REAL, "K", "effective temperature"),
        CatalogColumn("logg", _REAL, "dex(cm/s2)", "decimal logarithm of the surface gravity"),
        CatalogColumn("feh", _REAL, "dex", "metallicity"),
        CatalogColumn("radius", _REAL, "R_sun", "radius"),
        CatalogColumn("mass", _REAL, "M_sun", "mass"),
        CatalogColumn("cdpp", _REAL, "ppm", "noise on 6 hours: the robust RMS of CDPP"),
        usual,
        CatalogColumn(f"{kind.sequence}s", _LIST, "", "their numbers"),
        *others,
        CatalogColumn("disposition", _TEXT, "", f"of its objects: {', '.join(CONFIRMED_FIRST)}"),
        CatalogColumn("n_planets", _WHOLE, "", "confirmed planets"),
        CatalogColumn(
            "n_candidates", _WHOLE, "", "candidates that are neither confirmed nor refuted"
        ),
    )
    counts = {cadence: name for cadence, (name, _) in tables.counts.items()}
    return CatalogLayout(mission, kind.catalog, magnitude, MappingProxyType(counts), columns)
