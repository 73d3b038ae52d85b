"""The records of a run: results, manifest, names and checkpoint, opened and kept together."""

from __future__ import annotations

import itertools
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from preprocessing.acquire.records.checkpoint import (
    CHECKPOINT_NAME,
    CheckpointManager,
    RunDescription,
)
from preprocessing.acquire.records.manifest import Manifest, manifest_path
from preprocessing.acquire.records.manifest_lines import (
    FetchTimes,
    replacing_line,
    run_line,
    target_line,
)
from preprocessing.acquire.records.outcomes import TargetOutcome, Unsettled
from preprocessing.acquire.records.results import (
    EarlierRows,
    ResultsLog,
    complete_places,
    encode_row,
    is_to_be_retried,
    outcome_at,
    read_outcomes,
    row_places,
)
from preprocessing.acquire.records.star_names import names_path, note_name, read_names
from preprocessing.acquire.records.take_over import refuse_foreign, take_over
from preprocessing.acquire.settings import Mode
from preprocessing.core.errors import RunConflict
from preprocessing.core.reasons import Reason
from preprocessing.fits.previous_output import is_output
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target, TargetList, number_of_key, parse_target
from preprocessing.system.atomic import (
    make_folder,
    remove_leftovers,
    remove_part,
)

__all__ = [
    "RunRecords",
    "done_before",
    "list_path",
    "open_records",
]

_log = logging.getLogger(__name__)

#: Targets between two checkpoints.
CHECKPOINT_EVERY = 100


class RunRecords:
    """What is known of every target so far; the single writer of its files.

    Parameters
    ----------
    results : ResultsLog or None
    checkpoint : CheckpointManager or None
    earlier : EarlierRows, optional
        What stays of an earlier run.
    manifest : Manifest, optional
        Where there are results.
    opening : mapping, optional
        The line of this run in the manifest.
    """

    def __init__(
        self,
        results: ResultsLog | None = None,
        checkpoint: CheckpointManager | None = None,
        earlier: EarlierRows | None = None,
        manifest: Manifest | None = None,
        opening: Mapping[str, Any] | None = None,
    ) -> None:
        earlier = earlier or EarlierRows()
        self._manifest = manifest
        self._run_at = manifest.append(opening) if manifest is not None and opening else 0
        self._results = results
        self._checkpoint = checkpoint
        self._done = earlier.done
        self._fetch_times = None
        if manifest is not None:
            self._fetch_times = FetchTimes(manifest.path, self._done)
        self._counts = earlier.counts
        self._since_checkpoint = 0
        self._unsettled: dict[int | str, Unsettled] = {}
        self._replaced: set[int] = set()
        #: Where the rows of complete targets begin that are to be refreshed.
        self._to_refresh: dict[int | str, int] = {}
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
        if self._manifest is not None and self._fetch_times is not None:
            # Before the row, which alone counts: without it the target is done once more.
            line_at = self._manifest.append(target_line(outcome, encode_row(outcome)))
            if not outcome.is_final:
                self._fetch_times.note(identity, line_at)
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
        refreshed = self._to_refresh.pop(identity, None)
        if refreshed is not None:
            self._replaced.add(refreshed)
            self._counts[str(Reason.COMPLETE)] -= 1
            self._counts += Counter()
        if not outcome.is_final:
            self._unsettled[identity] = Unsettled(place, outcome.reason, outcome.success)
        self._done.add(identity)
        self._counts[str(outcome.reason)] += 1
        self._since_checkpoint += 1
        due = self._checkpoint is not None and self._since_checkpoint >= CHECKPOINT_EVERY
        return replaced, due

    def with_fetch_times(self, outcome: TargetOutcome) -> TargetOutcome:
        """Return an outcome that says when what it took over was fetched, if that is known.

        Raises
        ------
        OSError
            From the file system.
        """
        return outcome if self._fetch_times is None else self._fetch_times.completed(outcome)

    def begin_refresh(self, targets: Iterable[Target]) -> None:
        """Take those targets that are complete for not done; their rows stay until replaced."""
        if self._results is None:
            return
        complete = complete_places(self._results.path)
        wanted = {target.identity for target in targets}
        self._to_refresh = {key: place for key, place in complete.items() if key in wanted}
        self._done.difference_update(self._to_refresh)

    def keep_recorded(self, outcome: TargetOutcome) -> bool:
        """Keep what is recorded of a target if a refresh of it left its output as it was.

        Returns
        -------
        bool
            Whether it is kept, and the outcome not to be added.
        """
        identity = parse_target(outcome.target_id).identity
        provenance = outcome.provenance
        is_changed = provenance is not None and (provenance.is_new or provenance.same_as != "")
        if identity not in self._to_refresh or is_changed:
            return False
        self._done.add(identity)
        return True

    def mark_superseded(self, target: Target) -> None:
        """Note on disk that the output of a target is about to be replaced.

        Should the run end before the new row is written, the old one no longer counts.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._manifest is not None and target.identity in self._to_refresh:
            self._manifest.append(replacing_line(target))
            self._manifest.sync()

    def may_change(self, target: Target) -> bool:
        """Tell whether this run recorded an outcome that another try may change."""
        return target.identity in self._unsettled

    def reopen(self, targets: Iterable[Target]) -> None:
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

    def add_name(self, name: str, number: int, separation_arcsec: float | None) -> None:
        """Record which star a name was found to be.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._results is not None:
            note_name(names_path(self._results.path), name, number, separation_arcsec)

    def has_names(self, catalog: str) -> bool:
        """Tell whether a target of an earlier run stands under a name, not a number."""
        return any(_number(identity, catalog) is None for identity in self._done)

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

    def known_stars(self, catalog: str) -> dict[int, int | str]:
        """Return the identity of the target that each star done earlier stands under.

        By their numbers in the catalog.
        """
        numbers = ((_number(identity, catalog), identity) for identity in self._done)
        stars = {number: identity for number, identity in numbers if number is not None}
        if self._results is not None:
            for name, number in read_names(names_path(self._results.path)).items():
                identity = parse_target(name).identity
                if identity in self._done:
                    stars.setdefault(number, identity)
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
        manifest: dict[str, Any] = {}
        if self._manifest is not None:
            manifest = {
                "path": str(self._manifest.path),
                "bytes": self._manifest.length,
                "chain": self._manifest.chain,
                "run_at": self._run_at,
            }
            self._manifest.sync()
        if self._results is not None:
            noted = {
                "path": str(self._results.path),
                "bytes": self._results.length,
                "sha256": self._results.digest,
            }
            os.fsync(self._results.file_number())
        if self._checkpoint is not None:
            self._checkpoint.write(self._counts, noted, manifest)

    def close(self) -> None:
        """Close the files."""
        for file in (self._results, self._manifest):
            if file is not None:
                file.close()


