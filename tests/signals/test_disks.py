"""Disks cover as much light as geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.disks import covered_share, limb_brightness

UNIFORM = (0.0, 0.0)


def lens(distance: float, ratio: float) -> float:
    """Return the area that two circles share, over that of the first, whose radius is 1."""
    first = np.arccos((distance**2 + 1 - ratio**2) / (2 * distance))
    second = np.arccos((distance**2 + ratio**2 - 1) / (2 * distance * ratio))
    return float(
        (first - np.sin(2 * first) / 2 + ratio**2 * (second - np.sin(2 * second) / 2)) / np.pi
    )


@pytest.mark.parametrize(
    ("distance", "ratio"), [(0.95, 0.1), (1.05, 0.1), (0.5, 0.8), (1.0, 1.0), (1.5, 1.4)]
)
def test_two_uniform_disks_share_a_lens(distance: float, ratio: float) -> None:
    """Of a uniform star as much is covered as two circles have in common."""
    covered = covered_share(np.array([distance]), ratio, UNIFORM)[0]
    assert covered == pytest.approx(lens(distance, ratio), abs=3e-4 * min(1, ratio**2))


@pytest.mark.parametrize("ratio", [0.01, 0.1])
def test_a_small_disk_covers_the_brightness_behind_it(ratio: float) -> None:
    """Inside, the loss is the square of the size times the local over the mean brightness."""
    limb, distance = (0.4, 0.25), np.array([0.0, 0.4, 0.8])
    mean = 1 - limb[0] / 3 - limb[1] / 6
    expected = ratio**2 * limb_brightness(distance, limb) / mean
    assert covered_share(distance, ratio, limb) == pytest.approx(expected, rel=0.01)


def test_a_large_disk_covers_all() -> None:
    """All light is covered by a larger disk in front, and none by one beside."""
    assert covered_share(np.array([0.0, 0.4, 2.6]), 1.5) == pytest.approx([1, 1, 0], abs=1e-4)
