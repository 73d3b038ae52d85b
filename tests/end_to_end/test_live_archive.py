"""The command writes what lightkurve makes of the same files of the live archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from preprocessing.acquire.records.results import read_outcomes
from preprocessing.catalog.tap import EXOPLANET_ARCHIVE_URL, Tap
from preprocessing.network.http_client import HttpClient
from preprocessing.network.retry import RetryPolicy
from scripts.xenoscan_scraper import main

#: Small stars of every mission and author: the command's options, and lightkurve's.
_STARS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "KIC 2970010": ([], {"author": "Kepler", "cadence": "long"}),
    "EPIC 206103150": (["--mission", "K2"], {"author": "K2", "cadence": "long"}),
    "EPIC 221312395": (["--mission", "K2", "--author", "K2SFF"], {"author": "K2SFF"}),
    "TIC 66818296": (
        ["--mission", "TESS", "--sectors", "12,38"],
        {"author": "SPOC", "exptime": 120, "sector": [12, 38]},
    ),
    "TIC 33910247": (
        ["--mission", "TESS", "--author", "TESS-SPOC", "--sectors", "1"],
        {"author": "TESS-SPOC", "sector": 1},
    ),
    "TIC 254113311": (
        ["--mission", "TESS", "--author", "QLP", "--sectors", "13"],
        {"author": "QLP", "sector": 13},
    ),
}


@pytest.mark.network
@pytest.mark.parametrize("star", _STARS)
def test_a_star_of_mast_equals_lightkurves_own_download_and_stitch(
    star: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A star of MAST has the bits of lightkurve's download and stitch."""
    # Takes three seconds: only where this test runs.
    import lightkurve

    options, wanted = _STARS[star]
    monkeypatch.chdir(tmp_path)
    assert main(["--ids", star, "--archive", "mast", "--output", "raw", "--quiet", *options]) == 0
    (outcome,) = read_outcomes(tmp_path / "download_results.csv")
    with fits.open(outcome.filepath) as hdus:
        ours = hdus["LIGHTCURVE"].data

    found = lightkurve.search_lightcurve(star, radius=0.1, **wanted)
    files = found.download_all(download_dir=str(tmp_path / "lightkurve"))
    in_time = sorted(files, key=lambda light_curve: float(light_curve.time.value[0]))
    theirs = lightkurve.LightCurveCollection(in_time).stitch()

    assert outcome.quarters_used == len(files) >= 1
    assert np.array_equal(ours["TIME"], theirs.time.value)
    for column in ("FLUX", "FLUX_ERR", "CADENCENO"):
        values = np.asarray(theirs[column.lower()].value)
        assert np.array_equal(ours[column], values, equal_nan=True), column


@pytest.mark.network
@pytest.mark.parametrize("archive", ["s3", "stsci"])
@pytest.mark.parametrize("star", ["KIC 2970010", "EPIC 206103150", "TIC 66818296", "TIC 254113311"])
def test_other_sources_give_what_mast_gives(archive: str, star: str, tmp_path: Path) -> None:
    """Other sources give the same rows of the same star, byte for byte."""
    options, _ = _STARS[star]
    rows = []
    for source in ("mast", archive):
        folder = tmp_path / source
        places = ["--output", str(folder), "--results", str(tmp_path / f"{source}.csv")]
        places += ["--checkpoint-dir", str(tmp_path / f"{source}.run"), "--quiet"]
        assert main(["--ids", star, "--archive", source, *places, *options]) == 0
        (output,) = folder.glob("*.fits")
        with fits.open(output) as hdus:
            rows.append(hdus["LIGHTCURVE"].data.tobytes())
    assert rows[0] == rows[1]


@pytest.mark.network
async def test_the_tables_of_stars_are_where_they_are_looked_for() -> None:
    """The NASA Exoplanet Archive has the tables and columns that catalogs need."""
    async with HttpClient(1) as http:
        tap = Tap(http, EXOPLANET_ARCHIVE_URL, RetryPolicy())
        schema = await tap.schema()
        dr25 = await tap.count("keplerstellar", "st_delivname='q1_q17_dr25_stellar'")
    assert not schema.is_synthetic
    assert dr25 == 200_038
    for table, columns in {
        "keplerstellar": "kepid ra dec kepmag teff logg feh radius mass rrmscdpp06p0",
        "cumulative": "kepid kepoi_name koi_disposition",
        "k2targets": "epic_number ra dec k2_kepmag k2_teff k2_logg k2_metfe k2_rad k2_mass",
        "k2pandc": "epic_hostname pl_name disposition default_flag",
        "toi": "tid toi tfopwg_disp",
    }.items():
        assert set(columns.split()) <= schema.tables[table], table
