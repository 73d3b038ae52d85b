"""Put a data set back into a state from which --resume makes it whole."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing._version import __version__
from preprocessing.acquire.audits.audit import Audit
from preprocessing.acquire.audits.dataset_records import Books, DataSet, raw_lines
from preprocessing.acquire.audits.findings import Kind
from preprocessing.acquire.records.checkpoint import CheckpointManager
from preprocessing.acquire.records.manifest import (
    NO_CHAIN,
    REPAIR,
    RUN,
    chain_of,
    chained,
    read_manifest,
)
from preprocessing.acquire.records.results import header_of
from preprocessing.missions.targets import parse_target
from preprocessing.system.atomic import make_folder, replacing
from preprocessing.system.waiting import utc_now

__all__ = ["Repair", "repair"]


@dataclass(frozen=True)
class Repair:
    """What was done.

    Parameters
    ----------
    dropped : tuple of str
        Targets whose rows went: they are on the list again.
    moved : mapping of str to str
        Damaged files by where they are now.
    """

    dropped: tuple[str, ...]
    moved: Mapping[str, str]


def repair(data_set: DataSet, audit: Audit) -> Repair:
    """Drop every record that something speaks against, and move damaged files aside.

    What stays is what records and outputs prove of one another. Outputs that are sound
    but lost their records stay where they are, and --resume takes them over.

    Parameters
    ----------
    data_set : DataSet
        Where the outputs and the records are.
    audit : Audit
        Of the same state.

    Returns
    -------
    Repair

    Raises
    ------
    OSError
        From the file system; then it can be done again.
    """
    books = audit.books
    consistent = _consistent(books, audit.bad_outputs)
    moved = _move_aside(data_set, audit)
    dropped = tuple(e.target for identity, e in books.entries.items() if identity not in consistent)
    line = {
        "kind": REPAIR,
        "time": utc_now(),
        "program": f"xenoscan {__version__}",
        "dropped": list(dropped),
        "moved": moved,
        "unsound_lines": books.unsound_lines,
    }
    manifest = _rewrite_manifest(data_set.manifest, line)
    kept_rows = {books.entries[identity].row_sha256 for identity in consistent}
    results = _rewrite_results(data_set.results_path, kept_rows)
    _rewrite_checkpoint(data_set, books, consistent, results, manifest)
    return Repair(dropped, moved)


def _consistent(books: Books, bad_outputs: Collection[str]) -> set[int | str]:
    """Return the targets whose row, line and output agree."""
    outputs = {e.output.name for e in books.entries.values() if e.output is not None}
    sound = outputs.difference(bad_outputs)
    rows = {i for i, row in books.rows.items() if not row.output_name or row.output_name in sound}
    leaning = {i: parse_target(books.entries[i].same_as).identity for i in rows if _leans(books, i)}
    consistent = rows - leaning.keys()
    # A second name of a star leans on the one that has its ledger, perhaps by way of a third.
    while more := {
        i for i, other in leaning.items() if other in consistent and i not in consistent
    }:
        consistent |= more
    return consistent


def _leans(books: Books, identity: int | str) -> bool:
    return books.entries[identity].same_as != ""


def _move_aside(data_set: DataSet, audit: Audit) -> dict[str, str]:
    """Move damaged outputs, and copy damaged records, into a folder beside the outputs'."""
    folder = data_set.output_dir.absolute().parent / "damaged"
    moved = {}
    for name, finding in audit.bad_outputs.items():
        # Where a row or a ledger disagrees, the output proves what it holds.
        if finding.kind is Kind.DAMAGED:
            make_folder(folder)
            moved[name] = str(_free_name(folder / name))
            shutil.move(data_set.output_dir / name, moved[name])
    spoken_against = {finding.what for finding in audit.books.findings}
    for path in (data_set.results_path, data_set.manifest, data_set.checkpoint):
        if str(path) in spoken_against and path.exists():
            make_folder(folder)
            moved[path.name] = str(_free_name(folder / path.name))
            shutil.copy2(path, moved[path.name])
    return moved


def _free_name(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free


def _rewrite_manifest(path: Path, line: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the sound lines, chained anew where one between them is gone, and add one."""
    run_at, length, chain = 0, 0, NO_CHAIN
    with replacing(path) as stream:
        for content in itertools.chain(_sound_lines(path), [line]):
            text = chained(content, chain)
            if content["kind"] == RUN:
                run_at = length
            stream.write(text)
            length += len(text)
            chain = chain_of(text)
    return {"path": str(path), "bytes": length, "chain": chain, "run_at": run_at}


def _sound_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.exists():
        yield from (line.content for line in read_manifest(path) if line.is_sound)


def _rewrite_results(path: Path, kept: Collection[str]) -> dict[str, Any]:
    header = header_of(path)
    digest, length, seen = hashlib.sha256(header), len(header), set[str]()
    with replacing(path) as stream:
        stream.write(header)
        for line in raw_lines(path) if path.exists() else ():
            row = hashlib.sha256(line).hexdigest()
            if row in kept and row not in seen:
                seen.add(row)
                stream.write(line)
                digest.update(line)
                length += len(line)
    return {"path": str(path), "bytes": length, "sha256": digest.hexdigest()}


def _rewrite_checkpoint(
    data_set: DataSet,
    books: Books,
    consistent: Collection[int | str],
    results: Mapping[str, Any],
    manifest: Mapping[str, Any],
) -> None:
    run = books.description
    if run is None:
        # Nothing says what run it was; --resume goes by the outputs then.
        data_set.checkpoint.unlink(missing_ok=True)
        return
    counts: dict[str, int] = {}
    for identity in consistent:
        reason = books.entries[identity].reason
        counts[reason] = counts.get(reason, 0) + 1
    make_folder(data_set.checkpoint_dir)
    checkpoint = CheckpointManager(data_set.checkpoint, run, books.started)
    checkpoint.write(counts, results, manifest)
