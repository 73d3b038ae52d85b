"""FITS files are removed only where it is proved that their light curves are packed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from preprocessing.core.errors import RunError
from preprocessing.core.packed_folder import PackedFolder, partitions_of
from preprocessing.dataset.packing import consume
from preprocessing.dataset.packing.consume import (
    Consumption,
    PackedCell,
    in_steps,
    prove,
    remove_fits,
)
from preprocessing.dataset.packing.file_list import FileList
from preprocessing.dataset.packing.fits_folder import FitsStar, look_through
from preprocessing.dataset.packing.pack import PackRequest, pack
from tests.support.packing import write_dataset

_STARS = (757076, 892667, 8644288)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a data set that is packed into one file."""
    write_dataset(tmp_path, _STARS)
    pack(PackRequest(tmp_path))
    return tmp_path


def fits_stars(root: Path) -> list[FitsStar]:
    folder = root / "lightcurves"
    names = sorted(path.name for path in folder.iterdir())
    return [star for star in look_through((folder, names)) if isinstance(star, FitsStar)]


def packed_cell(root: Path) -> PackedCell:
    lists = [FileList(catalog) for catalog in PackedFolder(root).written(with_centroids=True)]
    [cell] = lists[0].files
    files_of_cell = tuple((files.catalog, files.files[cell]) for files in lists)
    return PackedCell(cell, files_of_cell, root)


def test_what_is_proved(root: Path) -> None:
    """Every star of a sound file is proved, with the digest of its FITS file."""
    proved = prove(packed_cell(root))
    assert sorted(proved) == [star.name for star in fits_stars(root)]


def test_what_is_proved_is_on_the_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are synced that were copied, and folders that a killed run made, up to the data set."""
    synced: set[int] = set()
    monkeypatch.setattr(consume, "sync_folder", lambda folder: synced.add(folder.stat().st_ino))
    monkeypatch.setattr(consume, "sync_file", lambda number: synced.add(os.fstat(number).st_ino))
    prove(packed_cell(root))
    catalogs = PackedFolder(root).catalogs
    paths = [p for p in catalogs.rglob("*") if p.is_dir() or p.name.startswith("Npix")]
    assert synced == {path.stat().st_ino for path in (root, catalogs, *paths)}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("offset", [100, -100])
def test_damage_is_no_proof(root: Path, which: int, offset: int) -> None:
    """One wrong bit, in a page or in the footer of either file, proves nothing."""
    cell = packed_cell(root)
    path = partitions_of(cell.files[which][0]) / cell.cell.file
    body = bytearray(path.read_bytes())
    body[offset] ^= 1
    path.write_bytes(body)
    with pytest.raises(RunError, match="No FITS file of it was removed"):
        prove(cell)


def test_files_that_stay(root: Path) -> None:
    """A file stays if it is not complete, was replaced since, or if another run began."""
    stars, proved = fits_stars(root), prove(packed_cell(root))
    one, other, replaced = (star.name for star in stars)
    folder = root / "lightcurves"
    os.utime(folder / replaced)
    complete = {name: proved[name] for name in (one, replaced)} | {other: "0" * 64}
    nobody = Consumption(complete, None, lambda: False)
    assert remove_fits(folder, stars, proved, nobody) == frozenset()
    whoever = Consumption(complete, None, lambda: True)
    assert remove_fits(folder, stars, proved, whoever) == {one}
    assert sorted(path.name for path in folder.iterdir()) == [other, replaced]
    assert remove_fits(folder, stars, proved, whoever) == frozenset()


def test_steps(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each star is in one step; without new stars there is one, which is empty."""
    monkeypatch.setattr(consume, "_STARS_A_STEP", 2)
    stars = fits_stars(root)
    steps = list(in_steps(stars))
    assert [len(step) for step in steps] == [2, 1]
    assert sorted(star.name for step in steps for star in step) == [star.name for star in stars]
    assert list(in_steps([])) == [[]]
