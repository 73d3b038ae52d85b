"""Which tables of other archives describe a mission's stars, and with which columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ObjectTable", "PortalTable", "StarTables", "StellarTable", "Wanted"]


@dataclass(frozen=True)
class Wanted:
    """A column that is asked for.

    Parameters
    ----------
    name : str
        At the service.
    type : {'int', 'float', 'text'}
    unit : str
        In which it is wanted; empty for none.
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
        By the names under which the table may be, the likeliest first: which of its rows
        count, empty for all.
    columns : tuple of Wanted
        The star's number, right ascension, declination, magnitude, temperature, surface
        gravity, metallicity, radius, mass and noise, in this order.
    bounds : tuple of int
        Star numbers, ascending, between which the table is asked for piece by piece.
    is_required : bool
        Whether there is no catalog without the table.
    """

    conditions: Mapping[str, str]
    columns: tuple[Wanted, ...]
    bounds: tuple[int, ...]
    is_required: bool = False


@dataclass(frozen=True)
class PortalTable:
    """A catalog of stars at MAST's portal, asked for the stars that were observed.

    Parameters
    ----------
    catalog : str
        What it is called.
    services : tuple of str
        Services of the portal that give its rows; each is tried if the one before fails.
    columns : tuple of str
        In the order of `StellarTable`, but for the noise, which it does not know.
    """

    catalog: str
    services: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ObjectTable:
    """A table of objects of interest at the NASA Exoplanet Archive: what may be planets.

    Parameters
    ----------
    name : str
    columns : tuple of Wanted
        The star's number or name, the object's name, its disposition.
    dispositions : mapping of str to str
        By the archive's word, in upper case: ours.
    condition : str
        Which of its rows count, empty for all.
    is_required : bool
        Whether there is no catalog without the table.
    """

    name: str
    columns: tuple[Wanted, ...]
    dispositions: Mapping[str, str]
    condition: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class StarTables:
    """What a mission's catalog is made of, besides the observations that MAST lists.

    Parameters
    ----------
    magnitude : (str, str)
        Name of the column by which stars are bright, and its meaning.
    counts : mapping of str to (str, str)
        By cadence, the column that says how often a star was observed, and its meaning; the
        mission's usual cadence first.
    stellar : StellarTable or PortalTable
    objects : ObjectTable
    """

    magnitude: tuple[str, str]
    counts: Mapping[str, tuple[str, str]] = field(repr=False)
    stellar: StellarTable | PortalTable = field(repr=False)
    objects: ObjectTable = field(repr=False)
