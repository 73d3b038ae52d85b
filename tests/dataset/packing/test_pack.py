"""A data set is packed, and packed again when stars come or change."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.dataset.packing import pack as pack_module
from preprocessing.dataset.packing import partition
from preprocessing.dataset.packing.check import check_packed
from preprocessing.dataset.packing.pack import Packed, PackRequest, pack
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.system.atomic import publish
from preprocessing.tables import sky_cells
from tests.support.limits import files_of_at_most
from tests.support.outputs import write_sample
from tests.support.packing import (
    contents,
    packed_curves,
    star_rows,
    write_dataset,
    write_results,
    write_star,
)

_STARS = (757076, 892667, 8644288, 11904151, 10002792, 2437317)


@pytest.fixture(autouse=True)
def few_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a cell hold three stars, so that six make several."""
    monkeypatch.setattr(sky_cells, "MOST_STARS", 3)


def packed(root: Path, *, with_centroids: bool = True) -> Packed:
    return pack(PackRequest(root, with_centroids))


def assert_same(found: LightCurve, expected: LightCurve) -> None:
    for name, array in vars(expected).items():
        if isinstance(array, np.ndarray):
            assert getattr(found, name).tobytes() == array.tobytes(), name
    assert repr(found.files) == repr(expected.files)
    assert repr(found.header) == repr(dict(expected.header))


def test_every_star_is_packed(tmp_path: Path) -> None:
    """Each light curve comes back bit for bit, and the table of stars says where it is."""
    places = write_dataset(tmp_path, _STARS)
    done = packed(tmp_path)
    assert (done.n_stars, done.n_read, done.n_kept, done.left_out) == (6, 6, 0, [])
    assert done.n_written == len(list(partition_files(PackedFolder(tmp_path).curves))) > 1
    curves = packed_curves(tmp_path)
    for path in places.lightcurves.iterdir():
        assert_same(curves[path.name], read_light_curve(path))
    rows = star_rows(tmp_path)
    assert sorted(row["kic"] for row in rows) == sorted(_STARS)
    for row in rows:
        file = pq.ParquetFile(PackedFolder(tmp_path).curves / row["file"])
        group = file.read_row_group(row["row_group"], ["kic", "sha256"])
        assert group.slice(row["row"], 1).to_pylist() == [
            {"kic": row["kic"], "sha256": row["sha256"]}
        ]


