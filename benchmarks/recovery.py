"""What the search for transits finds of planets put into noise, and how often it finds none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.noise import CADENCE_D, KINDS, WHITE, noisy_light
from benchmarks.report import table, write_report
from preprocessing.features.light import Light
from preprocessing.features.transit_search import TransitSearch, search_transits
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["recovery"]

_BASELINE_D = 1470.0
#: Ratios of signal to noise that are told apart.
_BINS = ((7.5, 9.0), (9.0, 12.0), (12.0, 15.0))
_LOGG_OF_SUN = 4.438


@dataclass(frozen=True)
class _Injection:
    """One planet, its ratio of signal to noise, and whether it was found."""

    ratio: float
    is_found: bool
    seconds: float


def recovery(injections: int, seed: int, folder: Path) -> None:
    """Put planets into independent noise and search, search noise alone, and report.

    Parameters
    ----------
    injections : int
        Planets, and stars of noise alone.
    seed : int
        Of the first star.
    folder : Path
        For the report.
    """
    tried = [_inject(np.random.default_rng(seed + i), _BINS[i % 3]) for i in range(injections)]
    rows = []
    for low, high in _BINS:
        found = [one.is_found for one in tried if low <= one.ratio < high]
        rows.append(
            (f"{low:g}-{high:g}", str(len(found)), f"{np.mean(found):.2f}" if found else "-")
        )
    seconds = float(np.median([one.seconds for one in tried]))
    alarms = dict(_false_alarms(injections, seed))
    alarm_rows = [(kind, *map(str, counts)) for kind, counts in alarms.items()]
    parts = [
        "Planets of 0.5 to 300 d with at least three transits, limb-darkened, in independent"
        " noise over 1,470 d, put in before the trend is removed; by ratio of signal to noise.",
        table(("signal to noise", "planets", "found"), rows),
        f"A search takes {seconds:.2f} s of processor time (median).",
        "Stars of noise alone with a candidate that passes:",
        table(("noise", "stars", "false alarms"), alarm_rows),
    ]
    record = {"found": rows, "seconds": seconds, "false alarms": alarms}
    write_report(folder, "recovery", describe_machine(), parts, record)


def _inject(rng: np.random.Generator, ratios: tuple[float, float]) -> _Injection:
    """Search one star with one planet."""
    days = np.arange(0, _BASELINE_D, CADENCE_D)
    period, impact = float(np.exp(rng.uniform(np.log(0.5), np.log(300)))), rng.uniform(0, 0.8)
    duration_h = transit_duration_h(period, _LOGG_OF_SUN, 1.0, 0.02, impact)
    planet = Transit(period, rng.uniform(0, period), 100.0, duration_h, impact)
    change = transit_flux(days, planet, CADENCE_D)
    inside = change < 0
    ratio = rng.uniform(*ratios)
    # The ratio of a box of the planet's duration, in noise that is known to be independent.
    unit = -change[inside].mean() * np.sqrt(inside.sum()) / WHITE
    light = noisy_light(rng, days, "white", change * ratio / unit)
    found, seconds = _timed(light)
    is_found = any(
        one.passes and abs(one.period_d / period - 1) * _BASELINE_D < duration_h / 12
        for one in found.candidates
    )
    return _Injection(ratio, is_found, seconds)


def _false_alarms(stars: int, seed: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield of each kind of noise how many stars of it have a candidate that passes."""
    days = np.arange(0, _BASELINE_D, CADENCE_D)
    for kind in KINDS:
        found = 0
        for i in range(stars):
            light = noisy_light(np.random.default_rng(seed + i), days, kind)
            found += any(one.passes for one in _timed(light)[0].candidates)
        yield kind, (stars, found)


def _timed(light: Light) -> tuple[TransitSearch, float]:
    started = time.process_time()
    found = search_transits(light)
    return found, time.process_time() - started
