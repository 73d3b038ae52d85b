"""Turn outputs and records of earlier runs into a data set: link outputs, rewrite records."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing._version import __version__
from preprocessing.acquire.audits.dataset_records import (
    DataSet,
    DatasetRecords,
    raw_lines,
    read_records,
)
from preprocessing.acquire.audits.findings import Kind
from preprocessing.acquire.records.checkpoint import (
    CHECKPOINT_NAME,
    CheckpointManager,
    RunDescription,
)
from preprocessing.acquire.records.manifest import (
    ADOPTED,
    NO_CHAIN,
    TARGET,
    chain_of,
    chained,
    manifest_path,
    read_manifest,
)
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunConflict, RunError, UsageError
from preprocessing.system.atomic import (
    make_folder,
    part_path,
    publish,
    replacing,
    write_atomically,
)
from preprocessing.system.printable import guarded, unguarded
from preprocessing.system.syncing import sync_file, sync_folder
from preprocessing.system.waiting import utc_now

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


@dataclass(frozen=True)
class _Moved:
    """A rewritten record, and how the old one maps to it.

    Parameters
    ----------
    noted : mapping
        The record's entry for the new checkpoint; empty if the old one has none.
    digests : mapping of str to str
        SHA-256 of each rewritten line, by the SHA-256 of the old line.
    """

    noted: Mapping[str, Any]
    digests: Mapping[str, str]


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
    manifest = _rewrite_manifest(old, staging, new, records, results.digests)
    if records.checkpoint:
        make_folder(staging.checkpoints)
        path = staging.checkpoints / CHECKPOINT_NAME
        checkpoint = CheckpointManager(path, run, records.started)
        checkpoint.write(records.checkpoint["counts"], results.noted, manifest.noted)
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
) -> _Moved:
    """Rewrite the results, with the new paths of the light curves."""
    noted: dict[str, Any] = {}
    noted_at = records.checkpoint.get("results", {}).get("bytes")
    digests: dict[str, str] = {}
    digest, old_end, new_end = hashlib.sha256(), 0, 0
    lines = (line for line in raw_lines(old.results_path) if line.endswith(b"\n"))
    with replacing(staging.results) as stream:
        header = next(lines, b"")
        column = header.decode().strip().split(",").index("filepath")
        for line, moved in _moved_rows(header, lines, column, new.lightcurves):
            stream.write(moved)
            digest.update(moved)
            old_end, new_end = old_end + len(line), new_end + len(moved)
            if line is not header:
                digests[_sha256(line)] = _sha256(moved)
            if old_end == noted_at:
                noted = {"bytes": new_end, "sha256": digest.hexdigest()}
    return _Moved({"path": str(new.results), **noted} if noted else {}, digests)


def _moved_rows(
    header: bytes, lines: Iterator[bytes], column: int, folder: Path
) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line twice: unchanged, and with the new path of its light curve."""
    yield header, header
    for line in lines:
        (cells,) = csv.reader([line.decode()])
        if _encoded(cells) != line:
            raise RunError(f"a row of the results is not as it was written: {line.decode()!r:.80}")
        if cells[column]:
            cells[column] = guarded(str(folder / Path(unguarded(cells[column])).name))
        yield line, _encoded(cells)


def _rewrite_manifest(
    old: DataSet,
    staging: DatasetFolder,
    new: DatasetFolder,
    records: DatasetRecords,
    digests: Mapping[str, str],
) -> _Moved:
    """Rewrite the manifest to match the rewritten rows, and append where it came from."""
    if not old.manifest.exists():
        return _Moved({}, {})
    at = records.checkpoint.get("manifest", {})
    noted: dict[str, Any] = {}
    run_at, end, chain, old_chain = 0, 0, NO_CHAIN, NO_CHAIN
    with replacing(manifest_path(staging.results)) as stream:
        for line in read_manifest(old.manifest):
            content = dict(line.content)
            if content["kind"] == TARGET:
                row = content["row_sha256"]
                content["row_sha256"] = digests.get(row, row)
            if line.offset == at.get("run_at"):
                run_at = end
            text = chained(content, chain)
            stream.write(text)
            end, chain, old_chain = end + len(text), chain_of(text), line.chain
            if line.end == at.get("bytes"):
                noted = {"bytes": end, "chain": chain, "run_at": run_at}
        stream.write(chained(_adopted_line(old, old_chain), chain))
    return _Moved({"path": str(manifest_path(new.results)), **noted} if noted else {}, {})


def _adopted_line(old: DataSet, old_chain: str) -> dict[str, Any]:
    """Return the line that links the rewritten manifest to the old one."""
    return {
        "kind": ADOPTED,
        "time": utc_now(),
        "program": f"xenoscan {__version__}",
        "from": str(old.output_dir.absolute()),
        "old_chain": old_chain,
    }


def _encoded(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
