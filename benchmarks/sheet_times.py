"""What the page about a star takes of the processor."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from preprocessing.report.sheet.sheet import make_sheet
from preprocessing.report.star.tables import StarTables

__all__ = ["sheet_times"]

#: Additions whose time tells how fast the machine is while it measures.
_ADDITIONS = 2_000_000


def sheet_times(dataset: Path, targets: Sequence[str], top: int, folder: Path) -> None:
    """Measure `xenoscan sheet` on stars of a data set that is ranked.

    Parameters
    ----------
    dataset : Path
        The data set.
    targets : sequence of str
        Stars, beside the first of the ranking.
    top : int
        How many of those.
    folder : Path
        For the report.
    """
    tables = StarTables(dataset)
    names = [*targets, *(file.removesuffix(".fits") for file in tables.first(top))]
    # The first page loads libraries and compiles.
    _written(make_sheet(tables, names[0]).write_all, ("png", "pdf"))
    kinds, points, seconds = [], [], []
    for name in names:
        start = time.thread_time()
        sheet = make_sheet(tables, name)
        gather_s = time.thread_time() - start
        each = [
            _timed(_written, sheet.write_all, formats)
            for formats in (("png",), ("pdf",), ("png", "pdf"))
        ]
        kinds.append(str(sheet.page.subject.kind))
        points.append(len(sheet.page.light))
        seconds.append([gather_s, *each, _timed(_add)])
    found = np.array(seconds)
    rows = [
        [kind, str(sum(own)), f"{np.median(np.array(points)[own]):.0f}"]
        + [f"{one:.2f}" for one in np.median(found[own], axis=0)]
        for kind in sorted(set(kinds))
        for own in [np.array(kinds) == kind]
    ]
    rows.append(
        ["all", str(len(names)), f"{np.median(points):.0f}"]
        + [f"{one:.2f}" for one in np.median(found, axis=0)]
    )
    headers = ["page", "stars", "points", "gather", "PNG", "PDF", "both", "yardstick"]
    said = (
        "Seconds of the processor, medians. The yardstick is a loop of two million additions,"
        " measured after each page."
    )
    record = {"names": names, "kinds": kinds, "points": points, "seconds": found.tolist()}
    write_report(folder, "sheet-times", describe_machine(), [said, table(headers, rows)], record)


def _timed(work: Callable[..., None], *given: object) -> float:
    start = time.thread_time()
    work(*given)
    return time.thread_time() - start


def _written(write_all: Callable[[dict[str, BinaryIO]], None], formats: Sequence[str]) -> None:
    write_all({one: BytesIO() for one in formats})


def _add() -> None:
    total = 0
    for one in range(_ADDITIONS):
        total += one
