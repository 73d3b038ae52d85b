"""Each class is given to what it is meant for, and to nothing that looks like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.anomalies.classes import CLASSES, UNEXPLAINED, classify
from preprocessing.anomalies.event_evidence import alike_dips, whose_events
from preprocessing.anomalies.leftover import Events
from preprocessing.anomalies.star_table import StarTable
from preprocessing.features.schema import FEATURE_NAMES
from tests.support.ranked_stars import quiet_table

#: Features of light that does nothing.
_QUIET = {
    "stat_dip": 0.4,
    "stat_peak": 0.4,
    "stat_excess": 0.0,
    "stat_amplitude": 2.5,
    "resid_noise_6h": 1.6,
    "temp_decay": -2.0,
    "temp_acf_peak": 0.0,
    "freq_slope": 0.0,
}
_DIPS = {"stat_dip": 1.5, "shape_dip_sigma": 1.5}
_SPOTS = {"stat_excess": 1.0, "stat_amplitude": 4.0, "temp_acf_peak": 0.8, "temp_decay": 0.3}


def _star(
    features: Mapping[str, float], labels: tuple[str, ...] = (), **events: float
) -> StarTable:
    values = np.full((1, len(FEATURE_NAMES)), np.nan)
    for name, value in {**_QUIET, **features}.items():
        values[0, FEATURE_NAMES.index(name)] = value
    quiet = quiet_table(1)
    given = {**quiet.labels, **{name: np.ones(1, np.bool_) for name in labels}}

    def array(name: str) -> NDArray[np.float64]:
        return np.array([events.get(name, 0.0)])

    return replace(
        quiet,
        features=values,
        labels=given,
        instrument_sigma=array("instrument_sigma"),
        sky_sigma=array("sky_sigma"),
        alike_dips=array("alike_dips"),
        alike_ppm=np.array([1e4]),
        alike_scatter=np.array([events.get("alike_scatter", 0.1)]),
        planet_ppm=array("planet_ppm"),
    )


def _judged(star: StarTable) -> StarTable:
    """Return a star of which a candidate was judged to be two stars."""
    return replace(star, judged_eclipse=np.ones(1, np.bool_))


def _unlike_planet(star: StarTable) -> StarTable:
    """Return a star whose strongest candidate is too long for a planet, or shines too much."""
    return replace(star, unlike_planet=np.ones(1, np.bool_))


@pytest.mark.parametrize(
    ("star", "expected"),
    [
        (_star({}), UNEXPLAINED),
        (_star(_DIPS), "irregular dips"),
        # A single outlier, and a part of what spots do.
        (_star({"shape_dip_sigma": 0.85}), UNEXPLAINED),
        (_star({**_SPOTS, "shape_dip_sigma": 1.0}), "rotation and activity"),
        (_star({**_SPOTS, **_DIPS, "shape_dip_sigma": 2.2}), "irregular dips"),
        (_star({**_SPOTS, **_DIPS, "shape_dip_sigma": 1.05}), "rotation and activity"),
        # A pixel that a cosmic ray hit, and a comet.
        (_star({**_DIPS, "shape_dip_skew": 0.97, "shape_dip_hours": 1.0}), "instrumental"),
        (_star({**_DIPS, "shape_dip_skew": 0.7, "shape_dip_hours": 1.0}), "irregular dips"),
        # Small flares on spots, and larger ones.
        (_star({**_SPOTS, "shape_flare_amplitude": 3.0}, ("flares",)), "rotation and activity"),
        (_star({**_SPOTS, "shape_flare_amplitude": 4.5}, ("flares",)), "outbursts and flares"),
        # What a trend leaves of fast spots goes down as far as up.
        (
            _star({**_SPOTS, "shape_flare_amplitude": 4.5, "stat_dip": 0.7}, ("flares",)),
            "rotation and activity",
        ),
        # The instrument explains the most extreme point, or another one.
        (_star(_DIPS, ("steps",), instrument_sigma=30.0), "instrumental"),
        (_star(_DIPS, ("steps", "rotation"), instrument_sigma=30.0), "instrumental"),
        # A fault that is no larger than what spots do at all times, and one that is.
        (
            _star({**_SPOTS, "stat_dip": 1.6}, ("steps", "rotation"), instrument_sigma=30.0),
            "rotation and activity",
        ),
        (
            _star({**_SPOTS, "stat_dip": 1.6}, ("steps", "rotation"), instrument_sigma=41.0),
            "instrumental",
        ),
        (_star(_DIPS, ("steps",), instrument_sigma=10.0, sky_sigma=30.0), "irregular dips"),
        (_star(_DIPS, ("steps",), instrument_sigma=20.0, sky_sigma=30.0), "irregular dips"),
        (_star(_DIPS, ("steps", "known_planet"), instrument_sigma=30.0), "transit"),
        (_star({}, ("instrument_line",)), "instrumental"),
        (_star({}, ("instrument_line", "rotation")), "rotation and activity"),
        # Dips that keep time though a test of the candidate failed, by their depth.
        (_star({**_DIPS, "shape_dip_regular": 1.0}, alike_dips=5.0), "transit"),
        (_star({**_DIPS, "shape_dip_regular": 1.0}, alike_dips=2.0), "irregular dips"),
        # The same, if the test that failed says that these are two stars; not of a planet's star.
        (_judged(_star({**_DIPS, "shape_dip_regular": 1.0}, alike_dips=5.0)), "eclipse"),
        (_judged(_star(_DIPS, alike_dips=5.0)), "irregular dips"),
        (
            _judged(
                _star({**_DIPS, "shape_dip_regular": 1.0}, ("planet_candidate",), alike_dips=5.0)
            ),
            "transit",
        ),
        (
            _star({**_DIPS, "shape_dip_regular": 1.0, "transit_depth": 4.9}, alike_dips=5.0),
            "eclipse",
        ),
        (_star({"transit_depth": 4.9}, ("planet_candidate",)), "eclipse"),
        (_star({"transit_depth": 4.0}, ("planet_candidate",)), "transit"),
        # Eclipses that come early and late.
        (_star({**_DIPS, "shape_dip_regular": 0.2}, alike_dips=9.0), "eclipse"),
        (_star({**_DIPS, "shape_dip_regular": 0.2}, alike_dips=6.0), "irregular dips"),
        # Few of them, if they are as deep as each other; and what goes up as far.
        (
            _star({**_DIPS, "shape_dip_regular": 0.2}, alike_dips=4.0, alike_scatter=0.01),
            "eclipse",
        ),
        (
            _star({**_DIPS, "stat_peak": 1.8, "shape_dip_regular": 0.2}, alike_dips=9.0),
            "outbursts and flares",
        ),
        # Several planets; and a candidate that is the mean of eclipses which do not keep its time.
        (
            _star(
                {**_DIPS, "shape_dip_regular": 0.2},
                ("planet_candidate",),
                alike_dips=9.0,
                planet_ppm=8e3,
            ),
            "transit",
        ),
        (
            _star(
                {**_DIPS, "shape_dip_regular": 0.2},
                ("planet_candidate",),
                alike_dips=9.0,
                planet_ppm=3e3,
            ),
            "eclipse",
        ),
        # A candidate that passed, or dips in time, but nothing that a planet does.
        (_unlike_planet(_star({}, ("planet_candidate",))), "eclipse"),
        (_unlike_planet(_star({**_DIPS, "shape_dip_regular": 1.0}, alike_dips=5.0)), "eclipse"),
        (_unlike_planet(_star({}, ("planet_candidate", "known_planet"))), "transit"),
        (_unlike_planet(_star({})), UNEXPLAINED),
        (_star({}, ("contact",)), "eclipse"),
        (_star({}, ("delta_scuti",)), "pulsation"),
        (_star({"stat_peak": 1.5}), "outbursts and flares"),
        (_star({"stat_peak": 1.5}, ("rotation",)), "rotation and activity"),
        (_star({}, ("flares",)), "outbursts and flares"),
        (_star({"stat_excess": 0.7, "temp_decay": 0.0}), "rotation and activity"),
    ],
)
def test_class(star: StarTable, expected: str) -> None:
    """The first rule that fits decides."""
    assert classify(star).tolist() == [expected]


def test_rules_state_their_numbers() -> None:
    """The table of rules says each limit."""
    rules = {one.name: one.rule for one in CLASSES}
    assert "8 times the noise" in rules["irregular dips"]
    assert "5.5 %" in rules["eclipse"]


def _events(**given: list[object]) -> Events:
    n = len(next(iter(given.values())))
    usual = {
        "kind": ["dip"] * n,
        "peak_d": np.arange(n) * 5.0,
        "amplitude": [-1e-2] * n,
        "sigma": [20.0] * n,
        "to_edge_d": [9.0] * n,
        "is_flagged": [False] * n,
        "is_coincident": [False] * n,
        "length_d": [0.2] * n,
    }
    columns = {name: np.array(values) for name, values in {**usual, **given}.items()}
    length_d = columns.pop("length_d")
    return Events(start_d=columns["peak_d"], end_d=columns["peak_d"] + length_d, **columns)


def test_whose_events_they_are() -> None:
    """Coincident events are the instrument's, and of the others single exposures do not count."""
    events = _events(
        sigma=[50.0, 30.0, 70.0], is_coincident=[True, False, False], length_d=[0.1, 0.2, 0.0]
    )
    assert whose_events(events, {}) == (50.0, 30.0)
    assert whose_events(_events(sigma=[9.0], to_edge_d=[0.1]), {"edges": True}) == (9.0, 0.0)
    assert whose_events(_events(sigma=[9.0]), {"flares": True}) == (0.0, 9.0)


