"""Dips and brightenings are judged against what the star itself does, and where it does it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from preprocessing.analysis.light import Floats, prepare_light
from preprocessing.signals.flares import davenport_shape
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.excursions import find_excursions
from preprocessing.vetting.star import Star

_TIME = np.arange(0, 89, 29.4244 / 1440)
_TIME = _TIME[_TIME % 31 > 1]
_FAR = 40.2


def _events(change: Floats, main_per_d: float | None, sigma: Floats | float = 1e-4) -> list[Event]:
    noise = np.random.default_rng(2).normal(0, 1, len(_TIME)) * sigma
    light = prepare_light(_TIME, 1 + change + noise, None, _TIME // 45)
    features = {"freq_main": None if main_per_d is None else float(np.log10(main_per_d))}
    nothing = np.full(len(light), np.nan)
    flags = np.zeros(len(light), dtype=np.int64)
    return list(find_excursions(Star(light, features, (), 0, {}, flags, nothing, nothing, {})))


@cache
def _spots(period_d: float) -> Floats:
    """Return the light of a star of 3 % range whose spots come, move and go."""
    turns = 2 * np.pi * _TIME / period_d
    first = np.sin(turns) * (1 + 0.5 * np.sin(_TIME / 13))
    return np.asarray(0.012 * (first + 0.4 * np.sin(2 * turns + _TIME / 40)))


@pytest.mark.parametrize("period_d", [0.4, 1.5, 3.1, 12.0])
def test_a_rotator_has_no_events(period_d: float) -> None:
    """A plain rotator, fast or slow, has no dip and no brightening."""
    assert _events(_spots(period_d), 1 / period_d) == []


@pytest.mark.parametrize("period_d", [0.8, 1.5, 3.1])
def test_what_happens_on_a_rotator_is_seen(period_d: float) -> None:
    """Transits, a flare and the dip of a dipper stay, though the star's own wave is higher."""
    from_transit = (_TIME - 3.3 + 3.35) % 6.7 - 3.35
    transits = 0.015 * (np.abs(from_transit) < 0.1)
    n_transits = len(np.unique(np.rint((_TIME[transits > 0] - 3.3) / 6.7)))
    found = _events(_spots(period_d) - transits, 1 / period_d)
    near = {round((e.peak_d - 3.3) / 6.7) for e in found if e.kind is EventKind.DIP}
    assert len(found) == len(near) >= n_transits - 1
    flare = 0.03 * davenport_shape((_TIME - _FAR) / 0.03)
    dip = -0.03 * np.exp(-0.5 * ((_TIME - _FAR) / 0.1) ** 2)
    for change, kind in ((flare, EventKind.BRIGHTENING), (dip, EventKind.DIP)):
        (event,) = _events(_spots(period_d) + change, 1 / period_d)
        assert event.kind is kind
        assert abs(event.peak_d - _FAR) < 0.1


def test_a_noisy_file_has_no_events() -> None:
    """In a file of ten times the noise, points far off by the other file's noise are no events."""
    assert _events(np.zeros(len(_TIME)), None, np.where(_TIME > 45, 1e-3, 1e-4)) == []


def test_restless_months_have_no_events() -> None:
    """A star that varies wildly in one of three months has no events then."""
    fast = 0.01 * np.sin(2 * np.pi * _TIME / 0.3) * ((_TIME > 31) & (_TIME < 59))
    assert len(_events(fast, None)) <= 1
