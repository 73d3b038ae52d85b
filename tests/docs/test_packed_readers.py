"""Other programs read a packed data set by the lines that the documentation shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing import open_dataset
from tests.docs.pages import DOCS, sections
from tests.support.packed_data_set import packed_data_set

#: Those that the tests need anyway; scripts/check_readers runs all of them.
_HERE = ("pyarrow", "pandas", "DuckDB", "astropy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a packed data set called as in the guide."""
    folder = tmp_path_factory.mktemp("readers")
    packed_data_set(folder / "mine", 3)
    return folder


def right_mean(folder: Path) -> float:
    """Return the mean of all fluxes that are there."""
    fluxes = np.concatenate(
        [star["flux"] for star in open_dataset(folder / "mine").columns("flux")]
    )
    assert np.isnan(fluxes).any()
    return float(np.nanmean(fluxes, dtype=float))


# astropy looks for a note of its own about the length of texts, and tells when there is none.
@pytest.mark.filterwarnings("ignore:No table..len")
@pytest.mark.parametrize("program", _HERE)
def test_mean_flux_is_right(
    program: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The block of each program gives the mean flux, with points without a flux left out."""
    pytest.importorskip(program.lower())
    code = dict(sections((DOCS / "guides" / "packed.md").read_text(encoding="utf-8")))[program]
    monkeypatch.chdir(folder)
    exec(compile(code, program, "exec"), {})
    assert float(capsys.readouterr().out) == pytest.approx(right_mean(folder), rel=1e-6)


def test_filters_lose_points_without_a_flux_as_the_guide_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN is greater than any number for DuckDB, and unequal to all of them for pyarrow."""
    duckdb = pytest.importorskip("duckdb")
    compute, parquet = (pytest.importorskip(f"pyarrow.{n}") for n in ("compute", "parquet"))
    monkeypatch.chdir(folder)
    stars = parquet.read_table("mine/hats/lightcurves/dataset", columns=["flux"])
    flux = compute.list_flatten(stars["flux"])
    n_missing = compute.sum(compute.is_nan(flux)).as_py()
    assert n_missing > 0
    assert compute.sum(compute.is_nan(flux.filter(compute.greater(flux, 0)))).as_py() in (0, None)
    points = "(SELECT unnest(flux) AS f FROM 'mine/hats/lightcurves/dataset/**/*.parquet')"
    counts = {
        condition: duckdb.execute(
            f"SELECT count(*) FROM {points} WHERE isnan(f) AND ({condition})"
        ).fetchall()[0][0]
        for condition in ("f > 0", "f = f", "f < 2", "isnan(f) OR f < 2")
    }
    assert counts == {
        "f > 0": n_missing,
        "f = f": n_missing,
        "f < 2": 0,
        "isnan(f) OR f < 2": n_missing,
    }
