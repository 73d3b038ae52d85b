"""What other teams' files hold is what lightkurve reads in them, bit for bit."""

from __future__ import annotations

import gzip
import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.core.errors import CorruptProduct, UnreadableProduct
from preprocessing.fits.identify import star_in_header
from preprocessing.fits.refresh import HEADER_BYTES, is_newer
from preprocessing.fits.stitch import StitchedFile, stitch_file
from preprocessing.missions import Product, author_of, parse_file_name
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.tess import TESS, TGLC
from tests.support.mission_samples import layout_of, product_of, sample_file, sample_rows

pytestmark = pytest.mark.lightkurve

_AUTHORS = ("EVEREST", "TGLC", "GSFC-ELEANOR-LITE", "TASOC", "PATHOS")
_ROWS = 40
_TASOC = make_recipe("TESS", author="TASOC")
#: Flags of the masks "default", "hard" and "hardest" of both telescopes, one of each author's
#: own, and one that none of them has.
_FLAGS = (0, 1, 2, 8, 64, 128, 4096, 2**14)


def _flagged_rows(product: Product) -> NDArray[np.void]:
    """Return rows of which some have flags, no flux or no time."""
    rows, layout = sample_rows(product, _ROWS), layout_of(product)
    if layout.quality is not None:
        rows[layout.quality] = np.resize(_FLAGS, _ROWS)
    for columns in layout.fluxes.values():
        if columns.flux in (rows.dtype.names or ()):
            rows[columns.flux][5::9] = np.nan
    rows[layout.time][7::11] = np.nan
    return rows


def _stitched(product: Product, path: Path, flux: str, quality: str) -> StitchedFile:
    recipe = make_recipe(product.mission, product.cadence, flux, quality, product.author)
    return stitch_file(path.read_bytes(), product, recipe)


def _read(path: Path, **options: str) -> Any:
    from lightkurve import read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(path, **options)


def _plain(column: Any) -> NDArray[Any]:
    values = getattr(column, "unmasked", column)
    plain = np.asarray(getattr(values, "value", values))
    return plain.astype(plain.dtype.newbyteorder("="))


