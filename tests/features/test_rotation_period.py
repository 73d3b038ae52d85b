"""A rotation is told from its half, and from noise."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from preprocessing.features.frequency import frequency_companions
from tests.support.stars import noisy, real_star, star_of

TIME = np.arange(0, 90, 1 / 48)


@pytest.mark.parametrize("on_other_side", [0.0, 0.5, 1.5])
def test_spots(on_other_side: float) -> None:
    """Spots on one side of a star and on both have the period of the rotation."""
    phase = 2 * np.pi * TIME / 7.3
    flux = noisy(TIME) + 0.01 * np.sin(phase) + 0.01 * on_other_side * np.sin(2 * phase)
    found = frequency_companions(star_of(TIME, flux))["rotation_period"]
    assert found == pytest.approx(7.3, rel=0.02)


def test_noise() -> None:
    """White noise does not rotate."""
    assert frequency_companions(star_of(TIME, noisy(TIME)))["rotation_period"] is None


@pytest.mark.slow
def test_rotation_of_known_stars(real_files: Path) -> None:
    """The rotation that McQuillan et al. (2014) published is found to 10 %, of all but one star."""
    labeled = real_files.parent / "labeled"
    if not (labeled / "truth.csv").is_file():
        pytest.skip(f"there is no {labeled / 'truth.csv'}")
    with (labeled / "truth.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"].startswith("rotation (")]
    missed, n_stars = [], 0
    for row in rows:
        amplitude = re.match(r"Rper ([\d.]+) ppm", row["extra"])
        period_d = float(row["period_d"])
        folders = (labeled / "kepler" / row["target"], real_files / "kepler" / row["target"])
        paths = [path for folder in folders for path in sorted(folder.glob("*_llc.fits"))]
        if not amplitude or float(amplitude[1]) >= 50_000 or not 0.5 < period_d < 30 or not paths:
            continue
        n_stars += 1
        found = frequency_companions(real_star(paths))["rotation_period"]
        if not isinstance(found, float) or abs(found / period_d - 1) > 0.1:
            missed.append(row["target"])
    assert n_stars >= 9
    assert len(missed) <= 1, missed
