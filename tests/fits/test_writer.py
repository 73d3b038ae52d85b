"""The output is a valid FITS file that other programs read as what it is."""

from __future__ import annotations

import tracemalloc
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.fits.scripts import fitscheck
from astropy.table import Table
from astropy.time import Time
from astropy.units import dimensionless_unscaled
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.core.file_record import failed_file
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import (
    ALL_ONES,
    CardValue,
    ones_complement_sum,
    read_hdus,
)
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter, row_dtype
from preprocessing.missions import LONG, SHORT, parse_file_name
from preprocessing.missions.kepler import EXPOSURES_S, KEPLER, SHORT_STAMPS, kepler_product
from preprocessing.missions.observations import unlisted_file
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.system.atomic import part_path
from tests.support.limits import files_of_at_most
from tests.support.mission_samples import layout_of
from tests.support.sample_files import KIC, make_file, make_rows, quarter_of, stars_of_every_mission

ROW = row_dtype(KEPLER, is_double=False)
_N_ROWS = 50
_LONG_S = EXPOSURES_S[LONG]


def write_star(path: Path, recipe: Recipe | None = None) -> Path:
    """Write a star of two quarters, a third being lost and a fourth not listed."""
    recipe = recipe or make_recipe()
    writer = StitchedWriter(path, recipe, _LONG_S)
    records = []
    for quarter in (1, 2):
        product = quarter_of(quarter)
        rows = make_rows(_N_ROWS, seed=quarter)
        rows["SAP_QUALITY"][:10] = 1
        rows["PDCSAP_FLUX"][20] = np.nan
        cards = {"CHANNEL": 30 + quarter, "DATA_REL": None if quarter == 2 else 25}
        part = stitch_file(make_file(product, rows, primary=cards), product, recipe)
        writer.describe_star(part.star)
        writer.append(part.rows)
        records.append(part.record)
    records += [failed_file(quarter_of(3), Reason.CORRUPT), unlisted_file(KEPLER, 5)]
    writer.finish(records, 0.25)
    return path


def test_astropy_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    """Astropy finds structure, cards and checksums right, without a warning."""
    path = write_star(tmp_path / "star.fits")
    with fits.open(path, checksum=True) as hdus:
        hdus.verify("exception")
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "LIGHTCURVE", "QUARTERS"]
        assert all({"CHECKSUM", "DATASUM"} <= set(hdu.header) for hdu in hdus)
    assert fitscheck.main(["--compliance", str(path)]) == 0


def test_fitscheck_refuses_a_damaged_output(tmp_path: Path) -> None:
    """The program fitscheck refuses a damaged output, so its silence means something."""
    path = write_star(tmp_path / "star.fits")
    body = bytearray(path.read_bytes())
    body[read_hdus(bytes(body))[1].data_start + 9] ^= 1
    path.write_bytes(body)
    assert fitscheck.main([str(path)]) == 1


def test_the_header_says_whose_light_curve_it_is_and_how_it_was_made(tmp_path: Path) -> None:
    """The header describes the star, the recipe and the rows."""
    header = fits.getheader(write_star(tmp_path / "star.fits"))
    assert (header["OBJECT"], header["KEPLERID"]) == (f"KIC {KIC}", KIC)
    assert (header["RA_OBJ"], header["CHANNEL"], header["KEPMAG"]) == (291.03872, 31, 11.678)
    assert header["TEFF"] is None
    assert header["RADIUS"] is None
    assert header["SYNTHET"] is False
    assert (header["FLUXCOL"], header["QBITMASK"]) == ("PDCSAP_FLUX", 1130799)
    assert (header["NFILEEXP"], header["NFILEUSE"], header["NFILEBAD"]) == (4, 2, 2)
    assert (header["ROWSREAD"], header["ROWSMASK"], header["ROWSKEPT"]) == (100, 20, 80)
    assert header["NAMESEP"] == 0.25


