"""Outputs of every mission and author open in the readers that people use."""

from __future__ import annotations

import csv
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import fitsio
import numpy as np
import pytest
from astropy import units
from astropy.table import MaskedColumn, Table
from astropy.timeseries import BoxLeastSquares, TimeSeries
from numpy.typing import NDArray

from preprocessing.core.light_curve import LightCurve
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.fits.previous_output import require_usable
from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import ANY, make_recipe
from tests.support.outputs import KINDS, write_sample
from tests.support.sample_files import sign

_COLUMNS = {"TIME": "time", "FLUX": "flux", "FLUX_ERR": "flux_err", "CADENCENO": "cadence_number"}


@pytest.fixture(params=KINDS)
def star(request: pytest.FixtureRequest, tmp_path: Path) -> LightCurve:
    """Return a light curve of some mission and author, with a NaN in its flux."""
    return read_light_curve(write_sample(tmp_path, request.param))


def _assert_equal(found: object, expected: NDArray[Any]) -> None:
    values = np.asarray(getattr(found, "value", found))
    assert np.array_equal(values, expected, equal_nan=True)


@pytest.mark.slow
def test_astropy_reads_a_time_series(star: LightCurve) -> None:
    """`TimeSeries.read` takes an output for one of Kepler's, with right times and plain numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        series = TimeSeries.read(star.path, format="kepler.fits")
    assert series.time.scale == "tdb"
    assert np.allclose(series.time.jd, star.time + star.bjd_reference, rtol=0, atol=1e-8)
    for name in ("flux", "flux_err"):
        assert series[name].unit == units.dimensionless_unscaled
        _assert_equal(series[name], getattr(star, name))
    assert float(np.nanmedian(series["flux"])) == float(np.nanmedian(star.flux))


def test_astropy_reads_a_table(star: LightCurve) -> None:
    """`Table.read` gives plain numbers with `mask_invalid=False`, and masks NaN without it."""
    table = Table.read(star.path, hdu=1, mask_invalid=False)
    for name, attribute in _COLUMNS.items():
        _assert_equal(table[name], getattr(star, attribute))
    assert float(np.nanmedian(table["FLUX"])) == float(np.nanmedian(star.flux))
    masked = Table.read(star.path, hdu=1)["FLUX"]
    assert isinstance(masked, MaskedColumn) == bool(np.isnan(star.flux).any())


@pytest.mark.slow
def test_a_period_search_takes_the_columns(star: LightCurve) -> None:
    """`BoxLeastSquares` takes the columns of either table, and a time series."""
    table = Table.read(star.path, hdu=1, mask_invalid=False)
    whole = table[np.isfinite(table["FLUX"])]
    power = BoxLeastSquares(whole["TIME"], whole["FLUX"]).power(1.0 * units.d, 0.1 * units.d)
    assert np.isfinite(power.power).all()
    series = TimeSeries.read(star.path, format="kepler.fits")
    series = series[np.isfinite(series["flux"])]
    search = BoxLeastSquares.from_timeseries(series, "flux")
    assert np.isfinite(search.power(1.0 * units.d, 0.1 * units.d).power).all()


def test_cfitsio_reads_the_columns(star: LightCurve) -> None:
    """CFITSIO, by way of fitsio, reads the same numbers and cards."""
    rows, header = fitsio.read(star.path, ext="LIGHTCURVE", header=True)
    for name, attribute in _COLUMNS.items():
        _assert_equal(rows[name], getattr(star, attribute))
    assert (header["EXTVER"], header["BJDREFI"]) == (1, star.bjd_reference)
    assert fitsio.read(star.path, ext=2)["ROWSKEPT"].sum() == len(star)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("stilts") is None, reason="STILTS is not installed")
def test_stilts_reads_the_columns(star: LightCurve, tmp_path: Path) -> None:
    """STILTS, the command-line TOPCAT, reads the same numbers."""
    out = tmp_path / "rows.csv"
    subprocess.run(
        ["stilts", "tcopy", f"in={star.path}#1", "ifmt=fits", f"out={out}", "ofmt=csv"],
        check=True,
        timeout=120,
    )
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    _assert_equal([float(row["TIME"]) for row in rows], star.time)
    _assert_equal(
        np.array([float(row["FLUX"] or "nan") for row in rows], star.flux.dtype), star.flux
    )


def _without(content: bytes, keyword: bytes) -> bytes:
    """Return an output without a card of its light curve, the header being as long as before."""
    table = content.index(b"XTENSION")
    start = content.index(keyword.ljust(8) + b"=", table)
    end = content.index(b"END".ljust(80), start) + 80
    return content[:start] + content[start + 80 : end] + b" " * 80 + content[end:]


def test_outputs_without_version_and_units_are_still_accepted(tmp_path: Path) -> None:
    """An output from before the cards EXTVER and TUNIT of the flux is read and resumed."""
    path = write_sample(tmp_path, "Kepler")
    content = path.read_bytes()
    old = content
    for keyword in (b"EXTVER", b"TUNIT2", b"TUNIT3"):
        old = _without(old, keyword)
    path.write_bytes(sign(old, content))
    before = read_light_curve(path, verify=True)
    assert len(before) > 0
    recipe = make_recipe(before.mission, author=ANY)
    assert MISSIONS[before.mission] is recipe.mission
    assert require_usable(path, recipe, before.number).n_rows == len(before)
