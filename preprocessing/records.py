"""The records of a run: results log, names and checkpoint, opened and kept together."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from preprocessing.atomic import make_folder, not_through_links, remove_leftovers
from preprocessing.cells import guarded, unguarded
from preprocessing.checkpoint import CHECKPOINT_NAME, CheckpointManager, RunDescription
from preprocessing.config import Recipe
from preprocessing.exceptions import RunConflict
from preprocessing.outcomes import TargetOutcome, Unsettled
from preprocessing.pipeline import output_name
from preprocessing.results import (
    EarlierRows,
    ResultsLog,
    is_torn,
    outcome_at,
    output_paths,
    read_outcomes,
    row_places,
    rows_that_stay,
)
from preprocessing.salvage import foreign_output
from preprocessing.targets import Target, TargetList, parse_target

__all__ = [
    "RunRecords",
    "done_before",
    "list_path",
    "names_path",
    "open_records",
]

_log = logging.getLogger(__name__)

#: Targets between two checkpoints.
CHECKPOINT_EVERY = 100


class RunRecords:
    """What is known of every target so far; the single writer of results and checkpoint.

    Parameters
    ----------
    results : ResultsLog or None
    checkpoint : CheckpointManager or None
    earlier : EarlierRows, optional
        What stays of an earlier run.
    """

    def __init__(
        self,
        results: ResultsLog | None = None,
        checkpoint: CheckpointManager | None = None,
        earlier: EarlierRows | None = None,
    ) -> None:
        earlier = earlier or EarlierRows()
        self._results = results
        self._checkpoint = checkpoint
        self._done = earlier.done
        self._counts = earlier.counts
        self._since_checkpoint = 0
        self._unsettled: dict[int | str, Unsettled] = {}
        self._replaced: set[int] = set()
        #: Where rows begin in the results, once that is needed.
        self._places: dict[int | str, int] | None = None

    def __contains__(self, target: Target) -> bool:
        return target.identity in self._done

    @property
    def counts(self) -> Mapping[str, int]:
        """Targets by reason, those of earlier runs included."""
        return dict(self._counts)

    def add(self, outcome: TargetOutcome) -> tuple[Unsettled | None, bool]:
        """Record an outcome.

        Returns
        -------
        Unsettled or None
            What it replaces, if the target was recorded before in this run.
        bool
            Whether a checkpoint is due.

        Raises
        ------
        OSError
            From the file system.
        """
        identity = parse_target(outcome.target_id).identity
        place = 0
        if self._results is not None:
            place = self._results.length
            self._results.append(outcome)
            if self._places is not None:
                self._places[identity] = place
        replaced = self._unsettled.pop(identity, None)
        if replaced is not None:
            self._replaced.add(replaced.place)
            self._counts[str(replaced.reason)] -= 1
            self._counts += Counter()
        if not outcome.is_final:
            self._unsettled[identity] = Unsettled(place, outcome.reason, outcome.success)
        self._done.add(identity)
        self._counts[str(outcome.reason)] += 1
        self._since_checkpoint += 1
        due = self._checkpoint is not None and self._since_checkpoint >= CHECKPOINT_EVERY
        return replaced, due

    def may_change(self, target: Target) -> bool:
        """Tell whether this run recorded an outcome that another try may change."""
        return target.identity in self._unsettled

    def begin_again(self, targets: Iterable[Target]) -> None:
        """Take targets for not done; their rows stay until they are replaced."""
        self._done.difference_update(target.identity for target in targets)

    def drop_replaced(self) -> None:
        """Remove the rows of outcomes that were replaced.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None and self._replaced:
            self._results.drop(self._replaced)
            self._replaced, self._places = set(), None

    def add_name(self, name: str, kic: int, separation_arcsec: float | None) -> None:
        """Record which star a name was found to be.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None:
            path = names_path(self._results.path)
            row = io.StringIO()
            if not path.exists():
                row.write("target_id,kic,separation_arcsec\n")
            elif is_torn(path):
                # What a crash left of a line must not become part of this one.
                row.write("\n")
            csv.writer(row, lineterminator="\n").writerow([guarded(name), kic, separation_arcsec])
            with open(path, "a", encoding="utf-8", opener=not_through_links) as stream:
                stream.write(row.getvalue())

    @property
    def has_names(self) -> bool:
        """Whether a target of an earlier run stands under a name, not a number."""
        return any(isinstance(identity, str) for identity in self._done)

    @property
    def keeps_rows(self) -> bool:
        """Whether outcomes can be found again, since there is a results file."""
        return self._results is not None

    def find(self, identity: int | str) -> TargetOutcome | None:
        """Return the outcome of a target, read from the results file.

        The first call looks through the whole file.
        """
        if self._results is None:
            return None
        if self._places is None:
            self._places = row_places(self._results.path)
        place = self._places.get(identity)
        return None if place is None else outcome_at(self._results.path, place)

    def known_stars(self) -> dict[int, int | str]:
        """Return the identity of the target that each star done earlier stands under."""
        stars: dict[int, int | str] = {kic: kic for kic in self._done if isinstance(kic, int)}
        if self._results is not None:
            for name, kic in _read_names(names_path(self._results.path)).items():
                identity = parse_target(name).identity
                if identity in self._done:
                    stars.setdefault(kic, identity)
        return stars

    def write_checkpoint(self) -> None:
        """Bring the results to disk, then note how far they go.

        Raises
        ------
        OSError
            From the file system.
        """
        self._since_checkpoint = 0
        noted: dict[str, Any] = {}
        if self._results is not None:
            noted = {
                "path": str(self._results.path),
                "bytes": self._results.length,
                "sha256": self._results.digest,
            }
            os.fsync(self._results.file_number())
        if self._checkpoint is not None:
            self._checkpoint.write(self._counts, noted)

    def close(self) -> None:
        """Close the files."""
        if self._results is not None:
            self._results.close()


def done_before(results_path: Path) -> frozenset[int | str]:
    """Return the identities of the targets that a resumed run would not try again.

    Raises
    ------
    RunError
        The results file cannot be read.
    """
    if not results_path.exists():
        return frozenset()
    outcomes = read_outcomes(results_path)
    return frozenset(parse_target(o.target_id).identity for o in outcomes if o.is_final)


def names_path(results_path: Path) -> Path:
    """Return where the stars behind names are logged: beside the results.

    Examples
    --------
    >>> names_path(Path("download_results.csv")).name
    'download_results_names.csv'
    """
    return results_path.with_name(f"{results_path.stem}_names.csv")


def list_path(results_path: Path) -> Path:
    """Return where the list of targets is kept: beside the results.

    Examples
    --------
    >>> list_path(Path("download_results.csv")).name
    'download_results_targets.csv'
    """
    return results_path.with_name(f"{results_path.stem}_targets.csv")


def open_records(
    targets: TargetList,
    run: RunDescription,
    output_dir: Path,
    results_path: Path | None,
    checkpoint_dir: Path | None,
    resume: bool,
) -> RunRecords:
    """Open the records of a run, new or resumed.

    Parameters
    ----------
    targets : TargetList
    run : RunDescription
    output_dir : Path
    results_path, checkpoint_dir : Path or None
        Where records are kept; None for none.
    resume : bool
        Go on from what is there.

    Returns
    -------
    RunRecords

    Raises
    ------
    RunConflict
        Records or files of another run are in the way.
    RunError
        Records to go on from cannot be read.
    OSError
        From the file system.
    """
    checkpoint = None
    if checkpoint_dir is not None:
        checkpoint = CheckpointManager(checkpoint_dir / CHECKPOINT_NAME, run)
    if resume:
        earlier = _take_over(targets, run.recipe, results_path, checkpoint)
        pending = (target for target in targets.targets if target.identity not in earlier.done)
        _refuse_foreign(_present_outputs(pending, run.recipe, output_dir), run.recipe)
        remove_leftovers(output_dir)
    else:
        _refuse_to_overwrite(targets, run, output_dir, results_path, checkpoint)
        earlier = EarlierRows()
    if checkpoint is not None:
        # First, so that no empty log is left in the next run's way if it cannot be made.
        make_folder(checkpoint.path.parent)
    results = ResultsLog(results_path, earlier.dropped) if results_path is not None else None
    records = RunRecords(results, checkpoint, earlier)
    try:
        records.write_checkpoint()
    except OSError:
        records.close()
        raise
    return records


def _refuse_to_overwrite(
    targets: TargetList,
    run: RunDescription,
    output_dir: Path,
    results_path: Path | None,
    checkpoint: CheckpointManager | None,
) -> None:
    in_the_way = []
    if results_path is not None:
        beside = (results_path, names_path(results_path), list_path(results_path))
        in_the_way += [(path, "--results") for path in beside if path.exists()]
    if checkpoint is not None and checkpoint.path.exists():
        in_the_way.append((checkpoint.path, "--checkpoint-dir"))
    output = next(_present_outputs(targets.targets, run.recipe, output_dir), None)
    if output is not None:
        in_the_way.append((output, "--output"))
    if in_the_way:
        names = ", ".join(str(path) for path, _ in in_the_way)
        options = ", ".join(dict.fromkeys(option for _, option in in_the_way))
        raise RunConflict(
            f"an earlier run left {names}: go on from it with --resume, or choose another {options}"
        )


def _present_outputs(targets: Iterable[Target], recipe: Recipe, output_dir: Path) -> Iterator[Path]:
    with os.scandir(output_dir) as entries:
        first = next(entries, None)
        if first is None:
            return
        # One listing instead of a question for each of 200,000 names.
        outputs = {output_name(target, recipe) for target in targets}
        for entry in itertools.chain([first], entries):
            if entry.name in outputs:
                yield Path(entry.path)


def _refuse_foreign(outputs: Iterable[Path], recipe: Recipe) -> None:
    for path in outputs:
        difference = foreign_output(path, recipe)
        if difference is not None:
            raise RunConflict(
                f"{path} is of another run: {difference}. Resume with what that run had, or"
                " choose another --output, --results and --checkpoint-dir"
            )


def _take_over(
    targets: TargetList,
    recipe: Recipe,
    results_path: Path | None,
    checkpoint: CheckpointManager | None,
) -> EarlierRows:
    noted = checkpoint.check_resumable() if checkpoint is not None else {}
    if results_path is None or not results_path.exists():
        if noted.get("counts"):
            _log.warning(
                "the checkpoint counts %d targets, but there is no results file %s: they are"
                " fetched again",
                sum(noted["counts"].values()),
                results_path,
            )
        return EarlierRows()
    _warn_if_changed(results_path, noted.get("results", {}))
    if not noted:
        # Only the outputs can tell then what run the rows are of.
        _refuse_foreign(output_paths(results_path), recipe)
    earlier = rows_that_stay(results_path, targets.targets)
    _log.info("%d targets are done, %d rows are dropped", len(earlier.done), len(earlier.dropped))
    return earlier


def _warn_if_changed(results_path: Path, noted: Mapping[str, Any]) -> None:
    left = noted.get("bytes", 0)
    digest = hashlib.sha256()
    with open(results_path, "rb") as stream:
        while chunk := stream.read(min(left, 2**18)):
            digest.update(chunk)
            left -= len(chunk)
    if noted and digest.hexdigest() != noted.get("sha256"):
        _log.warning(
            "%s was changed since the checkpoint was written; its rows are taken as they are",
            results_path,
        )


def _read_names(path: Path) -> dict[str, int]:
    """Return the star behind each name; of two entries of a name the later counts."""
    if not path.exists():
        return {}
    with open(path, encoding="utf-8", errors="replace", newline="") as stream:
        # After a power cut there may be NULs, which the reader of Python 3.10 refuses.
        lines = (line.replace("\0", "") for line in stream)
        rows = [row for row in csv.reader(lines) if len(row) == 3 and row[1].isdecimal()]
    return {unguarded(row[0]): int(row[1]) for row in rows}
