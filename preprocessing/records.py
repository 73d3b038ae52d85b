"""The records of a run: results log, names and checkpoint, opened and kept together."""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from preprocessing.atomic import remove_leftovers
from preprocessing.checkpoint import CHECKPOINT_NAME, CheckpointManager, RunDescription
from preprocessing.config import Recipe
from preprocessing.exceptions import RunConflict
from preprocessing.pipeline import output_path
from preprocessing.results import ResultsLog, TargetOutcome, read_outcomes
from preprocessing.salvage import foreign_output
from preprocessing.targets import Target, TargetList, parse_target

__all__ = ["RunRecords", "done_keys", "list_path", "names_path", "open_records"]

_log = logging.getLogger(__name__)

#: Targets between two checkpoints.
CHECKPOINT_EVERY = 100


class RunRecords:
    """What is known of every target so far; the single writer of results and checkpoint.

    Parameters
    ----------
    results : ResultsLog or None
    checkpoint : CheckpointManager or None
    done : iterable of TargetOutcome
        Rows of an earlier run that stay.
    """

    def __init__(
        self,
        results: ResultsLog | None = None,
        checkpoint: CheckpointManager | None = None,
        done: Iterable[TargetOutcome] = (),
    ) -> None:
        self._results = results
        self._checkpoint = checkpoint
        self._done: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._since_checkpoint = 0
        for outcome in done:
            self._note(outcome)

    def __contains__(self, target: Target) -> bool:
        return target.key in self._done

    @property
    def counts(self) -> Mapping[str, int]:
        """Targets by reason, those of earlier runs included."""
        return dict(self._counts)

    def add(self, outcome: TargetOutcome) -> bool:
        """Record an outcome; return whether a checkpoint is due.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None:
            self._results.append(outcome)
        self._note(outcome)
        self._since_checkpoint += 1
        return self._checkpoint is not None and self._since_checkpoint >= CHECKPOINT_EVERY

    def add_name(self, name: str, kic: int, separation_arcsec: float | None) -> None:
        """Record which star a name was found to be.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None:
            row = io.StringIO()
            if not names_path(self._results.path).exists():
                row.write("target_id,kic,separation_arcsec\n")
            csv.writer(row, lineterminator="\n").writerow([name, kic, separation_arcsec])
            with open(names_path(self._results.path), "a", encoding="utf-8") as stream:
                stream.write(row.getvalue())

    @property
    def has_names(self) -> bool:
        """Whether a target of an earlier run stands under a name, not a number."""
        return not all(map(_is_number_key, self._done))

    def find(self, key: str) -> TargetOutcome | None:
        """Return the outcome of a target, read from the results file."""
        if self._results is None:
            return None
        outcomes = read_outcomes(self._results.path)
        return next((o for o in outcomes if parse_target(o.target_id).key == key), None)

    def known_stars(self) -> dict[int, str]:
        """Return the key of the target that each star done in an earlier run stands under."""
        stars = {int(key[3:]): key for key in self._done if _is_number_key(key)}
        if self._results is not None:
            for name, kic in _read_names(names_path(self._results.path)).items():
                key = parse_target(name).key
                if key in self._done:
                    stars.setdefault(kic, key)
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

    def _note(self, outcome: TargetOutcome) -> None:
        self._done.add(parse_target(outcome.target_id).key)
        self._counts[str(outcome.reason)] += 1


def done_keys(results_path: Path) -> frozenset[str]:
    """Return the keys of the targets that a resumed run would not try again.

    Raises
    ------
    RunError
        The results file cannot be read.
    """
    if not results_path.exists():
        return frozenset()
    outcomes = read_outcomes(results_path)
    return frozenset(parse_target(o.target_id).key for o in outcomes if o.is_final)


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
        kept = _earlier_outcomes(targets, run.recipe, results_path, checkpoint)
        done = {parse_target(outcome.target_id).key for outcome in kept}
        pending = (target for target in targets.targets if target.key not in done)
        _refuse_foreign(_present_outputs(pending, run.recipe, output_dir), run.recipe)
        remove_leftovers(output_dir)
    else:
        _refuse_to_overwrite(targets, run, output_dir, results_path, checkpoint)
        kept = []
    if checkpoint is not None:
        # First, so that no empty log is left in the next run's way if it cannot be made.
        checkpoint.path.parent.mkdir(parents=True, exist_ok=True)
    results = ResultsLog(results_path, kept) if results_path is not None else None
    records = RunRecords(results, checkpoint, kept)
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
    # One listing instead of a question for each of 200,000 names.
    present = {path.name for path in output_dir.iterdir()}
    outputs = (output_path(output_dir, target, recipe) for target in targets)
    return (path for path in outputs if path.name in present)


def _refuse_foreign(outputs: Iterable[Path], recipe: Recipe) -> None:
    for path in outputs:
        difference = foreign_output(path, recipe)
        if difference is not None:
            raise RunConflict(
                f"{path} is of another run: {difference}. Resume with what that run had, or"
                " choose another --output, --results and --checkpoint-dir"
            )


def _earlier_outcomes(
    targets: TargetList,
    recipe: Recipe,
    results_path: Path | None,
    checkpoint: CheckpointManager | None,
) -> list[TargetOutcome]:
    """Return the rows of an earlier run that stay: of two of one target, the later.

    Those that are to be tried again go, but only if they are on this run's list.
    """
    noted = checkpoint.check_resumable() if checkpoint is not None else {}
    if results_path is None or not results_path.exists():
        if noted.get("counts"):
            _log.warning(
                "the checkpoint counts %d targets, but there is no results file %s: they are"
                " fetched again",
                sum(noted["counts"].values()),
                results_path,
            )
        return []
    _warn_if_changed(results_path, noted.get("results", {}))
    latest: dict[str, TargetOutcome] = {}
    for outcome in read_outcomes(results_path):
        key = parse_target(outcome.target_id).key
        latest.pop(key, None)
        latest[key] = outcome
    wanted = {target.key for target in targets.targets}
    kept = [o for key, o in latest.items() if o.is_final or key not in wanted]
    if not noted:
        # Only the outputs can tell then what run the rows are of.
        _refuse_foreign((Path(o.filepath) for o in kept if o.filepath), recipe)
    again = len(latest) - len(kept)
    _log.info("%d targets are done, %d are tried again", len(kept), again)
    return kept


def _warn_if_changed(results_path: Path, noted: Mapping[str, Any]) -> None:
    length = noted.get("bytes", 0)
    with open(results_path, "rb") as stream:
        digest = hashlib.sha256(stream.read(length)).hexdigest()
    if noted and digest != noted.get("sha256"):
        _log.warning(
            "%s was changed since the checkpoint was written; its rows are taken as they are",
            results_path,
        )


def _is_number_key(key: str) -> bool:
    return key.startswith("kic") and key[3:].isdecimal()


def _read_names(path: Path) -> dict[str, int]:
    """Return the star behind each name; of two entries of a name the later counts."""
    if not path.exists():
        return {}
    with open(path, encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.reader(stream) if len(row) == 3 and row[1].isdecimal()]
    return {row[0]: int(row[1]) for row in rows}
