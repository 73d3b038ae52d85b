"""Turn outputs and records of earlier runs into a data set: link outputs, rewrite records."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing.acquire.audits.dataset_records import DataSet, DatasetRecords, read_records
from preprocessing.acquire.audits.findings import Kind
from preprocessing.acquire.records.checkpoint import (
    CHECKPOINT_NAME,
    CheckpointManager,
    RunDescription,
)
from preprocessing.acquire.records.manifest import ADOPTED, manifest_path
from preprocessing.acquire.records.relocation import (
    RewrittenResults,
    move_line,
    rewrite_manifest,
    rewrite_results,
)
from preprocessing.core.dataset_folder import DatasetFolder, clocks_in
from preprocessing.core.errors import RunConflict, UsageError
from preprocessing.fits.clock_files import clock_files
from preprocessing.system.atomic import (
    make_folder,
    part_path,
    publish,
    replacing,
    sync_file,
    sync_folder,
    write_atomically,
)

__all__ = ["Adoption", "adopt", "staging_folder"]


@dataclass(frozen=True)
class Adoption:
    """What was taken over.

    Parameters
    ----------
    linked : int
        Number of light curves that are hard links to the old files, and take no space.
    copied : int
        Number of light curves that were copied, because they could not be linked.
    rows : int
        Number of rows in the results.
    """

    linked: int
    copied: int
    rows: int


def adopt(
    old: DataSet,
    new: DatasetFolder,
    beside: Sequence[Callable[[Path], Path]],
    settings: Callable[[RunDescription], str],
) -> Adoption:
    """Build a data set's folder from outputs and records that are elsewhere.

    The call fetches nothing and leaves the old files unchanged. It links light curves, or copies
    them to another file system, and rewrites the records. It works in a hidden folder beside the
    new one, and renames that folder at the end. After an interruption, the same call continues.

    Parameters
    ----------
    old : DataSet
        Where the outputs and records are.
    new : DatasetFolder
        The folder to make. It must not exist yet, or be empty.
    beside : sequence of callable
        Each takes the path of the results, and returns the path of another file beside it that
        is copied if it exists.
    settings : callable
        Takes the description of the run that made the data set, and returns the text of the
        settings file.

    Raises
    ------
    RunConflict
        The new folder is not empty.
    UsageError
        The old records do not describe their run, or contradict each other.
    RunError
        A record cannot be read.
    OSError
        From the file system.
    """
    if new.root.exists() and (not new.root.is_dir() or any(new.root.iterdir())):
        raise RunConflict(f"{new.root} is not empty: name a new folder for the data set")
    records = read_records(old)
    _require_sound(records)
    run = records.description
    if run is None:
        raise UsageError(
            f"neither {old.checkpoint} nor {old.manifest} says how these light curves were made"
        )
    staging = DatasetFolder(staging_folder(new))
    linked, copied = _take_light_curves(old.output_dir, staging.lightcurves)
    for path_beside in beside:
        if path_beside(old.results_path).exists():
            content = path_beside(old.results_path).read_bytes()
            write_atomically(path_beside(staging.results), content)
    results = _rewrite_results(old, staging, new, records)
    manifest = _rewrite_manifest(old, staging, records, results.digests)
    if records.checkpoint:
        make_folder(staging.checkpoints)
        path = staging.checkpoints / CHECKPOINT_NAME
        checkpoint = CheckpointManager(path, run, records.started)
        checkpoint.write(
            records.checkpoint["counts"],
            _noted(new.results, results.noted),
            _noted(manifest_path(new.results), manifest),
        )
    for path in clock_files(clocks_in(old.checkpoint_dir)):
        make_folder(staging.clocks)
        write_atomically(staging.clocks / path.name, path.read_bytes())
    write_atomically(staging.settings, settings(run).encode())
    os.replace(staging.root, new.root)
    sync_folder(new.root.parent)
    return Adoption(linked, copied, len(results.digests))


def staging_folder(new: DatasetFolder) -> Path:
    """Return the hidden folder in which a data set is put together, beside its own folder.

    Examples
    --------
    >>> staging_folder(DatasetFolder(Path("stars/m-dwarfs"))).as_posix()
    'stars/.m-dwarfs.adopting'
    """
    root = new.root.absolute()
    return new.root.parent / f".{root.name}.adopting"


def _require_sound(records: DatasetRecords) -> None:
    for finding in records.findings:
        # Missing records are no contradiction: the run may not have ended.
        if finding.kind in (Kind.DAMAGED, Kind.DISAGREES):
            raise UsageError(f"{finding}. Put these records right first, with verify --repair")


def _take_light_curves(old: Path, new: Path) -> tuple[int, int]:
    """Link or copy every output; return how many of each."""
    make_folder(new)
    with os.scandir(old) as entries:
        # Hidden files are locks, or unfinished.
        names = {e.name for e in entries if e.is_file() and not e.name.startswith(".")}
    for path in new.iterdir():
        # An earlier call took it before the old data set changed.
        if path.name not in names:
            path.unlink()
    linked = sum(_take((old / name).resolve(), new / name) for name in sorted(names))
    sync_folder(new)
    return linked, len(names) - linked


def _take(old: Path, new: Path) -> bool:
    """Link or copy one file, unless an earlier call did; return whether it is a link."""
    if new.exists() and new.samefile(old):
        return True
    new.unlink(missing_ok=True)
    try:
        os.link(old, new)
    except OSError:
        # The new folder is on another file system, or on one without links.
        part = part_path(new)
        shutil.copyfile(old, part)
        with open(part, "rb") as stream:
            sync_file(stream.fileno())
        publish(part, new)
        return False
    return True


def _rewrite_results(
    old: DataSet, staging: DatasetFolder, new: DatasetFolder, records: DatasetRecords
) -> RewrittenResults:
    with replacing(staging.results) as stream:
        return rewrite_results(
            old.results_path,
            stream.write,
            records.checkpoint.get("results", {}),
            lambda path: new.lightcurves / path.name,
        )


def _rewrite_manifest(
    old: DataSet, staging: DatasetFolder, records: DatasetRecords, digests: Mapping[str, str]
) -> Mapping[str, Any]:
    if not old.manifest.exists():
        return {}
    with replacing(manifest_path(staging.results)) as stream:
        return rewrite_manifest(
            old.manifest,
            stream.write,
            records.checkpoint.get("manifest", {}),
            digests,
            move_line(ADOPTED, old.output_dir),
        )


def _noted(path: Path, noted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the checkpoint says about a rewritten record; nothing if it said nothing."""
    return {"path": str(path), **noted} if noted else {}
