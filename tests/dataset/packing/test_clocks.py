"""Times that are stored beyond the mission's clock come back, whatever happens to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from preprocessing import download, open_dataset
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, RunError
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.dataset.packing.check import check_packed
from preprocessing.dataset.packing.pack import Packed, PackRequest, pack
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions import Product
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from preprocessing.simulator import synthetic_archive
from preprocessing.tables import sky_cells
from tests.support.clocked_stars import LATER, write_clocked_star
from tests.support.mission_samples import product_of
from tests.support.packing import contents

_STARS = (757076, 892667, 8644288, 11904151)
_WITH_CLOCK = ("Kepler short", "K2", "SPOC", "TESS-SPOC")

pytestmark = pytest.mark.slow


def quarters(number: int, *numbers: int) -> list[Product]:
    return [kepler_product(LONG_STAMPS[quarter][0], number, "long") for quarter in numbers]


def write_stars(root: Path, numbers: Iterable[int] = _STARS) -> DatasetFolder:
    places = DatasetFolder(root)
    for number in numbers:
        write_clocked_star(places, quarters(number, 1, 3))
    return places


def packed(root: Path, *, is_compact: bool | None = True) -> Packed:
    return pack(PackRequest(root, is_compact=is_compact))


def times(root: Path) -> dict[str, bytes]:
    return {star.name: star.time.tobytes() for star in open_dataset(root, verify=True)}


def times_in_fits(root: Path) -> dict[str, bytes]:
    stars = map(read_light_curve, sorted(DatasetFolder(root).lightcurves.glob("*.fits")))
    return {star.name: star.time.tobytes() for star in stars}


def n_kept_as_they_are(root: Path) -> int:
    """Return how many times are stored as they are."""
    tables = map(pq.read_table, partition_files(PackedFolder(root).curves))
    return sum(len(row) for table in tables for row in table["time_exact"].to_pylist())


@pytest.mark.parametrize("kind", _WITH_CLOCK)
def test_times_of_every_mission_come_back(kind: str, tmp_path: Path) -> None:
    """Whole light curves and columns alone give the times of the FITS files, bit for bit."""
    places, product = DatasetFolder(tmp_path), product_of(kind)
    for number in (product.number, product.number + 1):
        write_clocked_star(places, [replace(product, number=number)])
    packed(tmp_path)
    expected = times_in_fits(tmp_path)
    shutil.rmtree(places.lightcurves)
    places.lightcurves.mkdir()
    assert len(expected) == 2 and times(tmp_path) == expected
    alone = open_dataset(tmp_path).columns("time")
    assert {star.name: star["time"].tobytes() for star in alone} == expected
    assert n_kept_as_they_are(tmp_path) == 0
    assert check_packed(tmp_path).damage == []


def test_times_that_the_clock_does_not_give_are_kept(tmp_path: Path) -> None:
    """Odd cadences, cadences that nobody gathered, and light curves of older runs stay exact."""
    places = write_stars(tmp_path, _STARS[:1])
    write_clocked_star(places, quarters(_STARS[1], 1, 3), is_gathered=False, odd=[0, 7, 8, 59])
    write_clocked_star(places, quarters(_STARS[2], 1), is_gathered=False, first=LATER)
    write_clocked_star(places, quarters(_STARS[3], 5), is_gathered=False)
    packed(tmp_path)
    assert n_kept_as_they_are(tmp_path) == 2 * 4 + LATER + 60
    assert times(tmp_path) == times_in_fits(tmp_path)


def test_stars_that_disagree_are_counted(tmp_path: Path) -> None:
    """Cadences about which two stars disagree have no time of the clock, and are counted."""
    places = write_stars(tmp_path, _STARS[:1])
    write_clocked_star(places, quarters(_STARS[1], 1), odd=[3, 4])
    assert packed(tmp_path).n_disputed == 2
    assert n_kept_as_they_are(tmp_path) == 2 * 2
    assert times(tmp_path) == times_in_fits(tmp_path)


def test_new_cadences_leave_older_files_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stars that come later change only their own files, though the clock grows."""
    monkeypatch.setattr(sky_cells, "MOST_STARS", 1)
    places = write_stars(tmp_path, _STARS[:2])
    packed(tmp_path)
    before = {p: p.read_bytes() for p in partition_files(PackedFolder(tmp_path).curves)}
    write_clocked_star(places, quarters(_STARS[3], 1, 2), first=LATER)
    done = packed(tmp_path, is_compact=None)
    assert (done.n_written, done.n_kept) == (1, 2)
    assert {p: p.read_bytes() for p in before} == before
    assert n_kept_as_they_are(tmp_path) == 0
    assert times(tmp_path) == times_in_fits(tmp_path)
    everything = contents(tmp_path)
    assert packed(tmp_path).n_written == 0
    assert contents(tmp_path) == everything


