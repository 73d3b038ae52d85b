"""What the vetting of candidates passes: planets put into light, and light that has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from benchmarks.vetting_light import SETS, Planet, RealLight, Trial, light_of
from benchmarks.vetting_search import plan, search_all
from preprocessing.analysis.light import Light
from preprocessing.vetting.disposition import Disposition, vet_candidates
from preprocessing.vetting.judgment import Kind, VettingTest
from preprocessing.vetting.star import Star

__all__ = ["vetting"]

#: The best box of a star counts as found at a lowered threshold from this ratio on.
_LOWERED = 6.0


@dataclass
class _Counts:
    """What was searched, found and passed of one set and base."""

    stars: int = 0
    found: int = 0
    passed: int = 0
    signals: int = 0
    signals_passed: int = 0
    seconds: list[float] = field(default_factory=list)


def vetting(thousands: float, data: Path, kept: Path, folder: Path) -> None:
    """Search and vet stars of three sets, and report.

    Parameters
    ----------
    thousands : float
        How many inverted and scrambled stars, in thousands each; 0.3 as many planets.
    data : Path
        Folder with `real/` and `labeled/`.
    kept : Path
        File of what the search found: a run that was interrupted goes on from it.
    folder : Path
        For the report.
    """
    real = RealLight(data)
    counts: dict[tuple[str, str], _Counts] = {}
    for trial, rows in search_all(plan(thousands), real, kept):
        one = counts.setdefault((trial.kind, trial.base), _Counts())
        one.stars += 1
        if any(row["snr"] >= _LOWERED for row in rows):
            _count(one, trial, rows, real)
    order = sorted(counts, key=lambda key: (SETS.index(key[0]), key[1]))
    lines = [_line(*key, counts[key]) for key in order]
    header = ("set", "light", "stars", "found", "pass", "signals", "pass", "ms a star")
    parts = [
        "Found: a planet that the search finds, or a star with a candidate that passes the search."
        f" Signals: candidates from a signal-to-noise ratio of {_LOWERED:g} on, vetted by all"
        " tests but that of the ratio.",
        table(header, lines),
    ]
    write_report(folder, "vetting", describe_machine(), parts, lines)


def _count(one: _Counts, trial: Trial, rows: list[Mapping[str, Any]], real: RealLight) -> None:
    """Vet one star, and count what passes."""
    treated = light_of(trial, real)
    star = _star(treated.light, rows)
    started = thread_time()
    dispositions = vet_candidates(star)
    one.seconds.append(thread_time() - started)
    pairs = list(zip(rows, dispositions, strict=True))
    if treated.planet is not None:
        matched = [d for row, d in pairs if row["passes"] and _is_at(row, treated)]
        one.found += bool(matched)
        one.passed += bool(matched and _passes(matched[0]))
        return
    one.found += any(row["passes"] for row in rows)
    one.passed += any(map(_passes, dispositions))
    for row, disposition in pairs:
        if row["snr"] >= _LOWERED:
            one.signals += 1
            one.signals_passed += set(disposition.failed) <= {VettingTest.SNR}


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
    return tuple(_cells(kind, base, one))


def _cells(kind: str, base: str, one: _Counts) -> Iterator[str]:
    yield from (kind, base, str(one.stars), str(one.found))
    share = f" ({one.passed / one.found:.0%})" if kind == "injected" and one.found else ""
    yield f"{one.passed}{share}"
    yield str(one.signals) if kind != "injected" else ""
    yield str(one.signals_passed) if kind != "injected" else ""
    yield f"{1000 * np.median(one.seconds):.0f}" if one.seconds else ""