def test_second_time_changes_nothing(tmp_path: Path) -> None:
    """What is packed already is not written again, and all bytes stay."""
    write_dataset(tmp_path, _STARS)
    packed(tmp_path)
    before = contents(tmp_path)
    done = packed(tmp_path)
    assert (done.n_written, done.n_read) == (0, 0)
    assert contents(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("order", [_STARS, tuple(reversed(_STARS))])
def test_stars_that_come_later(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Stars added one by one give the bytes of packing all at once; other files stay."""
    write_dataset(tmp_path / "once", _STARS)
    packed(tmp_path / "once")
    for number in order:
        write_dataset(tmp_path / "grown", [number])
        done = packed(tmp_path / "grown")
        assert done.n_written <= 3
    assert contents(tmp_path / "grown") == contents(tmp_path / "once")


@pytest.mark.slow
def test_stars_whose_files_are_gone_stay(tmp_path: Path) -> None:
    """A packed star needs no FITS file, even where its cell is divided or written again."""
    places = write_dataset(tmp_path, _STARS)
    expected = {p.name: read_light_curve(p) for p in places.lightcurves.iterdir()}
    packed(tmp_path)
    for path in places.lightcurves.iterdir():
        path.unlink()
    write_dataset(tmp_path, [_STARS[0] + 97 * 89])
    done = packed(tmp_path)
    assert done.n_stars == 7
    found = packed_curves(tmp_path)
    for name, curve in expected.items():
        assert_same(found[name], curve)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [-9e8, 60])
def test_changed_star_is_packed_again(tmp_path: Path, seconds: float) -> None:
    """An output that another one replaced takes its place, whichever time the file has."""
    places = write_dataset(tmp_path, _STARS)
    packed(tmp_path)
    path = write_star(places.lightcurves, _STARS[0], TEFF=4321)
    os.utime(path, (path.stat().st_mtime + seconds,) * 2)
    done = packed(tmp_path)
    assert (done.n_written, packed(tmp_path).n_written) == (1, 0)
    assert packed_curves(tmp_path)[path.name].header["TEFF"] == 4321


def test_copied_stars_are_not_packed_again(tmp_path: Path) -> None:
    """A FITS file with another time and the same content stays as it was packed."""
    places = write_dataset(tmp_path, _STARS[:3])
    packed(tmp_path)
    for path in places.lightcurves.iterdir():
        path.touch()
    assert (packed(tmp_path).n_written, packed(tmp_path).n_read) == (0, 0)
    assert {row["fits_modified_ns"] for row in star_rows(tmp_path)} == {
        path.stat().st_mtime_ns for path in places.lightcurves.iterdir()
    }


def test_single_and_double_precision(tmp_path: Path) -> None:
    """Authors of both precisions share a data set, each with its own bits."""
    places = write_dataset(tmp_path, ())
    write_sample(places.lightcurves, "K2")
    packed(tmp_path)
    write_sample(places.lightcurves, "K2SFF")
    packed(tmp_path)
    curves = packed_curves(tmp_path)
    assert len(curves) == 2
    for path in places.lightcurves.iterdir():
        assert curves[path.name].flux.dtype == read_light_curve(path).flux.dtype
        assert_same(curves[path.name], read_light_curve(path))


def test_missing_stars_are_listed(tmp_path: Path) -> None:
    """Targets without a light curve stand in the table of stars with their reason."""
    places = write_dataset(tmp_path, _STARS[:2])
    write_results(
        places,
        [
            {
                "target_id": "Kepler-1",
                "filepath": f"KIC_{_STARS[0]}.fits",
                "catalog_number": 757076,
            },
            {"target_id": "KIC 757076", "filepath": f"KIC_{_STARS[0]}.fits"},
            {
                "target_id": "KIC 5",
                "success": False,
                "reason": "not_found",
                "catalog_number": 5,
                "error": "none",
            },
            {"target_id": "KIC 6", "filepath": "KIC_6.fits", "catalog_number": 6},
        ],
    )
    done = packed(tmp_path)
    assert [outcome.target_id for outcome in done.without_curve] == ["KIC 5"]
    assert done.lost == ["KIC_6.fits"]
    rows = {row["kic"]: row for row in star_rows(tmp_path)}
    assert rows[757076]["target_ids"] == ["Kepler-1", "KIC 757076"]
    assert rows[757076]["reason"] == "complete"
    assert (rows[5]["file"], rows[5]["reason"], rows[5]["success"]) == (None, "not_found", False)
    assert (rows[6]["file"], rows[6]["reason"]) == (None, "complete")
    assert rows[892667]["target_ids"] == []
    assert rows[892667]["reason"] is None


def test_damaged_file_is_named(tmp_path: Path) -> None:
    """A damaged FITS file is left out and named; the others are packed."""
    places = write_dataset(tmp_path, _STARS)
    path = places.lightcurves / f"KIC_{_STARS[0]}.fits"
    body = bytearray(path.read_bytes())
    body[12000] ^= 1
    path.write_bytes(body)
    done = packed(tmp_path)
    assert [item.name for item in done.left_out] == [path.name]
    assert "checksum" in done.left_out[0].text
    assert done.n_stars == 5


def test_damage_after_packing_loses_nothing(tmp_path: Path) -> None:
    """A packed star outlives the damage of its FITS file."""
    places = write_dataset(tmp_path, _STARS)
    path = places.lightcurves / f"KIC_{_STARS[0]}.fits"
    expected = read_light_curve(path)
    packed(tmp_path)
    path.write_bytes(path.read_bytes()[:-2880])
    later = path.stat().st_mtime + 5
    os.utime(path, (later, later))
    done = packed(tmp_path)
    assert [item.name for item in done.left_out] == [path.name]
    assert_same(packed_curves(tmp_path)[path.name], expected)


def test_two_missions(tmp_path: Path) -> None:
    """Light curves of two missions are never packed together, now or later."""
    places = write_dataset(tmp_path, _STARS[:1])
    other = write_sample(places.lightcurves, "SPOC")
    with pytest.raises(UsageError, match=r"of one mission.*Kepler: KIC_757076\.fits.*TESS"):
        packed(tmp_path)
    assert contents(tmp_path) == {}
    kept = other.rename(tmp_path / other.name)
    packed(tmp_path)
    for path in places.lightcurves.iterdir():
        path.unlink()
    kept.rename(other)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="of one mission"):
        packed(tmp_path)
    assert contents(tmp_path) == before


def test_synthetic_beside_real(tmp_path: Path) -> None:
    """A synthetic star is never packed beside a real one, now or later."""
    places = write_dataset(tmp_path, _STARS[:1])
    packed(tmp_path)
    before = contents(tmp_path)
    write_star(places.lightcurves, _STARS[1], SYNTHET=True)
    with pytest.raises(UsageError, match=r"synthetic stars never stand beside real.*KIC_892667"):
        packed(tmp_path)
    (places.lightcurves / f"KIC_{_STARS[0]}.fits").unlink()
    with pytest.raises(UsageError, match="never stand beside real"):
        packed(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("content", [b"SIMPLE  =                    T", b"hello", b""])
def test_file_of_another_program(tmp_path: Path, content: bytes) -> None:
    """A file that this program did not write is named before anything is written."""
    places = write_dataset(tmp_path, _STARS[:2])
    (places.lightcurves / "other.fits").write_bytes(content)
    if content.startswith(b"SIMPLE"):
        done = packed(tmp_path)
        assert [item.name for item in done.left_out] == ["other.fits"]
        return
    with pytest.raises(UsageError, match=r"files of other programs: other\.fits"):
        packed(tmp_path)
    assert contents(tmp_path) == {}


def test_empty_file_that_is_recorded(tmp_path: Path) -> None:
    """A recorded output that was emptied is damaged, not another program's."""
    places = write_dataset(tmp_path, _STARS[:2])
    (places.lightcurves / "KIC_5.fits").touch()
    write_results(places, [{"target_id": "KIC 5", "filepath": "KIC_5.fits", "catalog_number": 5}])
    assert [item.name for item in packed(tmp_path).left_out] == ["KIC_5.fits"]


def test_nothing_to_pack(tmp_path: Path) -> None:
    """An empty data set is refused with what to name."""
    write_dataset(tmp_path, ())
    with pytest.raises(UsageError, match="there are no light curves"):
        packed(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        *("stars.parquet", "clock.parquet", "hats/lightcurves/hats.properties"),
        "hats/lightcurves/dataset/Norder=0/Dir=0/Npix=3.parquet",
    ],
)
def test_other_programs_files_stay(tmp_path: Path, name: str) -> None:
    """A table or catalog of another program is neither replaced nor added to."""
    write_dataset(tmp_path, _STARS[:1])
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"something else")
    said = "another program" if name.endswith("properties") else f"{path} is not a table of this"
    with pytest.raises(UsageError, match=said):
        packed(tmp_path)
    assert contents(tmp_path) == {name: b"something else"}
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UsageError, match="stays as it is"):
        packed(tmp_path)