def done_before(results_path: Path, mode: Mode = Mode.RESUME) -> frozenset[int | str]:
    """Return the identities of the targets that a run that goes on would not try again.

    Raises
    ------
    RunError
        The results file cannot be read.
    """
    if not results_path.exists():
        return frozenset()
    outcomes = read_outcomes(results_path)
    return frozenset(
        parse_target(o.target_id).identity
        for o in outcomes
        if not is_to_be_retried(mode, o.reason, o.error)
    )


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
    mode: Mode = Mode.NEW,
) -> RunRecords:
    """Open the records of a run, new or resumed.

    Parameters
    ----------
    targets : TargetList
    run : RunDescription
    output_dir : Path
    results_path, checkpoint_dir : Path or None
        Where records are kept; None for none.
    mode : Mode

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
    noted: Mapping[str, Any] = {}
    if mode.is_resume:
        noted = checkpoint.check_resumable() if checkpoint is not None else {}
        earlier = take_over(targets, run.recipe, results_path, noted, mode)
        pending = (target for target in targets.targets if target.identity not in earlier.done)
        refuse_foreign(_present_outputs(pending, run.recipe, output_dir), run.recipe)
        remove_leftovers(output_dir)
        _remove_parts(results_path, checkpoint)
    else:
        _refuse_to_overwrite(targets, run, output_dir, results_path, checkpoint)
        earlier = EarlierRows()
    if checkpoint is not None:
        # First, so that no empty log is left in the next run's way if it cannot be made.
        make_folder(checkpoint.path.parent)
    results = manifest = None
    if results_path is not None:
        manifest = _open_manifest(results_path, noted.get("manifest"))
        results = ResultsLog(results_path, earlier.dropped)
    records = RunRecords(results, checkpoint, earlier, manifest, run_line(run, mode))
    try:
        records.write_checkpoint()
        if mode is Mode.REFRESH:
            records.begin_refresh(targets.targets)
    except OSError:
        records.close()
        raise
    return records


def _remove_parts(results_path: Path | None, checkpoint: CheckpointManager | None) -> None:
    if results_path is not None:
        for path in (results_path, manifest_path(results_path), list_path(results_path)):
            remove_part(path)
    if checkpoint is not None:
        remove_part(checkpoint.path)


def _open_manifest(results_path: Path, noted: Mapping[str, Any] | None) -> Manifest:
    manifest = Manifest(manifest_path(results_path))
    if noted and not manifest.goes_on_from(noted["bytes"], noted["chain"]):
        _log.warning(
            "%s was changed since the checkpoint was written: scripts/verify_dataset.py says what"
            " is wrong",
            manifest.path,
        )
    return manifest


def _refuse_to_overwrite(
    targets: TargetList,
    run: RunDescription,
    output_dir: Path,
    results_path: Path | None,
    checkpoint: CheckpointManager | None,
) -> None:
    in_the_way = []
    if results_path is not None:
        beside = (
            results_path,
            manifest_path(results_path),
            names_path(results_path),
            list_path(results_path),
        )
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
    refuse_foreign(_first_output(output_dir), run.recipe)


def _first_output(output_dir: Path) -> Iterator[Path]:
    """Yield one light curve of this program, if any is there: the others are of its kind."""
    with os.scandir(output_dir) as entries:
        names = (Path(entry.path) for entry in entries if entry.name.endswith(".fits"))
        yield from itertools.islice(filter(is_output, names), 1)


def _present_outputs(targets: Iterable[Target], recipe: Recipe, output_dir: Path) -> Iterator[Path]:
    with os.scandir(output_dir) as entries:
        first = next(entries, None)
        if first is None:
            return
        # One listing instead of a question for each of 200,000 names.
        outputs = {name for t in targets for name in recipe.output_names(t.file_stem)}
        for entry in itertools.chain([first], entries):
            if entry.name in outputs:
                yield Path(entry.path)


def _number(identity: int | str, catalog: str) -> int | None:
    return None if isinstance(identity, str) else number_of_key(identity, catalog)
