"""What the search for transits finds of planets put into noise, and how often it finds none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from preprocessing.features.light import Floats, Light, prepare_light
from preprocessing.features.transit_search import TransitSearch, search_transits
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["recovery"]

_CADENCE_D = 29.4 / 1440
_BASELINE_D = 1470.0
_WHITE = 150e-6
#: Strengths of red noise, and the hours over which it is correlated.
_RED = {"white": (0.0, 1.0), "3 h": (50e-6, 3.0), "6 h": (100e-6, 6.0), "24 h": (300e-6, 24.0)}
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
    days = np.arange(0, _BASELINE_D, _CADENCE_D)
    period, impact = float(np.exp(rng.uniform(np.log(0.5), np.log(300)))), rng.uniform(0, 0.8)
    duration_h = transit_duration_h(period, _LOGG_OF_SUN, 1.0, 0.02, impact)
    planet = Transit(period, rng.uniform(0, period), 100.0, duration_h, impact)
    change = transit_flux(days, planet, _CADENCE_D)
    inside = change < 0
    ratio = rng.uniform(*ratios)
    # The ratio of a box of the planet's duration, in noise that is known to be independent.
    unit = -change[inside].mean() * np.sqrt(inside.sum()) / _WHITE
    light = _star(rng, days, change * ratio / unit, "white")
    found, seconds = _timed(light)
    is_found = any(
        one.passes and abs(one.period_d / period - 1) * _BASELINE_D < duration_h / 12
        for one in found.candidates
    )
    return _Injection(ratio, is_found, seconds)


def _false_alarms(stars: int, seed: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield of each kind of noise how many stars of it have a candidate that passes."""
    days = np.arange(0, _BASELINE_D, _CADENCE_D)
    for kind in _RED:
        found = 0
        for i in range(stars):
            light = _star(np.random.default_rng(seed + i), days, np.zeros(len(days)), kind)
            found += any(one.passes for one in _timed(light)[0].candidates)
        yield kind, (stars, found)


def _star(rng: np.random.Generator, days: Floats, change: Floats, kind: str) -> Light:
    """Return light of a star with noise of a kind."""
    from scipy.signal import lfilter

    strength, hours = _RED[kind]
    kept = np.exp(-24 * _CADENCE_D / hours)
    drive = rng.normal(0, strength, len(days)) if strength else np.zeros(len(days))
    red = lfilter([np.sqrt(1 - kept**2)], [1, -kept], drive)
    flux = (1 + rng.normal(0, _WHITE, len(days)) + red) * (1 + change)
    # The star moves to other pixels each quarter.
    return prepare_light(days, flux, None, (days // 90).astype(np.int64))


def _timed(light: Light) -> tuple[TransitSearch, float]:
    started = time.process_time()
    found = search_transits(light)
    return found, time.process_time() - started
