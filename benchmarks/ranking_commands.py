"""The measurements of the ranking, the report and the dashboard, as commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.dashboard import dashboard_cost, dashboard_times
from benchmarks.dashboard_pages import dashboard_pages
from benchmarks.learning import learning
from benchmarks.ranking_times import ranking_times
from benchmarks.report_times import report_times
from benchmarks.sheet_times import sheet_times

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add_ranking_commands"]


def add_ranking_commands(commands: Commands) -> Iterator[argparse.ArgumentParser]:
    """Add the commands, and yield the parser of each."""
    one = commands.add_parser("learning", help="whether labels of a person help the ranking")
    one.set_defaults(run=lambda given: learning(given.sets, given.results))
    one.add_argument(
        "sets", type=Path, nargs="+", metavar="DATASET", help="of which truth is known"
    )
    yield one
    one = commands.add_parser("report-times", help="how long a page takes, and its memory")
    one.set_defaults(run=lambda given: report_times(given.stars, given.results))
    one.add_argument("--stars", type=int, default=200_000, metavar="N", help="synthetic (200000)")
    yield one
    one = commands.add_parser("sheet-times", help="how long the page about a star takes")
    one.set_defaults(
        run=lambda given: sheet_times(given.dataset, given.targets, given.top, given.results)
    )
    one.add_argument("dataset", type=Path, metavar="DATASET", help="that is ranked")
    one.add_argument("targets", nargs="*", metavar="TARGET", help="stars beside the first ones")
    one.add_argument("--top", type=int, default=20, metavar="N", help="of the ranking (20)")
    yield one
    one = commands.add_parser("ranking-times", help="how long a ranking takes, and its memory")
    one.set_defaults(run=lambda given: ranking_times(given.stars, given.rounds, given.results))
    one.add_argument("--stars", type=int, default=200_000, metavar="N", help="synthetic (200000)")
    one.add_argument("--rounds", type=int, default=3, metavar="N", help="repetitions (3)")
    yield one
    one = commands.add_parser("dashboard-times", help="how fast the dashboard answers")
    one.set_defaults(run=lambda given: dashboard_times(given.stars, given.rounds, given.results))
    one.add_argument("--stars", type=int, default=200_000, metavar="N", help="synthetic (200000)")
    one.add_argument("--rounds", type=int, default=20, metavar="N", help="repetitions (20)")
    yield one
    one = commands.add_parser("dashboard-pages", help="how fast its pages are in a browser")
    one.set_defaults(
        run=lambda given: dashboard_pages(given.stars, given.rounds, given.panel, given.results)
    )
    one.add_argument("--stars", type=int, default=200_000, metavar="N", help="synthetic (200000)")
    one.add_argument("--rounds", type=int, default=7, metavar="N", help="repetitions (7)")
    one.add_argument(
        "--panel", type=Path, metavar="PYTHON", help="one with panel, hvplot and datashader"
    )
    yield one
    one = commands.add_parser("dashboard-cost", help="whether an open dashboard slows a download")
    one.set_defaults(run=lambda given: dashboard_cost(given.stars, given.pairs, given.results))
    one.add_argument("--stars", type=int, default=60, metavar="N", help="of a download (60)")
    one.add_argument("--pairs", type=int, default=8, metavar="N", help="of downloads (8)")
    yield one
