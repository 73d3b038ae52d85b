"""What the vetting of candidates passes: planets put into light, and light that has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from benchmarks.vetting_light import SETS, Planet, RealLight, Trial, light_of
from benchmarks.vetting_search import plan, search_all
from preprocessing.analysis.event_tests import THRESHOLD
from preprocessing.analysis.light import Light
from preprocessing.vetting.disposition import Disposition, vet_candidates
from preprocessing.vetting.judgment import Kind, VettingTest
from preprocessing.vetting.star import Star

__all__ = ["vetting"]

#: The lowered threshold of the search that shows how single signals are told, and how many signals
#: of each set are asked for.
_LOWERED, _SIGNALS = 6.0, 500
#: Standard deviations that 95 % of a normal distribution lie within.
_Z = 1.96
_WITHOUT_PLANETS = ("inverted", "scrambled")


@dataclass
class _Counts:
    """What was searched, found and passed of one set and base."""

    stars: int = 0
    found: int = 0
    passed: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, found: int, passed: int, seconds: float) -> None:
        """Count one star."""
        self.stars += 1
        self.found += found
        self.passed += passed
        if found:
            self.seconds.append(seconds)


def vetting(thousands: float, seed: int, data: Path, kept: Path, folder: Path) -> None:
    """Search and vet stars of three sets, and report.

    Parameters
    ----------
    thousands : float
        How many inverted and scrambled stars, in thousands each; 0.3 as many planets.
    seed : int
        Of the first star of each set.
    data : Path
        Folder with `real/` and `labeled/`.
    kept : Path
        File of what the search found: a run that was interrupted goes on from it.
    folder : Path
        For the report.
    """
    real = RealLight(data)
    trials = plan(thousands, seed)
    counts: dict[tuple[str, str], _Counts] = {}
    for trial, rows in search_all(trials, real, kept, THRESHOLD):
        for base in (trial.base, "all"):
            counts.setdefault((trial.kind, base), _Counts())
        counted = _vetted(trial, rows, real)
        counts[trial.kind, trial.base].add(*counted)
        counts[trial.kind, "all"].add(*counted)
    order = sorted(counts, key=lambda key: (SETS.index(key[0]), key[1]))
    lines = [_line(*key, counts[key]) for key in order]
    signals = [_signals(kind, trials, real, kept) for kind in _WITHOUT_PLANETS]
    parts = [
        "Found: a planet that the search finds, or a star with a candidate that passes the search."
        " Pass: of these, with a candidate that passes every test.",
        table(("set", "light", "stars", "found", "pass", "percent", "ms a star"), lines),
        f"Signals of a search whose threshold is {_LOWERED:g}, and those that pass every test but"
        " that of the ratio:",
        table(("set", "stars", "signals", "pass", "percent"), signals),
    ]
    write_report(folder, "vetting", describe_machine(), parts, [lines, signals])


def _vetted(trial: Trial, rows: list[Mapping[str, Any]], real: RealLight) -> tuple[int, int, float]:
    """Return whether a star counts as found, whether it passes, and how long vetting took."""
    if not any(row["passes"] for row in rows):
        return 0, 0, 0.0
    treated = light_of(trial, real)
    started = thread_time()
    dispositions = vet_candidates(_star(treated.light, rows))
    seconds = thread_time() - started
    if treated.planet is None:
        return 1, any(map(_passes, dispositions)), seconds
    pairs = zip(rows, dispositions, strict=True)
    matched = [one for row, one in pairs if row["passes"] and _is_at(row, treated)]
    return bool(matched), bool(matched and _passes(matched[0])), seconds


def _signals(kind: str, trials: list[Trial], real: RealLight, kept: Path) -> tuple[str, ...]:
    """Return how many signals a search with a lowered threshold finds, and how many pass."""
    stars = found = passed = 0
    chosen = [trial for trial in trials if trial.kind == kind]
    for trial, rows in search_all(chosen, real, kept, _LOWERED):
        is_signal = [row["snr"] >= _LOWERED for row in rows]
        stars += 1
        found += sum(is_signal)
        if any(is_signal):
            dispositions = vet_candidates(_star(light_of(trial, real).light, rows))
            passed += sum(
                is_one and set(one.failed) <= {VettingTest.SNR}
                for is_one, one in zip(is_signal, dispositions, strict=True)
            )
        if found >= _SIGNALS:
            break
    return kind, str(stars), str(found), str(passed), _percent(passed, found)


def _passes(disposition: Disposition) -> bool:
    return disposition.kind is Kind.PLANET_CANDIDATE


def _is_at(row: Mapping[str, Any], treated: Any) -> bool:
    """Return whether a candidate's events are a planet's, all through the light."""
    planet: Planet = treated.planet
    drift = abs(row["period_d"] / planet.period_d - 1) * treated.light.baseline_d
    turns = (row["epoch_d"] - planet.epoch_d) / planet.period_d
    off = abs(turns - np.rint(turns)) * planet.period_d
    return bool(max(drift / 2, off) < planet.duration_h / 24)


def _star(light: Light, rows: list[Mapping[str, Any]]) -> Star:
    """Return a star of which nothing is known but its light and its candidates."""
    unknown = np.full(len(light), np.nan)
    quality = np.zeros(len(light), np.int64)
    return Star(light, {}, rows, 2454833, {}, quality, unknown, unknown, {})


def _line(kind: str, base: str, one: _Counts) -> tuple[str, ...]:
    out_of = one.found if kind == "injected" else one.stars
    milliseconds = f"{1000 * np.median(one.seconds):.0f}" if one.seconds else ""
    counted = (str(one.stars), str(one.found), str(one.passed))
    return kind, base, *counted, _percent(one.passed, out_of), milliseconds


def _percent(part: int, whole: int) -> str:
    """Return a share with its 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209)."""
    if whole == 0:
        return ""
    middle, half = part + _Z**2 / 2, _Z * np.sqrt(part * (whole - part) / whole + _Z**2 / 4)
    low, high = (100 * (middle + sign * half) / (whole + _Z**2) for sign in (-1, 1))
    return f"{100 * part / whole:.2f} ({max(0, low):.2f}-{high:.2f})"
