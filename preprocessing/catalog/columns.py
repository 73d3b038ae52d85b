"""What a catalog says of a star: columns, their units and meanings, mission by mission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["CONFIRMED_FIRST", "LAYOUTS", "Column", "Layout"]

#: Dispositions of a star's objects of interest, the one that counts first. ``NONE`` is a
#: star without any, and an empty cell one of which nothing is known.
CONFIRMED_FIRST = ("CONFIRMED", "CANDIDATE", "FALSE POSITIVE", "NONE")

_WHOLE, _REAL, _TEXT, _LIST = "BIGINT", "DOUBLE", "VARCHAR", "INTEGER[]"


@dataclass(frozen=True)
class Column:
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
class Layout:
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
    columns : tuple of Column
        The star's number first.
    """

    mission: str
    prefix: str
    magnitude: str
    counts: Mapping[str, str]
    columns: tuple[Column, ...]

    @property
    def number(self) -> str:
        """The column with the star's number.

        Examples
        --------
        >>> LAYOUTS["TESS"].number
        'tic'
        """
        return self.columns[0].name

    def unit(self, name: str) -> str:
        """Return a column's unit."""
        return next(column.unit for column in self.columns if column.name == name)


def _layout(
    mission: str,
    prefix: str,
    magnitude: Column,
    counts: Mapping[str, str],
    spans: tuple[Column, ...],
) -> Layout:
    columns = (
        Column(prefix.lower(), _WHOLE, "", f"number in the catalogue {prefix}"),
        Column("ra", _REAL, "deg", "right ascension, ICRS"),
        Column("dec", _REAL, "deg", "declination, ICRS"),
        magnitude,
        Column("teff", _REAL, "K", "effective temperature"),
        Column("logg", _REAL, "dex(cm/s2)", "decimal logarithm of the surface gravity"),
        Column("feh", _REAL, "dex", "metallicity"),
        Column("radius", _REAL, "R_sun", "radius"),
        Column("mass", _REAL, "M_sun", "mass"),
        Column("cdpp", _REAL, "ppm", "noise on 6 hours: the robust RMS of CDPP"),
        *spans,
        Column("disposition", _TEXT, "", f"of its objects: {', '.join(CONFIRMED_FIRST)}"),
        Column("n_planets", _WHOLE, "", "confirmed planets"),
        Column("n_candidates", _WHOLE, "", "candidates that are neither confirmed nor refuted"),
    )
    return Layout(mission, prefix, magnitude.name, MappingProxyType(dict(counts)), columns)


#: By mission. Its own cadence counts; of stars of the others, only how often there is any.
LAYOUTS = MappingProxyType(
    {
        "Kepler": _layout(
            "Kepler",
            "KIC",
            Column("kepmag", _REAL, "mag", "magnitude in Kepler's band"),
            {"long": "nquarters", "short": "nshort"},
            (
                Column("nquarters", _WHOLE, "", "quarters of long cadence"),
                Column("quarters", _LIST, "", "their numbers"),
                Column("nshort", _WHOLE, "", "months of short cadence"),
            ),
        ),
        "K2": _layout(
            "K2",
            "EPIC",
            Column("kepmag", _REAL, "mag", "magnitude in Kepler's band"),
            {"long": "ncampaigns", "short": "nshort"},
            (
                Column("ncampaigns", _WHOLE, "", "campaigns of long cadence"),
                Column("campaigns", _LIST, "", "their numbers"),
                Column("nshort", _WHOLE, "", "campaigns of short cadence"),
            ),
        ),
        "TESS": _layout(
            "TESS",
            "TIC",
            Column("tmag", _REAL, "mag", "magnitude in TESS's band"),
            {"short": "nsectors", "fast": "nfast"},
            (
                Column("nsectors", _WHOLE, "", "sectors of 120 s cadence"),
                Column("sectors", _LIST, "", "their numbers"),
                Column("nfast", _WHOLE, "", "sectors of 20 s cadence"),
            ),
        ),
    }
)
