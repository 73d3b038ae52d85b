"""Stars of every kind are plausible."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.simulator.synthesis.stars import KINDS, draw_atmosphere, draw_variability


def test_kinds_make_up_the_whole() -> None:
    """The shares of the kinds add up to one."""
    assert sum(KINDS.values()) == pytest.approx(1)


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10**6))
def test_a_star_does_what_its_kind_says(kind: str, seed: int) -> None:
    """Planets transit, binaries eclipse, flare stars flare, and no others do."""
    rng = Random(seed)
    what = draw_variability(rng, kind, draw_atmosphere(rng, kind))
    assert (what.transit is not None) == (kind == "planet")
    assert (what.eclipses is not None) == (kind == "eclipsing_binary")
    assert (what.flares is not None) == (kind == "flare_star")
    assert kind != "rotator" or what.rotation is not None


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10**6))
def test_atmospheres_are_those_of_stars(kind: str, seed: int) -> None:
    """Giants are large and of low gravity, dwarfs small and of high."""
    atmosphere = draw_atmosphere(Random(seed), kind)
    assert 3_000 < atmosphere.teff_k < 7_000
    if kind == "giant":
        assert atmosphere.logg < 3.6 < 3.9 < atmosphere.radius_rsun
    else:
        assert 3.9 < atmosphere.logg < 5.0
        assert 0.2 < atmosphere.radius_rsun < 2.0


@given(st.integers(0, 10**6))
def test_a_transit_is_short_against_its_period(seed: int) -> None:
    """No planet is in transit for a quarter of the time."""
    rng = Random(seed)
    transit = draw_variability(rng, "planet", draw_atmosphere(rng, "planet")).transit
    assert transit is not None
    assert 0 < transit.duration_h < 0.25 * 24 * transit.period_d
