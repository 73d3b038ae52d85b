"""The results say why a file was not used, and what is odd about the light of one that was."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from preprocessing.missions import Product
from tests.support.sample_files import KIC, make_file, make_rows, quarter_of
from tests.support.scraping import Scrape

_ODD, _SOUND = quarter_of(3), quarter_of(1)

pytestmark = pytest.mark.slow


def _rows(product: Product, flux: float | None = None) -> np.ndarray:
    rows = make_rows(60, seed=product.sequence_number)
    if flux is not None:
        rows["PDCSAP_FLUX"] = flux
    return rows


def _by_lightkurve(path: Path) -> None:
    import lightkurve

    curve = lightkurve.read(path)
    path.unlink()
    curve.to_fits(str(path))


def _by_table(path: Path) -> None:
    table = Table.read(path, hdu=1)
    table.write(path, overwrite=True)


def _without_checksums(path: Path) -> None:
    """As programs do that copy one table and forget the others."""
    with fits.open(path) as hdus:
        del hdus[2].header["CHECKSUM"], hdus[2].header["DATASUM"]
        hdus.writeto(path, overwrite=True)


def _with_null(path: Path) -> None:
    with fits.open(path) as hdus:
        hdus[1].header["TNULL10"] = -1
        hdus.writeto(path, overwrite=True, checksum=True)


def _stale(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.index(b"OBJECT  = 'KIC") + 30
    content[at : at + 4] = b"/ me"
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        pytest.param(_by_lightkurve, "saved again by lightkurve", marks=pytest.mark.lightkurve),
        (_by_table, "HDUs carry a CHECKSUM, as if another program had saved the file again"),
        (_without_checksums, "HDUs carry a CHECKSUM, as if another program had saved"),
        (_with_null, "TNULL10 changes what its columns mean"),
        (_stale, "changed by a program that left the old CHECKSUM"),
    ],
)
def test_the_results_say_why_a_file_was_refused(
    scrape: Scrape, tmp_path: Path, change: Callable[[Path], None], cause: str
) -> None:
    """The column error gives the cause of a refusal, not the reason alone."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for product in (_SOUND, _ODD):
        (mirror / product.file_name).write_bytes(make_file(product, _rows(product)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change(mirror / _ODD.file_name)
    assert scrape(f"--archive={mirror}", f"--ids={KIC}") == 1
    (row,) = scrape.rows()
    assert row["reason"] == "partial"
    assert row["error"].startswith("Q3 corrupt: ")
    assert cause in row["error"]


@pytest.mark.parametrize(
    ("flux", "said"),
    [(np.nan, "no flux is finite"), (0.0, "the median is 0"), (-12.5, "the median is -12.5")],
)
def test_odd_light_is_in_the_results_the_summary_and_a_warning(
    scrape: Scrape,
    tmp_path: Path,
    flux: float,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file without light, or with a median of zero or less, is used, counted and named."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for product, value in ((_SOUND, None), (_ODD, flux)):
        (mirror / product.file_name).write_bytes(make_file(product, _rows(product, value)))
    assert scrape(f"--archive={mirror}", f"--ids={KIC}") == 0
    (row,) = scrape.rows()
    assert (row["reason"], row["error"]) == ("complete", f"Q3 unusual_median: {said}")
    # The file's own flux counts.
    n_finite = 60 if np.isnan(flux) else 120
    assert (row["n_points"], row["n_finite"]) == ("120", str(n_finite))
    shown = capsys.readouterr()
    assert "1 target with unusual_median" in shown.out
    assert "Q3: normalized by a median of" in shown.err


def test_a_star_without_any_light_is_counted(
    scrape: Scrape, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A star of which no flux is finite is complete, and the summary says that it has none."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / _ODD.file_name).write_bytes(make_file(_ODD, _rows(_ODD, np.nan)))
    assert scrape(f"--archive={mirror}", f"--ids={KIC}") == 0
    (row,) = scrape.rows()
    assert (row["success"], row["n_points"], row["n_finite"]) == ("True", "60", "0")
    assert "1 target without a finite flux" in capsys.readouterr().out
