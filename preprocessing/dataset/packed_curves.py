"""The packed form of a data set: where each light curve is in its Parquet files."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from preprocessing.catalog.star_table import ArrowTable
from preprocessing.core.curve_columns import CurveColumns
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.core.remote_path import Location
from preprocessing.dataset.file_index import fits_files
from preprocessing.tables.clock_table import ClockTable
from preprocessing.tables.packed_rows import PackedRow
from preprocessing.tables.row_groups import RowGroup, RowGroupReader
from preprocessing.tables.star_places import star_places

__all__ = ["CatalogFiles", "PackedCurves", "open_packed"]

_log = logging.getLogger(__name__)


class CatalogFiles(Protocol):
    """The files of a catalog: a folder, or what an object store has of one."""

    def __truediv__(self, file: str, /) -> Location:
        """Return where a file of the catalog is."""


class PackedCurves:
    """The light curves that `xenoscan pack` wrote.

    Parameters
    ----------
    stars : Path or pyarrow.Table
        The table of stars.
    places : mapping of str to PackedRow
        Where each light curve is, by the name of its FITS file, in the order of the files.
    curves : CatalogFiles
        The folder below which their files are.
    centroids : CatalogFiles or None
        The same for their centroids; None if the data set has none.
    clocks : ClockTable
        The mission's clock.
    verify : bool
        Whether to check the checksums of pages and the digests of stars.
    """

    def __init__(
        self,
        stars: Path | ArrowTable,
        places: Mapping[str, PackedRow],
        curves: CatalogFiles,
        centroids: CatalogFiles | None,
        clocks: ClockTable,
        verify: bool,
    ) -> None:
        self.stars = stars
        self.places = places
        self._curves = curves
        self._centroids = centroids
        self._reader = RowGroupReader(verify, clocks)
        #: Kept, for making paths takes a tenth of the time of reading a flux.
        self._groups: dict[tuple[str, int], RowGroup] = {}

    def path(self, file: str) -> Location:
        """Return the Parquet file that holds a light curve."""
        return self._curves / self.places[file].file

    def group(self, file: str) -> RowGroup:
        """Return the row group that holds a light curve."""
        place = self.places[file]
        key = place.file, place.row_group
        if key not in self._groups:
            centroids = None if self._centroids is None else self._centroids / place.file
            self._groups[key] = RowGroup(self._curves / place.file, centroids, place.row_group)
        return self._groups[key]

    def light_curves(self, files: Sequence[str]) -> list[LightCurve]:
        """Read light curves of one row group, which is decoded once."""
        return self._reader.light_curves(self.group(files[0]), self._rows(files))

    def columns(self, files: Sequence[str], columns: Sequence[str]) -> list[CurveColumns]:
        """Read some columns of one row group, and no others."""
        return self._reader.columns(self.group(files[0]), self._rows(files), columns)

    def _rows(self, files: Sequence[str]) -> list[tuple[int, str]]:
        return [(self.places[file].row, file) for file in files]


def open_packed(places: PackedFolder, verify: bool) -> PackedCurves:
    """Open what `xenoscan pack` wrote.

    Parameters
    ----------
    places : PackedFolder
        Where it is.
    verify : bool
        Whether to check what is read.

    Light curves whose FITS files changed since they were packed are left out.

    Raises
    ------
    UsageError
        Its table of stars cannot be read.
    """
    centroids = places.centroids
    stars = star_places(places.stars)
    folder = DatasetFolder(places.root).lightcurves
    there = fits_files(folder) if folder.is_dir() else frozenset()
    outdated = [n for n, star in stars.items() if n in there and not star.is_from(f"{folder}/{n}")]
    if outdated:
        _log.warning(
            "%d light curves in %s are read from their FITS files, which are not those that were"
            " packed, or were copied without their times (%s ...): run xenoscan pack again",
            len(outdated),
            places.root,
            outdated[0],
        )
    for name in outdated:
        del stars[name]
    return PackedCurves(
        places.stars,
        {name: star.row for name, star in stars.items()},
        places.curves,
        centroids if centroids.is_dir() else None,
        ClockTable(places.clock),
        verify,
    )
