"""The tables of other archives that describe a mission's stars, and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ObjectTable", "PortalTable", "StarTables", "StellarTable", "Wanted"]


@dataclass(frozen=True)
class Wanted:
    """A column to request.

    Parameters
    ----------
    name : str
        The column's name in the service.
    type : {'int', 'float', 'text'}
        The type to convert values to.
    unit : str
        The unit to convert values to; empty for none.
    """

    name: str
    type: str = "float"
    unit: str = ""


@dataclass(frozen=True)
class StellarTable:
    """A table of stars at the NASA Exoplanet Archive.

    Parameters
    ----------
    conditions : mapping of str to str
        Possible names of the table, the likeliest first, each with the condition that selects
        its rows (empty for all).
    columns : tuple of Wanted
        The star's number, right ascension, declination, magnitude, temperature, surface
        gravity, metallicity, radius, mass and noise, in this order.
    bounds : tuple of int
        Star numbers, ascending, that divide the table into pieces to request.
    is_required : bool
        Whether a catalog cannot be built without the table.
    """

    conditions: Mapping[str, str]
    columns: tuple[Wanted, ...]
    bounds: tuple[int, ...]
    is_required: bool = False


@dataclass(frozen=True)
class PortalTable:
    """A catalog of stars at MAST's portal, queried for the stars that were observed.

    Parameters
    ----------
    catalog : str
        The catalog's name.
    services : tuple of str
        Services of the portal that return its rows; each is tried if the previous one fails.
    columns : tuple of str
        Columns in the order of `StellarTable`, without the noise.
    """

    catalog: str
    services: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ObjectTable:
    """A table of objects of interest, which may be planets, at the NASA Exoplanet Archive.

    Parameters
    ----------
    name : str
        The table's name.
    columns : tuple of Wanted
        The star's number or name, the object's name, its disposition.
    dispositions : mapping of str to str
        The archive's dispositions, in upper case, and what each becomes in the catalog.
    condition : str
        Selects the table's rows; empty for all.
    is_required : bool
        Whether a catalog cannot be built without the table.
    """

    name: str
    columns: tuple[Wanted, ...]
    dispositions: Mapping[str, str]
    condition: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class StarTables:
    """The sources of a mission's catalog besides the observations that MAST lists.

    Parameters
    ----------
    magnitude : (str, str)
        The catalog's column of the magnitude, and its meaning.
    counts : mapping of str to (str, str)
        By cadence, the column that says how often a star was observed, and its meaning; the
        mission's usual cadence first.
    stellar : StellarTable or PortalTable
        Where the stars are described.
    objects : ObjectTable
        Where their objects of interest are listed.
    """

    magnitude: tuple[str, str]
    counts: Mapping[str, tuple[str, str]] = field(repr=False)
    stellar: StellarTable | PortalTable = field(repr=False)
    objects: ObjectTable = field(repr=False)
