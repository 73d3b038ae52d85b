"""Ephemerides are of one signal, whichever of its events and harmonics they name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.ephemerides import (
    HARMONICS,
    EventMask,
    epoch_difference_d,
    harmonic_of,
)

_PERIODS = st.floats(0.2, 1000)
_EPOCHS = st.floats(2_454_000, 2_461_000)


@given(_PERIODS, _PERIODS)
def test_harmonics_are_symmetrical(one: float, other: float) -> None:
    """If one period is twice another, that is half of it."""
    harmonic, back = harmonic_of(one, other), harmonic_of(other, one)
    assert (harmonic is None) == (back is None)
    if harmonic is not None and back is not None:
        assert harmonic * back == pytest.approx(1)


@given(_PERIODS, st.sampled_from(HARMONICS), st.floats(-9e-4, 9e-4), st.booleans())
def test_the_tolerance(period: float, harmonic: float, share: float, is_far: bool) -> None:
    """A period is the same within 0.1 per cent, and not beyond."""
    far = 2e-3 if share >= 0 else -2e-3
    found = period * harmonic * (1 + (far if is_far else share))
    assert harmonic_of(period, found) == (None if is_far else harmonic)


@given(_PERIODS, _EPOCHS, _EPOCHS, st.sampled_from(HARMONICS), st.integers(-1000, 1000))
def test_any_event_is_an_epoch(
    period: float, epoch: float, found: float, harmonic: float, n: int
) -> None:
    """An ephemeris means the same, whichever of its events is the epoch."""
    step = period * min(1, harmonic)
    one = epoch_difference_d(period, epoch, found, harmonic)
    other = epoch_difference_d(period, epoch + n * period, found, harmonic)
    apart = abs(one - other)
    assert min(apart, step - apart) < 1e-5
    assert abs(one) <= step / 2 * (1 + 1e-9)


@given(st.floats(0.5, 50), _EPOCHS, st.integers(-500, 500))
def test_masks_cover_every_event(period: float, epoch: float, n: int) -> None:
    """A mask covers the middle of every event and nothing half a period from it."""
    mask = EventMask(period, epoch, 0.1 * period)
    times = epoch + period * np.array([n, n + 0.09, n + 0.5, np.nan])
    assert mask.covers(times).tolist() == [True, True, False, False]


def test_a_single_event() -> None:
    """Without a period, a mask covers one event."""
    mask = EventMask(np.nan, 2_455_000.0, 0.2)
    assert mask.covers(np.array([2_455_000.1, 2_455_010.1])).tolist() == [True, False]
