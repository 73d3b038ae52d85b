"""A packed data set is opened like a folder of FITS files, and gives the same light curves."""

from __future__ import annotations

import dataclasses
import os
import pickle
import shutil
from importlib import util
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessing import Dataset, open_dataset
from preprocessing.core.curve_columns import COLUMNS
from preprocessing.core.errors import CorruptProduct, LightCurveNotFound, UsageError
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.dataset.reader import ReadFailure
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from tests.support.outputs import KINDS, on_disk, write_output, write_sample
from tests.support.packed_data_set import FIRST_NUMBER, pack_folder, packed_data_set

#: More than one row group holds.
N_STARS = 18


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a packed data set that no test changes."""
    return packed_data_set(tmp_path_factory.mktemp("packed") / "original", N_STARS)


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    """Return a copy of the data set."""
    return Path(shutil.copytree(original, tmp_path / "data set"))


def assert_same(one: LightCurve, other: LightCurve) -> None:
    """Compare everything but the path, and arrays bit for bit."""
    for field in dataclasses.fields(LightCurve):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name in COLUMNS:
            assert mine.dtype == theirs.dtype, field.name
            assert mine.tobytes() == theirs.tobytes(), field.name
        elif field.name != "path":
            assert repr(mine) == repr(theirs), field.name


def damaged(root: Path) -> Path:
    """Change one byte in the middle of the flux of a packed file, and return the file."""
    (path,) = partition_files(PackedFolder(root).curves)
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    (flux,) = (c for c in columns if c.path_in_schema == "flux.list.element")
    content = bytearray(path.read_bytes())
    content[flux.data_page_offset + flux.total_compressed_size // 2] ^= 0xFF
    path.write_bytes(content)
    return path


@pytest.mark.slow
def test_packed_stars_are_those_of_the_fits_files(original: Path) -> None:
    """Every star has the arrays, bit for bit, and the facts that its FITS file has."""
    packed, fits = open_dataset(original, verify=True), open_dataset(original / "lightcurves")
    assert sorted(packed.ids) == sorted(fits.ids) and len(packed) == N_STARS
    for star in packed:
        assert star.path.suffix == ".parquet"
        assert_same(star, fits[star.name])
    assert "18 of them packed" in repr(packed)


@pytest.mark.parametrize("kind", KINDS)
def test_stars_of_every_mission_and_author(kind: str, tmp_path: Path) -> None:
    """Outputs of every mission, author and cadence come back whole, with a missing flux as NaN."""
    folder = tmp_path / "lightcurves"
    folder.mkdir()
    write_sample(folder, kind)
    pack_folder(tmp_path)
    (star,), (from_fits,) = open_dataset(tmp_path, verify=True), open_dataset(folder)
    assert np.isnan(star.flux).any()
    assert_same(star, from_fits)


def test_whole_light_curves_own_their_arrays(original: Path) -> None:
    """Changing a light curve changes neither the kept row group nor another star."""
    dataset = open_dataset(original)
    star = dataset[FIRST_NUMBER]
    star.flux[:] = 0
    assert not (dataset[FIRST_NUMBER].flux == 0).any()
    assert star.flux.base is None


@pytest.mark.parametrize("columns", ["flux", ("time", "centroid_row"), COLUMNS, ["centroid_col"]])
def test_some_columns_alone(columns: str | list[str], original: Path) -> None:
    """Columns that are asked for are those of whole light curves, and can only be looked at."""
    packed, fits = open_dataset(original), open_dataset(original / "lightcurves")
    chosen = (columns,) if isinstance(columns, str) else tuple(columns)
    for star in packed.columns(columns, fits.ids):
        (from_fits,) = fits.columns(columns, star.number)
        assert (star.name, star.exposure_s) == (from_fits.name, from_fits.exposure_s)
        assert tuple(star.arrays) == chosen
        for column in chosen:
            assert star[column].dtype == from_fits[column].dtype
            assert star[column].tobytes() == from_fits[column].tobytes()
            assert not star[column].flags.writeable


@pytest.mark.parametrize("columns", ["fluxx", ("time", "TIME"), ()])
def test_other_columns_are_refused(columns: str | tuple[str, ...], original: Path) -> None:
    """What is no column is named, before anything is read."""
    with pytest.raises(UsageError, match="choose of time, flux"):
        open_dataset(original).columns(columns)


def test_neighbors_are_read_from_memory(root: Path) -> None:
    """A star of a row group that was just decoded needs its file no more."""
    dataset = open_dataset(root)
    one, other = dataset.ids[:2]
    assert len(dataset[one]) > 0
    on_disk(dataset.path(one)).unlink()
    assert dataset[other].name == other
    with pytest.raises(FileNotFoundError):
        dataset[dataset.ids[-1]]


@pytest.mark.parametrize("jobs", [1, 3])
def test_order_is_that_of_the_names(jobs: int, original: Path) -> None:
    """Stars come in the order in which they are asked for, each as often as it is named."""
    dataset = open_dataset(original)
    names = [*reversed(dataset.ids), dataset.ids[3], dataset.ids[3]]
    assert [star.name for star in dataset.read(names, jobs=jobs)] == names
    assert [star.name for star in dataset.columns("flux", jobs=jobs)] == list(dataset.ids)
    assert [len(batch) for batch in dataset.batches(8, jobs=jobs)] == [8, 8, 2]


def test_stacks_are_those_of_the_fits_files(original: Path) -> None:
    """One array of many stars is the same in both forms."""
    packed, fits = open_dataset(original), open_dataset(original / "lightcurves")
    cadences, flux = packed.stack(fits.ids)
    other_cadences, other_flux = fits.stack(fits.ids)
    assert np.array_equal(cadences, other_cadences)
    assert flux.tobytes() == other_flux.tobytes()


def test_packed_data_sets_can_be_pickled(original: Path) -> None:
    """Another process that is handed the data set reads the same."""
    dataset = open_dataset(original)
    star = dataset[FIRST_NUMBER]
    again: Dataset = pickle.loads(pickle.dumps(dataset))
    assert_same(again[FIRST_NUMBER], star)


def test_fits_files_are_not_needed(root: Path) -> None:
    """What is packed is read without the FITS files, and named in any spelling."""
    shutil.rmtree(root / "lightcurves")
    dataset = open_dataset(root)
    assert len(dataset) == N_STARS
    assert f"kplr{FIRST_NUMBER:09d}" in dataset
    with pytest.raises(LightCurveNotFound):
        dataset["KIC 1"]


def test_what_is_not_packed_yet_is_read_from_fits(root: Path) -> None:
    """Stars that were downloaded since the data set was packed stand behind the others."""
    product = kepler_product(LONG_STAMPS[1][0], 1, "long")
    write_output(root / "lightcurves", [product])
    dataset = open_dataset(root)
    assert dataset.ids[-1] == "KIC 1" and len(dataset) == N_STARS + 1
    assert [star.path.suffix for star in dataset][-2:] == [".parquet", ".fits"]


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_outdated_stars_are_read_from_fits(
    seconds: int, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A star that was fetched again since it was packed is read as it is now, with a warning."""
    path = on_disk(open_dataset(root / "lightcurves").path(FIRST_NUMBER))
    time_ns = path.stat().st_mtime_ns
    # One of the same size if its time tells.
    quarters = (1, 2) if seconds == 0 else (1,)
    later = [kepler_product(LONG_STAMPS[q][0], FIRST_NUMBER, "long") for q in quarters]
    write_output(root / "lightcurves", later, primary={"TEFF": 4321})
    os.utime(path, ns=(time_ns + seconds, time_ns + seconds))
    dataset = open_dataset(root)
    assert "1 light curves" in caplog.text and "xenoscan pack" in caplog.text
    assert dataset[FIRST_NUMBER].header["TEFF"] == 4321
    assert len(dataset) == N_STARS == len(list(dataset.columns("flux")))
    pack_folder(root)
    assert open_dataset(root)[FIRST_NUMBER].path.suffix == ".parquet"
    assert open_dataset(root)[FIRST_NUMBER].header["TEFF"] == 4321


