"""The command writes what lightkurve stitches, from real files of every mission and author."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.fits.scripts import fitscheck
from astropy.table import Table
from astropy.time import Time
from numpy.typing import NDArray

from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.recipe import make_recipe
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.server import ArchiveThread
from tests.support.mission_samples import layout_of, product_of, sample_file
from tests.support.sample_files import stars_of_every_mission
from tests.support.scraping import Place, Scrape

#: Author and cadence, and what outputs are called.
_KINDS = {
    ("Kepler", "long"): "KIC_{}.fits",
    ("Kepler", "short"): "KIC_{}_short.fits",
    ("K2", "long"): "EPIC_{}.fits",
    ("K2SFF", "long"): "EPIC_{}_k2sff.fits",
    ("SPOC", "short"): "TIC_{}.fits",
    ("TESS-SPOC", "long"): "TIC_{}_tess-spoc.fits",
    ("QLP", "long"): "TIC_{}_qlp.fits",
}


@contextmanager
def _archive(source: str, folder: Path) -> Iterator[str]:
    """Yield what `--archive` is given for a folder of files."""
    if source == "directory":
        yield str(folder)
        return
    with ArchiveThread(MirrorHoldings(folder)) as server:
        yield server.base_url


def _options(product: Product) -> list[str]:
    return [
        f"--mission={product.mission}",
        f"--author={product.author}",
        f"--cadence={product.cadence}",
    ]


def _plain(column: Any) -> NDArray[Any]:
    values = getattr(column, "unmasked", column)
    plain = np.asarray(getattr(values, "value", values))
    return plain.astype(plain.dtype.newbyteorder("="))


def _stitch(files: list[tuple[Product, Path]]) -> Any:
    import lightkurve

    with warnings.catch_warnings():
        # Of light curves that their author normalized.
        warnings.simplefilter("ignore")
        return lightkurve.LightCurveCollection(
            [lightkurve.read(path) for _, path in files]
        ).stitch()


@pytest.mark.slow
@pytest.mark.lightkurve
@pytest.mark.parametrize(("author", "cadence"), _KINDS)
def test_real_files_come_out_as_lightkurve_stitches_them(
    author: str, cadence: str, real_files: Path, tmp_path: Path
) -> None:
    """Every real star has the bits of lightkurve's stitch, whichever way its files came."""
    kind = (author, cadence)
    stars = [
        star
        for star in stars_of_every_mission(real_files)
        if (star[0][0].author, star[0][0].cadence) == kind
    ]
    ids = ",".join(str(star[0][0].number) for star in stars)
    places = {source: Place(tmp_path / source) for source in ("directory", "server")}
    for source, place in places.items():
        with _archive(source, real_files) as archive:
            options = _options(stars[0][0][0])
            status = place.scrape("--ids", ids, *options, "--archive", archive, "--quiet")
        assert {row["reason"] for row in place.rows()} == {"complete"}
        assert (status, len(place.rows())) == (0, len(stars))
    assert places["server"].outputs() == places["directory"].outputs()
    for star in stars:
        path = places["directory"].raw / _KINDS[kind].format(star[0][0].number)
        _check_light_curve(path, star)
        _check_file(path, star)


