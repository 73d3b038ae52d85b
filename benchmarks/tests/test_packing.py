"""Packed data sets are measured beside other layouts of the same stars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.packing import packing


@pytest.mark.slow
def test_every_layout_is_measured(tmp_path: Path) -> None:
    """Each layout has its size and its rates, and the packed one is smaller than FITS."""
    pytest.importorskip("h5py", reason="benchmarks/requirements.txt has h5py")
    packing(2, 1, None, tmp_path / "data", tmp_path / "results")
    measured = json.loads((tmp_path / "results" / "packing.json").read_text())["packing"]
    (found,) = measured.values()
    assert set(found["reading"]) < set(found["bytes a row"])
    assert all(rate[0] > 0 for rates in found["reading"].values() for rate in rates.values())
    assert found["bytes a row"]["packed, all"] < found["bytes a row"]["FITS, astropy"] / 2
