"""Damage to a packed data set is found and named, and repaired from the FITS files."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from preprocessing.core.errors import RunError
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.dataset.packing import partition
from preprocessing.dataset.packing.check import PackedCheck, check_packed
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.tables import sky_cells
from preprocessing.tables.packed_rows import cell_of
from tests.support.packing import contents, packed_curves, write_dataset, write_star

_STARS = (757076, 892667, 8644288, 11904151, 10002792, 2437317)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data set that is packed into several files."""
    monkeypatch.setattr(sky_cells, "MOST_STARS", 3)
    write_dataset(tmp_path, _STARS)
    pack(PackRequest(tmp_path))
    return tmp_path


def catalogs(root: Path) -> tuple[Path, Path]:
    packed = PackedFolder(root)
    return packed.curves, packed.centroids


def flip(path: Path, offset: int) -> None:
    body = bytearray(path.read_bytes())
    body[offset] ^= 4
    path.write_bytes(body)


def pages_of(path: Path) -> list[int]:
    """Return an offset inside the content of each column's last page."""
    metadata = pq.read_metadata(path)
    offsets = []
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            start = column.dictionary_page_offset or column.data_page_offset
            offsets.append(start + column.total_compressed_size - 1)
    return offsets


@pytest.mark.slow
def test_sound(root: Path) -> None:
    """Of a sound data set, nothing is found."""
    assert check_packed(root).damage == []


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_every_damaged_page_is_found(root: Path, which: int) -> None:
    """One bit of any page makes the file be named, and packing writes the same bytes again."""
    before = contents(root)
    path = next(partition_files(catalogs(root)[which]))
    for offset in pages_of(path):
        whole = path.read_bytes()
        flip(path, offset)
        found = [item for item in check_packed(root).damage if item.path == path]
        assert len(found) == 1, offset
        path.write_bytes(whole)
    flip(path, pages_of(path)[-1])
    assert pack(PackRequest(root, found=check_packed(root))).n_written == 1
    assert contents(root) == before


@pytest.mark.slow
@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_files_that_are_cut_off(root: Path, length: int) -> None:
    """A file that was cut off is named."""
    for catalog in catalogs(root):
        path = next(partition_files(catalog))
        path.write_bytes(path.read_bytes()[:length])
        assert path in {item.path for item in check_packed(root).damage}


@pytest.mark.slow
def test_files_that_are_gone(root: Path) -> None:
    """A file that was removed is named, and written again."""
    before = contents(root)
    for catalog in catalogs(root):
        path = next(partition_files(catalog))
        path.unlink()
        assert path in {item.path for item in check_packed(root).damage}
        pack(PackRequest(root))
        assert contents(root) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stars.parquet", "hats/lightcurves/partition_info.csv"])
@pytest.mark.parametrize("content", [b"", b"something else", b"Norder,Npix\n"])
def test_damaged_tables(root: Path, name: str, content: bytes) -> None:
    """A damaged table about the whole is named, and packing makes it again."""
    before = contents(root)
    (root / name).write_bytes(content)
    assert {item.path for item in check_packed(root).damage} == {root / name}
    pack(PackRequest(root))
    assert contents(root) == before


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_every_part_of_a_file_is_covered(root: Path, which: int) -> None:
    """One bit anywhere, in the page index and the footer too, is found and put right."""
    before = contents(root)
    path = next(partition_files(catalogs(root)[which]))
    size = path.stat().st_size
    (length,) = struct.unpack("<i", path.read_bytes()[-8:-4])
    for offset in (0, size // 2, size - length - 9, size - length, size - length // 2, size - 1):
        flip(path, offset)
        found = check_packed(root)
        assert [item.path for item in found.damage] == [path], offset
        assert found.lost == []
        pack(PackRequest(root, found=found))
        assert contents(root) == before


def test_damage_that_packing_finds(root: Path) -> None:
    """A file that changed since it was written is written again, whether it was checked or not."""
    before = contents(root)
    for catalog in catalogs(root):
        path = next(partition_files(catalog))
        flip(path, path.stat().st_size - 100)
        assert pack(PackRequest(root)).n_written == 1
        assert contents(root) == before


@pytest.mark.slow
def test_what_is_sound_in_a_damaged_file_stays(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without FITS files, the stars of a damaged row group are lost and named, and no others."""
    monkeypatch.setattr(partition, "_MOST_POINTS", 1)
    path = max(partition_files(catalogs(root)[1]), key=lambda p: pq.read_metadata(p).num_rows)
    pack(PackRequest(root, found=PackedCheck(damaged={cell_of(path): []})))
    curves = packed_curves(root)
    for fits in (root / "lightcurves").iterdir():
        fits.unlink()
    names = pq.read_table(path, columns=["fits_file"], partitioning=None)["fits_file"].to_pylist()
    assert len(names) > 1
    group = pq.read_metadata(path).row_group(0)
    column = group.column(group.num_columns - 1)
    flip(path, column.data_page_offset + column.total_compressed_size - 1)
    with pytest.raises(RunError, match="verify --repair"):
        pack(PackRequest(root))
    found = check_packed(root)
    assert found.lost == names[:1]
    assert sorted(found.sound) == sorted(curves.keys() - {names[0]})
    assert pack(PackRequest(root, found=found)).n_stars == len(curves) - 1
    assert check_packed(root).damage == []
    after = packed_curves(root)
    for name in found.sound:
        assert after[name].flux.tobytes() == curves[name].flux.tobytes()


@pytest.mark.slow
def test_fits_file_that_changed_since(root: Path) -> None:
    """A FITS file that was fetched again is named, and packed in the place of the former."""
    path = write_star(root / "lightcurves", _STARS[0], TEFF=4321)
    os.utime(path)
    found = check_packed(root)
    assert [(item.path, item.is_outdated) for item in found.damage] == [(path, True)]
    assert pack(PackRequest(root, found=found)).n_written == 1
    assert check_packed(root).damage == []
    path.touch()
    assert check_packed(root).damage == []


def test_numbers_that_changed(root: Path) -> None:
    """A file that another program wrote with other numbers, and right checksums, is named."""
    path = next(partition_files(PackedFolder(root).curves))
    table = pq.read_table(path)
    place = table.column_names.index("time")
    other = table.set_column(place, table.schema.field("time"), [list(reversed(_times(table)))])
    pq.write_table(other, path)
    [found] = [item for item in check_packed(root).damage if item.path == path]
    assert "are not those packed" in found.text


def _times(table: object) -> list[list[float]]:
    times: list[list[float]] = [
        [value + 1 for value in row]
        for row in table.column("time").to_pylist()  # type: ignore[attr-defined]
    ]
    return times
