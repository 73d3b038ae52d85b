"""Make a data set's folder of what runs left elsewhere: outputs linked, records rewritten."""

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
from preprocessing.acquire.audits.dataset_records import Books, DataSet, raw_lines, read_books
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
    sync_folder,
    write_atomically,
)
from preprocessing.system.printable import guarded, unguarded
from preprocessing.system.waiting import utc_now

__all__ = ["Adoption", "adopt", "staging_folder"]


@dataclass(frozen=True)
class Adoption:
    """What was taken over.

    Parameters
    ----------
    linked : int
        Light curves that are second names of the old files: they take no more space.
    copied : int
        Light curves that are copies, since the old files are on another file system.
    rows : int
        Rows of the results.
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
        What the checkpoint says of it.
    digests : mapping of str to str
        SHA-256 of each rewritten line, by that of the old line.
    """

    noted: Mapping[str, Any]
    digests: Mapping[str, str]


def adopt(
    old: DataSet,
    new: DatasetFolder,
    beside: Sequence[Callable[[Path], Path]],
    settings: Callable[[RunDescription], str],
) -> Adoption:
    """Make a data set's folder of outputs and records that are elsewhere.

    Nothing is fetched, and nothing old is changed: light curves become hard links, or copies
    on another file system, and records are rewritten. All of it is put together in a hidden
    folder beside the new one, which gets its name in one step at the end. After an interruption
    the same call goes on.

    Parameters
    ----------
    old : DataSet
        Where everything is.
    new : DatasetFolder
        Must not exist yet, or be empty.
    beside : sequence of callable
        Return the path of a further file beside the results, from that of the results.
    settings : callable
        Returns the text of the settings file for the run that made the data set.

    Raises
    ------
    RunConflict
        There is something in the new folder.
    UsageError
        The old records do not tell what run they are of, or do not agree with one another.
    RunError
        A record cannot be read.
    OSError
        From the file system.
    """
    if new.root.exists() and (not new.root.is_dir() or any(new.root.iterdir())):
        raise RunConflict(f"{new.root} is not empty: name a new folder for the data set")
    books = read_books(old)
    _require_sound(books)
    run = books.description
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
    results = _rewrite_results(old, staging, new, books)
    manifest = _rewrite_manifest(old, staging, new, books, results.digests)
    if books.noted:
        make_folder(staging.checkpoints)
        path = staging.checkpoints / CHECKPOINT_NAME
        checkpoint = CheckpointManager(path, run, books.started)
        checkpoint.write(books.noted["counts"], results.noted, manifest.noted)
    write_atomically(staging.settings, settings(run).encode())
    os.replace(staging.root, new.root)
    sync_folder(new.root.parent)
    return Adoption(linked, copied, len(results.digests))


def staging_folder(new: DatasetFolder) -> Path:
    """Return where a data set is put together: hidden, beside its folder.

    Examples
    --------
    >>> staging_folder(DatasetFolder(Path("stars/m-dwarfs"))).as_posix()
    'stars/.m-dwarfs.adopting'
    """
    root = new.root.absolute()
    return new.root.parent / f".{root.name}.adopting"


def _require_sound(books: Books) -> None:
    for finding in books.findings:
        # That something is not there yet is no contradiction: the run had not ended.
        if finding.kind in (Kind.DAMAGED, Kind.DISAGREES):
            raise UsageError(f"{finding}. Put these records right first, with verify --repair")


def _take_light_curves(old: Path, new: Path) -> tuple[int, int]:
    """Link or copy every output; return how many of each."""
    make_folder(new)
    with os.scandir(old) as entries:
        # Hidden are locks and unfinished files.
        names = {e.name for e in entries if e.is_file() and not e.name.startswith(".")}
    for path in new.iterdir():
        # Of an earlier call, before the old data set changed.
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
        # Another file system, or one that has no links.
        part = part_path(new)
        shutil.copyfile(old, part)
        with open(part, "rb") as stream:
            os.fsync(stream.fileno())
        publish(part, new)
        return False
    return True


def _rewrite_results(
    old: DataSet, staging: DatasetFolder, new: DatasetFolder, books: Books
) -> _Moved:
    """Rewrite the results with the new paths of the light curves."""
    noted: dict[str, Any] = {}
    noted_at = books.noted.get("results", {}).get("bytes")
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
    """Yield each line as it is, and with the new path of its light curve."""
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
    books: Books,
    digests: Mapping[str, str],
) -> _Moved:
    """Rewrite the manifest for the rewritten rows, and add where it is from."""
    if not old.manifest.exists():
        return _Moved({}, {})
    at = books.noted.get("manifest", {})
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
    """Return the line that ties the rewritten manifest to the old one."""
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
