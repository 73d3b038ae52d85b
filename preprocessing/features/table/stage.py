"""Compute the features of a data set: only of the stars that are new or changed."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import Protocol, TypeVar

from preprocessing.analysis.missing import Missing
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.dataset.opening import open_dataset
from preprocessing.dataset.reader import Dataset
from preprocessing.features.table.store import Store
from preprocessing.features.table.unit import Kind, Unit, compute, kinds_of
from preprocessing.missions import MISSIONS

__all__ = ["FeatureRequest", "Tabulated", "tabulate"]

_T = TypeVar("_T")
_R = TypeVar("_R")
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


@dataclass(frozen=True)
class FeatureRequest:
    """What to compute.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    is_recompute : bool
        Whether rows that are there are computed again.
    n_workers : int
        How many work at the same time.
    """

    root: Path
    is_recompute: bool = False
    n_workers: int = 1


@dataclass
class Tabulated:
    """What was computed.

    Parameters
    ----------
    n_rows : int
        Rows of ``features.parquet``.
    n_computed, n_unchanged : int
        Those that were computed now, and those that were right as they were.
    n_timed_out : int
        Stars of which some features took too long; the others are there.
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
    n_timed_out: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    without_curve: list[TargetOutcome] = field(default_factory=list)
    lost: tuple[str, ...] = ()
    n_gone: int = 0
    n_files_missing: int = 0


def tabulate(
    request: FeatureRequest,
    run_units: RunUnits = map,
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tabulated:
    """Compute the features of every star of a data set; the caller holds the lock of its tables.

    Parameters
    ----------
    request : FeatureRequest
        What to compute.
    run_units : callable, optional
        Runs the work on units, in this process or in others.
    stop : threading.Event, optional
        Ends the work before the next unit when it is set; what is done stays.
    progress : callable, optional
        Told how many stars are done of how many.

    Raises
    ------
    UsageError
        There is nothing to compute, or what is there must not be mixed; nothing was changed.
    RunError
        The work was stopped. What is done stays.
    """
    stop, store = stop or threading.Event(), Store(request.root)
    dataset = open_dataset(request.root)
    if not dataset.ids:
        raise UsageError(f"{request.root} has no light curves: there is nothing to compute")
    known = store.known(is_recompute=request.is_recompute)
    files, run = dataset.files, uuid.uuid4().hex
    kinds: dict[Kind, str] = {}
    for found in run_units(kinds_of, _units(request.root, run, files, {}, _HEADERS_AT_ONCE)):
        kinds.update({kind: file for kind, file in found.items() if kind not in kinds})
    if not kinds:
        raise UsageError(f"no light curve in {request.root} can be read: see xenoscan verify")
    mission = MISSIONS[_only_kind(kinds)[0]]
    done = _about(dataset)
    done.n_gone = len(known.keys() - set(files.values()))
    size = -(-len(files) // (request.n_workers * _UNITS_A_WORKER))
    units = _units(request.root, run, files, known, min(_MOST_STARS, size))
    for part in run_units(compute, takewhile(lambda _: not stop.is_set(), units)):
        if part.rows:
            store.add_part(mission, part.rows, part.candidates)
        done.n_computed += len(part.rows)
        done.n_unchanged += len(part.unchanged)
        done.n_timed_out += sum(Missing.TIME_OUT in row.values() for row in part.rows)
        done.failures += part.failures
        progress(done.n_computed + done.n_unchanged + len(done.failures), len(files))
    if stop.is_set():
        raise RunError("stopped; what is computed stays, and the same command goes on")
    failed = {files[name] for name, _ in done.failures}
    wanted = set(files.values()) - failed
    done.n_rows = store.finish(mission, wanted, is_recompute=request.is_recompute)
    return done


def _units(
    root: Path, run: str, files: Mapping[str, str], known: Mapping[str, str], size: int
) -> Iterator[Unit]:
    """Yield the stars in the order in which they are read best, some at a time."""
    rest = iter(files.items())
    while some := dict(islice(rest, size)):
        own = {file: known[file] for file in some.values() if file in known}
        yield Unit(root, run, some, own)


def _about(dataset: Dataset) -> Tabulated:
    """Return what the records say is missing."""
    return Tabulated(
        without_curve=[outcome for outcome in dataset.outcomes if not outcome.success],
        lost=dataset.lost(),
        n_files_missing=sum(outcome.quarters_failed for outcome in dataset.outcomes),
    )


def _only_kind(kinds: Mapping[Kind, str]) -> Kind:
    if len({mission for mission, _ in kinds}) > 1:
        raise UsageError(
            "a table of features is of one mission, and here are light curves of"
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
