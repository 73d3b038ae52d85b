"""What the search for transits finds of planets put into light, and how often it finds none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.noise import CADENCE_D, KINDS, noisy_light
from benchmarks.real_light import inverted, quiet_stars, scrambled
from benchmarks.report import table, write_report
from benchmarks.transit_peers import PEERS
from preprocessing.analysis.box_series import box_series
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.trend import robust_trend
from preprocessing.features.transit_search import search_transits
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["recovery"]

_BASELINE_D = 1470.0
#: Ratios of signal to noise that are told apart.
_BINS = ((7.5, 9.0), (9.0, 12.0), (12.0, 15.0))
_LOGG_OF_SUN = 4.438
_LONGEST_PERIOD_D = 300.0
#: Window of the trend on which the noise of a planet's duration is known, in days.
_WINDOW_D = 3.0
_HIDES_SAMPLES = 0.5


@dataclass(frozen=True)
class _Planet:
    """A planet in light: its true ratio of signal to noise, and what says of it is right."""

    light: Light
    period_d: float
    duration_h: float
    ratio: float

    def is_at(self, period_d: float) -> bool:
        """Return whether transits at a period stay within two durations over the light."""
        off_d = abs(period_d / self.period_d - 1) * self.light.baseline_d
        return bool(off_d < self.duration_h / 12)


def recovery(injections: int, peers: int, seed: int, real: Path | None, folder: Path) -> None:
    """Put planets into light and search, search light without planets, and report.

    Parameters
    ----------
    injections : int
        Planets of each kind of light, and stars of each kind of noise.
    peers : int
        Planets in real light that other searches look for, too.
    seed : int
        Of the first star.
    real : Path or None
        Folder of real light with known answers.
    folder : Path
        For the report.
    """
    quiet = quiet_stars(real) if real else []
    bases: dict[str, Callable[[np.random.Generator], Light]] = {
        "independent noise, 1,470 d": _noise
    }
    if quiet:
        bases["real quiet quarters"] = lambda rng: quiet[rng.integers(len(quiet))]
    rows: list[tuple[str, ...]] = []
    compared: list[tuple[str, ...]] = []
    for name, base in bases.items():
        planets = [_planet(base, seed + i, _BINS[i % len(_BINS)]) for i in range(injections)]
        found = [_search(one) for one in planets]
        rows += _by_ratio(name, planets, found)
        if name != "independent noise, 1,470 d" and peers:
            compared = list(_compare(planets[:peers], found[:peers]))
    alarms = [(kind, *map(str, counts)) for kind, counts in _false_alarms(injections, seed, quiet)]
    parts = [
        "Planets of 0.5 d to 300 d or a third of the light, with at least three transits,"
        " limb-darkened, put in before the trend is removed; by ratio of signal to noise.",
        table(("light", "signal to noise", "planets", "found", "seconds"), rows),
        "Light without planets, and how much of it has a candidate that passes:",
        table(("light", "stars", "false alarms"), alarms),
    ]
    if compared:
        parts += [
            f"The first {peers} planets in real light, searched by others:",
            table(("search", *(f"{low:g}-{high:g}" for low, high in _BINS), "seconds"), compared),
        ]
    record = {"found": rows, "false alarms": alarms, "compared": compared}
    write_report(folder, "recovery", describe_machine(), parts, record)


def _noise(rng: np.random.Generator) -> Light:
    return noisy_light(rng, np.arange(0, _BASELINE_D, CADENCE_D), "white")


def _planet(
    base: Callable[[np.random.Generator], Light], seed: int, ratios: tuple[float, float]
) -> _Planet:
    """Return one planet in light, with a ratio of signal to noise in a range."""
    rng = np.random.default_rng(seed)
    light = base(rng)
    longest_d = min(_LONGEST_PERIOD_D, light.baseline_d / 3)
    while True:
        period, impact = np.exp(rng.uniform(np.log(0.5), np.log(longest_d))), rng.uniform(0, 0.8)
        duration_h = transit_duration_h(period, _LOGG_OF_SUN, 1.0, 0.02, impact)
        epoch = light.time_d[0] + rng.uniform(0, period)
        planet = Transit(period, epoch, 100.0, duration_h, impact)
        change = transit_flux(light.time_d, planet, CADENCE_D)
        if _has_three_events(light, planet, change):
            break
    ratio = rng.uniform(*ratios)
    scaled = change * ratio / _ratio_of(light, change, duration_h / 24)
    changed = prepare_light(light.time_d, light.flux * (1 + scaled), None, light.sequence)
    return _Planet(changed, period, duration_h, ratio)


def _has_three_events(light: Light, planet: Transit, change: Floats) -> bool:
    """Return whether half of the points of three events are there."""
    event = np.rint((light.time_d[change < 0] - planet.epoch_d) / planet.period_d)
    _, counts = np.unique(event, return_counts=True)
    expected = planet.duration_h / 24 / CADENCE_D
    return int(np.sum(counts >= _HIDES_SAMPLES * expected)) >= 3


def _ratio_of(light: Light, change: Floats, duration_d: float) -> float:
    """Return the ratio of signal to the noise of boxes of the transit's duration."""
    series = box_series(light, robust_trend(light, _WINDOW_D), light.cadence_d)
    noise = np.interp(duration_d, series.durations_d, series.noise) / np.sqrt(series.full_weight)
    inside = change < 0
    return float(-change[inside].mean() * np.sqrt(inside.sum()) / noise)


