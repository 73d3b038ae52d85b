"""What a run wrote, read back, against what astropy and lightkurve read from the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing import open_dataset
from preprocessing.missions import MISSIONS
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.light_curve_checks import assert_like_lightkurve, assert_same_numbers
from tests.support.outputs import on_disk
from tests.support.sample_files import stars_of_every_mission
from tests.support.scraping import Scrape

pytestmark = [pytest.mark.slow, pytest.mark.lightkurve]

_KINDS = [
    *(("Kepler", "long"), ("Kepler", "short"), ("K2", "long"), ("K2SFF", "long")),
    *(("SPOC", "short"), ("TESS-SPOC", "long"), ("QLP", "long")),
]


@pytest.mark.parametrize(("author", "cadence"), _KINDS)
def test_real_stars_are_read_as_others_read_them(
    author: str, cadence: str, real_files: Path, scrape: Scrape
) -> None:
    """Light curves of every mission and author have the bits that astropy and lightkurve read."""
    stars = [
        products[0][0]
        for products in stars_of_every_mission(real_files)
        if (products[0][0].author, products[0][0].cadence) == (author, cadence)
    ]
    ids = ",".join(str(product.number) for product in stars)
    options = (f"--mission={stars[0].mission}", f"--author={author}", f"--cadence={cadence}")
    assert scrape("--ids", ids, *options, "--archive", str(real_files), "--quiet") == 0
    dataset = open_dataset(scrape.raw, results=scrape.results, verify=True)
    assert len(dataset) == len(stars)
    for product in stars:
        star = dataset[f"{MISSIONS[product.mission].catalog} {product.number}"]
        assert not star.is_synthetic
        assert_same_numbers(star, on_disk(star.path))
        assert_like_lightkurve(star)
    cadences, flux = dataset.stack(star.name for star in dataset)
    assert flux.shape == (len(stars), len(cadences))


def test_synthetic_stars_are_read_as_others_read_them(scrape: Scrape) -> None:
    """The simulator's stars too, and they say that they are synthetic."""
    holdings = SyntheticHoldings(3)
    ids = ",".join(map(str, holdings.star_keys()))
    with ArchiveThread(holdings) as server:
        assert scrape("--ids", ids, "--archive", server.base_url, "--quiet") == 0
    for star in open_dataset(scrape.raw, verify=True):
        assert star.is_synthetic
        assert_same_numbers(star, on_disk(star.path))
        assert_like_lightkurve(star)
