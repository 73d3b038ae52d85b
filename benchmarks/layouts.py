"""The other layouts that people keep light curves in, written from the same FITS files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from preprocessing import open_dataset
from preprocessing.core.curve_columns import COLUMNS

__all__ = ["LAYOUTS", "Layout"]

_LIGHTCURVES = "lightcurves"
#: What Multimodal Universe keeps of a light curve (its scripts/kepler, November 2026): curves
#: padded with NaN to the longest of a file, in HDF5, compressed by gzip.
_MMU_COLUMNS = ("time", "flux", "flux_err")
_GZIP_LEVEL = 5


@dataclass(frozen=True)
class Layout:
    """One way to keep light curves.

    Parameters
    ----------
    name : str
        Of its folder, beside that of the FITS files.
    write : callable
        Called with the folder of the data set.
    read : callable
        Called with the folder of the data set and names of columns; yields the columns of each
        star.
    """

    name: str
    write: Callable[[Path], None]
    read: Callable[[Path, Sequence[str]], Iterator[object]]

    def folder(self, root: Path) -> Path:
        """Return the folder of the files."""
        return root / self.name


def _read_fits(root: Path, columns: Sequence[str]) -> Iterator[object]:
    from astropy.io import fits

    for path in sorted((root / _LIGHTCURVES).glob("*.fits")):
        with fits.open(path) as hdus:
            rows = hdus["LIGHTCURVE"].data
            yield [np.array(rows[column.upper()]) for column in columns]


def _write_hdf5(root: Path) -> None:
    import h5py

    stars = list(open_dataset(root / _LIGHTCURVES))
    longest = max(map(len, stars))
    path = root / "hdf5" / "stars.hdf5"
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        for column in _MMU_COLUMNS:
            values = [getattr(star, column) for star in stars]
            padded = np.full((len(stars), longest), np.nan, values[0].dtype)
            for row, value in zip(padded, values, strict=True):
                row[: len(value)] = value
            options: dict[str, Any] = {"compression": "gzip", "compression_opts": _GZIP_LEVEL}
            file.create_dataset(column, data=padded, chunks=(1, longest), **options)


def _read_hdf5(root: Path, columns: Sequence[str]) -> Iterator[object]:
    import h5py

    with h5py.File(root / "hdf5" / "stars.hdf5") as file:
        for row in range(len(file[_MMU_COLUMNS[0]])):
            yield [file[column][row] for column in columns]


def _write_plain(root: Path) -> None:
    import pandas as pd

    folder = root / "parquet"
    folder.mkdir(exist_ok=True)
    stars = open_dataset(root / _LIGHTCURVES)
    # As many stars a file as fit into memory as Python objects.
    for number, batch in enumerate(stars.batches(16)):
        lists = {column: [getattr(star, column) for star in batch] for column in COLUMNS}
        numbers = [star.number for star in batch]
        pd.DataFrame({"kic": numbers, **lists}).to_parquet(folder / f"{number:04d}.parquet")


def _read_plain(root: Path, columns: Sequence[str]) -> Iterator[object]:
    import pandas as pd

    for path in sorted((root / "parquet").iterdir()):
        yield from pd.read_parquet(path, columns=list(columns)).itertuples()


#: By name.
LAYOUTS = {
    "FITS, astropy": Layout(_LIGHTCURVES, lambda root: None, _read_fits),
    "HDF5 and gzip, as Multimodal Universe": Layout("hdf5", _write_hdf5, _read_hdf5),
    "pandas' to_parquet, all columns": Layout("parquet", _write_plain, _read_plain),
}