def test_damage_is_found_and_named(root: Path) -> None:
    """A changed byte is an error that names the file, for every star of its row group."""
    path = damaged(root)
    dataset = open_dataset(root, verify=True)
    with pytest.raises(CorruptProduct, match=f"{path.name} is damaged .*xenoscan verify"):
        next(dataset.read())
    read = list(dataset.read(failures="yield"))
    failed = [item.id for item in read if isinstance(item, ReadFailure)]
    assert failed == list(dataset.ids[:16])
    assert len(read) == N_STARS


def test_wrong_digest_is_found(root: Path) -> None:
    """A star whose columns are not those that were packed is named, if that is to be checked."""
    (path,) = partition_files(PackedFolder(root).curves)
    table = pq.read_table(path, partitioning=None)
    place = table.column_names.index("sha256")
    wrong = pa.array(["0" * 64] * len(table))
    pq.write_table(table.set_column(place, table.field(place), wrong), path, row_group_size=16)
    assert open_dataset(root)[FIRST_NUMBER].number == FIRST_NUMBER
    with pytest.raises(CorruptProduct, match=f"digest of KIC {FIRST_NUMBER} is wrong"):
        open_dataset(root, verify=True)[FIRST_NUMBER]


def test_files_that_were_packed_again_are_not_confused(root: Path) -> None:
    """Stars that moved since the data set was opened are not taken for others."""
    dataset = open_dataset(root)
    product = kepler_product(LONG_STAMPS[1][0], 1, "long")
    write_output(root / "lightcurves", [product])
    pack_folder(root)
    with pytest.raises(CorruptProduct, match=r"packed again .* open it again"):
        list(dataset)
    assert len(list(open_dataset(root))) == N_STARS + 1