@pytest.mark.slow
@pytest.mark.parametrize("quality", ["default", "none"])
@pytest.mark.lightkurve
def test_lightkurve_reads_a_kepler_light_curve(quality: str, tmp_path: Path) -> None:
    """Lightkurve reads the identity and every row, and can write them again."""
    import lightkurve

    path = write_star(tmp_path / "star.fits", make_recipe(quality=quality))
    table = fits.getdata(path, "LIGHTCURVE")
    curve = lightkurve.read(path)
    assert type(curve) is lightkurve.KeplerLightCurve
    assert (curve.targetid, curve.ra, curve.dec) == (KIC, 291.03872, 36.598031)
    assert (curve.label, curve.mission) == (f"KIC {KIC}", "Kepler")
    assert curve.meta["NORMALIZED"] is True
    assert len(curve) == (80 if quality == "default" else 100)
    np.testing.assert_array_equal(curve.time.value, table["TIME"])
    assert (curve.time.format, curve.time.scale) == ("bkjd", "tdb")
    np.testing.assert_array_equal(np.asarray(curve.flux.value), table["FLUX"])
    assert curve.flux.unit in (None, "")
    np.testing.assert_array_equal(np.asarray(curve["quality"]), table["QUALITY"])
    with warnings.catch_warnings():
        # It adds a number without a unit to a Time, of which astropy warns.
        warnings.simplefilter("ignore")
        curve.to_fits(tmp_path / "again.fits")
    again = lightkurve.read(tmp_path / "again.fits", quality_bitmask="none")
    np.testing.assert_array_equal(again.time.value, curve.time.value)


def test_astropy_reads_absolute_times(tmp_path: Path) -> None:
    """Astropy reads a Time column in TDB with the right Julian Dates."""
    path = write_star(tmp_path / "star.fits")
    table = Table.read(path, hdu="LIGHTCURVE", astropy_native=True)
    assert isinstance(table["TIME"], Time)
    assert table["TIME"].scale == "tdb"
    days = fits.getdata(path, "LIGHTCURVE")["TIME"]
    np.testing.assert_allclose(table["TIME"].jd - 2454833, days, rtol=0, atol=1e-8)
    assert table["FLUX"].unit == dimensionless_unscaled
    assert str(table["CENTROID_COL"].unit) == "pix"


def test_the_quarters_table_accounts_for_every_file(tmp_path: Path) -> None:
    """Used, lost and unlisted files have a row each, and unknown integers are masked."""
    table = Table.read(write_star(tmp_path / "star.fits"), hdu="QUARTERS")
    assert list(table["QUARTER"]) == [1, 2, 3, 5]
    assert list(table["STATUS"]) == ["used", "used", "failed", "failed"]
    assert list(table["REASON"][2:]) == ["corrupt", "not_found"]
    assert all(table["MONTH"].mask)
    assert list(table["DATA_REL"].mask) == [False, True, True, True]
    assert list(table["CHANNEL"][:2]) == [31, 32]
    assert list(table["ROWSKEPT"]) == [40, 40, 0, 0]
    assert list(table["ROWSFIN"]) == [39, 39, 0, 0]
    assert table["PROCVER"][0] == "svn+ssh://murzim/repo/soc/tags/release/9.3.22 r60269"
    names = [parse_file_name(name) for name in table["FILENAME"][:3]]
    assert [product.uri for product in names if product] == list(table["URI"][:3])
    assert all(len(digest) == 64 for digest in table["SHA256"][:2])


def test_flux_in_electrons_comes_back(tmp_path: Path) -> None:
    """Relative flux times MEDIAN is the mission's flux, to one unit in the last place."""
    path = write_star(tmp_path / "star.fits")
    table, quarters = fits.getdata(path, 1), fits.getdata(path, 2)
    for quarter, median in zip(quarters["QUARTER"][:2], quarters["MEDIAN"], strict=False):
        flux = table["FLUX"][table["QUARTER"] == quarter].astype("f4")
        wanted = make_rows(_N_ROWS, seed=quarter)["PDCSAP_FLUX"].astype("f4")[10:]
        finite = np.isfinite(flux)
        assert finite.sum() == 39
        off = np.abs(flux * np.float32(median) - wanted)[finite]
        assert (off <= np.spacing(wanted[finite])).all()


