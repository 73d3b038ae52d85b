"""Stars of known kinds and flares of known shape are drawn as the measurement of labels says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.flare_trials import flares_found, flaring
from benchmarks.simulated_kinds import KINDS, LONG_EXPOSURE_D, draw


@pytest.mark.parametrize("kind", ["rotator", "eclipses", "delta Scuti"])
def test_faint_stars_have_the_range_asked_for(kind: str) -> None:
    """The range of the light over the noise of a point lies between the two that were given."""
    assert kind in KINDS
    drawn = draw(kind, np.random.default_rng(1), ratios=(3.0, 5.0))
    assert 3.0 <= drawn.truth["ratio"] <= 5.0
    step = np.diff(drawn.light.flux)
    assert 1e6 * np.median(np.abs(step)) * 1.05 < 3 * drawn.truth["noise_ppm"]


def test_flares_that_count_are_told_from_others() -> None:
    """A flare is found by an event at its peak, and an event elsewhere is another one."""
    given = flaring("quiet", 5, LONG_EXPOSURE_D)
    assert 5 < len(given.peaks_d) <= len(given.all_d)
    assert (given.thirds >= 1).all()
    first = given.peaks_d[:1]
    found, others = flares_found(given, first - 0.01, first + 0.1, LONG_EXPOSURE_D)
    assert found == [True, *[False] * (len(given.peaks_d) - 1)]
    assert others == 0
    nowhere = np.array([given.all_d.max() + 1.0])
    assert flares_found(given, nowhere, nowhere, LONG_EXPOSURE_D) == (
        [False] * len(given.peaks_d),
        1,
    )
