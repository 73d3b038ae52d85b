"""Repair a data set so that --resume can complete it."""

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
from preprocessing.acquire.audits.dataset_records import DataSet, DatasetRecords, raw_lines
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
    """What a repair did.

    Parameters
    ----------
    dropped : tuple of str
        Targets that lost their records. The next run downloads them again.
    moved : mapping of str to str
        The new path of each damaged file, by its name.
    """

    dropped: tuple[str, ...]
    moved: Mapping[str, str]


def repair(data_set: DataSet, audit: Audit) -> Repair:
    """Drop every record that another record or an output contradicts; move damaged files aside.

    Records stay where results, manifest and output agree. Sound outputs without records stay
    where they are, and --resume takes them over.

    Parameters
    ----------
    data_set : DataSet
        Where the outputs and the records are.
    audit : Audit
        The audit of the data set as it is now.

    Returns
    -------
    Repair

    Raises
    ------
    OSError
        From the file system. The repair can then be repeated.
    """
    records = audit.records
    consistent = _consistent(records, audit.bad_outputs)
    moved = _move_aside(data_set, audit)
    dropped = tuple(
        e.target for identity, e in records.entries.items() if identity not in consistent
    )
    line = {
        "kind": REPAIR,
        "time": utc_now(),
        "program": f"xenoscan {__version__}",
        "dropped": list(dropped),
        "moved": moved,
        "unsound_lines": records.unsound_lines,
    }
    manifest = _rewrite_manifest(data_set.manifest, line)
    kept_rows = {records.entries[identity].row_sha256 for identity in consistent}
    results = _rewrite_results(data_set.results_path, kept_rows)
    _rewrite_checkpoint(data_set, records, consistent, results, manifest)
    return Repair(dropped, moved)


def _consistent(records: DatasetRecords, bad_outputs: Collection[str]) -> set[int | str]:
    """Return the targets whose row, line and output agree."""
    outputs = {e.output.name for e in records.entries.values() if e.output is not None}
    sound = outputs.difference(bad_outputs)
    rows = {i for i, row in records.rows.items() if not row.output_name or row.output_name in sound}
    aliases = {
        i: parse_target(records.entries[i].same_as).identity for i in rows if _is_alias(records, i)
    }
    consistent = rows - aliases.keys()
    # An alias is as good as the name with the file records. It may refer to another alias.
    while more := {
        i for i, other in aliases.items() if other in consistent and i not in consistent
    }:
        consistent |= more
    return consistent


def _is_alias(records: DatasetRecords, identity: int | str) -> bool:
    return records.entries[identity].same_as != ""


def _move_aside(data_set: DataSet, audit: Audit) -> dict[str, str]:
    """Move damaged outputs, and copy damaged records, into a folder beside the output folder."""
    folder = data_set.output_dir.absolute().parent / "damaged"
    moved = {}
    for name, finding in audit.bad_outputs.items():
        # An output that only disagrees with the records is sound in itself, and stays.
        if finding.kind is Kind.DAMAGED:
            make_folder(folder)
            moved[name] = str(_free_name(folder / name))
            shutil.move(data_set.output_dir / name, moved[name])
    contested = {finding.what for finding in audit.records.findings}
    for path in (data_set.results_path, data_set.manifest, data_set.checkpoint):
        if str(path) in contested and path.exists():
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
    """Keep the sound lines, with new chains after a gap, and append one line."""
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
    records: DatasetRecords,
    consistent: Collection[int | str],
    results: Mapping[str, Any],
    manifest: Mapping[str, Any],
) -> None:
    run = records.description
    if run is None:
        # No record describes the run, so --resume relies on the outputs alone.
        data_set.checkpoint.unlink(missing_ok=True)
        return
    counts: dict[str, int] = {}
    for identity in consistent:
        reason = records.entries[identity].reason
        counts[reason] = counts.get(reason, 0) + 1
    make_folder(data_set.checkpoint_dir)
    checkpoint = CheckpointManager(data_set.checkpoint, run, records.started)
    checkpoint.write(counts, results, manifest)
