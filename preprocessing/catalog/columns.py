"""What a catalog says of a star: columns, their units and meanings, mission by mission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["CATALOG_LAYOUTS", "CONFIRMED_FIRST", "CatalogColumn", "CatalogLayout"]

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
        >>> CATALOG_LAYOUTS["TESS"].number
        'tic'
        """
        return self.columns[0].name

    def unit(self, name: str) -> str:
        """Return a column's unit."""
        return next(column.unit for column in self.columns if column.name == name)


def _layout(
    mission: str,
    prefix: str,
    magnitude: CatalogColumn,
    counts: Mapping[str, str],
    spans: tuple[CatalogColumn, ...],
) -> CatalogLayout:
    columns = (
        CatalogColumn(prefix.lower(), _WHOLE, "", f"number in the catalogue {prefix}"),
        CatalogColumn("ra", _REAL, "deg", "right ascension, ICRS"),
        CatalogColumn("dec", _REAL, "deg", "declination, ICRS"),
        magnitude,
        CatalogColumn("teff", _REAL, "K", "effective temperature"),
        CatalogColumn("logg", _REAL, "dex(cm/s2)", "decimal logarithm of the surface gravity"),
        CatalogColumn("feh", _REAL, "dex", "metallicity"),
        CatalogColumn("radius", _REAL, "R_sun", "radius"),
        CatalogColumn("mass", _REAL, "M_sun", "mass"),
        CatalogColumn("cdpp", _REAL, "ppm", "noise on 6 hours: the robust RMS of CDPP"),
        *spans,
        CatalogColumn("disposition", _TEXT, "", f"of its objects: {', '.join(CONFIRMED_FIRST)}"),
        CatalogColumn("n_planets", _WHOLE, "", "confirmed planets"),
        CatalogColumn(
            "n_candidates", _WHOLE, "", "candidates that are neither confirmed nor refuted"
        ),
    )
    return CatalogLayout(mission, prefix, magnitude.name, MappingProxyType(dict(counts)), columns)


#: By mission. Its own cadence counts; of stars of the others, only how often there is any.
CATALOG_LAYOUTS = MappingProxyType(
    {
        "Kepler": _layout(
            "Kepler",
            "KIC",
            CatalogColumn("kepmag", _REAL, "mag", "magnitude in Kepler's band"),
            {"long": "nquarters", "short": "nshort"},
            (
                CatalogColumn("nquarters", _WHOLE, "", "quarters of long cadence"),
                CatalogColumn("quarters", _LIST, "", "their numbers"),
                CatalogColumn("nshort", _WHOLE, "", "months of short cadence"),
            ),
        ),
        "K2": _layout(
            "K2",
            "EPIC",
            CatalogColumn("kepmag", _REAL, "mag", "magnitude in Kepler's band"),
            {"long": "ncampaigns", "short": "nshort"},
            (
                CatalogColumn("ncampaigns", _WHOLE, "", "campaigns of long cadence"),
                CatalogColumn("campaigns", _LIST, "", "their numbers"),
                CatalogColumn("nshort", _WHOLE, "", "campaigns of short cadence"),
            ),
        ),
        "TESS": _layout(
            "TESS",
            "TIC",
            CatalogColumn("tmag", _REAL, "mag", "magnitude in TESS's band"),
            {"short": "nsectors", "fast": "nfast"},
            (
                CatalogColumn("nsectors", _WHOLE, "", "sectors of 120 s cadence"),
                CatalogColumn("sectors", _LIST, "", "their numbers"),
                CatalogColumn("nfast", _WHOLE, "", "sectors of 20 s cadence"),
            ),
        ),
    }
)
