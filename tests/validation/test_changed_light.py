"""Light that is changed keeps what it should, and loses what it should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from preprocessing.core.light_curve import LightCurve
from preprocessing.missions import MISSIONS
from preprocessing.validation.changed_light import CHANGES, noise_of, reordered, simulated
from preprocessing.validation.noise import correlated_noise, noise_like, point_noise
from preprocessing.validation.trials import (
    QuietStar,
    Trial,
    eligible,
    light_of,
    trials_of,
    why_none,
)

_CADENCE_D = 1765.5 / 86_400
_SIGMA = 2e-4
_QUARTERS = range(1, 10)


def _curve(seed: int = 0) -> LightCurve:
    """Return nine quarters of a week each, with noise, a wave, gaps and points without flux."""
    rng = np.random.default_rng(seed)
    cells = np.concatenate([np.arange(340) + 400 * one for one in range(len(_QUARTERS))])
    time = 100 + cells * _CADENCE_D
    n = len(time)
    flux = 1 + rng.normal(0, _SIGMA, n) + 1e-3 * np.sin(2 * np.pi * time / 4.0)
    flux[::50] = np.nan
    fields: dict[str, Any] = dict.fromkeys(
        ("name", "author", "sequence", "cadence", "flux_column", "program_version", "path"), ""
    )
    return LightCurve(
        time=time,
        flux=flux.astype(np.float32),
        flux_err=np.full(n, _SIGMA, np.float32),
        quality=np.zeros(n, np.int32),
        cadence_number=cells.astype(np.int32),
        sequence_number=np.repeat(np.array(_QUARTERS, np.int32), 340),
        centroid_col=np.arange(n, dtype=float),
        centroid_row=np.zeros(n),
        number=1,
        mission="Kepler",
        exposure_s=1765.5,
        quality_bitmask=0,
        bjd_reference=2454833,
        is_synthetic=True,
        files=(),
        header={},
        **fields,
    )


@pytest.mark.parametrize("name", list(CHANGES))
def test_changes(name: str) -> None:
    """Every set keeps type, order in time and points without flux, and draws anew by seed."""
    curve = _curve()
    one, again, other = (CHANGES[name](curve, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.flux.dtype == np.float32
    assert (np.diff(one.time) > 0).all()
    assert np.isnan(one.flux).sum() == np.isnan(curve.flux).sum()
    np.testing.assert_array_equal(one.flux, again.flux)
    is_drawn = name not in ("unchanged", "inverted")
    assert is_drawn == (not np.array_equal(one.flux, other.flux, equal_nan=True))


def test_scrambled_quarters_move_whole() -> None:
    """Quarters stand elsewhere with all that belongs to their points, and seasons stay in turn."""
    curve = _curve()
    for name in ("scrambled", "scrambled_seasons"):
        moved = reordered(name, curve, np.random.default_rng(5), 0)
        order = moved.sequence_number[::340]
        assert sorted(order) == list(_QUARTERS)
        assert order.tolist() != list(_QUARTERS)
        rows = moved.centroid_col.astype(int)
        np.testing.assert_array_equal(moved.flux, curve.flux[rows])
        np.testing.assert_allclose(moved.time, curve.time)
        if name == "scrambled_seasons":
            assert (order % 4).tolist() == [one % 4 for one in _QUARTERS]


def test_noise_is_as_strong_as_the_stars() -> None:
    """White noise has the star's noise of a point; red noise has more of it on its time scale."""
    curve = _curve()
    assert noise_of(curve) == pytest.approx(_SIGMA, rel=0.1)
    white, red = (
        np.asarray(CHANGES[name](curve, np.random.default_rng(3)).flux, float)
        for name in ("white", "red_24h")
    )
    assert np.nanstd(white) == pytest.approx(_SIGMA, rel=0.1)
    assert np.nanstd(red) == pytest.approx(_SIGMA * np.sqrt(1 + 2**2), rel=0.4)
    assert np.isnan(point_noise(np.ones(1)))


def test_correlated_noise() -> None:
    """Its deviation is 1, and its correlation falls by e over as many points as asked for."""
    noise = correlated_noise(np.random.default_rng(0), 40_000, 10.0)
    assert noise.std() == pytest.approx(1, rel=0.05)
    assert np.mean(noise[10:] * noise[:-10]) == pytest.approx(np.exp(-1), abs=0.05)


def test_simulated_light_has_the_stars_amplitudes() -> None:
    """Simulated light varies as much as the star, fast and slowly, and not as it does."""
    curve = _curve()
    made = simulated(curve, np.random.default_rng(0))
    is_known = np.isfinite(curve.flux)
    assert made.flux[is_known].std() == pytest.approx(curve.flux[is_known].std(), rel=0.25)
    assert abs(np.corrcoef(made.flux[is_known], curve.flux[is_known])[0, 1]) < 0.5
    time = np.arange(300, dtype=np.float64) * _CADENCE_D
    noise = np.random.default_rng(1).normal(0, 1, 300)
    assert noise_like(
        np.random.default_rng(2), np.asarray(time), noise, _CADENCE_D
    ).std() == pytest.approx(1, rel=0.25)


