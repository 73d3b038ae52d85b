"""Look through a folder of light curves: which stars are to be packed, and which cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from preprocessing.core.errors import ProductError, UnreadableProduct
from preprocessing.fits.output_file import read_summary

__all__ = ["FitsStar", "LeftOut", "fits_names", "look_through"]

_SUFFIX = ".fits"
#: Files that a unit of work looks at.
_FILES_AT_ONCE = 500


@dataclass(frozen=True)
class FitsStar:
    """What the headers of one FITS file say.

    Parameters
    ----------
    name : str
        The file's name.
    bytes, modified_ns : int
        The file's size, and when it was written: nanoseconds since 1970.
    mission : str
        The mission's name.
    number : int
        The star's number.
    ra, dec : float
        The star's position in degrees.
    is_synthetic : bool
        Whether a program made the light curve up.
    is_double : bool
        Whether flux has 64 bits.
    n_points : int
        Rows of the light curve.
    """

    name: str
    bytes: int
    modified_ns: int
    mission: str
    number: int
    ra: float
    dec: float
    is_synthetic: bool
    is_double: bool
    n_points: int


@dataclass(frozen=True)
class LeftOut:
    """A FITS file that cannot be packed.

    Parameters
    ----------
    name : str
        The file's name.
    text : str
        Why, for a person.
    is_foreign : bool
        Whether it is sound, but not an output of this program.
    """

    name: str
    text: str
    is_foreign: bool = False


def fits_names(folder: Path) -> list[str]:
    """Return the names of the FITS files in a folder, sorted; unfinished ones do not count."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file()]
    return sorted(name for name in names if name.endswith(_SUFFIX) and name[0] != ".")


def units(folder: Path, names: Iterable[str]) -> Iterable[tuple[Path, tuple[str, ...]]]:
    """Yield what one call of `look_through` looks at, until all of it is."""
    rest = iter(names)
    while some := tuple(islice(rest, _FILES_AT_ONCE)):
        yield folder, some


def look_through(unit: tuple[Path, Sequence[str]]) -> list[FitsStar | LeftOut]:
    """Read the headers of some FITS files.

    Parameters
    ----------
    unit : tuple of (Path, sequence of str)
        A folder, and the names of files in it.
    """
    folder, names = unit
    return [_look_at(folder / name) for name in names]


def _look_at(path: Path) -> FitsStar | LeftOut:
    try:
        found = os.stat(path)
        summary = read_summary(path)
    except UnreadableProduct as error:
        return LeftOut(path.name, str(error), is_foreign=True)
    except (ProductError, OSError) as error:
        return LeftOut(path.name, str(error))
    if summary.ra is None or summary.dec is None:
        return LeftOut(path.name, "its header has no position (RA_OBJ and DEC_OBJ)")
    return FitsStar(
        path.name,
        found.st_size,
        found.st_mtime_ns,
        summary.mission.name,
        summary.number,
        summary.ra,
        summary.dec,
        summary.is_synthetic,
        summary.is_double,
        summary.n_points,
    )
