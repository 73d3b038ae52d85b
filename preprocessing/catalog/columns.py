"""The columns of each mission's catalog, with units and meanings."""

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

#: Dispositions of a star's objects of interest, the deciding one first. ``NONE`` means that the
#: star has no such object; an empty cell means that nothing is known.
CONFIRMED_FIRST = ("CONFIRMED", "CANDIDATE", "FALSE POSITIVE", "NONE")

_WHOLE, _REAL, _TEXT, _LIST = "BIGINT", "DOUBLE", "VARCHAR", "INTEGER[]"


@dataclass(frozen=True)
class CatalogColumn:
    """One column of a catalog.

    Parameters
    ----------
    name : str
        The column's name in conditions and in the file.
    type : str
        The SQL type.
    unit : str
        The unit; empty if there is none.
    meaning : str
        A description for the user.
    """

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class CatalogLayout:
    """The layout of a mission's catalog.

    Parameters
    ----------
    mission : str
        The mission's name.
    prefix : str
        The prefix of star numbers in names, such as ``KIC``.
    magnitude : str
        The column of the magnitude.
    counts : mapping of str to str
        By cadence, the column with the number of quarters, months, campaigns or sectors in
        which a star was observed.
    columns : tuple of CatalogColumn
        All columns, the star's number first.
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
    """Return the tables that describe a mission's stars.

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

    For the mission's usual cadence, it lists when a star was observed; for the other cadence,
    only how often.

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