@pytest.mark.slow
def test_other_readme_stays(tmp_path: Path) -> None:
    """A README.md of the user is kept, and the summary says so."""
    write_dataset(tmp_path, _STARS[:1])
    (tmp_path / "README.md").write_text("mine")
    assert not packed(tmp_path).has_card
    assert (tmp_path / "README.md").read_text() == "mine"


def test_older_layout(tmp_path: Path) -> None:
    """Files of another version of the layout are left alone, with what to do."""
    write_dataset(tmp_path, _STARS[:1])
    packed(tmp_path)
    [path] = partition_files(PackedFolder(tmp_path).curves)
    table = pq.read_table(path)
    metadata = {**table.schema.metadata, b"xenoscan_schema": b"0"}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match=r"version 0 of the layout.*pack the FITS files again"):
        packed(tmp_path)
    assert contents(tmp_path) == before


def test_without_centroids(tmp_path: Path) -> None:
    """Centroids can be left out, and then stay out."""
    write_dataset(tmp_path, _STARS)
    packed(tmp_path, with_centroids=False)
    assert not PackedFolder(tmp_path).centroids.exists()
    with pytest.raises(UsageError, match="add --no-centroids"):
        packed(tmp_path)
    write_dataset(tmp_path, [5])
    assert packed(tmp_path, with_centroids=False).n_stars == 7


