"""Remove the FITS files of light curves that are packed, after proving that they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from preprocessing.core.errors import RunError
from preprocessing.core.packed_folder import PackedFolder, partitions_of
from preprocessing.dataset.packing.file_list import ListedFile, listed
from preprocessing.dataset.packing.fits_folder import FitsStar
from preprocessing.system.atomic import sync_file, sync_folder
from preprocessing.tables.clock_table import ClockTable
from preprocessing.tables.sky_cells import Cell, finest_cells
from preprocessing.tables.star_digests import SoundRow, check_digests

__all__ = ["Consumption", "PackedCell", "in_steps", "prove", "remove_fits"]

#: New stars that are packed before their FITS files are removed: their packed form takes up to
#: 8 GB of a disk that may be nearly full.
_STARS_A_STEP = 8_000


@dataclass(frozen=True)
class Consumption:
    """Which FITS files may be removed.

    Parameters
    ----------
    complete : mapping of str to str
        The digest of each output that no other attempt could improve, by its name. The others
        stay: a later run goes on from them.
    recorded : frozenset of str or None
        The outputs that a run in progress has finished and recorded: no others are packed. None
        if there is no such run.
    may_go_on : callable
        Tells whether files may still be removed: whether the run in progress is still the same.
    """

    complete: Mapping[str, str]
    recorded: frozenset[str] | None
    may_go_on: Callable[[], bool]


@dataclass(frozen=True)
class PackedCell:
    """The packed files of one cell, to be proved.

    Parameters
    ----------
    cell : Cell
        The cell.
    files : tuple of (Path, ListedFile)
        Each catalog that has a file of it, and what was listed when the file was written.
    root : Path
        The folder of the data set.
    """

    cell: Cell
    files: tuple[tuple[Path, ListedFile], ...]
    root: Path


def in_steps(stars: Sequence[FitsStar]) -> Iterator[list[FitsStar]]:
    """Yield new stars in parts: neighbors in the sky together, so that few files are written twice.

    Parameters
    ----------
    stars : sequence of FitsStar
        Those that are not packed yet. Without any, one empty part is yielded.
    """
    ra, dec = (np.array([getattr(star, name) for star in stars]) for name in ("ra", "dec"))
    rest = iter([stars[place] for place in np.argsort(finest_cells(ra, dec), kind="stable")])
    yield list(islice(rest, _STARS_A_STEP))
    while some := list(islice(rest, _STARS_A_STEP)):
        yield some


def prove(cell: PackedCell) -> dict[str, str]:
    """Read the files of a cell back from disk, and return what is packed in them.

    Parameters
    ----------
    cell : PackedCell
        Which files.

    Returns
    -------
    dict of str to str
        The digest of each FITS file that is packed, by its name.

    Raises
    ------
    RunError
        A file is not as it was written, or the numbers of a star are not those that were packed.
    """
    found: list[dict[str, str]] = []
    clock = PackedFolder(cell.root).clock
    clocks = ClockTable(clock)
    if clock.exists():
        _bring_to_disk(clock)
    for catalog, expected in cell.files:
        path = partitions_of(catalog) / cell.cell.file
        _bring_to_disk(path)
        for folder in path.parents[: len(path.relative_to(cell.root).parts)]:
            # Whoever made it may have been killed before its name was on the disk.
            sync_folder(folder)
        rows: dict[str, str] = {}
        for item in check_digests(path, clocks):
            if not isinstance(item, SoundRow):
                raise RunError(f"{item}. {_KEPT}")
            rows[item.fits_file] = item.fits_sha256
        if listed(path) != expected:
            raise RunError(f"{path} is not as it was written. {_KEPT}")
        found.append(rows)
    return {
        name: sha256
        for name, sha256 in found[-1].items()
        if all(rows.get(name) == sha256 for rows in found)
    }


_KEPT = "No FITS file of it was removed: see xenoscan verify"


def _bring_to_disk(path: Path) -> None:
    """Sync a file, which may have been copied, and have the system forget it: the disk is read."""
    # Windows syncs only what is open for writing.
    descriptor = os.open(path, os.O_RDWR)
    try:
        sync_file(descriptor)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def remove_fits(
    folder: Path,
    stars: Iterable[FitsStar],
    proved: Mapping[str, str],
    consumption: Consumption,
) -> frozenset[str]:
    """Remove the FITS files whose light curves were proved, and return their names.

    Parameters
    ----------
    folder : Path
        The folder of the FITS files.
    stars : iterable of FitsStar
        What they were like before they were packed.
    proved : mapping of str to str
        What `prove` returned.
    consumption : Consumption
        Which of them may be removed.
    """
    removed = set()
    for star in stars:
        if star.name not in proved or consumption.complete.get(star.name) != proved[star.name]:
            continue
        if not consumption.may_go_on():
            break
        path = folder / star.name
        try:
            found = os.stat(path)
        except FileNotFoundError:
            continue
        # Another run may have replaced it.
        if (found.st_size, found.st_mtime_ns) == (star.bytes, star.modified_ns):
            path.unlink()
            removed.add(star.name)
    if removed:
        sync_folder(folder)
    return frozenset(removed)
