"""Against the live archive: what the command writes is what lightkurve makes of the same files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing.catalogue.tap import EXOPLANET_ARCHIVE_URL, Tap
from preprocessing.command import main
from preprocessing.network.http_client import HttpClient
from preprocessing.network.retry import RetryPolicy
from preprocessing.records.results import read_outcomes

#: Two quarters: the smallest star of the list with anything to stitch.
_STAR = "KIC 2970010"


@pytest.mark.network
def test_a_star_of_mast_equals_lightkurves_own_download_and_stitch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every value of one star from MAST has the bits of lightkurve's search, download, stitch."""
    # Takes three seconds: only where this test runs.
    import lightkurve

    arguments = ["--ids", _STAR, "--archive", "mast", "--output", "raw", "--quiet"]
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    (outcome,) = read_outcomes(tmp_path / "download_results.csv")
    ours = lightkurve.read(outcome.filepath)

    found = lightkurve.search_lightcurve(
        _STAR, author="Kepler", mission="Kepler", cadence="long", radius=0.1
    )
    files = found.download_all(download_dir=str(tmp_path / "lightkurve"))
    in_time = sorted(files, key=lambda light_curve: float(light_curve.time.value[0]))
    theirs = lightkurve.LightCurveCollection(in_time).stitch()

    assert outcome.quarters_used == len(files) >= 2
    assert np.array_equal(ours.time.value, theirs.time.value)
    for column in ("flux", "flux_err"):
        mine = np.asarray(ours[column].value, np.float32)
        assert np.array_equal(mine, np.asarray(theirs[column].value), equal_nan=True)
    for column in ("quality", "cadenceno"):
        assert np.array_equal(ours[column], theirs[column])


@pytest.mark.network
async def test_the_tables_of_stars_are_where_they_are_looked_for() -> None:
    """The NASA Exoplanet Archive has them, with the columns that catalogues are made of."""
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