def _check_light_curve(path: Path, star: list[tuple[Product, Path]]) -> None:
    """Compare what lightkurve reads from an output with what it stitches itself."""
    import lightkurve

    product = star[0][0]
    mission = MISSIONS[product.mission]
    ours, theirs = lightkurve.read(path), _stitch(star)
    is_tess = product.mission == "TESS"
    assert type(ours) is (lightkurve.TessLightCurve if is_tess else lightkurve.KeplerLightCurve)
    assert type(ours) is type(theirs)
    assert ours.targetid == theirs.targetid == product.number
    assert ours.label == f"{mission.catalog} {product.number}"
    assert ours.meta["MISSION"] == product.mission
    assert (ours.time.format, ours.time.scale) == ("btjd" if is_tess else "bkjd", "tdb")
    assert (ours.ra, ours.dec) == (theirs.ra, theirs.dec)
    assert len(ours) == len(theirs)
    for column in ("time", "flux", "flux_err", "cadenceno"):
        one, other = _plain(ours[column]), _plain(theirs[column])
        assert one.dtype == other.dtype, column
        missing = np.isnan(one)
        assert np.array_equal(missing, np.isnan(other)), column
        assert one[~missing].tobytes() == other[~missing].tobytes(), column
    if layout_of(product).quality is not None:
        flags = fits.getdata(path, "LIGHTCURVE")[mission.quality_column]
        assert np.array_equal(flags, _plain(theirs["quality"]))
    with warnings.catch_warnings():
        # It adds a number without a unit to a Time, of which astropy warns.
        warnings.simplefilter("ignore")
        ours.to_fits(path.with_suffix(".again"), overwrite=True)


def _check_file(path: Path, star: list[tuple[Product, Path]]) -> None:
    """Check that an output is sound, and says what it is made of."""
    product = star[0][0]
    mission = MISSIONS[product.mission]
    with fits.open(path, checksum=True) as hdus:
        hdus.verify("exception")
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "LIGHTCURVE", mission.sequence_table]
        header, table, files = hdus[0].header, hdus[1].data, hdus[2].data
        assert header["TELESCOP"] == mission.telescope
        assert header["OBJECT"] == f"{mission.catalog} {product.number}"
        assert header[mission.number_keyword] == product.number
        assert (header["MISSION"], header["AUTHOR"]) == (product.mission, product.author)
        assert (header["EXPTIME"], header["SYNTHET"]) == (product.exposure_s, False)
        assert header["OBSMODE"] == f"{product.cadence} cadence"
        assert header["FLUXCOL"] == next(iter(layout_of(product).fluxes.values())).flux
        assert hdus[1].header["BJDREFI"] == mission.bjd_reference
        assert list(files["FILENAME"]) == [file.file_name for file, _ in star]
        assert list(files[mission.sequence_keyword]) == [file.sequence_number for file, _ in star]
        has_checksums = product.author not in ("QLP", "K2SFF")
        assert set(files["VERIFIED"]) == {"checksum" if has_checksums else "structure"}
        assert sum(files["ROWSKEPT"]) == len(table)
        sequences = table[mission.sequence_keyword]
        assert set(sequences) == set(files[mission.sequence_keyword])
        days = np.array(table["TIME"])
    assert fitscheck.main(["--compliance", str(path)]) == 0
    native = Table.read(path, hdu="LIGHTCURVE", astropy_native=True)
    assert isinstance(native["TIME"], Time)
    assert native["TIME"].scale == "tdb"
    np.testing.assert_allclose(native["TIME"].jd - mission.bjd_reference, days, rtol=0, atol=1e-8)


