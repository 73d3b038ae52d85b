"""All that a report is made from, read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import XenoscanError
from preprocessing.report.html.records.outcomes import OutcomeRecords, read_outcome_records
from preprocessing.report.html.records.places import ReportPlaces
from preprocessing.report.html.records.quarters import ManifestRecords, read_manifest_records
from preprocessing.report.html.records.runs import (
    CommandRecord,
    RunRecord,
    command_of,
    read_commands,
    read_runs,
)
from preprocessing.report.html.records.tables import Tables, find_tables

__all__ = ["DatasetRecords", "read_records"]

_T = TypeVar("_T")
#: Manifest and history write when a run began one after the other, at most this many seconds apart.
_SAME_S = 60.0


@dataclass(frozen=True)
class DatasetRecords:
    """All that a report is made from.

    Parameters
    ----------
    places : ReportPlaces
        Where it is from.
    outcomes : OutcomeRecords or None
        What became of the targets.
    manifest : ManifestRecords or None
        What the manifest says of files and runs.
    runs : tuple of RunRecord
        How runs of the downloader went.
    commands : tuple of CommandRecord
        Commands that were run, downloads among them, in time order.
    tables : Tables
        What stages found.
    problems : tuple of str
        What could not be read.
    """

    places: ReportPlaces
    outcomes: OutcomeRecords | None
    manifest: ManifestRecords | None
    runs: tuple[RunRecord, ...]
    commands: tuple[CommandRecord, ...]
    tables: Tables
    problems: tuple[str, ...]


def read_records(places: ReportPlaces) -> DatasetRecords:
    """Return all that a report is made from.

    Parameters
    ----------
    places : ReportPlaces
        Where it is.
    """
    problems: list[str] = []
    read = partial(_read, problems)
    outcomes = read(_if_there(places.results, read_outcome_records), None)
    manifest = read(_if_there(places.manifest, read_manifest_records), None)
    no_runs: tuple[RunRecord, ...] = ()
    runs = read(lambda: read_runs(places.checkpoints), no_runs)
    listed = places.checkpoints / DatasetFolder(Path()).commands.name
    no_commands: list[CommandRecord] = []
    commands = read(lambda: list(read_commands(listed)), no_commands)
    for line in () if manifest is None else manifest.runs:
        one = command_of(line, "download")
        commands.append(replace(one, seconds=_seconds_of(one.time, runs)))
    tables = read(lambda: find_tables(places.root), Tables({}, {}))
    return DatasetRecords(
        places,
        outcomes,
        manifest,
        runs,
        tuple(sorted(commands, key=lambda one: one.time)),
        tables,
        tuple(problems),
    )


def _seconds_of(began: str, runs: Sequence[RunRecord]) -> float | None:
    """Return how long the run took that began then; None if its history is not there."""
    times = {run: _time(run.name) for run in runs}
    start = _time(began)
    if start is None:
        return None
    off = {run: abs((time - start).total_seconds()) for run, time in times.items() if time}
    nearest = min(off, key=lambda run: off[run], default=None)
    return None if nearest is None or off[nearest] > _SAME_S else nearest.last.seconds


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


def _if_there(path: Path, reader: Callable[[Path], _T]) -> Callable[[], _T | None]:
    return lambda: reader(path) if path.exists() else None


def _read(problems: list[str], reader: Callable[[], _T], nothing: _T) -> _T:
    """Return what is read; if it cannot be, nothing, and a problem more."""
    try:
        return reader()
    except OSError as error:
        problems.append(f"{error.filename or 'a file'} cannot be read: {error.strerror or error}")
    except XenoscanError as error:
        problems.append(str(error))
    return nothing