def test_dips_that_are_alike() -> None:
    """Eclipses have one length, though some are shallow; those of dust have many."""
    assert alike_dips(_events(length_d=[0.2, 0.2, 0.22, 0.2])) == (4, 1e-2, 0.0)
    shallow = _events(length_d=[0.2, 0.2, 2.0], amplitude=[-1e-2, -1e-2, -1e-3])
    assert alike_dips(shallow).n_dips == 2
    assert alike_dips(_events(length_d=[0.1, 0.2, 0.5, 1.0])).n_dips == 0
    assert alike_dips(_events(kind=["flare"], amplitude=[1e-2])).n_dips == 0


def test_short_dips_are_alike_but_for_a_point() -> None:
    """Eclipses of two hours have three, four or five points as the sampling meets them."""
    point_d = 0.5 / 24
    assert alike_dips(_events(length_d=[k * point_d for k in (3, 4, 3, 2, 3, 4, 2)])).n_dips == 7


def test_scatter_of_depths() -> None:
    """Depths of dips that are as long as each other are compared in powers of ten."""
    equal = alike_dips(_events(amplitude=[-1.0e-2, -1.01e-2, -0.99e-2]))
    unlike = alike_dips(_events(amplitude=[-1.0e-2, -2e-2, -0.7e-2]))
    assert equal.scatter_dex < 0.02 < unlike.scatter_dex
