"""Where light curves are kept: what a data set asks of each form of it, and the form of FITS."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from preprocessing.core.curve_columns import CurveColumns, columns_of
from preprocessing.core.errors import ProductError, UsageError
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.core.remote_path import Location, RemotePath
from preprocessing.fits.light_curve_file import read_light_curve

if TYPE_CHECKING:
    from preprocessing.dataset.packed_curves import PackedCurves

__all__ = ["FitsFolder", "Form", "ReadFailure", "packed_form", "published_form"]


@dataclass(frozen=True)
class ReadFailure:
    """A light curve that could not be read.

    Parameters
    ----------
    id : str
        Which one, as in `Dataset.ids`.
    path : Path or RemotePath
        Its file. If that is packed, the other stars of the row group cannot be read either.
    error : ProductError or OSError
        What reading it raised.
    """

    id: str
    path: Location
    error: ProductError | OSError


class Form(Protocol):
    """Light curves, by the names that their FITS files have or had."""

    def path(self, file: str) -> Location:
        """Return the file that holds a light curve."""

    def group(self, file: str) -> Hashable:
        """Return what is equal for light curves that are best read together."""

    def light_curves(self, files: Sequence[str]) -> list[LightCurve]:
        """Read the light curves of one group, with arrays of their own."""

    def columns(self, files: Sequence[str], columns: Sequence[str]) -> list[CurveColumns]:
        """Read some columns of the light curves of one group."""


class FitsFolder:
    """A folder with one FITS file for each light curve.

    Parameters
    ----------
    folder : Path
        The folder.
    verify : bool
        Whether to check the checksums of each file.
    """

    def __init__(self, folder: Path, verify: bool) -> None:
        self._folder = folder
        self._verify = verify

    def path(self, file: str) -> Path:
        """Return the path of a file."""
        return self._folder / file

    def group(self, file: str) -> Hashable:
        """Return the file: each is read by itself."""
        return file

    def light_curves(self, files: Sequence[str]) -> list[LightCurve]:
        """Read files whole."""
        return [self._read(self.path(file)) for file in files]

    def _read(self, path: Path) -> LightCurve:
        try:
            return read_light_curve(path, verify=self._verify)
        except FileNotFoundError as error:
            text = "removed, or packed with --consume, since the data set was opened: open it again"
            raise FileNotFoundError(error.errno, text, str(path)) from error

    def columns(self, files: Sequence[str], columns: Sequence[str]) -> list[CurveColumns]:
        """Read files whole, and return some columns."""
        return [columns_of(star, columns) for star in self.light_curves(files)]


def packed_form(places: PackedFolder, verify: bool) -> PackedCurves | None:
    """Return what `xenoscan pack` wrote; None if it wrote nothing.

    Parameters
    ----------
    places : PackedFolder
        Where it would be.
    verify : bool
        Whether to check the checksums of pages and the digests of stars.

    Raises
    ------
    UsageError
        It cannot be read.
    """
    if not places.is_packed:
        return None
    _require_pyarrow(places.root, f", or open the FITS files, {places.root / 'lightcurves'}")
    # Imported here: who has no packed data set needs no pyarrow.
    from preprocessing.dataset.packed_curves import open_packed

    return open_packed(places, verify)


def published_form(root: RemotePath, verify: bool) -> PackedCurves:
    """Return what ``xenoscan pack --to`` sent to an object store.

    Parameters
    ----------
    root : RemotePath
        Where it is.
    verify : bool
        As in `packed_form`.

    Raises
    ------
    UsageError
        There is no such store or data set, or a package is missing.
    OSError
        The store does not answer, or refuses.
    """
    _require_pyarrow(root)
    from preprocessing.dataset.published import open_published

    return open_published(root, verify)


def _require_pyarrow(root: Location, otherwise: str = "") -> None:
    if find_spec("pyarrow") is None:
        raise UsageError(
            f"{root} is packed, and pyarrow is not installed to read it: pip install"
            f" 'xenoscan[dataset]'{otherwise}"
        )
