"""Injected signals are as large as asked for, where light was observed, and drawn by seed."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.validation.injection import CLASS_OF, INJECTED_KINDS, draw_injection

LONG_D, TEN_MINUTES_D = 0.0204, 10 / 1440
#: A quarter with a gap in its middle.
QUARTER = np.concatenate((np.arange(0, 44, LONG_D), np.arange(46, 90, LONG_D)))
SECTOR = np.arange(0, 27, TEN_MINUTES_D)


@pytest.mark.parametrize("kind", INJECTED_KINDS)
def test_a_signal_is_as_large_as_asked_for(kind: str) -> None:
    """The largest change is the amplitude; RR Lyrae keep theirs; a seed gives the same signal."""
    for seed in range(3):
        one, again = (
            draw_injection(kind, np.random.default_rng(seed), QUARTER, LONG_D, 0.01)
            for _ in range(2)
        )
        assert np.abs(one.change).max() == pytest.approx(one.amplitude)
        is_small = "planet" in kind and one.amplitude < 0.01
        is_own = kind == "RR Lyrae" and one.amplitude > 0.1
        assert one.amplitude == 0.01 or is_small or is_own
        assert np.isfinite(one.change).all()
        assert (one.change == again.change).all()
        assert one.truth == again.truth
    sector = draw_injection(kind, np.random.default_rng(9), SECTOR, TEN_MINUTES_D, 0.002)
    assert np.abs(sector.change).max() == pytest.approx(sector.amplitude)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        # From a Jupiter in front of a larger star to two Jupiter radii in front of a Sun, which is
        # darker at its limb than in its middle.
        ("planet", 0.002, 0.06),
        ("late planet", 0.002, 0.06),
        ("single transit", 0.002, 0.06),
        ("grazing planet", 1e-5, 0.06),
        ("rotator", 0.05, 0.05),
        ("gamma Doradus", 0.05, 0.05),
        ("delta Scuti", 0.3, 0.3),
        ("detached", 0.5, 0.5),
    ],
)
def test_no_signal_is_larger_than_its_kind(kind: str, low: float, high: float) -> None:
    """Asked for half of the light, planets, spots and pulsations change as much as they can."""
    for seed in range(3):
        one = draw_injection(kind, np.random.default_rng(seed), QUARTER, LONG_D, 0.5)
        assert low <= one.amplitude <= high
        assert np.abs(one.change).max() == pytest.approx(one.amplitude)


def test_steps_have_light_on_both_sides() -> None:
    """No step is drawn at the edge of a gap, where nothing tells it from another level."""
    starts = [
        draw_injection("step", np.random.default_rng(seed), QUARTER, LONG_D, 0.01).truth["start_d"]
        for seed in range(30)
    ]
    edges = np.array([0.0, 44.0, 46.0, 90.0])
    assert np.abs(np.subtract.outer(starts, edges)).min() > 0.6


def test_every_class_has_kinds() -> None:
    """The seven classes of strange stars are all there."""
    assert set(CLASS_OF) == set(INJECTED_KINDS)
    assert len(set(CLASS_OF.values())) == 7


@pytest.mark.parametrize("kind", ["planet", "late planet", "grazing planet", "single transit"])
def test_transits_are_seen(kind: str) -> None:
    """Periodic planets have three transits with light, a single one has one; all dim the star."""
    for seed in range(5):
        one = draw_injection(kind, np.random.default_rng(seed), QUARTER, LONG_D, 0.01)
        assert one.change.max() <= 0
        inside = np.flatnonzero(one.change < 0)
        n_events = 1 + np.sum(np.diff(QUARTER[inside]) > 0.5 * min(1.0, one.truth["period_d"]))
        assert n_events == 1 if kind == "single transit" else n_events >= 3


@pytest.mark.parametrize(("kind", "sign"), [("exocomet", -1), ("dipper", -1), ("flares", 1)])
def test_events_have_their_sense(kind: str, sign: int) -> None:
    """Dips make the star dimmer, and flares make it brighter."""
    one = draw_injection(kind, np.random.default_rng(1), QUARTER, LONG_D, 0.01)
    assert (sign * one.change >= 0).all()


def test_too_few_times_are_an_error() -> None:
    """Where no signal of a kind could be seen, an error says so."""
    with pytest.raises(ValueError, match="3 times are too few for rolling band"):
        draw_injection("rolling band", np.random.default_rng(0), QUARTER[:3], LONG_D, 0.01)
