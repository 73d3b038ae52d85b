"""Giants vary as convection makes them vary, and waves go on."""

from __future__ import annotations

import numpy as np

from preprocessing.anomalies.steady import granulates, granulation_ppm, is_wave


def test_granulation_of_known_stars() -> None:
    """The Sun's granulation is some 40 ppm, that of a red clump giant ten times as much."""
    sun, clump = granulation_ppm(np.array([4.438, 2.5]), np.array([5777.0, 4800.0]))
    assert 30 < sun < 45
    assert 400 < clump < 600


def test_granulates() -> None:
    """A giant that varies as it should is explained, one that varies more is not, nor a dwarf."""
    white = 200.0

    def of(logg: float, varies_ppm: float) -> bool:
        range_ppm = 3.29 * np.hypot(varies_ppm, white)
        each = (np.array([one]) for one in (logg, 4800.0, range_ppm, white))
        return bool(granulates(*each)[0])

    assert of(2.5, 500)
    assert of(2.5, 0)
    assert not of(2.5, 3000)
    assert not of(4.4, 100)
    # Of unknown gravity, it may be a giant if it varies as one does.
    assert of(np.nan, 500)
    assert not of(np.nan, 50)
    assert not of(np.nan, 3000)


def test_is_wave() -> None:
    """A sine that makes most of the light is a wave if all of it is seen."""
    rows = ((0.1, 0.6, 1.5), (-2, 0.6, 1.5), (0.1, 0.2, 1.5), (0.1, 0.6, 0.7), (np.nan,) * 3)
    frequency, power, contrast = np.array(rows).T
    found = is_wave(frequency, power, contrast, np.full(5, 90.0))
    assert found.tolist() == [True, False, False, False, False]
