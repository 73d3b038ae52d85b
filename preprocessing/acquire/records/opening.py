"""Open the records of a run: decide which earlier rows stay, and which targets are pending."""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from preprocessing.acquire.records.checkpoint import (
    CHECKPOINT_NAME,
    ELSEWHERE,
    CheckpointManager,
    RunDescription,
)
from preprocessing.acquire.records.foreign_records import refuse_foreign_records
from preprocessing.acquire.records.manifest import Manifest, manifest_path, run_line
from preprocessing.acquire.records.manifest_history import (
    row_digests_since,
    unfinished_replacements,
)
from preprocessing.acquire.records.relocation import follow_outputs
from preprocessing.acquire.records.results import (
    EarlierRows,
    ResultsLog,
    complete_offsets,
    is_to_be_retried,
    output_paths,
    read_outcomes,
    row_digest,
    rows_that_stay,
)
from preprocessing.acquire.records.run_records import RunRecords
from preprocessing.acquire.records.saved_targets import files_path, list_path
from preprocessing.acquire.records.star_names import names_path
from preprocessing.acquire.settings import Mode
from preprocessing.core.dataset_folder import clocks_in
from preprocessing.core.errors import RunConflict
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.fits.clock_files import remove_clock_parts
from preprocessing.fits.foreign_file import is_leftover, is_output
from preprocessing.fits.previous_output import foreign_output
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target, TargetList, parse_target
from preprocessing.system.atomic import make_folder, remove_leftovers, remove_part

__all__ = ["OUTPUT_LOCK", "done_before", "lock_paths", "open_records"]

_log = logging.getLogger(__name__)

#: In the output folder.
OUTPUT_LOCK = ".xenoscan.lock"

#: Tells from a row's offset, target and cells whether the manifest does not confirm it.
_IsVoid = Callable[[int, int | str, Sequence[str]], bool]


def done_before(results_path: Path, mode: Mode = Mode.RESUME) -> frozenset[int | str]:
    """Return the identities of the targets that a resumed run would not try again.

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
        The whole list of the run.
    run : RunDescription
        What the run was asked to do.
    output_dir : Path
        Folder of the outputs.
    results_path, checkpoint_dir : Path or None
        The results file, and the folder of the checkpoint; None to keep none.
    mode : Mode
        Which targets with an outcome are tried again.

    Returns
    -------
    RunRecords
        The open records. Their `pending` are the targets to download.

    Raises
    ------
    RunConflict
        Records or files of another run are in the way.
    RunError
        The records of the run to resume cannot be read.
    OSError
        From the file system.
    """
    refuse_foreign_records(
        results_path, None if checkpoint_dir is None else checkpoint_dir / CHECKPOINT_NAME
    )
    checkpoint = None
    if checkpoint_dir is not None:
        checkpoint = CheckpointManager(checkpoint_dir / CHECKPOINT_NAME, run)
    saved: Mapping[str, Any] = {}
    if mode.is_resume:
        saved = checkpoint.check_resumable() if checkpoint is not None else {}
        if results_path is not None and results_path.exists():
            saved = follow_outputs(results_path, output_dir, saved)
        earlier = _take_over(targets, run.recipe, results_path, saved, mode)
        open_targets = (t for t in targets.targets if t.identity not in earlier.done)
        _refuse_foreign(_present_outputs(open_targets, run.recipe, output_dir), run.recipe)
        remove_leftovers(output_dir, is_leftover)
        _remove_parts(results_path, checkpoint)
    else:
        _refuse_to_overwrite(targets, run, output_dir, results_path, checkpoint)
        earlier = EarlierRows()
    if checkpoint is not None:
        # First: if this fails, no empty results file is left to block the next run.
        make_folder(checkpoint.path.parent)
    results = manifest = None
    to_refresh: dict[int | str, int] = {}
    if results_path is not None:
        manifest = _open_manifest(results_path, saved.get("manifest"))
        results = ResultsLog(results_path, earlier.dropped)
        if mode is Mode.REFRESH:
            # Their rows stay until they are replaced.
            wanted = {target.identity for target in targets.targets}
            complete = complete_offsets(results_path, _packed_alone(output_dir))
            to_refresh = {key: row_at for key, row_at in complete.items() if key in wanted}
            earlier.done.difference_update(to_refresh)
    pending = tuple(t for t in targets.targets if t.identity not in earlier.done)
    opening = run_line(run, mode)
    records = RunRecords(results, checkpoint, earlier, manifest, opening, pending, to_refresh)
    try:
        records.write_checkpoint()
    except OSError:
        records.close()
        raise
    return records


