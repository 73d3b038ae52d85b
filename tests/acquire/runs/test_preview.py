"""A preview tells sizes as they turn out to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.acquire.archives.directory import DirectoryArchive
from preprocessing.acquire.records.dry_run_table import Unresolved
from preprocessing.acquire.runs.preview import Preview, describe_preview, preview
from preprocessing.acquire.settings import Limits
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import read_hdus
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions import LONG, SHORT
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.row_counts import row_count
from preprocessing.missions.targets import TargetList
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.sample_files import KIC, real_stars


def test_rows_of_real_files_are_estimated(real_files: Path) -> None:
    """Row counts are exact at long cadence and within a tenth at short cadence."""
    seen = set()
    for product, path in (file for star in real_stars(real_files) for file in star):
        n_rows = read_hdus(path.read_bytes())[1].header.integer("NAXIS2")
        if product.cadence == LONG:
            assert row_count(product) == n_rows, path.name
        else:
            assert row_count(product) == pytest.approx(n_rows, rel=0.1), path.name
        seen.add(product.cadence)
    assert seen == {LONG, SHORT}


def test_every_product_has_an_estimate() -> None:
    """Every stamp of both cadences has an estimate of at most five and a half weeks."""
    for stamps in LONG_STAMPS:
        for stamp in stamps:
            assert 0 < row_count(kepler_product(stamp, KIC, LONG)) < 5000
    for stamps in SHORT_STAMPS:
        for stamp in stamps:
            assert 0 < row_count(kepler_product(stamp, KIC, SHORT)) < 55_000


@pytest.mark.slow
async def test_a_run_is_previewed_to_the_byte(tmp_path: Path) -> None:
    """A preview states files, bytes, reasons for what is missing, and the output size."""
    holdings = SyntheticHoldings(2, n_quarters=17)
    products = [p for kic in holdings.star_keys() for p in holdings.star(kic).products]
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for product in products:
        (mirror / product.file_name).write_bytes(holdings.body(product))
    archive = DirectoryArchive(MirrorHoldings(mirror), mirror)
    targets = TargetList.of(
        [*(f"KIC {kic}" for kic in holdings.star_keys()), "KIC 1", "a/b"]
    ).targets
    recipe = make_recipe()
    found = await preview(targets, recipe, archive, Limits(workers=3), tmp_path / "not" / "there")
    assert (found.n_stars, found.n_files, found.requests) == (2, len(products), 3)
    assert [(u.target_id, u.reason) for u in found.unresolved] == [
        ("KIC 1", Reason.NO_DATA),
        ("a/b", Reason.INVALID_TARGET),
    ]
    assert found.fetched_bytes == sum(map(holdings.size, products))
    assert found.free > 0
    written = sum(_written_bytes(holdings, kic, tmp_path) for kic in holdings.star_keys())
    assert 0.8 * found.output_bytes < written <= found.output_bytes


def _written_bytes(holdings: SyntheticHoldings, kic: int, folder: Path) -> int:
    recipe = make_recipe(quality="none")
    products = holdings.star(kic).products
    writer = StitchedWriter(folder / f"{kic}.fits", recipe, products[0].exposure_s)
    quarters = [stitch_file(holdings.body(p), p, recipe) for p in products]
    for quarter in quarters:
        writer.append(quarter.rows)
    writer.finish([quarter.record for quarter in quarters], None)
    return writer.path.stat().st_size


async def test_files_that_nobody_can_stitch_are_named(tmp_path: Path) -> None:
    """A star of which all files are refused by what they are is named with that reason."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    name = "hlsp_k2sc_k2_llc_211117077-c04_kepler_v2_lc.fits"
    (mirror / name).write_bytes(b"")
    archive = DirectoryArchive(MirrorHoldings(mirror), mirror)
    targets = TargetList.of(["EPIC 211117077"], "EPIC").targets
    recipe = make_recipe("K2", author="K2SC")
    found = await preview(targets, recipe, archive, Limits(), tmp_path)
    (unresolved,) = found.unresolved
    assert (found.n_stars, unresolved.reason) == (0, Reason.UNREADABLE)
    assert "K2SC cannot be read" in unresolved.error


def test_a_preview_is_described_for_a_person() -> None:
    """The description gives counts, reasons, sizes and time, and warns of a small disk."""
    missing = tuple(Unresolved(f"KIC {n}", Reason.NO_DATA, f"no {n}") for n in range(1, 61))
    found = Preview(2, 34, missing, 15_000_000, 6_000_000, 5_000_000, 7200.0, 4)
    text = "\n".join(describe_preview(found, already_done=3))
    for words in (
        "2 stars with 34 files",
        "3 were done before",
        "no_data: 60",
        "KIC 1: no 1",
        "KIC 50: no 50",
        "and 10 more",
        "15.0 MB",
        "6.0 MB",
        "2 h 0 min",
    ):
        assert words in text
    assert "disk is too small" in text
