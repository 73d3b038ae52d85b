"""Validate a data set: only the trials that are not done yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from preprocessing.analysis.event_tests import THRESHOLD
from preprocessing.anomalies.schema import RANKING
from preprocessing.core.errors import CorruptProduct, RunError, UsageError
from preprocessing.dataset.opening import open_dataset
from preprocessing.dataset.tabulation import Run
from preprocessing.features import extraction
from preprocessing.features.schema import BLIND, CANDIDATES, FEATURES
from preprocessing.missions import Mission
from preprocessing.tables.curve_rows import FILE, Row
from preprocessing.tables.value_tables import read_table
from preprocessing.validation.alarm_summaries import (
    false_alarms_of,
    reliability_of,
    thresholds_of,
)
from preprocessing.validation.known_summary import Searched, known_of
from preprocessing.validation.schema import (
    CLASSES,
    COMPLETENESS,
    FALSE_ALARMS,
    KNOWN,
    RECALL,
    RELIABILITY,
    THRESHOLDS,
)
from preprocessing.validation.signal_summaries import classes_of, completeness_of, recall_of
from preprocessing.validation.table.context import Validated, read_validated
from preprocessing.validation.table.store import TrialStore
from preprocessing.validation.table.unit import TrialUnit, run_trials
from preprocessing.validation.trial_sets import SET_OF
from preprocessing.validation.trials import Trial, eligible, trials_of, why_none
from preprocessing.vetting import compilation
from preprocessing.vetting.schema import DISPOSITIONS, VETTING

__all__ = ["Plan", "Validation", "validate_dataset"]

#: Trials of a unit: a kill loses seconds of work, minutes for stars of many quarters.
_TRIALS_A_UNIT = 32
_PLANET_CANDIDATE = "planet_candidate"


@dataclass(frozen=True)
class Plan:
    """What a run is to do.

    Parameters
    ----------
    sets : tuple of str
        Names of the sets of trials.
    trials : int
        How many of each class of signals, and of each other set.
    seed : int
        Of all that is random.
    model_path : Path, optional
        The model that the data set was ranked with, if it is not its own.
    """

    sets: tuple[str, ...]
    trials: int
    seed: int
    model_path: Path | None = None


@dataclass
class Validation:
    """What a run did.

    Parameters
    ----------
    n_trials, n_computed : int
        Trials in the table, and those of them that were made now.
    n_quiet : int
        Quiet stars that there are.
    cpu_s : float
        Processor time of the trials that were made now.
    failures : list of (str, str)
        Each trial that could not be made, and why.
    left_out : list of (str, str)
        Each set that no star is eligible for, and why.
    tables : mapping of str to list of mapping
        The rows of each summary.
    """

    n_trials: int = 0
    n_computed: int = 0
    n_quiet: int = 0
    cpu_s: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict, repr=False)


def validate_dataset(run: Run, plan: Plan) -> Validation:
    """Put known signals into the quiet stars of a data set, and count what is found.

    The caller holds the lock of its tables.

    Parameters
    ----------
    run : Run
        Which data set, and how.
    plan : Plan
        Which trials.

    Raises
    ------
    UsageError
        What trials need is not there, or what is there must not be mixed; nothing was changed.
    RunError
        The work was stopped. What is done stays.
    """
    given = read_validated(run.root, plan.seed, plan.model_path)
    _require_candidates(run.root)
    mission, done = given.rows.mission, Validation(n_quiet=len(given.quiet))
    about = {**given.about, "trials": str(plan.trials)}
    store = TrialStore(run.root, mission, about, run.is_recompute)
    rows = {_key(row): row for row in store.known()}
    trials = list(_planned(plan, given, mission, done))
    left = [one for one in trials if one.key not in rows]
    n_known = len(trials) - len(left)
    if left and run.n_workers > 1:
        _compile_first(run)
    units = _units(run.root, left, given)
    for part in run.run_units(run_trials, takewhile(lambda _: not run.stop.is_set(), units)):
        if part.rows:
            store.add_part(part.rows)
        rows.update((_key(row), row) for row in part.rows)
        done.failures += part.failures
        done.n_computed += len(part.rows)
        done.cpu_s += part.cpu_s
        run.progress(n_known + done.n_computed + len(done.failures), len(trials))
    if run.stop.is_set():
        raise RunError("stopped; what is computed stays, and the same command goes on")
    every = sorted(rows.values(), key=_order)
    done.n_trials, done.failures = len(every), sorted(done.failures)
    done.tables = _summaries(run.root, given, every)
    # Former runs may have asked for more.
    most = max([plan.trials, *(int(str(row["number"])) + 1 for row in every)])
    replace(store, about={**store.about, "trials": str(most)}).write(every, done.tables)
    return done


def _compile_first(run: Run) -> None:
    """Compile before many processes begin, lest each of them does."""
    for module in (extraction, compilation):
        if not module.is_compiled():
            run.note("compiling what computes, once on this machine: it takes a minute")
            module.compile_once()


def _planned(plan: Plan, given: Validated, mission: Mission, done: Validation) -> Iterator[Trial]:
    for name in plan.sets:
        stars = eligible(name, given.quiet, mission)
        if not stars:
            done.left_out.append((name, why_none(name, mission)))
        yield from trials_of(name, plan.trials, stars, mission, plan.seed)


def _units(root: Path, trials: Sequence[Trial], given: Validated) -> Iterator[TrialUnit]:
    name_of = {file: name for name, file in open_dataset(root).files.items()}
    gone = [one.file for one in trials if one.file not in name_of]
    if gone:
        raise UsageError(
            f"{root} has no light curve {gone[0]}, and its tables have: run xenoscan features,"
            " vet and rank again"
        )
    rest, run, digest = iter(trials), uuid.uuid4().hex, given.about["model_sha256"]
    while some := tuple(islice(rest, _TRIALS_A_UNIT)):
        names = {one.file: name_of[one.file] for one in some}
        yield TrialUnit(root, run, given.model_path, digest, some, names)


def _key(row: Row) -> str:
    """Return the key of the trial that a row is of: `Trial.key`."""
    return f"{row['set']}/{row['class'] or ''}/{row['number']}"


def _order(row: Row) -> tuple[int, str, int]:
    return list(SET_OF).index(str(row["set"])), str(row["class"] or ""), int(str(row["number"]))


def _summaries(
    root: Path, given: Validated, trials: Sequence[Mapping[str, Any]]
) -> dict[str, Sequence[Row]]:
    threshold = float(given.about["threshold"])
    periods = _strongest_periods(root)
    return {
        COMPLETENESS: completeness_of(trials),
        CLASSES: classes_of(trials),
        RECALL: recall_of(trials),
        FALSE_ALARMS: false_alarms_of(trials),
        RELIABILITY: reliability_of(trials, periods, len(given.rows.file)),
        THRESHOLDS: thresholds_of(trials, threshold, THRESHOLD),
        KNOWN: _known(root),
    }


def _require_candidates(root: Path) -> None:
    """Make sure that what is read after all trials is there before them.

    Raises
    ------
    UsageError
        A table of candidates is not.
    """
    for features, candidates, command in (
        (FEATURES, CANDIDATES, "features"),
        (FEATURES + BLIND, CANDIDATES + BLIND, "vet"),
    ):
        path = root / f"{candidates}.parquet"
        if (root / f"{features}.parquet").exists() and not path.exists():
            raise UsageError(
                f"the validation needs {path}, which is not there: run xenoscan {command} {root}"
                " --recompute"
            )


def _strongest_periods(root: Path) -> list[float]:
    """Return the period of the strongest planet candidate of each star that has one."""
    judged = _columns(root, DISPOSITIONS, (FILE, "number", "disposition"))
    good = {(o[FILE], o["number"]) for o in judged if o["disposition"] == _PLANET_CANDIDATE}
    found = _columns(root, CANDIDATES, (FILE, "number", "snr", "period_d"))
    own = [one for one in found if (one[FILE], one["number"]) in good]
    strongest = {one[FILE]: one for one in sorted(own, key=lambda one: one["snr"] or 0.0)}
    return [one["period_d"] for one in strongest.values()]


def _known(root: Path) -> list[dict[str, Any]]:
    flags = _columns(root, RANKING, (FILE, "is_flagged"))
    flagged = {one[FILE]: one["is_flagged"] for one in flags}
    stars = [{**one, "is_flagged": flagged[one[FILE]]} for one in _columns(root, VETTING, None)]
    found = _columns(root, CANDIDATES, (FILE, "number", "passes"))
    judged = _columns(root, DISPOSITIONS, (FILE, "number", "disposition"))
    has_blind = (root / f"{FEATURES}{BLIND}.parquet").exists()
    hosts = _columns(root, FEATURES + BLIND, (FILE,)) if has_blind else []
    still = _columns(root, CANDIDATES + BLIND, (FILE, "passes")) if has_blind else []
    searched = Searched(
        {(one[FILE], one["number"]) for one in found if one["passes"]},
        {(one[FILE], one["number"]) for one in judged if one["disposition"] == _PLANET_CANDIDATE},
        {one[FILE] for one in hosts},
        {one[FILE] for one in still if one["passes"]},
    )
    return known_of(stars, searched)


def _columns(root: Path, name: str, columns: Sequence[str] | None) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = read_table(root / f"{name}.parquet", columns).to_pylist()
    except (CorruptProduct, FileNotFoundError) as error:
        raise UsageError(f"{error}: run xenoscan vet {root} --recompute") from error
    return rows