def test_files_that_gave_way_to_packed_ones(root: Path) -> None:
    """A FITS file that is gone since the data set was opened is named, with what to do."""
    dataset = open_dataset(root / "lightcurves")
    on_disk(dataset.path(FIRST_NUMBER)).unlink()
    with pytest.raises(FileNotFoundError, match=r"open it again: .*fits"):
        dataset[FIRST_NUMBER]
    assert open_dataset(root)[FIRST_NUMBER].number == FIRST_NUMBER


def test_other_versions_are_refused(root: Path) -> None:
    """A table of stars of another schema is refused, with what to do."""
    stars = PackedFolder(root).stars
    table = pq.read_table(stars)
    pq.write_table(table.replace_schema_metadata({"xenoscan_schema": "0"}), stars)
    with pytest.raises(UsageError, match=r"schema 0, .* reads 1: run xenoscan pack again"):
        open_dataset(root)
    stars.write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"cannot read .*stars\.parquet .*pack again"):
        open_dataset(root)


def test_pyarrow_is_named_where_it_is_missing(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyarrow, the message says how to install it, and how to do without."""
    monkeypatch.setattr("preprocessing.dataset.forms.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"'xenoscan\[dataset\]', or open the FITS files"):
        open_dataset(original)
    assert util.find_spec("pyarrow") and len(open_dataset(original / "lightcurves")) == N_STARS


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (f"kic < {FIRST_NUMBER + 5} and author = 'Kepler'", 5),
        (f"kic between {FIRST_NUMBER} and {FIRST_NUMBER + 1} or kic = 1", 2),
        ("n_points > 0 and not synthetic", N_STARS),
        ("reason = 'complete'", 0),
        ("reason is null", N_STARS),
    ],
)
def test_stars_are_chosen_by_what_is_known_of_them(where: str, count: int, original: Path) -> None:
    """A condition on the table of stars gives their names, in the order of the files."""
    dataset = open_dataset(original)
    chosen = dataset.select(where)
    assert len(chosen) == count
    assert [name for name in dataset.ids if name in chosen] == list(chosen)
    assert [star.name for star in dataset.columns("flux", chosen)] == list(chosen)


def test_stars_of_both_forms_are_chosen(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A condition holds for packed stars, and for those that came or changed since, once each."""
    (root / "lightcurves" / "KIC_5.fits").write_bytes(b"SIMPLE  =")
    for number, teff in ((1, 4321), (2, None), (FIRST_NUMBER, 4322), (FIRST_NUMBER + 1, None)):
        product = kepler_product(LONG_STAMPS[1][0], number, "long")
        primary = {"TEFF": teff, "RA_OBJ": 280.0, "DEC_OBJ": 38.0}
        os.utime(write_output(root / "lightcurves", [product], primary=primary))
    dataset = open_dataset(root)
    names = ("KIC 1", f"KIC {FIRST_NUMBER}")
    assert sorted(dataset.select("teff between 4321 and 4322")) == sorted(names)
    assert "1 light curves" in caplog.text and "KIC_5.fits" in caplog.text
    assert dataset.select(f"kic = {FIRST_NUMBER}") == (names[1],)
    chosen = dataset.select("n_points > 0 and author = 'Kepler' and exposure_s > 1")
    assert len(chosen) == N_STARS + 2 == len(set(chosen))
    assert len(list(dataset.columns("flux", chosen))) == len(chosen)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("colour > 1", "colour, which is not a column of the table of stars"),
        ("fits_file in (select 1)", "not hold a subquery"),
        ("", "is empty"),
    ],
)
def test_other_conditions_are_refused(where: str, message: str, original: Path) -> None:
    """What is no condition on the table's columns is refused, in the words of --where."""
    with pytest.raises(UsageError, match=message):
        open_dataset(original).select(where)


def test_conditions_need_records(original: Path) -> None:
    """A bare folder of FITS files knows nothing to choose by, and says so."""
    with pytest.raises(UsageError, match="no records to choose by: pack the data set"):
        open_dataset(original / "lightcurves").select("kic = 1")


def test_centroids_that_were_left_out_are_nan(tmp_path: Path) -> None:
    """Without the catalog of centroids, they are NaN, and everything else is as it was."""
    folder = tmp_path / "lightcurves"
    folder.mkdir()
    write_output(folder, [kepler_product(LONG_STAMPS[1][0], 1, "long")])
    pack(PackRequest(tmp_path, with_centroids=False, archive="", manifest_chain=""))
    dataset = open_dataset(tmp_path, verify=True)
    star, (columns,) = dataset["KIC 1"], dataset.columns(("flux", "centroid_col"))
    assert np.isnan(star.centroid_row).all() and len(star.centroid_row) == len(star)
    assert np.isnan(columns["centroid_col"]).all() and len(columns["centroid_col"]) == len(star)
    assert star.flux.tobytes() == columns["flux"].tobytes()
