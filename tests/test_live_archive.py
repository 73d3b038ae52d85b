"""Against the live archive: what the command writes is what lightkurve makes of the same files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing.command import main
from preprocessing.results import read_outcomes

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
