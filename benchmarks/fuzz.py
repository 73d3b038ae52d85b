"""Damaged files in great number: how many were refused, and what the worst of them cost."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.measure import describe_machine
from benchmarks.report import Figure, Goal, goals_table, table, write_report
from preprocessing.core.errors import RunError
from preprocessing.missions import LONG, SHORT, Product, parse_file_name
from preprocessing.missions.recipe import Recipe
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.acceptance import Verdict, judge, most_memory, recipe_for
from tests.support.mutations import Mutant, mutate

__all__ = ["fuzz"]

#: Memory is traced for one input in so many, which makes each some times slower.
_TRACED = 20
#: Broken laws that are shown.
_MOST_SHOWN = 20
_SYNTHETIC_STARS = 50


@dataclass
class _Counts:
    """What became of the inputs of one kind."""

    tried: int = 0
    accepted: int = 0
    slowest_s: float = 0.0
    largest_share: float = 0.0

    def add(self, verdict: Verdict, seconds: float, body: bytes) -> None:
        self.tried += 1
        self.accepted += verdict.quarter is not None
        self.slowest_s = max(self.slowest_s, seconds)
        self.largest_share = max(self.largest_share, verdict.peak_bytes / most_memory(body))


@dataclass
class _Tally:
    """What became of all inputs."""

    counts: defaultdict[str, _Counts] = field(default_factory=lambda: defaultdict(_Counts))
    repaired: Counter[bool] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def fuzz(seconds: float, seed: int, folder: Path) -> None:
    """Damage files and read them for some time, and report.

    Parameters
    ----------
    seconds : float
    seed : int
        Of the first input; the next ones follow it.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A file was neither refused by name nor read as astropy reads it, or took more
        memory than it may.
    """
    files = list(_sound_files())
    tally = _Tally()
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        _try(seed, files, tally)
        seed += 1
    _report(tally, len(files), time.monotonic() - began, folder)
    if tally.problems:
        raise RunError("; ".join(tally.problems[:_MOST_SHOWN]))


def _sound_files() -> Iterator[tuple[Product, bytes]]:
    """Yield synthetic files, and the real ones that XENOSCAN_REAL_FILES names."""
    holdings = SyntheticHoldings(_SYNTHETIC_STARS)
    products = [p for kic in holdings.star_keys() for p in holdings.star(kic).products]
    for cadence in (LONG, SHORT):
        of_cadence = sorted((p for p in products if p.cadence == cadence), key=holdings.size)
        for product in of_cadence[:1] + of_cadence[-1:]:
            yield product, holdings.body(product)
    folder = os.environ.get("XENOSCAN_REAL_FILES")
    for path in sorted(Path(folder).glob("**/*.fits")) if folder else ():
        named = parse_file_name(path.name)
        if named is not None:
            yield named, path.read_bytes()


def _try(seed: int, files: list[tuple[Product, bytes]], tally: _Tally) -> None:
    random = Random(seed)
    product, sound = random.choice(files)
    mutant = mutate(sound, random)
    recipe = recipe_for(product)
    began = time.process_time()
    verdict = judge(mutant.body, product, recipe, trace=seed % _TRACED == 0)
    seconds = time.process_time() - began
    problem = verdict.problem or _lost_rows(verdict, mutant, product, sound, recipe)
    if problem is not None:
        kinds = ", ".join(mutant.kinds)
        tally.problems.append(f"seed {seed}, {product.file_name}, {kinds}: {problem}")
    tally.repaired[mutant.is_repaired] += 1
    for kind in set(mutant.kinds):
        tally.counts[kind].add(verdict, seconds, mutant.body)


def _lost_rows(
    verdict: Verdict, mutant: Mutant, product: Product, sound: bytes, recipe: Recipe
) -> str | None:
    if verdict.quarter is None or not mutant.keeps_rows:
        return None
    original = judge(sound, product, recipe).quarter
    if original is not None and verdict.quarter.rows.tobytes() == original.rows.tobytes():
        return None
    return "was accepted without the rows that were in it"


def _report(tally: _Tally, n_files: int, seconds: float, folder: Path) -> None:
    tried = sum(tally.repaired.values())
    rows = [
        (
            kind,
            f"{found.tried:,}",
            f"{found.accepted:,}",
            f"{1000 * found.slowest_s:.0f}",
            f"{found.largest_share:.0%}",
        )
        for kind, found in sorted(tally.counts.items())
    ]
    figures = [
        Figure(Goal("neither refused by name nor read rightly", 0), (len(tally.problems),)),
    ]
    parts = [
        f"{tried:,} damaged files in {seconds:.0f} s, made of {n_files} sound ones;"
        f" {tally.repaired[True]:,} with every checksum made right again. A file with several"
        " kinds of damage counts under each. Time includes the comparison with astropy of what"
        " was accepted; memory is a share of what a file of its size may take.",
        table(["damage", "tried", "accepted", "slowest, ms", "most memory"], rows),
        goals_table(figures),
        *tally.problems[:_MOST_SHOWN],
    ]
    record = {"tried": tried, "counts": tally.counts, "problems": tally.problems}
    write_report(folder, "fuzz", describe_machine(), parts, record)
