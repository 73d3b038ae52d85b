"""Open a data set: FITS files, packed ones, or both, on this machine or in an object store."""

from __future__ import annotations

import os
from pathlib import Path

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import UsageError
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.core.remote_path import as_remote_path
from preprocessing.dataset.forms import packed_form, published_form
from preprocessing.dataset.reader import Dataset

__all__ = ["open_dataset"]


def open_dataset(
    folder: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] | None = None,
    verify: bool = False,
) -> Dataset:
    """Open light curves that this program wrote: FITS files, packed ones, or both.

    Parameters
    ----------
    folder : path-like or str
        What ``xenoscan download --dataset`` was given, or any folder with the FITS files of a
        run, such as ``data/raw``. The files of an interrupted run are there too. What
        ``xenoscan pack`` wrote into the folder of a data set is read from there, and FITS files
        that it has not packed yet as before. Or a URL, ``s3://bucket/prefix``: what ``xenoscan
        pack --to`` was given.
    results : path-like, optional
        The results CSV, where it is not the one in the folder of the data set. Without one,
        `Dataset.outcomes` is empty.
    verify : bool, optional
        Check the checksums of every FITS file that is read (see
        `preprocessing.read_light_curve`), the checksum of every page of a packed file, and the
        SHA-256 of every whole light curve in it.

    Returns
    -------
    Dataset
        Nothing but the names of files has been read.

    Raises
    ------
    UsageError
        There is no such folder or CSV, or the folder holds neither light curves nor records; or
        packed light curves that cannot be read, since pyarrow is not installed or another
        version packed them; or no packed data set is at the URL.
    OSError
        The object store does not answer, or refuses.

    Examples
    --------
    ::

        from preprocessing import open_dataset

        dataset = open_dataset("m-dwarfs")
        star = dataset["KIC 757076"]
        cadences, flux = dataset.stack(dataset.ids[:100])
    """
    if results is not None and not Path(results).is_file():
        raise UsageError(f"there is no results CSV {results}")
    remote = as_remote_path(folder)
    if remote is not None:
        csv = None if results is None else Path(results)
        return Dataset(None, csv, verify, published_form(remote, verify), remote)
    places = DatasetFolder(Path(folder))
    if not places.root.is_dir():
        raise UsageError(f"there is no folder {places.root}")
    is_dataset = places.lightcurves.is_dir()
    if results is None and places.results.is_file():
        results = places.results
    dataset = Dataset(
        places.lightcurves if is_dataset else places.root,
        None if results is None else Path(results),
        verify,
        packed_form(PackedFolder(places.root), verify),
    )
    if not dataset.ids and not is_dataset and results is None:
        raise UsageError(
            f"{places.root} holds neither light curves nor records: name the folder of a data"
            " set, or the one that the FITS files were written to"
        )
    return dataset
