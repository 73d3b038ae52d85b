"""The light curves of every other author are found, fetched, stitched and written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from preprocessing.missions import MISSIONS
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.mission_samples import layout_of
from tests.support.scraping import Scrape

pytestmark = pytest.mark.slow

_HOLDINGS = SyntheticHoldings(6, k2_stars=12, tess_stars=13)
#: The star of each mission that has such light curves.
_STARS = {
    mission: _HOLDINGS.star(_HOLDINGS.examples()[example])
    for mission, example in (
        ("Kepler", "kepseismic"),
        ("K2", "everest_only"),
        ("TESS", "tess_other_authors"),
    )
}
_STAR = _STARS["TESS"]
_PRODUCTS = [product for star in _STARS.values() for product in star.products]

#: Author and flux, and what the output calls the flux.
_FLUXES = {
    ("KEPSEISMIC", "20d"): "FLUX 20d",
    ("KEPSEISMIC", "80d"): "FLUX 80d",
    ("EVEREST", "flux"): "FLUX",
    ("EVEREST", "fraw"): "FRAW",
    ("TGLC", "cal_psf"): "cal_psf_flux",
    ("GSFC-ELEANOR-LITE", "corr"): "CORR_FLUX",
    ("TASOC", "cbv"): "FLUX_CORR cbv",
    ("TASOC", "ens"): "FLUX_CORR ens",
    ("PATHOS", "psf_cor"): "PSF_FLUX_COR",
    ("PATHOS", "ap3_raw"): "AP3_FLUX_RAW",
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ArchiveThread(_HOLDINGS) as server:
        yield server.base_url


def _star_of(author: str) -> HeldStar:
    stars = _STARS.values()
    return next(s for s in stars if any(product.author == author for product in s.products))


def _options(author: str, star: HeldStar | None = None) -> list[str]:
    star = star or _star_of(author)
    ids = f"--ids={star.mission.catalog} {star.number}"
    return [ids, f"--mission={star.mission.name}", f"--author={author}", "--quiet"]


def _output(scrape: Scrape) -> Path:
    (path,) = scrape.raw.iterdir()
    return path


@pytest.mark.parametrize(("author", "flux"), _FLUXES)
def test_a_star_of_an_author(author: str, flux: str, address: str, scrape: Scrape) -> None:
    """MAST's search leads to the file of the author, and the output says what it holds."""
    options = [*_options(author), f"--flux={flux}", f"--archive={address}"]
    assert scrape(*options) == 0
    star = _star_of(author)
    assert scrape.row(f"{star.mission.catalog} {star.number}")["reason"] == "complete"
    with fits.open(_output(scrape), checksum=True) as hdus:
        header, files = hdus[0].header, hdus[2].data
        assert (header["AUTHOR"], header[star.mission.number_keyword]) == (author, star.number)
        assert header["FLUXCOL"] == _FLUXES[author, flux]
        assert set(files["FILENAME"]) == {
            product.file_name
            for product in _PRODUCTS
            if product.author == author and layout_of(product).fluxes[flux].is_in(product)
        }
    # A second run finds the output again, and does not make it anew.
    before = _output(scrape).stat().st_mtime_ns
    assert scrape(*options, "--resume") == 0
    assert _output(scrape).stat().st_mtime_ns == before


@pytest.mark.parametrize("author", ["KEPSEISMIC", "EVEREST", "GSFC-ELEANOR-LITE", "TASOC"])
def test_a_star_in_folders(author: str, address: str, tmp_path: Path) -> None:
    """The folders of authors who sort stars by number give the rows that MAST gives."""
    tables = []
    for name, archive in (("one", address), ("other", f"stsci+{address}")):
        scrape = Scrape(tmp_path / name)
        assert scrape(*_options(author), f"--archive={archive}") == 0
        tables.append(fits.getdata(_output(scrape)).tobytes())
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("author", "kind"), [("TGLC", "s3+"), ("TGLC", "stsci+"), ("PATHOS", "stsci+")]
)
def test_an_author_whose_folders_do_not_follow_from_the_star(
    author: str, kind: str, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what finds the files; found so, they can come from the folders as well."""
    alone, second = Scrape(tmp_path / "alone"), Scrape(tmp_path / "second")
    assert alone(*_options(author), f"--archive={kind}{address}") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert author in line
    assert "use --archive mast, and --fallback" in line
    options = [f"--archive={address}", f"--fallback={kind}{address}"]
    assert second(*_options(author), *options) == 0


def test_any_author_prefers_others_last(address: str, scrape: Scrape) -> None:
    """Of authors that all have a star, the first in the mission's order is taken."""
    assert scrape(*_options("any", _STAR), f"--archive={address}") == 0
    authors = [author.name for author in MISSIONS["TESS"].authors]
    held = {product.author for product in _STAR.products}
    expected = next(author for author in authors if author in held)
    assert fits.getheader(_output(scrape))["AUTHOR"] == expected


def test_repeated_times_are_kept_and_read_again(address: str, scrape: Scrape) -> None:
    """EVEREST gives rows without a time that of a neighbor; without a mask, all are kept."""
    options = [*_options("EVEREST"), "--quality=none", f"--archive={address}"]
    assert scrape(*options) == 0
    path = _output(scrape)
    assert np.any(np.diff(fits.getdata(path)["TIME"]) == 0)
    before = path.stat().st_mtime_ns
    assert scrape(*options, "--resume") == 0
    assert path.stat().st_mtime_ns == before
