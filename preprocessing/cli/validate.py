"""``xenoscan validate``: measure what the ranking of a data set finds, and what it invents."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.random_seed import require_seed
from preprocessing.cli.stage_run import add_how, run_stage
from preprocessing.cli.terminal import say
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean

if TYPE_CHECKING:
    from preprocessing.validation.table.stage import Validation

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 all trials are in the tables, 1 some could not be"
    " made, or the work ended early, 2 bad usage, tables that are missing or of another version, or"
    " too few quiet stars; then nothing was changed. A run that was cut off goes on with the same"
    " command; more --trials keep those that are done."
)
_MOST_TRIALS = 1_000_000


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan validate`` to its parser."""
    add = parser.add_argument_group("what to validate").add_argument
    add(
        "dataset",
        type=Path,
        nargs="?",
        metavar="DATASET",
        help="a data set's folder that xenoscan rank has ranked; validation_trials.parquet, and"
        " seven tables made from it, are written into it",
    )
    add(
        "--trials",
        type=int,
        default=100,
        metavar="N",
        help="trials of each class of signals, and of each set without classes (%(default)s)",
    )
    add(
        "--only",
        action="append",
        default=[],
        metavar="SET",
        help="run this set of trials alone, and keep what there is of the others; may be given"
        " several times (all but simulated)",
    )
    add(
        "--model",
        type=Path,
        metavar="FILE",
        help="the model that the data set was ranked with by xenoscan rank --model; signals are put"
        " into the stars that would be in its baseline (ranking_model.npz of the data set)",
    )
    add("--seed", type=int, default=0, metavar="N", help="of all that is random (%(default)s)")
    add(
        "--recompute",
        action="store_true",
        help="make all trials again, also those of another seed, model or version",
    )
    add_how(parser.add_argument_group("how"))


def run(given: argparse.Namespace, call: Call) -> int:
    """Validate a data set.

    Returns
    -------
    int
        0 if all trials are in the tables, 1 if some could not be made.

    Raises
    ------
    UsageError
        There is no data set, or it cannot be validated.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.validation.table.stage import Plan, validate_dataset

    if given.dataset is None:
        raise UsageError("name the folder of a data set")
    if not 1 <= given.trials <= _MOST_TRIALS:
        raise UsageError(f"--trials is a number from 1 to {_MOST_TRIALS}, not {given.trials}")
    require_seed(given.seed)
    model = given.model and given.model.absolute()
    plan = Plan(_sets(given.only), given.trials, given.seed, model)
    done = run_stage(
        given, "validation", lambda stage_run: validate_dataset(stage_run, plan), "trial"
    )
    for reason, n in Counter(text for _, text in done.failures).most_common():
        say(f"{n} trials could not be made: {reason}")
    if not given.quiet:
        for line in _described(done, given.dataset):
            say(line)
    return FAILED if done.failures else OK


def _sets(only: Sequence[str]) -> tuple[str, ...]:
    """Return the sets that are asked for, in the order of the tables."""
    from preprocessing.validation.trial_sets import DEFAULT_SETS, SET_OF

    for name in only:
        if name not in SET_OF:
            raise UsageError(
                f"there is no set of trials {name!r}; {did_you_mean(name, SET_OF)} There are"
                f" {', '.join(SET_OF)}"
            )
    return tuple(name for name in SET_OF if name in only) if only else DEFAULT_SETS


def _described(done: Validation, root: Path) -> Iterator[str]:
    """Yield what a run found, in lines."""
    each = done.cpu_s / max(1, done.n_computed)
    yield (
        f"{root / 'validation_trials.parquet'} has {done.n_trials} trials in {done.n_quiet} quiet"
        f" stars: {done.n_computed} were made now, in {each:.2f} s of processor time each."
    )
    for name, why in done.left_out:
        yield f"No trial of {name}: {why}."
    for row in _rows(done, "validation_recall"):
        if row["strength"] == "strong" and row["kind"] is None:
            yield (
                f"{row['set']}, signals of 10 times the noise or more, {row['class']}: recall"
                f" {_rate(row, 'right_class')} of {row['trials']}"
            )
    for row in _rows(done, "validation_false_alarms"):
        yield (
            f"{row['set']}, no signal: planet candidates {_rate(row, 'planet_candidates')},"
            f" flagged {_rate(row, 'flagged')} of {row['trials']}"
        )


def _rows(done: Validation, name: str) -> Sequence[Mapping[str, Any]]:
    return done.tables.get(name, ())


def _rate(row: Mapping[str, Any], name: str) -> str:
    return f"{row[f'{name}_rate']:.3f} ({row[f'{name}_low']:.3f}-{row[f'{name}_high']:.3f})"
