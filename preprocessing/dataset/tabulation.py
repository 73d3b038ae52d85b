"""Bring the tables of a stage up to date with a data set: only what is new or changed."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Protocol, TypeVar

from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.dataset.opening import open_dataset
from preprocessing.dataset.reader import Dataset
from preprocessing.dataset.units import Done, Kind, Unit, kinds_of, units_of
from preprocessing.missions import MISSIONS, Mission
from preprocessing.tables.stage_tables import StageTables

__all__ = [
    "Opened",
    "Run",
    "RunUnits",
    "Tabulated",
    "finished_units",
    "opened_units",
    "require_light_curves",
]

_T = TypeVar("_T")
_R = TypeVar("_R")
_D = TypeVar("_D", bound=Done)
#: Stars of a unit: a kill loses a few minutes of work at most.
_MOST_STARS = 128
#: Units a worker, so that none waits long for the last one.
_UNITS_A_WORKER = 16
#: Files whose headers a unit looks at.
_HEADERS_AT_ONCE = 500


class RunUnits(Protocol):
    """Runs a function on units of work, here or elsewhere."""

    def __call__(self, function: Callable[[_T], _R], units: Iterable[_T], /) -> Iterator[_R]:
        """Yield the result of each unit as it is done."""


def _unshown(done: int, total: int) -> None:
    """Show no progress."""


def _unsaid(text: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Run:
    """How a stage runs over a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    is_recompute : bool
        Whether rows that are there are computed again.
    n_workers : int
        How many work at the same time.
    run_units : callable
        Runs the work on units, in this process or in others.
    stop : threading.Event
        Ends the work before the next unit when it is set; what is done stays.
    progress : callable
        Told how many stars are done of how many.
    note : callable
        Told, in a line, what is done before the first star.
    """

    root: Path
    is_recompute: bool = False
    n_workers: int = 1
    run_units: RunUnits = map
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[int, int], None] = _unshown
    note: Callable[[str], None] = _unsaid


@dataclass
class Tabulated:
    """What a run computed.

    Parameters
    ----------
    n_rows : int
        Rows of the table with one row a light curve.
    n_computed, n_unchanged : int
        Those that were computed now, and those that were right as they were.
    failures : list of (str, str)
        Each light curve that could not be read, and why.
    without_curve : list of TargetOutcome
        Targets without a light curve.
    lost : tuple of str
        Targets whose light curve is recorded, but not there.
    n_gone : int
        Former rows whose light curve is gone.
    n_files_missing : int
        Files that the archive lists but that no light curve has.
    """

    n_rows: int = 0
    n_computed: int = 0
    n_unchanged: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    without_curve: list[TargetOutcome] = field(default_factory=list)
    lost: tuple[str, ...] = ()
    n_gone: int = 0
    n_files_missing: int = 0


@dataclass(frozen=True)
class Opened:
    """A data set whose stars are divided into units of work.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    mission : Mission
        The mission of all its stars.
    units : iterator of Unit
        Its stars. They are divided as they are needed.
    """

    dataset: Dataset
    mission: Mission
    units: Iterator[Unit]

    def wanted(self, done: Tabulated) -> set[str]:
        """Return the FITS files of the light curves that could be read."""
        failed = {self.dataset.files[name] for name, _ in done.failures}
        return set(self.dataset.files.values()) - failed


def opened_units(run: Run, tables: StageTables, done: Tabulated) -> Opened:
    """Divide a data set into units of work; nothing is changed.

    Parameters
    ----------
    run : Run
        How the stage runs.
    tables : StageTables
        Where its rows are.
    done : Tabulated
        Gets what the records say is missing.

    Raises
    ------
    UsageError
        There is nothing to compute, or what is there must not be mixed.
    """
    dataset = open_dataset(run.root)
    require_light_curves(dataset, run.root)
    known = tables.known(is_recompute=run.is_recompute)
    files, name = dataset.files, uuid.uuid4().hex
    kinds: dict[Kind, str] = {}
    for found in run.run_units(kinds_of, units_of(run.root, name, files, {}, _HEADERS_AT_ONCE)):
        kinds.update({kind: file for kind, file in found.items() if kind not in kinds})
    if not kinds:
        raise UsageError(f"no light curve in {run.root} can be read: see xenoscan verify")
    mission = MISSIONS[_only_kind(kinds)[0]]
    done.without_curve = [outcome for outcome in dataset.outcomes if not outcome.success]
    done.lost = dataset.lost()
    done.n_gone = len(known.keys() - set(files.values()))
    done.n_files_missing = sum(outcome.quarters_failed for outcome in dataset.outcomes)
    size = -(-len(files) // (run.n_workers * _UNITS_A_WORKER))
    units = units_of(run.root, name, files, known, min(_MOST_STARS, size))
    return Opened(dataset, mission, units)


def require_light_curves(dataset: Dataset, root: Path) -> None:
    """Check that there is something to compute of.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    root : Path
        Its folder.

    Raises
    ------
    UsageError
        It has no light curves.
    """
    if not dataset.ids:
        raise UsageError(f"{root} has no light curves: there is nothing to compute")


def finished_units(
    run: Run,
    tables: StageTables,
    opened: Opened,
    done: Tabulated,
    compute: Callable[[_T], _D],
    units: Iterable[_T],
) -> Iterator[_D]:
    """Compute units, and yield what became of each when its rows are kept.

    Parameters
    ----------
    run : Run
        How the stage runs.
    tables : StageTables
        Where its rows are kept.
    opened : Opened
        The data set.
    done : Tabulated
        Gets the counts.
    compute : callable
        Does the work on a unit, maybe in another process.
    units : iterable
        What `compute` takes, in the order of `opened.units`.

    Raises
    ------
    RunError
        The work was stopped. What is done stays.
    """
    n_files = len(opened.dataset.files)
    for part in run.run_units(compute, takewhile(lambda _: not run.stop.is_set(), units)):
        if part.rows[0]:
            tables.add_part(opened.mission, part.rows)
        done.n_computed += len(part.rows[0])
        done.n_unchanged += len(part.unchanged)
        done.failures += part.failures
        run.progress(done.n_computed + done.n_unchanged + len(done.failures), n_files)
        yield part
    if run.stop.is_set():
        raise RunError("stopped; what is computed stays, and the same command goes on")


def _only_kind(kinds: Mapping[Kind, str]) -> Kind:
    if len({mission for mission, _ in kinds}) > 1:
        raise UsageError(
            "a table is of one mission, and here are light curves of"
            f" {_listed({mission: file for (mission, _), file in kinds.items()})}: move the files"
            " of all but one to another data set"
        )
    if len(kinds) > 1:
        names = {"synthetic" if kind else "real": file for (_, kind), file in kinds.items()}
        raise UsageError(
            f"synthetic stars never stand beside real ones, and these do: {_listed(names)}. Move"
            " either kind to another data set"
        )
    return next(iter(kinds))


def _listed(examples: Mapping[str, str]) -> str:
    return " and ".join(f"{kind} ({name})" for kind, name in sorted(examples.items()))
