"""Candidates that pass all tests of vetting, and are none of planets all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from preprocessing.anomalies.candidates import Candidates, Verdicts, reflected_share, verdicts

_SUN = np.array([4.438]), np.array([1.0])
_UNKNOWN = np.array([np.nan]), np.array([np.nan])


def _candidates(n: int = 1, **given: Any) -> Candidates:
    usual: dict[str, Any] = {
        "star": 0,
        "number": 1,
        "kind": "planet_candidate",
        "period_d": 5.0,
        "depth": 0.01,
        "secondary": 0.0,
        "secondary_sigma": 0.0,
        "duration": 1.0,
        "duration_limit": 3.0,
        "duty": 0.03,
        "duty_limit": 0.15,
    }
    columns = {name: np.full(n, value) for name, value in usual.items()}
    return Candidates(**{**columns, **{name: np.array(own) for name, own in given.items()}})


@pytest.mark.parametrize(
    ("given", "is_unlike"),
    [
        ({}, False),
        # Two like stars, of half their period; on a wide orbit, that may be eccentric.
        ({"duration": [2.5]}, True),
        ({"duration": [2.5], "period_d": [30.0]}, False),
        ({"duration": [3.1], "period_d": [30.0]}, True),
        ({"duty": [0.2]}, True),
        # A second dip of more light than the planet receives, and one that may be noise.
        ({"secondary": [0.05], "secondary_sigma": [8.0]}, True),
        ({"secondary": [0.05], "secondary_sigma": [3.0]}, False),
        ({"secondary": [0.005], "secondary_sigma": [8.0]}, False),
        ({"duration": [np.nan], "duty": [np.nan], "secondary": [np.nan]}, False),
    ],
)
def test_what_no_planet_does(given: dict[str, Any], is_unlike: bool) -> None:
    """The strongest candidate lasts too long, or has a second dip that is too deep."""
    assert verdicts(_candidates(**given), *_SUN).unlike_planet.tolist() == [is_unlike]


def test_unknown_density_judges_by_the_limit_of_vetting() -> None:
    """Without the star's radius, durations are over those of a large dwarf, and 1 is the limit."""
    long, short = (
        verdicts(_candidates(duration=[own], duration_limit=[1.0]), *_UNKNOWN) for own in (1.1, 0.9)
    )
    assert (long.unlike_planet.item(), short.unlike_planet.item()) == (True, False)


def test_only_the_strongest_counts() -> None:
    """What is left of a planet's transits may look like anything."""
    found = verdicts(_candidates(2, number=[1, 2], duration=[1.0, 2.9], depth=[1e-3, 2e-3]), *_SUN)
    assert not found.unlike_planet.item()
    assert found.planet_ppm.item() == 2000


def test_stars_keep_their_candidates() -> None:
    """Each star is judged by its own candidates, and one without any by none."""
    stars = np.full(3, 4.4), np.ones(3)
    given = _candidates(2, star=[2, 0], kind=["eclipse", "planet_candidate"], duration=[1.0, 2.5])
    found = verdicts(given, *stars)
    expected = Verdicts(
        np.array([False, False, True]), np.array([True, False, False]), np.array([1e4, 0, 0])
    )
    for name in ("judged_eclipse", "unlike_planet", "planet_ppm"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_known_hot_planets_shine_less_than_they_could() -> None:
    """HAT-P-7 b and Kepler-13 A b, the brightest of Kepler's, are below the limit."""
    # Esteves et al. 2015, ApJ 804, 150: periods, eclipses over transits; gravity and radius.
    period_d, share = np.array([2.2047, 1.7636]), np.array([71 / 6000, 173 / 7600])
    most = reflected_share(period_d, np.array([4.06, 4.17]), np.array([1.9, 1.74]))
    assert np.all(share < most)