def test_full_disk(tmp_path: Path) -> None:
    """Where a file cannot be written, nothing half-written stays, and the next run goes on."""
    write_dataset(tmp_path, _STARS)
    with files_of_at_most(9000), pytest.raises(OSError):
        packed(tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    assert not PackedFolder(tmp_path).is_packed
    assert packed(tmp_path).n_stars == 6


@pytest.mark.slow
def test_stop(tmp_path: Path) -> None:
    """A stopped run keeps what is done, and the next one writes the rest."""
    write_dataset(tmp_path / "whole", _STARS)
    written = packed(tmp_path / "whole").n_written
    write_dataset(tmp_path / "a", _STARS)
    stop = threading.Event()
    with pytest.raises(RunError, match="stopped"):
        pack(PackRequest(tmp_path / "a"), stop=stop, progress=lambda done, total: stop.set())
    done = packed(tmp_path / "a")
    assert (done.n_kept, done.n_written) == (1, written - 1)
    assert contents(tmp_path / "a") == contents(tmp_path / "whole")


def test_damaged_packed_file_is_written_again(tmp_path: Path) -> None:
    """A packed file that cannot be read is made again from the FITS files."""
    write_dataset(tmp_path, _STARS)
    packed(tmp_path)
    before = contents(tmp_path)
    path = next(partition_files(PackedFolder(tmp_path).curves))
    path.write_bytes(path.read_bytes()[:100])
    assert packed(tmp_path).n_written == 1
    assert contents(tmp_path) == before


def test_star_that_is_lost(tmp_path: Path) -> None:
    """A damaged packed file whose FITS files are gone is named, and nothing else is touched."""
    places = write_dataset(tmp_path, _STARS)
    packed(tmp_path)
    path = next(partition_files(PackedFolder(tmp_path).curves))
    for name in pq.read_table(path, columns=["fits_file"])["fits_file"].to_pylist():
        (places.lightcurves / name).unlink()
    path.write_bytes(path.read_bytes()[:100])
    before = contents(tmp_path)
    with pytest.raises(RunError, match=r"Npix.*are gone: KIC_.*download --resume"):
        packed(tmp_path)
    assert contents(tmp_path) == before


def test_card_says_what_is_in_it(tmp_path: Path) -> None:
    """The card has the counts, every column with its unit, and a warning of synthetic stars."""
    write_dataset(tmp_path, _STARS, SYNTHET=True)
    pack(PackRequest(tmp_path, archive="mast", manifest_chain="ab" * 32))
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("---\npretty_name: Synthetic light curves of Kepler\n")
    for words in ("6 light curves", "are synthetic", "| `time` | list<double> | d |", "ab" * 32):
        assert words in text


def test_positions_are_required(tmp_path: Path) -> None:
    """A star without a position has no cell of the sky; it is named."""
    places = write_dataset(tmp_path, _STARS[:1])
    write_star(places.lightcurves, 5, RA_OBJ=None)
    done = packed(tmp_path)
    assert [(item.name, "no position" in item.text) for item in done.left_out] == [
        ("KIC_5.fits", True)
    ]


def test_table_of_stars_has_the_catalog(tmp_path: Path) -> None:
    """Cards about the star are columns: numbers where they are numbers, else text."""
    write_dataset(tmp_path, _STARS[:2], TEFF=5777, RADESYS="ICRS")
    packed(tmp_path)
    schema = pq.read_schema(PackedFolder(tmp_path).stars)
    assert schema.field("teff").type == pa.float64()
    assert schema.field("radesys").type == pa.string()
    assert {row["teff"] for row in star_rows(tmp_path)} == {5777.0}


def test_row_groups_of_long_light_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stars with many points share a row group with fewer others, so that memory is bounded."""
    monkeypatch.setattr(sky_cells, "MOST_STARS", 270)
    write_dataset(tmp_path, _STARS)
    n_points = len(read_light_curve(next((tmp_path / "lightcurves").iterdir())))
    monkeypatch.setattr(partition, "_MOST_POINTS", 2 * n_points)
    packed(tmp_path)
    [path] = partition_files(PackedFolder(tmp_path).curves)
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)] == [2, 2, 2]
    assert [(r["row_group"], r["row"]) for r in star_rows(tmp_path)] == [
        (group, row) for group in range(3) for row in range(2)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("has_other_cell", "is_repaired"), [(True, True), (True, False), (False, False)]
)
def test_kill_between_the_two_files_of_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_other_cell: bool, is_repaired: bool
) -> None:
    """A star without a FITS file keeps its own centroids if only these were written before."""
    places = write_dataset(tmp_path, _STARS[:2])
    if has_other_cell:
        write_star(places.lightcurves, 5, RA_OBJ=10.0, DEC_OBJ=-40.0)
    expected = {p.name: read_light_curve(p) for p in places.lightcurves.iterdir()}
    packed(tmp_path)
    for path in places.lightcurves.iterdir():
        path.unlink()
    # It comes first in the cell, and moves the others on.
    before = write_star(places.lightcurves, 757077, RA_OBJ=279.0, DEC_OBJ=37.0)
    expected[before.name] = read_light_curve(before)

    def publish_centroids(part: Path, path: Path) -> None:
        if PackedFolder(tmp_path).curves in path.parents:
            raise KeyboardInterrupt
        publish(part, path)

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(pack_module, "publish", publish_centroids)
        packed(tmp_path)
    found = check_packed(tmp_path) if is_repaired else None
    assert found is None or found.lost == []
    pack(PackRequest(tmp_path, found=found))
    assert check_packed(tmp_path).damage == []
    curves = packed_curves(tmp_path)
    assert curves.keys() == expected.keys()
    for name, curve in expected.items():
        assert_same(curves[name], curve)