def _packed_alone(output_dir: Path) -> frozenset[str]:
    """Return the outputs that are packed, and whose FITS files were removed.

    Nothing is left to compare with the archive, or to fall back on if it does not answer.
    """
    stars = PackedFolder(output_dir.parent).stars
    if not stars.exists():
        return frozenset()
    # Imported here: who has no packed data set needs no pyarrow.
    from preprocessing.tables.stars import packed_stars

    alone = frozenset(packed_stars(stars)) - {path.name for path in output_dir.iterdir()}
    if alone:
        _log.warning(
            "%d light curves are packed and have no FITS file: they stay as they are", len(alone)
        )
    return alone


def _remove_parts(results_path: Path | None, checkpoint: CheckpointManager | None) -> None:
    if results_path is not None:
        for path in (results_path, manifest_path(results_path), list_path(results_path)):
            remove_part(path)
    if checkpoint is not None:
        remove_part(checkpoint.path)
        remove_clock_parts(clocks_in(checkpoint.path.parent))


def _open_manifest(results_path: Path, saved: Mapping[str, Any] | None) -> Manifest:
    manifest = Manifest(manifest_path(results_path))
    if saved and not manifest.has_prefix(saved["bytes"], saved["chain"]):
        _log.warning(
            "%s was changed since the checkpoint was written: xenoscan verify says what is wrong",
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
            files_path(results_path),
        )
        in_the_way += [(path, "--results") for path in beside if path.exists()]
    if checkpoint is not None and checkpoint.path.exists():
        in_the_way.append((checkpoint.path, "--checkpoint-dir"))
    # The others are protected star by star.
    present = filter(is_output, _present_outputs(targets.targets, run.recipe, output_dir))
    output = next(present, None)
    if output is not None:
        in_the_way.append((output, "--output"))
    if in_the_way:
        names = ", ".join(str(path) for path, _ in in_the_way)
        options = ", ".join(dict.fromkeys(option for _, option in in_the_way))
        raise RunConflict(
            f"an earlier run left {names}: go on from it with --resume, or choose another"
            f" {options}, or another --dataset"
        )
    _refuse_foreign(_first_output(output_dir), run.recipe)


def _first_output(output_dir: Path) -> Iterator[Path]:
    """Yield one light curve of this program, if there is any; it stands for all of them."""
    with os.scandir(output_dir) as entries:
        names = (Path(entry.path) for entry in entries if entry.name.endswith(".fits"))
        yield from itertools.islice(filter(is_output, names), 1)


def _present_outputs(targets: Iterable[Target], recipe: Recipe, output_dir: Path) -> Iterator[Path]:
    with os.scandir(output_dir) as entries:
        first = next(entries, None)
        if first is None:
            return
        # One listing is faster than a check for each of 200,000 names.
        outputs = {name for t in targets for name in recipe.output_names(t.file_stem)}
        for entry in itertools.chain([first], entries):
            if entry.name in outputs:
                yield Path(entry.path)


