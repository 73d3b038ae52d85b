"""A circle on the sky holds the stars within it."""

from __future__ import annotations

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.simulator.sky import SkyIndex

_RA = st.floats(0.0, 360.0)
_DEC = st.floats(-90.0, 90.0)


@pytest.mark.slow
@given(st.lists(st.tuples(_RA, _DEC), min_size=1, max_size=5), _RA, _DEC)
def test_separations_are_astropys(stars: list[tuple[float, float]], ra: float, dec: float) -> None:
    """Every star is within half the sky's circumference, as far as astropy says."""
    index = SkyIndex(range(len(stars)), [s[0] for s in stars], [s[1] for s in stars])
    found = index.within(ra, dec, 180.0)
    assert list(found.values()) == sorted(found.values())
    center = SkyCoord(ra, dec, unit="deg")
    for number, (star_ra, star_dec) in enumerate(stars):
        separation = center.separation(SkyCoord(star_ra, star_dec, unit="deg"))
        assert found[number] == pytest.approx(separation.to_value(u.arcsec), abs=0.01)


@pytest.mark.slow
@given(st.lists(st.tuples(_RA, _DEC), min_size=1, max_size=5), st.floats(1e-6, 170.0))
def test_circle_ends_at_its_radius(stars: list[tuple[float, float]], radius_deg: float) -> None:
    """A smaller circle holds just those stars of the whole sky that are near enough."""
    index = SkyIndex(range(len(stars)), [s[0] for s in stars], [s[1] for s in stars])
    everything = index.within(10.0, 20.0, 180.0)
    within = index.within(10.0, 20.0, radius_deg)
    limit = radius_deg * 3600.0
    assert all(separation <= limit * (1 + 1e-12) for separation in within.values())
    outside = set(everything) - set(within)
    assert all(everything[number] >= limit * (1 - 1e-12) for number in outside)


def test_a_star_without_position_is_never_found() -> None:
    """A star without a position is near nothing."""
    assert SkyIndex([1], [float("nan")], [0.0]).within(0.0, 0.0, 180.0) == {}
