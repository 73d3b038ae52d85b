"""Transits keep their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

transits = st.builds(
    Transit,
    period_d=st.floats(1, 100),
    epoch_d=st.floats(100, 200),
    depth_ppm=st.floats(50, 400_000),
    duration_h=st.floats(1, 12),
    impact=st.floats(0, 0.8),
)
INSTANT = 0.0
LONG_EXPOSURE_D = 0.0204


@pytest.mark.slow
@given(transits, st.integers(0, 20))
def test_a_transit_is_deepest_in_its_middle(transit: Transit, orbit: int) -> None:
    """The light lost at mid-transit is the depth, and it is nowhere greater."""
    middle = transit.epoch_d + orbit * transit.period_d
    time = middle + np.linspace(-1, 1, 41) * transit.duration_h / 48
    flux = transit_flux(time, transit, INSTANT)
    assert flux[20] == pytest.approx(-1e-6 * transit.depth_ppm, rel=1e-6)
    assert flux.min() >= -1e-6 * transit.depth_ppm * (1 + 1e-6)
    assert flux.max() <= 0


@pytest.mark.slow
@given(transits, st.floats(0.501, 1))
def test_there_is_no_loss_between_transits(transit: Transit, durations: float) -> None:
    """No light is lost from last contact on."""
    offset_d = min(durations * transit.duration_h / 24, transit.period_d / 2)
    time = transit.epoch_d + np.array([-offset_d, offset_d])
    assert (transit_flux(time, transit, INSTANT) == 0).all()


@pytest.mark.slow
@given(transits, st.floats(0, 0.5))
def test_a_transit_is_symmetric(transit: Transit, share: float) -> None:
    """Ingress mirrors egress, whatever the exposure."""
    offset_d = share * transit.duration_h / 24
    before, after = transit_flux(
        transit.epoch_d + np.array([-offset_d, offset_d]), transit, LONG_EXPOSURE_D
    )
    assert before == pytest.approx(after, rel=1e-5, abs=1e-9)


@pytest.mark.slow
@given(transits)
def test_a_long_exposure_smears_but_does_not_deepen(transit: Transit) -> None:
    """A longer exposure keeps the total light lost and deepens nothing."""
    step_d = LONG_EXPOSURE_D / 5
    half_d = min(0.75 * transit.duration_h / 24 + LONG_EXPOSURE_D, transit.period_d / 2)
    time = transit.epoch_d + np.arange(-half_d, half_d, step_d)
    smeared = transit_flux(time, transit, LONG_EXPOSURE_D)
    assert smeared.min() >= -1e-6 * transit.depth_ppm * (1 + 1e-6)
    assert smeared.sum() == pytest.approx(transit_flux(time, transit, INSTANT).sum(), rel=0.02)


@given(st.floats(1, 100), st.floats(1.5, 4))
def test_wider_orbits_make_longer_transits(period_d: float, factor: float) -> None:
    """By Kepler's third law the duration grows with the cube root of the period."""
    short, long = (transit_duration_h(p, 4.4, 1.0, 0.1, 0.0) for p in (period_d, factor * period_d))
    assert long / short == pytest.approx(factor ** (1 / 3), rel=0.02)