def _assert_equal(ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    """Compare to the bit, but for the sign of a NaN; ours may have room for more digits."""
    ours = ours.astype(ours.dtype.newbyteorder("="))
    assert ours.shape == theirs.shape
    assert np.array_equal(ours, theirs.astype(ours.dtype), equal_nan=True)


def _normalized(flux: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(flux / np.nanmedian(flux))


@pytest.mark.parametrize("quality", ["none", "default", "hard", "hardest"])
@pytest.mark.parametrize("author", _AUTHORS)
def test_each_flux_equals_lightkurves(author: str, quality: str, tmp_path: Path) -> None:
    """Every flux of every author has lightkurve's rows, times, flags, values and errors."""
    product = product_of(author)
    layout, path = layout_of(product), tmp_path / product.file_name
    path.write_bytes(sample_file(product, _flagged_rows(product)))
    if (author, quality) == ("TGLC", "hardest"):
        pytest.skip("lightkurve 2.6.0 raises OverflowError (its issue 1564)")
    for flux, columns in layout.fluxes.items():
        if not columns.is_in(product):
            continue
        # lightkurve takes EVEREST's column FLUX whatever it is asked for.
        curve = _read(path, quality_bitmask=quality, flux_column=columns.flux.lower())
        ours = _stitched(product, path, flux, quality)
        _assert_equal(ours.rows["TIME"], _plain(curve.time.value))
        values = _plain(curve[columns.flux.lower()])
        error = _plain(curve.flux_err) if author != "EVEREST" else np.full(len(curve), np.nan)
        if flux == "fraw":
            error = _plain(curve["fraw_err"])
        if columns.flux == "FLUX_CORR":
            values, error = 1 + 1e-6 * values, 1e-6 * error
        _assert_equal(ours.rows["FLUX"], _normalized(values))
        _assert_equal(ours.rows["FLUX_ERR"], error / np.nanmedian(values))
        flags = curve[(layout.quality or "").lower()]
        _assert_equal(ours.rows[ours.rows.dtype.names[3]], _plain(flags))  # type: ignore[index]
        numbers = np.full(len(curve), -1) if author == "PATHOS" else _plain(curve["cadenceno"])
        _assert_equal(ours.rows["CADENCENO"], numbers)
        assert ours.record.rows_kept == len(curve) > 0


@pytest.mark.parametrize("days", ["20d", "55d", "80d"])
def test_kepseismic_equals_lightkurves_but_for_half_a_day(days: str, tmp_path: Path) -> None:
    """All rows of each filter's file are relative flux at the times that the file states."""
    sample = product_of("KEPSEISMIC").file_name
    product = parse_file_name(sample.replace("20d", days))
    assert product is not None
    rows = sample_rows(product, _ROWS)
    rows["FLUX"] = np.random.default_rng(1).normal(0.0, 300.0, _ROWS)
    path = tmp_path / product.file_name
    path.write_bytes(sample_file(product, rows))
    curve = _read(path)
    ours = _stitched(product, path, days, "default")
    # Times are BJD - 2400000, and lightkurve reads them as if they were MJD.
    assert ours.rows["TIME"] == pytest.approx(curve.time.jd - 0.5 - 2454833, abs=1e-9)
    _assert_equal(ours.rows["FLUX"], _normalized(1 + 1e-6 * _plain(curve.flux)))
    assert np.isnan(ours.rows["FLUX_ERR"]).all()
    assert ours.rows["FLUX"].std() == pytest.approx(3e-4, rel=0.3)
    assert set(ours.rows["QUARTER"]) == {-1}
    assert ours.record.label == "all"


def _packed(tmp_path: Path) -> tuple[Product, bytes, StitchedFile]:
    """Return a product whose name ends with .gz, its bytes, and what they hold unpacked."""
    plain = product_of("TASOC")
    product = parse_file_name(f"{plain.file_name}.gz")
    assert product is not None
    body = sample_file(plain, _flagged_rows(plain))
    (tmp_path / product.file_name).write_bytes(gzip.compress(body))
    return product, gzip.compress(body), stitch_file(body, plain, _TASOC)


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    """A file that gzip packed has the rows of the file in it, and its own size and digest."""
    product, packed, expected = _packed(tmp_path)
    ours = stitch_file(packed, product, _TASOC)
    assert ours.rows.tobytes() == expected.rows.tobytes()
    assert len(ours.rows) == len(_read(tmp_path / product.file_name))
    assert (ours.record.bytes, ours.record.sha256) == (
        len(packed),
        hashlib.sha256(packed).hexdigest(),
    )
    # A server may have unpacked it on the way.
    sent = stitch_file(gzip.decompress(packed), product, _TASOC)
    assert sent.rows.tobytes() == expected.rows.tobytes()
    assert not is_newer(packed[:HEADER_BYTES], ours.record, product)


def test_a_packed_file_that_is_cut_off_is_corrupt(tmp_path: Path) -> None:
    """A packed file is damaged if its end is missing, or if its name does not say packed."""
    product, packed, _ = _packed(tmp_path)
    with pytest.raises(CorruptProduct, match="cut off"):
        stitch_file(packed[:-20], product, _TASOC)
    with pytest.raises(CorruptProduct):
        stitch_file(packed, product_of("TASOC"), _TASOC)


@pytest.mark.parametrize("bit", [29, 30])
@pytest.mark.parametrize("quality", ["qlp", "hard", "hardest"])
def test_qlps_own_flags_have_a_name(bit: int, quality: str, tmp_path: Path) -> None:
    """QLP's own flags drop rows under three names, and no row by default."""
    product = product_of("QLP since S56")
    rows = sample_rows(product, _ROWS)
    rows["QUALITY"][:4] = 1 << bit
    path = tmp_path / product.file_name
    path.write_bytes(sample_file(product, rows))
    assert len(_stitched(product, path, "sap", quality).rows) == _ROWS - 4
    assert len(_stitched(product, path, "sap", "default").rows) == _ROWS


def test_qlps_flux_without_systematics_equals_lightkurves(tmp_path: Path) -> None:
    """The flux that QLP has had since sector 56 is read with the error of the detrended one."""
    product = product_of("QLP since S56")
    path = tmp_path / product.file_name
    path.write_bytes(sample_file(product, _flagged_rows(product)))
    ours = _stitched(product, path, "sys_rm", "default")
    curve = _read(path, flux_column="sys_rm_flux")
    _assert_equal(ours.rows["FLUX"], _normalized(_plain(curve.flux)))
    median = np.nanmedian(_plain(curve.flux))
    _assert_equal(ours.rows["FLUX_ERR"], _plain(curve.flux_err) / median)


@pytest.mark.parametrize(
    ("name", "read", "kept"),
    [
        ("gaiaid-6399196263939178880-s0001-cam2-ccd1_tess_v1", 1282, 1267),
        ("gaiaid-5707485527450614656-s0007-cam2-ccd3_tess_v2", 1093, 1086),
    ],
)
def test_real_files_of_tglc_equal_lightkurves(
    name: str, read: int, kept: int, real_files: Path
) -> None:
    """Both versions are read as lightkurve does, and belong to the star in their header."""
    path = real_files.parent / "hlsp" / f"hlsp_tglc_tess_ffi_{name}_llc.fits"
    number = star_in_header(path.read_bytes(), TGLC, TESS)
    product = parse_file_name(path.name, number)
    assert product is not None
    for flux, columns in layout_of(product).fluxes.items():
        ours = _stitched(product, path, flux, "default")
        curve = _read(path, flux_column=columns.flux)
        assert (ours.record.rows_read, ours.record.rows_kept) == (read, kept)
        assert len(curve) == kept
        _assert_equal(ours.rows["TIME"], _plain(curve.time.value))
        _assert_equal(ours.rows["FLUX"], _normalized(_plain(curve.flux)))
        assert product.number == curve.meta["TICID"]
        assert ours.star.get("TICID") == product.number


def test_a_real_file_of_everests_first_release_is_named(real_files: Path) -> None:
    """The first release of EVEREST is refused in words that say what to get instead."""
    (path,) = (real_files.parent / "hlsp").glob("hlsp_everest_*_v1.0_lc.fits")
    product = parse_file_name(path.name)
    assert product is not None
    with pytest.raises(UnreadableProduct, match=r"first release.* get release 2\.0 from MAST"):
        _stitched(product, path, "flux", "default")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hlsp_k2sc_k2_llc_211117077-c04_kepler_v2_lc.fits", "K2SC cannot be read: a file has two"),
        ("hlsp_k2varcat_k2_lightcurve_202059697-c00_kepler_v2_llc.fits", "of variable stars alone"),
        ("hlsp_tess-data-alerts_tess_phot_00281541555-s02_tess_v1_lc.fits", "use --author SPOC"),
    ],
)
def test_who_cannot_be_stitched_is_told_why(name: str, why: str) -> None:
    """Each author whose files cannot be stitched has a sentence of its own."""
    product = parse_file_name(name)
    assert product is not None
    refusal = author_of(product).refusal
    assert refusal is not None
    assert why in str(refusal(product))
    with pytest.raises(UnreadableProduct, match=why):
        stitch_file(sample_file(product_of("K2")), product, make_recipe())