def test_trials_are_the_same_whatever_their_number() -> None:
    """More trials begin with the same ones; each class has the kinds of its mission in turn."""
    kepler, quiet = MISSIONS["Kepler"], [QuietStar(f"{n}.fits", n % 9 + 1) for n in range(40)]
    few, many = (list(trials_of("injected", n, quiet, kepler, 7)) for n in (4, 9))
    assert {one.key: one for one in few}.items() <= {one.key: one for one in many}.items()
    assert len({one.key for one in many}) == len(many) == 7 * 9
    assert not {one.kind for one in many} & {"sawtooth", "dumps"}
    assert {"sawtooth", "dumps"} <= {
        one.kind for one in trials_of("injected", 9, quiet, MISSIONS["K2"], 7)
    }
    assert len(list(trials_of("inverted", 100, quiet, kepler, 7))) == 40
    assert len(list(trials_of("white", 100, quiet, kepler, 7))) == 100
    assert all(one.n_files > 1 for one in eligible("scrambled", quiet, kepler))
    assert {one.n_files for one in eligible("scrambled_seasons", quiet, kepler)} == set(
        range(5, 10)
    )
    assert eligible("scrambled_seasons", quiet, MISSIONS["K2"]) == []
    assert list(trials_of("white", 3, [], kepler, 7)) == []


def test_kinds_and_stars_are_crossed() -> None:
    """Each kind goes through all stars before it takes one again, whatever both their numbers."""
    kepler, quiet = MISSIONS["Kepler"], [QuietStar(f"{n}.fits", 1) for n in range(12)]
    taken: dict[str, list[str]] = {}
    for one in trials_of("injected", 72, quiet, kepler, 7):
        taken.setdefault(one.kind, []).append(one.file)
        assert one.repeat == (len(taken[one.kind]) - 1) // 12
    for files in taken.values():
        for start in range(0, len(files), 12):
            block = files[start : start + 12]
            assert len(set(block)) == len(block)
    # Twelve stars and three kinds in step would give each star one kind alone.
    assert {*taken["planet"]} == {*taken["late planet"]} == {one.file for one in quiet}
    assert taken["planet"] != taken["late planet"]
    assert taken["planet"][:12] != taken["planet"][12:]


def test_no_order_of_quarters_comes_twice() -> None:
    """A star is scrambled as often as its quarters have another order, each time into another."""
    kepler = MISSIONS["Kepler"]
    quiet = [QuietStar("two.fits", 2), QuietStar("three.fits", 3)]
    trials = list(trials_of("scrambled", 100, quiet, kepler, 7))
    assert sorted(one.file for one in trials) == ["three.fits"] * 5 + ["two.fits"]
    curve = _curve()
    three = _cut(curve, 3)
    orders = {
        tuple(light_of(one, three).curve.sequence_number[::340])
        for one in trials
        if one.file == "three.fits"
    }
    assert len(orders) == 5
    assert (1, 2, 3) not in orders
    with pytest.raises(ValueError, match="have no other order left"):
        light_of(Trial("scrambled", 9, "", "two.fits", 7, repeat=1), _cut(curve, 2))
    nine = list(trials_of("scrambled_seasons", 100, [QuietStar("a", 9)], kepler, 7))
    assert len(nine) == 6 * 2 * 2 * 2 - 1
    seasons = {tuple(light_of(one, curve).curve.sequence_number[::340]) for one in nine}
    assert len(seasons) == len(nine)
    assert why_none("scrambled_seasons", MISSIONS["K2"]).startswith("K2 does not come back")
    assert why_none("scrambled_seasons", kepler).startswith("no quiet star has enough")


def _cut(curve: LightCurve, n: int) -> LightCurve:
    """Return the first quarters of a light curve."""
    is_kept = curve.sequence_number <= n
    names = ("time", "flux", "flux_err", "quality", "cadence_number", "sequence_number")
    centroids = ("centroid_col", "centroid_row")
    return replace(curve, **{one: getattr(curve, one)[is_kept] for one in (*names, *centroids)})


def test_light_of_a_signal() -> None:
    """A signal is multiplied into the star's own light, and the pipeline's flag goes with it."""
    curve = _curve()
    light = light_of(Trial("planets", 0, "planet", "1.fits", 7), curve)
    assert light.signal is not None
    assert light.noise == noise_of(curve)
    np.testing.assert_allclose(light.curve.flux.min(), curve.flux.min(), atol=0.03)
    rows = np.isfinite(curve.flux)
    ratio = light.curve.flux[rows].astype(float) / curve.flux[rows] - 1
    np.testing.assert_allclose(ratio, light.signal.change, atol=1e-6)
    band = light_of(Trial("injected", 0, "rolling band", "1.fits", 7), curve)
    assert band.signal is not None
    is_hit = band.curve.quality == 131_072 | 262_144
    start, end = (band.signal.truth[name] for name in ("start_d", "end_d"))
    np.testing.assert_array_equal(is_hit, (curve.time >= start) & (curve.time <= end))


def test_light_without_a_point() -> None:
    """Light that has no finite point is refused by name."""
    curve = _curve()
    dark = replace(curve, flux=np.full_like(curve.flux, np.nan))
    with pytest.raises(ValueError, match="no point has light"):
        light_of(Trial("white", 0, "", "1.fits", 7), dark)


@pytest.mark.parametrize("n_points", [1, 100])
def test_light_without_noise(n_points: int) -> None:
    """A signal is sized by the noise: where there is none, the trial is refused, not the run."""
    curve = _curve()
    still = np.full_like(curve.flux, np.nan)
    still[:n_points] = 1
    with pytest.raises(ValueError, match="without noise there is no size for a signal"):
        light_of(Trial("injected", 0, "step", "1.fits", 7), replace(curve, flux=still))
