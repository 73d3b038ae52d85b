"""Light-curve models keep their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.signals.models import (
    Eclipses,
    FlareTrain,
    Rotation,
    Transit,
    eclipse_flux,
    flare_flux,
    red_noise,
    rotation_flux,
    transit_duration_h,
    transit_flux,
)

transits = st.builds(
    Transit,
    period_d=st.floats(1, 100),
    epoch_bkjd=st.floats(100, 200),
    depth_ppm=st.floats(50, 400_000),
    duration_h=st.floats(1, 12),
    impact=st.floats(0, 0.8),
)
INSTANT = 0.0
LONG_EXPOSURE_D = 0.0204


@given(transits, st.integers(0, 20))
def test_a_transit_is_deepest_in_its_middle(transit: Transit, orbit: int) -> None:
    """The light lost at mid-transit is the depth, and it is nowhere greater."""
    middle = transit.epoch_bkjd + orbit * transit.period_d
    time = middle + np.linspace(-1, 1, 41) * transit.duration_h / 48
    flux = transit_flux(time, transit, INSTANT)
    assert flux[20] == pytest.approx(-1e-6 * transit.depth_ppm, rel=1e-6)
    assert flux.min() >= -1e-6 * transit.depth_ppm * (1 + 1e-6)
    assert flux.max() <= 0


@given(transits, st.floats(0.501, 1))
def test_there_is_no_loss_between_transits(transit: Transit, durations: float) -> None:
    """No light is lost from last contact on."""
    offset_d = min(durations * transit.duration_h / 24, transit.period_d / 2)
    time = transit.epoch_bkjd + np.array([-offset_d, offset_d])
    assert (transit_flux(time, transit, INSTANT) == 0).all()


@given(transits, st.floats(0, 0.5))
def test_a_transit_is_symmetric(transit: Transit, share: float) -> None:
    """Ingress mirrors egress, whatever the exposure."""
    offset_d = share * transit.duration_h / 24
    before, after = transit_flux(
        transit.epoch_bkjd + np.array([-offset_d, offset_d]), transit, LONG_EXPOSURE_D
    )
    assert before == pytest.approx(after, rel=1e-5, abs=1e-9)


@given(transits)
def test_a_long_exposure_smears_but_does_not_deepen(transit: Transit) -> None:
    """A longer exposure keeps the total light lost and deepens nothing."""
    step_d = LONG_EXPOSURE_D / 5
    half_d = min(0.75 * transit.duration_h / 24 + LONG_EXPOSURE_D, transit.period_d / 2)
    time = transit.epoch_bkjd + np.arange(-half_d, half_d, step_d)
    smeared = transit_flux(time, transit, LONG_EXPOSURE_D)
    assert smeared.min() >= -1e-6 * transit.depth_ppm * (1 + 1e-6)
    assert smeared.sum() == pytest.approx(transit_flux(time, transit, INSTANT).sum(), rel=0.02)


@given(st.floats(1, 100), st.floats(1.5, 4))
def test_wider_orbits_make_longer_transits(period_d: float, factor: float) -> None:
    """By Kepler's third law the duration grows with the cube root of the period."""
    short, long = (transit_duration_h(p, 4.4, 1.0, 0.1, 0.0) for p in (period_d, factor * period_d))
    assert long / short == pytest.approx(factor ** (1 / 3), rel=0.02)


def test_eclipses_come_in_turn() -> None:
    """The deeper eclipse is at the epoch, the other at its phase, and none between."""
    eclipses = Eclipses(
        Transit(4.0, 130.0, 300_000, 6.0, 0.1), Transit(4.0, 132.0, 100_000, 6.0, 0.1), 0.0
    )
    flux = eclipse_flux(np.array([130.0, 131.0, 132.0, 133.0, 134.0]), eclipses, INSTANT)
    assert flux == pytest.approx([-0.3, 0, -0.1, 0, -0.3], abs=1e-6)


@given(st.floats(0.5, 40), st.floats(10, 50_000), st.floats(0, 1), st.floats(0.01, 0.08))
def test_spots_stay_within_their_amplitude(
    period_d: float, amplitude_ppm: float, phase: float, shear: float
) -> None:
    """The light departs from the mean by most of the amplitude, and never by more."""
    time = np.arange(120, 1_600, period_d / 20)
    flux = 1e6 * rotation_flux(time, Rotation(period_d, amplitude_ppm, phase, shear))
    assert 0.5 * amplitude_ppm < np.abs(flux).max() <= amplitude_ppm * (1 + 1e-9)


@given(st.floats(130, 140), st.floats(1_000, 100_000), st.floats(0.02, 0.2))
def test_a_flare_rises_fast_and_decays(peak: float, amplitude: float, decay: float) -> None:
    """A flare starts a fifth of a decay time before its peak and falls to 1/e after one."""
    flares = FlareTrain(np.array([peak]), np.array([amplitude]), np.array([decay]))
    time = peak + decay * np.array([-0.3, -0.1, 0.0, 1.0])
    flux = flare_flux(time, flares, INSTANT)
    expected = 1e-6 * amplitude * np.array([0, 0.5, 1, np.exp(-1)])
    assert flux == pytest.approx(expected, rel=1e-6)


def test_flares_of_other_quarters_leave_no_trace() -> None:
    """A flare outside the times given adds nothing."""
    flares = FlareTrain(np.array([50.0, 500.0]), np.array([1e5, 1e5]), np.array([0.1, 0.1]))
    assert not flare_flux(np.linspace(100, 200, 50), flares, LONG_EXPOSURE_D).any()


def test_red_noise_remembers_for_as_long_as_told() -> None:
    """Red noise has unit variance and is correlated only within its memory."""
    noise = red_noise(np.random.default_rng(1), 200_000, 20)
    assert noise.std() == pytest.approx(1, rel=0.05)
    assert np.mean(noise[1:] * noise[:-1]) == pytest.approx(0.95, abs=0.05)
    assert np.mean(noise[40:] * noise[:-40]) == pytest.approx(0, abs=0.05)
