"""Known planets are found in real light, as their discoverers describe them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from preprocessing.features.transit_search import search_transits
from tests.support.real_light import light_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("star", "planets"),
    [
        ("k2/EPIC206103150", ["WASP-47 b", "WASP-47 d", "WASP-47 e"]),
        ("kepler/KIC9002278", ["Kepler-62 d", "Kepler-62 b"]),
        ("kepler/KIC10874614", ["Kepler-6 b"]),
        ("kepler/KIC11442793", ["Kepler-90 d", "Kepler-90 b"]),
        ("kepler/KIC6462863", ["Kepler-89 d", "Kepler-89 e", "Kepler-89 c", "Kepler-89 b"]),
        ("kepler/KIC8644288", ["Kepler-18 d", "Kepler-18 c", "Kepler-18 b"]),
    ],
)
def test_planets_are_found(real_files: Path, star: str, planets: list[str]) -> None:
    """The candidates that pass are the known planets and no others, the strongest first.

    Periods are right to a ten-thousandth or three times their uncertainty, depths to a tenth, and
    epochs to half an hour.
    """
    truth = real_files.parent / "labeled" / "truth.csv"
    if not (real_files / star).is_dir() or not truth.is_file():
        pytest.skip(f"there is no {real_files / star}, or no {truth}")
    with truth.open() as stream:
        rows = {row["name"].partition(" (")[0]: row for row in csv.DictReader(stream)}
    light = light_of(real_files / star)
    found = [one for one in search_transits(light).candidates if one.passes]
    assert len(found) == len(planets)
    for one, name in zip(found, planets, strict=True):
        known = rows[name]
        period = float(known["period_d"])
        assert abs(one.period_d - period) < max(1e-4 * period, 3 * one.period_sigma_d), name
        if known["depth_ppm"]:
            assert 1e6 * one.depth == pytest.approx(float(known["depth_ppm"]), rel=0.1), name
        if known["epoch"] and known["epoch_ref"] == "BKJD":
            turns = (one.epoch_d - float(known["epoch"])) / period
            assert abs(turns - round(turns)) * period * 1440 < 30, name