@pytest.mark.slow
def test_real_flux_comes_back(real_files: Path, tmp_path: Path) -> None:
    """The flux of every real file comes back in its own precision."""
    for product, path in (file for star in stars_of_every_mission(real_files) for file in star):
        layout = layout_of(product)
        flux = next(iter(layout.fluxes))
        recipe = make_recipe(product.mission, product.cadence, flux, "none", product.author)
        quarter = stitch_file(path.read_bytes(), product, recipe)
        writer = StitchedWriter(tmp_path / "star.fits", recipe, product.exposure_s)
        writer.append(quarter.rows)
        writer.finish([quarter.record], None)
        with fits.open(path) as hdus:
            raw = hdus[layout.table].data
            wanted = raw[layout.fluxes[flux].flux][~np.isnan(raw[layout.time])]
        wanted = wanted.astype(wanted.dtype.newbyteorder("="))
        with fits.open(writer.path) as hdus:
            relative, median = hdus[1].data["FLUX"], hdus[2].data["MEDIAN"][0]
            back = relative.astype(wanted.dtype) * wanted.dtype.type(median)
        finite = np.isfinite(wanted)
        np.testing.assert_array_equal(np.isfinite(back), finite)
        off = np.abs(back - wanted)[finite]
        assert (off <= np.spacing(np.abs(wanted[finite]))).all(), path.name


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    """Equal inputs give equal bytes, whatever the name and the time of writing."""
    first = write_star(tmp_path / "star.fits").read_bytes()
    (tmp_path / "elsewhere").mkdir()
    assert write_star(tmp_path / "elsewhere" / "Kepler-10.fits").read_bytes() == first
    assert write_star(tmp_path / "star.fits", make_recipe(flux="sap")).read_bytes() != first


def test_what_a_source_states_of_a_file_is_not_in_the_output(tmp_path: Path) -> None:
    """A digest that only one source states is not in the output."""
    outputs = []
    for has_source_digest in (False, True):
        product = quarter_of(1)
        part = stitch_file(make_file(checksum=False), product, make_recipe(), has_source_digest)
        assert part.record.verified == ("etag" if has_source_digest else "structure")
        writer = StitchedWriter(tmp_path / "star.fits", make_recipe(), _LONG_S)
        writer.append(part.rows)
        writer.finish([part.record], None)
        outputs.append((tmp_path / "star.fits").read_bytes())
    assert outputs[0] == outputs[1]


def test_a_synthetic_star_is_marked(tmp_path: Path) -> None:
    """The card that marks a synthetic star is copied."""
    product, recipe = quarter_of(1), make_recipe()
    quarter = stitch_file(make_file(primary={"SYNTHET": True}), product, recipe)
    writer = StitchedWriter(tmp_path / "star.fits", recipe, _LONG_S)
    writer.describe_star(quarter.star)
    writer.append(quarter.rows)
    writer.finish([quarter.record], None)
    header = fits.getheader(writer.path)
    assert header["SYNTHET"] is True
    assert header["NAMESEP"] is None


def test_nothing_appears_before_the_file_is_whole(tmp_path: Path) -> None:
    """Only the hidden part exists until the file is whole, and discarding removes it."""
    path = tmp_path / "star.fits"
    writer = StitchedWriter(path, make_recipe(), _LONG_S)
    writer.append(np.zeros(3, dtype=ROW))
    assert [p.name for p in tmp_path.iterdir()] == [part_path(path).name]
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_the_first_byte(tmp_path: Path) -> None:
    """A part file is removed even if not so much as its header fits on the disk."""
    with files_of_at_most(100), pytest.raises(OSError, match="File too large"):
        StitchedWriter(tmp_path / "star.fits", make_recipe(), _LONG_S)
    assert list(tmp_path.iterdir()) == []


def test_what_another_run_writes_is_left_alone(tmp_path: Path) -> None:
    """A stopped run neither publishes nor removes what its successor writes."""
    path = tmp_path / "star.fits"
    stopped = StitchedWriter(path, make_recipe(), _LONG_S)
    stopped.append(np.zeros(3, dtype=ROW))
    heir = StitchedWriter(path, make_recipe(), _LONG_S)
    heir.append(np.zeros(5, dtype=ROW))
    with pytest.raises(OSError, match="removed or replaced"):
        stopped.finish([], None)
    stopped.discard()
    heir.finish([], None)
    assert fits.getheader(path, "LIGHTCURVE")["NAXIS2"] == 5
    assert [p.name for p in tmp_path.iterdir()] == ["star.fits"]


