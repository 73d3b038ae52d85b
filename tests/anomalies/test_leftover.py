"""Events that something explains step aside; what differs from them stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from preprocessing.anomalies.leftover import Ephemeris, Events, Strongest, strongest

#: Days from one exposure to the next.
_POINT_D = 0.5 / 24


def _events(lasts_d: float = 3 * _POINT_D, rises_d: float = 2 * _POINT_D, **given: Any) -> Events:
    """Return events that rise, or fall, in `rises_d`: of four points, if nothing else is given."""
    peak = np.array(given.pop("peak_d", [0.0]), np.float64)
    usual: dict[str, Any] = {
        "kind": ["dip"],
        "start_d": peak - rises_d,
        "peak_d": peak,
        "end_d": peak - rises_d + lasts_d,
        "amplitude": [-0.01],
        "sigma": [10.0],
        "to_edge_d": [5.0],
        "is_flagged": [False],
        "is_coincident": [False],
    }
    arrays = {name: np.array(values) for name, values in {**usual, **given}.items()}
    return Events(**{name: np.resize(one, len(peak)) for name, one in arrays.items()})


def _left(events: Events, *labels: str, ephemeris: Ephemeris | None = None) -> float:
    return strongest(events, dict.fromkeys(labels, True), ephemeris).left


def test_none() -> None:
    """A star without an event has none left, and an outlier of one exposure is no event."""
    assert strongest(_events(peak_d=[]), {}, None) == Strongest()
    assert strongest(_events(lasts_d=0, rises_d=0), {}, None) == Strongest()


def test_labels() -> None:
    """Each label leaves all events but its own."""
    for label, given in (
        ("flagged_times", {"is_flagged": [True]}),
        ("steps", {"kind": ["step"]}),
        ("flares", {"kind": ["flare"]}),
        ("rr_lyrae", {}),
    ):
        assert _left(_events(**given), label) == 0, label
        assert _left(_events(**given)) == 10, label
    assert _left(_events(), "flares", "flagged_times") == 10
    assert _left(_events(is_coincident=[True])) == 0


def test_edges() -> None:
    """After a gap the telescope drifts: what happens within a day of one is explained."""
    assert _left(_events(to_edge_d=[0.8])) == 0
    assert _left(_events(to_edge_d=[1.2])) == 10


@pytest.mark.parametrize(
    ("kind", "rises_d", "lasts_d", "left"),
    [
        ("dip", _POINT_D, 10 * _POINT_D, 0.0),
        ("dip", 2 * _POINT_D, 10 * _POINT_D, 10.0),
        # A transit begins and ends within an exposure.
        ("dip", _POINT_D, 3 * _POINT_D, 10.0),
        ("brightening", 0.0, 10 * _POINT_D, 0.0),
        ("brightening", 10 * _POINT_D, 20 * _POINT_D, 10.0),
    ],
)
def test_sudden(kind: str, rises_d: float, lasts_d: float, left: float) -> None:
    """What is at its extreme at once, and comes back slowly, is a damaged pixel or a flare."""
    assert min(_left(_events(lasts_d, rises_d, kind=[kind])), 10.0) == left


def test_long_events() -> None:
    """An event of many points is surer than one of few that goes as far."""
    assert _left(_events(15 * _POINT_D, 7 * _POINT_D)) == pytest.approx(20.0)


def test_beside_a_fault() -> None:
    """Where the light drops at once, the trend bends, and makes a rise before it; not far away."""
    events: dict[str, Any] = {
        "kind": ["flare", "dip"],
        "amplitude": [0.01, -0.1],
        "sigma": [10.0, 80.0],
    }
    drop = 10 * _POINT_D
    for apart_d, left in ((0.0, 0.0), (1.0, 10.0)):
        own = _events(peak_d=[0.0, apart_d], lasts_d=drop, **events)
        own.start_d[:], own.peak_d[0] = [-drop, apart_d], -_POINT_D
        own.end_d[:] = [0.0, apart_d + drop]
        assert min(_left(own), 10.0) == left


def test_all_of_the_instrument() -> None:
    """Dips are the instrument's if all of them are; rises are judged apart."""
    found = strongest(_events(peak_d=[0, 9], to_edge_d=[0.1, 0.1], kind=["dip", "flare"]), {}, None)
    assert (found.has_dips_explained, found.has_rises_explained) == (True, True)
    found = strongest(_events(peak_d=[0, 9, 20], to_edge_d=[0.1, 0.1, 8]), {}, None)
    assert (found.has_dips_explained, found.has_rises_explained) == (False, False)


_EPHEMERIS = Ephemeris(2.0, 0.5, 0.2)
_IN_TIME = 0.5 + 2.0 * np.arange(20)


def _eclipses(depth: Any = 0.01, off_d: Any = 0.0, sigma: float = 20.0, **more: Any) -> Strongest:
    depth = np.broadcast_to(depth, _IN_TIME.shape)
    sizes = {"amplitude": -depth, "sigma": sigma * depth / np.median(depth)}
    events = _events(peak_d=_IN_TIME + off_d, lasts_d=0.4, rises_d=0.2, **sizes, **more)
    return strongest(events, {"eclipses": True}, _EPHEMERIS)


def test_eclipses() -> None:
    """Eclipses of one depth are explained; one at another phase, or far deeper, is not."""
    assert _eclipses().left == 0
    assert _left(_events(peak_d=_IN_TIME), ephemeris=_EPHEMERIS) == 10
    stray = _events(peak_d=[*_IN_TIME, 7.3])
    assert _left(stray, "eclipses", ephemeris=_EPHEMERIS) == 10
    deep = np.where(np.arange(20) == 7, 0.03, 0.01)
    assert _eclipses(deep).left > 20
    assert not _eclipses(deep).is_odd


def test_eclipses_that_lack_points() -> None:
    """A few eclipses that are shallower, or found in two parts, lack points."""
    shallow = np.where(np.isin(np.arange(20), (3, 11)), 0.006, 0.01)
    assert (_eclipses(shallow).left, _eclipses(shallow).is_odd) == (0.0, False)
    peaks = np.append(_IN_TIME, _IN_TIME[4] + 0.15)
    parts = _events(0.3, 0.1, peak_d=peaks, sigma=np.append(np.full(20, 20.0), 8.0))
    assert _left(parts, "eclipses", ephemeris=_EPHEMERIS) == 0


def test_odd_eclipses() -> None:
    """Eclipses whose depths or times vary are not of two stars alone; noise is no variation."""
    cycle = np.sin(2 * np.pi * np.arange(20) / 9)
    noise = np.random.default_rng(3).normal(0, 1 / 20, 20)
    assert _eclipses(0.01 * (1 + 0.4 * cycle)).is_odd
    assert _eclipses(off_d=0.3 * cycle).is_odd
    assert not _eclipses(0.01 * (1 + noise), off_d=0.4 * noise).is_odd
    # A period that is a little off is no variation.
    assert not _eclipses(off_d=0.01 * np.arange(20)).is_odd
