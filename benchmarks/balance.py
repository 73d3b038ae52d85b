"""How unequal events may be: planets lost and false alarms, on simulated light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import describe_machine
from benchmarks.noise import CADENCE_D, KINDS, WHITE, noisy_light, with_glitches
from benchmarks.report import table, write_report
from preprocessing.analysis.binning import SEARCH_GRID_D, binned
from preprocessing.analysis.event_tests import agreeing_events
from preprocessing.analysis.light import Light
from preprocessing.features.candidate import Rule, broken_rules
from preprocessing.features.transit_search import first_pass
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["balance"]

#: Limits that are compared, in sigma. 0 stands for the share of the strongest event alone.
_LIMITS = (0.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
#: Lengths of the light in days, and the number of stars of that length for each one asked for.
_BASELINES_D = {90.0: 1.0, 360.0: 0.5, 1470.0: 0.2}
_RATIOS = (7.5, 12.0)
_LOGG_OF_SUN = 4.438


#: Whether a star has a box that passes, by limit.
_Passes = NDArray[np.bool_]


def balance(stars: int, seed: int, folder: Path) -> None:
    """Compare limits of the imbalance, and report.

    Parameters
    ----------
    stars : int
        Stars of 90 d for each kind of noise, and as many with planets of three to eight events.
    seed : int
        Of the first star.
    folder : Path
        For the report.
    """
    kinds = [(kind, glitches) for glitches in (False, True) for kind in KINDS]
    rows: list[tuple[str, ...]] = []
    for baseline_d, share in _BASELINES_D.items():
        n = max(1, round(share * stars))
        for kind, glitches in kinds:
            alarms = [_false_alarm(seed + i, baseline_d, kind, glitches) for i in range(n)]
            rows.append(_row("false alarms", kind, glitches, baseline_d, alarms))
        for glitches in (False, True):
            found = [_planet(seed + 10**6 + i, baseline_d, glitches) for i in range(n)]
            rows.append(_row("planets found", "white", glitches, baseline_d, found))
    limits = [f"{limit:g}" if limit else "share only" for limit in _LIMITS]
    parts = [
        "Share of stars, in percent, with a box that passes, by the most sigma by which the"
        " strongest event may exceed the mean of the others. Planets have three to eight events"
        " and a ratio of signal to noise of 7.5 to 12.",
        table(("what", "noise", "days", "stars", *limits), rows),
    ]
    write_report(folder, "balance", describe_machine(), parts, {"rows": rows})


def _row(
    what: str, kind: str, glitches: bool, baseline_d: float, passes: list[_Passes]
) -> tuple[str, ...]:
    shares = [f"{100 * share:.1f}" for share in np.mean(passes, axis=0)]
    name = f"{kind}, glitches" if glitches else kind
    return what, name, f"{baseline_d:g}", str(len(passes)), *shares


def _false_alarm(seed: int, baseline_d: float, kind: str, glitches: bool) -> _Passes:
    """Return at which limits a star of noise alone has a box that passes."""
    rng = np.random.default_rng(seed)
    light = noisy_light(rng, np.arange(0, baseline_d, CADENCE_D), kind)
    return _passing(with_glitches(rng, light) if glitches else light, 0.0, np.inf)


def _planet(seed: int, baseline_d: float, glitches: bool) -> _Passes:
    """Return at which limits one planet in independent noise passes."""
    rng = np.random.default_rng(seed)
    days = np.arange(0, baseline_d, CADENCE_D)
    period, impact = baseline_d / rng.uniform(3, 8), rng.uniform(0, 0.8)
    duration_h = transit_duration_h(period, _LOGG_OF_SUN, 1.0, 0.02, impact)
    planet = Transit(period, rng.uniform(0, baseline_d - 2 * period), 100.0, duration_h, impact)
    change = transit_flux(days, planet, CADENCE_D)
    inside = change < 0
    unit = -change[inside].mean() * np.sqrt(inside.sum()) / WHITE
    light = noisy_light(rng, days, "white", change * rng.uniform(*_RATIOS) / unit)
    off = duration_h / 12 / baseline_d
    return _passing(with_glitches(rng, light) if glitches else light, period, off)


def _passing(light: Light, period_d: float, most_off: float) -> _Passes:
    """Return at which limits a box of the first pass passes, if its period is about right."""
    passes = np.zeros(len(_LIMITS), dtype=bool)
    for box, where in first_pass(binned(light, SEARCH_GRID_D)):
        is_right = most_off == np.inf or abs(box.period_d / period_d - 1) < most_off
        if is_right and set(broken_rules(box, where.series, ())) <= {Rule.BALANCE}:
            passes |= [len(agreeing_events(where.series, box, limit)) > 0 for limit in _LIMITS]
    return passes