def test_discarding_a_finished_file_leaves_it(tmp_path: Path) -> None:
    """Cleaning up after success does no harm."""
    writer = StitchedWriter(tmp_path / "star.fits", make_recipe(), _LONG_S)
    writer.append(np.zeros(3, dtype=ROW))
    writer.finish([], None)
    writer.discard()
    assert [p.name for p in tmp_path.iterdir()] == ["star.fits"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.slow
@settings(max_examples=50)
@given(sizes=st.lists(st.integers(0, 200), max_size=5), seed=st.integers(0, 99))
def test_rows_are_written_as_they_come(sizes: list[int], seed: int, folder: Path) -> None:
    """Rows in any pieces give the same table, and every sum is all ones."""
    rng = np.random.default_rng(seed)
    pieces = [
        np.frombuffer(rng.bytes(size * ROW.itemsize), dtype=ROW, count=size)
        if size
        else np.empty(0, dtype=ROW)
        for size in sizes
    ]
    writer = StitchedWriter(folder / "star.fits", make_recipe(), _LONG_S)
    for piece in pieces:
        writer.append(piece)
    writer.finish([unlisted_file(KEPLER, n) for n in range(len(sizes))], None)
    body = writer.path.read_bytes()
    hdus = read_hdus(body)
    assert [ones_complement_sum(body[hdu.start : hdu.end]) for hdu in hdus] == [ALL_ONES] * 3
    expected = b"".join(piece.tobytes() for piece in pieces)
    assert body[hdus[1].data_start : hdus[1].data_start + hdus[1].data_size] == expected
    assert writer.n_rows == sum(sizes) == hdus[1].header.get("NAXIS2")


def test_first_and_last_time_span_all_pieces(tmp_path: Path) -> None:
    """An empty piece at either end changes nothing."""
    writer = StitchedWriter(tmp_path / "star.fits", make_recipe(), _LONG_S)
    for times in ([], [1.5, 2.5], [], [7.0, 9.5], []):
        rows = np.zeros(len(times), dtype=ROW)
        rows["TIME"] = times
        writer.append(rows)
    assert (writer.first_time, writer.last_time, writer.n_rows) == (1.5, 9.5, 4)
    writer.discard()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_months(tmp_path: Path) -> None:
    """Fifty months of short cadence take at most 10 MB more than one."""
    product = kepler_product(SHORT_STAMPS[5][0], KIC, "short")
    recipe = make_recipe(cadence="short")
    rows = make_rows(45_000)
    rows["TIME"] = np.linspace(444.0, 474.0, len(rows))
    body = make_file(product, rows)

    def peak_bytes(n_months: int) -> int:
        tracemalloc.start()
        writer = StitchedWriter(tmp_path / "star_short.fits", recipe, EXPOSURES_S[SHORT])
        for _ in range(n_months):
            writer.append(stitch_file(body, product, recipe).rows)
        writer.finish([], None)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    one = peak_bytes(1)
    assert one > 45_000 * ROW.itemsize
    assert abs(peak_bytes(50) - one) < 10e6
    assert (tmp_path / "star_short.fits").stat().st_size > 50 * 45_000 * ROW.itemsize


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"KEPLERID": 757076, "SYNTHET": None}, {"KEPLERID": 757076, "SYNTHET": None}, False),
        ({"KEPLERID": 757076, "SYNTHET": None}, {"KEPLERID": 757076, "SYNTHET": True}, True),
        # Real targets with a custom aperture have such numbers.
        ({"KEPLERID": 100_001_645, "SYNTHET": None}, {"KEPLERID": 100_001_645}, False),
        ({"KEPLERID": 100_001_645, "SYNTHET": False}, {"KEPLERID": 900_000_001}, False),
        ({"KEPLERID": 757076, "SYNTHET": "no"}, {"KEPLERID": 757076}, False),
    ],
)
def test_any_synthetic_file_makes_a_star_synthetic(
    tmp_path: Path, first: dict[str, CardValue], second: dict[str, CardValue], expected: bool
) -> None:
    """A star is synthetic if a file says so, whatever its number."""
    writer = StitchedWriter(tmp_path / "star.fits", Recipe(), _LONG_S)
    writer.describe_star(first)
    writer.describe_star(second)
    writer.finish([], None)
    assert fits.getheader(tmp_path / "star.fits")["SYNTHET"] is expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_file_with_a_torn_row_never_appears(tmp_path: Path) -> None:
    """After a failed write, appending and finishing fail too."""
    path = tmp_path / "star.fits"
    writer = StitchedWriter(path, Recipe(), _LONG_S)
    rows = np.zeros(10_000, dtype=ROW)
    with files_of_at_most(100_000), pytest.raises(OSError, match="File too large"):
        writer.append(rows)
    with pytest.raises(OSError, match="an earlier write failed"):
        writer.append(rows)
    with pytest.raises(OSError, match="an earlier write failed"):
        writer.finish([], None)
    with suppress(OSError):
        writer.discard()
    assert list(tmp_path.iterdir()) == []