def _search(planet: _Planet) -> tuple[bool, float]:
    """Return whether a planet is found, and the processor time that it took."""
    started = thread_time()
    found = search_transits(planet.light)
    seconds = thread_time() - started
    return any(one.passes and planet.is_at(one.period_d) for one in found.candidates), seconds


def _by_ratio(
    name: str, planets: list[_Planet], found: list[tuple[bool, float]]
) -> Iterator[tuple[str, ...]]:
    """Yield a row of the table for each range of ratios."""
    for low, high in _BINS:
        chosen = [f for p, f in zip(planets, found, strict=True) if low <= p.ratio < high]
        if chosen:
            shares, seconds = zip(*chosen, strict=True)
            yield (
                name,
                f"{low:g}-{high:g}",
                str(len(chosen)),
                f"{np.mean(shares):.2f}",
                f"{np.median(seconds):.2f}",
            )


def _compare(planets: list[_Planet], ours: list[tuple[bool, float]]) -> Iterator[tuple[str, ...]]:
    """Yield what each search finds of the same planets, by ratio, and its processor time."""
    results = {"xenoscan": ours}
    for name, search in PEERS.items():
        answers = [search(one.light) for one in planets]
        results[name] = [
            (one.is_at(period), seconds)
            for one, (period, seconds) in zip(planets, answers, strict=True)
        ]
    for name, found in results.items():
        shares = [row[3] for row in _by_ratio(name, planets, found)]
        yield (name, *shares, f"{np.median([seconds for _, seconds in found]):.2f}")


def _false_alarms(
    stars: int, seed: int, quiet: list[Light]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield of each kind of light how many stars of it have a candidate that passes."""
    days = np.arange(0, _BASELINE_D, CADENCE_D)

    def count(lights: Iterator[Light]) -> tuple[int, int]:
        passes = [any(one.passes for one in search_transits(x).candidates) for x in lights]
        return len(passes), sum(passes)

    for kind in KINDS:
        noises = (np.random.default_rng(seed + i) for i in range(stars))
        yield f"noise, {kind}", count(noisy_light(rng, days, kind) for rng in noises)
    if quiet:
        yield "quiet quarters", count(iter(quiet))
        yield "the same inverted", count(inverted(one) for one in quiet)
        orders = (np.random.default_rng(seed + i) for i in range(stars))
        yield (
            "the same in another order",
            count(scrambled(quiet[i % len(quiet)], rng) for i, rng in enumerate(orders)),
        )