def test_files_that_cannot_be_read_are_a_reason(
    real_files: Path, scrape: Scrape, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target with unreadable files has a reason, and the run continues."""
    ids = ("--ids", "EPIC 211117077,EPIC 1")
    options = ("--mission", "K2", "--author", "K2SC", "--archive", str(real_files), "--quiet")
    assert scrape(*ids, *options) == 1
    assert {row["target_id"]: row["reason"] for row in scrape.rows()} == {
        "EPIC 211117077": "unreadable",
        "EPIC 1": "no_data",
    }
    assert "C4 unreadable" in scrape.row("EPIC 211117077")["error"]
    assert not list(scrape.raw.glob("*.fits"))
    capsys.readouterr()


@pytest.mark.parametrize("mission", ["TESS", "K2", "Kepler"])
def test_magnitudes_are_refused_before_the_run(
    mission: str, real_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Light curves in magnitudes are refused in one line, and nothing is written."""
    place = Place(tmp_path)
    options = (f"--mission={mission}", "--author", "CDIPS", "--archive", str(real_files))
    assert place.scrape("--ids", "1", *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "CDIPS cannot be stitched" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_any_author_is_the_first_in_order_of_preference(tmp_path: Path) -> None:
    """One author is used for each star, and outputs, headers and tables name it."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    names = ["SPOC", "TESS-SPOC", "QLP"]
    for name in names:
        product = product_of(name)
        (mirror / product.file_name).write_bytes(sample_file(product))
    other = product_of("hlsp_qlp_tess_ffi_s0013-0000000000000007_tess_v01_llc.fits")
    (mirror / other.file_name).write_bytes(sample_file(other))
    place = Place(tmp_path / "run")
    options = ("--mission", "TESS", "--author", "any", "--archive", str(mirror), "--quiet")
    assert place.scrape("--ids", "25155310,7", *options) == 0
    assert sorted(path.name for path in place.raw.iterdir()) == [
        "TIC_25155310.fits",
        "TIC_7_qlp.fits",
    ]
    assert fits.getheader(place.raw / "TIC_25155310.fits")["AUTHOR"] == "SPOC"
    assert fits.getheader(place.raw / "TIC_7_qlp.fits")["AUTHOR"] == "QLP"
    (mirror / product_of("SPOC").file_name).unlink()
    again = Place(tmp_path / "again")
    assert again.scrape("--ids", "25155310", *options) == 0
    (output,) = again.raw.iterdir()
    assert output.name == "TIC_25155310_tess-spoc.fits"
    assert list(fits.getdata(output, "SECTORS")["FILENAME"]) == [product_of("TESS-SPOC").file_name]


@pytest.mark.slow
def test_exposure_times_are_not_mixed(tmp_path: Path) -> None:
    """Sectors of another exposure time are left out and counted, and stitched on request."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for sector in (13, 14, 27):
        product = product_of(f"hlsp_qlp_tess_ffi_s{sector:04d}-0000000000000007_tess_v01_llc.fits")
        (mirror / product.file_name).write_bytes(sample_file(product))
    options = ("--mission", "TESS", "--author", "QLP", "--archive", str(mirror), "--quiet")
    for sectors, used, exposure_s, n_left_out in (
        (None, [13, 14], 1800.0, 1),
        ("27", [27], 600.0, 0),
        ("13,27", [27], 600.0, 1),
    ):
        place = Place(tmp_path / f"run-{sectors}")
        asked = () if sectors is None else ("--sectors", sectors)
        assert place.scrape("--ids", "7", *options, *asked) == 0
        path = place.raw / "TIC_7_qlp.fits"
        header = fits.getheader(path)
        assert (header["EXPTIME"], header["NFILEOUT"]) == (exposure_s, n_left_out)
        assert list(fits.getdata(path, "SECTORS")["SECTOR"]) == used
        assert header["SEQNUMS"] == (sectors or "")


def test_a_run_of_one_author_is_not_gone_on_by_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Runs share records only with the same mission, author, cadence and sectors."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for name in ("SPOC", "QLP"):
        product = product_of(name)
        (mirror / product.file_name).write_bytes(sample_file(product))
    place = Place(tmp_path / "run")
    options = ("--mission", "TESS", "--archive", str(mirror), "--quiet")
    assert place.scrape("--ids", "25155310", *options) == 0
    before = place.outputs()
    for other in (("--author", "QLP"), ("--author", "any"), ("--sectors", "1")):
        assert place.scrape("--resume", *options, *other) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert place.scrape("--resume", *options) == 0
    assert place.outputs() == before
    shutil.rmtree(place.root)


def test_the_recipe_of_a_kind_names_its_outputs() -> None:
    """The recipe of a kind gives its outputs the names that this test expects."""
    for (author, cadence), name in _KINDS.items():
        mission = next(m for m in MISSIONS.values() if author.lower() in m.author_named)
        recipe = make_recipe(mission.name, cadence, author=author)
        assert recipe.output_name(f"{mission.catalog}_7") == name.format(7)