def _take_over(
    targets: TargetList,
    recipe: Recipe,
    results_path: Path | None,
    saved: Mapping[str, Any],
    mode: Mode,
) -> EarlierRows:
    """Return which rows of an earlier run's results stay.

    Parameters
    ----------
    targets : TargetList
        The list of the run that resumes.
    recipe : Recipe
        What the outputs must have been made with.
    results_path : Path or None
        The results file; None if the run keeps none.
    saved : mapping
        The contents of the checkpoint; empty if there is none.
    mode : Mode
        Which targets with an outcome are tried again.

    Raises
    ------
    RunConflict
        The outputs are of another run.
    RunError
        The results cannot be read.
    OSError
        From the file system.
    """
    if results_path is None or not results_path.exists():
        if saved.get("counts"):
            _log.warning(
                "the checkpoint counts %d targets, but there is no results file %s: they are"
                " fetched again",
                sum(saved["counts"].values()),
                results_path,
            )
        return EarlierRows()
    is_changed = _is_changed(results_path, saved.get("results", {}))
    if is_changed:
        _log.warning(
            "%s was changed since the checkpoint was written; its rows are taken as they are",
            results_path,
        )
    if not saved:
        # Without a checkpoint, only the outputs show which run the rows belong to.
        _refuse_foreign(output_paths(results_path), recipe)
    is_void = _void_rows(manifest_path(results_path), {} if is_changed else saved)
    earlier = rows_that_stay(results_path, targets.targets, mode, is_void)
    _log.info("%d targets are done, %d rows are dropped", len(earlier.done), len(earlier.dropped))
    return earlier


def _refuse_foreign(outputs: Iterable[Path], recipe: Recipe) -> None:
    """Make sure that outputs were made with the same recipe.

    Raises
    ------
    RunConflict
        One was not.
    """
    for path in outputs:
        difference = foreign_output(path, recipe)
        if difference is not None:
            raise RunConflict(
                f"{path} is of another run: {difference}. Resume with what that run had, or"
                f" {ELSEWHERE}"
            )


def _is_changed(results_path: Path, saved: Mapping[str, Any]) -> bool:
    left = saved.get("bytes", 0)
    digest = hashlib.sha256()
    with open(results_path, "rb") as stream:
        while chunk := stream.read(min(left, 2**18)):
            digest.update(chunk)
            left -= len(chunk)
    return bool(saved) and digest.hexdigest() != saved.get("sha256")


def _void_rows(manifest: Path, saved: Mapping[str, Any]) -> _IsVoid:
    """Return a function that tells whether the manifest does not confirm a row.

    Such a row is older than its output, if a refresh was interrupted after it replaced that; or
    its line of the manifest was lost in a power cut.
    """
    if not manifest.exists():
        _log.info("there is no manifest %s: what was recorded before has no line in it", manifest)
        return lambda offset, identity, row: False
    in_manifest = saved.get("manifest", {})
    replaced = unfinished_replacements(manifest, in_manifest.get("run_at"))
    consistent, consistent_from = frozenset[str](), None
    if in_manifest:
        consistent = row_digests_since(manifest, in_manifest["bytes"])
        consistent_from = saved["results"]["bytes"]

    def is_void(offset: int, identity: int | str, row: Sequence[str]) -> bool:
        if identity in replaced:
            return row_digest(row) != replaced[identity]
        if consistent_from is not None and offset >= consistent_from:
            return row_digest(row) not in consistent
        return False

    return is_void


def lock_paths(
    output_dir: Path, results_path: Path | None, checkpoint_dir: Path | None
) -> list[tuple[Path, str]]:
    """Return the lock file of each place where a run writes, and the name of the place.

    Examples
    --------
    >>> lock_paths(Path("raw"), Path("results.csv"), None)[1][0].name
    '.results.csv.lock'
    """
    locks = [(output_dir / OUTPUT_LOCK, f"{output_dir} (--output)")]
    files = (
        (results_path, "--results"),
        (checkpoint_dir and checkpoint_dir / CHECKPOINT_NAME, "--checkpoint-dir"),
    )
    for path, option in files:
        if path is not None:
            locks.append((path.with_name(f".{path.name}.lock"), f"{path} ({option})"))
    return locks