@pytest.mark.parametrize("with_fits", [True, False])
def test_a_data_set_is_packed_in_the_other_way(tmp_path: Path, with_fits: bool) -> None:
    """The option rewrites what is packed, also where the FITS files are gone, and back again."""
    places = write_stars(tmp_path)
    packed(tmp_path, is_compact=None)
    plain, expected = contents(tmp_path), times_in_fits(tmp_path)
    if not with_fits:
        shutil.rmtree(places.lightcurves)
        places.lightcurves.mkdir()
    packed(tmp_path)
    assert PackedFolder(tmp_path).clock.exists() and times(tmp_path) == expected
    packed(tmp_path, is_compact=False)
    # stars.parquet says when the FITS files were written, as long as that is known.
    assert contents(tmp_path) == plain


_DAMAGE = {
    "gone": None,
    "cut": lambda body: body[:-30],
    "flipped": lambda body: body[:60] + bytes([body[60] ^ 4]) + body[61:],
    "footer": lambda body: body[:-20] + bytes([body[-20] ^ 4]) + body[-19:],
    "foreign": lambda body: b"something else",
}


@pytest.mark.parametrize(
    ("damage", "is_gathered"),
    [*((damage, True) for damage in _DAMAGE), ("gone", False), ("flipped", False)],
)
def test_a_damaged_clock_is_named_and_written_again(
    tmp_path: Path, damage: str, is_gathered: bool
) -> None:
    """Reading and packing refuse, a check names the table, and repair writes it again."""
    places = write_stars(tmp_path, _STARS[:2])
    packed(tmp_path)
    path, expected = PackedFolder(tmp_path).clock, times_in_fits(tmp_path)
    before = path.read_bytes()
    change = _DAMAGE[damage]
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(before))
    if not is_gathered:
        shutil.rmtree(places.clocks)
    found = check_packed(tmp_path)
    assert path in {item.path for item in found.damage}
    if damage in ("gone", "cut", "foreign"):
        with pytest.raises(CorruptProduct, match=r"clock\.parquet .*verify"):
            times(tmp_path)
        with pytest.raises(RunError, match=r"clock\.parquet .*verify"):
            packed(tmp_path)
    pack(PackRequest(tmp_path, found=found))
    assert check_packed(tmp_path).damage == []
    assert times(tmp_path) == expected
    assert (path.read_bytes() == before) or not is_gathered


def test_a_clock_of_another_time_is_noticed(tmp_path: Path) -> None:
    """Reading with a clock that lacks cadences is an error, never a wrong time."""
    write_stars(tmp_path, _STARS[:1])
    packed(tmp_path)
    other = tmp_path / "other"
    write_clocked_star(DatasetFolder(other), quarters(_STARS[0], 1))
    packed(other)
    shutil.copy(PackedFolder(other).clock, PackedFolder(tmp_path).clock)
    with pytest.raises(CorruptProduct, match="not the one that it was packed with"):
        next(iter(open_dataset(tmp_path)))
    with pytest.raises(CorruptProduct, match="not the one that it was packed with"):
        next(open_dataset(tmp_path).columns(("flux", "time")))
    assert next(open_dataset(tmp_path).columns("flux"))["flux"].shape == (120,)
    found = check_packed(tmp_path)
    assert [item.path for item in found.damage] == [PackedFolder(tmp_path).clock]
    pack(PackRequest(tmp_path, found=found))
    assert times(tmp_path) == times_in_fits(tmp_path)


def test_a_run_gathers_the_clock(tmp_path: Path) -> None:
    """Everything that a run downloaded has times of the clock that it gathered."""
    with synthetic_archive(2) as archive:
        download(archive.targets, tmp_path, archive=archive.base_url)
    packed(tmp_path)
    assert n_kept_as_they_are(tmp_path) == 0
    assert times(tmp_path) == times_in_fits(tmp_path)


def test_a_real_clock_is_a_sixth_of_the_times(tmp_path: Path, real_files: Path) -> None:
    """Real stars of Kepler come back bit for bit, and all of their times are the clock's."""
    names = ["KIC 8644288", "KIC 6462863", "KIC 10874614"]
    download(names, tmp_path, archive=str(real_files / "kepler"))
    packed(tmp_path)
    assert times(tmp_path) == times_in_fits(tmp_path)
    assert n_kept_as_they_are(tmp_path) == 0
    (path,) = partition_files(PackedFolder(tmp_path).curves)
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    (code,) = (c for c in columns if c.path_in_schema.startswith("time_code"))
    assert code.total_compressed_size / code.num_values < 0.6
    times_alone = open_dataset(tmp_path).stack(column="time")[1]
    assert np.isfinite(times_alone).any()
