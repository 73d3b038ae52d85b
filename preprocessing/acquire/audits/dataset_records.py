"""Read the records of a data set, and check each against the digests in the other records."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from preprocessing.acquire.audits.findings import Finding, Kind
from preprocessing.acquire.records.checkpoint import (
    CHECKPOINT_NAME,
    RunDescription,
    read_checkpoint,
)
from preprocessing.acquire.records.manifest import (
    NO_CHAIN,
    REPAIR,
    REPLACING,
    RUN,
    TARGET,
    ManifestLine,
    file_entry,
    manifest_path,
    read_manifest,
)
from preprocessing.acquire.records.results import COLUMNS, HEADERS
from preprocessing.acquire.records.saved_targets import list_path, names_listed
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.file_record import USED, FileRecord
from preprocessing.core.outcomes import OutputFile
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import parse_target

__all__ = [
    "DataSet",
    "DatasetRecords",
    "Entry",
    "RowFigures",
    "account_of_records",
    "raw_lines",
    "read_records",
]

_ACCOUNT = ("label", "file", "uri", "bytes", "sha256", "procver", "data_rel")


@dataclass(frozen=True)
class DataSet:
    """Where a data set and its records are.

    Parameters
    ----------
    output_dir, results_path, checkpoint_dir : Path
        The folder of light curves, the CSV of results, and the folder of the checkpoint.
    """

    output_dir: Path
    results_path: Path
    checkpoint_dir: Path

    @property
    def manifest(self) -> Path:
        """The manifest."""
        return manifest_path(self.results_path)

    @property
    def checkpoint(self) -> Path:
        """The checkpoint."""
        return self.checkpoint_dir / CHECKPOINT_NAME


@dataclass(frozen=True, slots=True)
class Entry:
    """The last line of a target in the manifest.

    Parameters
    ----------
    target : str
        The star, as the user named it.
    number : int or None
        The star's number in the mission's catalog; None if it is not known.
    reason : str
        The outcome: a value of `Reason`.
    row_sha256 : str
        SHA-256 of the target's row of the results, its line end included, in hexadecimal.
    output : OutputFile or None
        The output file; None if there is none, or if it belongs to `same_as`.
    account : str
        `account_of` the files that were used.
    same_as : str
        The target that has the output, if this one is another name of the same star; else empty.
    """

    target: str
    number: int | None
    reason: str
    row_sha256: str
    output: OutputFile | None
    account: str
    same_as: str


@dataclass(frozen=True, slots=True)
class RowFigures:
    """What a row of the results says about an output: rows, files used, and file name."""

    n_points: int
    quarters_used: int
    output_name: str


@dataclass
class DatasetRecords:
    """The sound part of a data set's records.

    Parameters
    ----------
    findings : list of Finding
        What is wrong with the records themselves.
    entries : dict of int or str to Entry
        The last manifest line of each target, by `Target.identity`.
    rows : dict of int or str to RowFigures
        The rows that the manifest confirms, by `Target.identity`.
    run : mapping
        The manifest's last line about a run; empty if there is none.
    checkpoint : mapping
        Contents of the checkpoint; empty if it is missing or damaged.
    started : str
        When the first run began: ISO 8601, UTC. Empty if the manifest does not say.
    unsound_lines : int
        Number of damaged lines in the manifest.
    without_row : list of str
        Targets of the list, or of the manifest, that have no sound row.
    """

    findings: list[Finding] = field(default_factory=list)
    entries: dict[int | str, Entry] = field(default_factory=dict)
    rows: dict[int | str, RowFigures] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    started: str = ""
    unsound_lines: int = 0
    without_row: list[str] = field(default_factory=list)

    @property
    def recipe(self) -> Recipe:
        """The recipe of the run; the default if no record names it."""
        return Recipe.from_record((self.run or self.checkpoint.get("run", {})).get("recipe", {}))

    @property
    def description(self) -> RunDescription | None:
        """What the run was asked to do; None if no record says."""
        noted = self.checkpoint.get("run")
        if noted is None and not self.run:
            return None
        source = noted or self.run
        return RunDescription(
            archive=source["archive"],
            recipe=Recipe.from_record(source["recipe"]),
            n_targets=source["n_targets"],
            targets_digest=source["targets_digest"],
            arguments=tuple(source["arguments"]),
        )

    @property
    def arguments(self) -> Sequence[str]:
        """The command line of the last run."""
        run = self.run or self.checkpoint.get("run", {})
        return tuple(run.get("arguments", ()))

    def add(self, kind: Kind, what: object, text: str) -> None:
        """Add a finding about the records themselves."""
        self.findings.append(Finding(kind, str(what), text))


def account_of(entries: Iterable[Mapping[str, Any]]) -> str:
    """Return a digest of the entries of the files that were used.

    Two outputs with the same digest were stitched from the same files.
    """
    used = [[entry[name] for name in _ACCOUNT] for entry in entries if entry["status"] == USED]
    return hashlib.sha256(json.dumps(used).encode()).hexdigest()


def account_of_records(records: Iterable[FileRecord]) -> str:
    """Return the digest of `account_of` for the QUARTERS table of an output."""
    return account_of(map(file_entry, records))


def read_records(data_set: DataSet) -> DatasetRecords:
    """Read manifest, checkpoint, results and the list of targets, in this order.

    Raises
    ------
    OSError
        From the file system.
    """
    records = DatasetRecords()
    _read_checkpoint(records, data_set.checkpoint)
    superseded = _read_manifest(records, data_set.manifest)
    _read_results(records, data_set.results_path, superseded)
    _read_list(records, data_set)
    return records


def _read_checkpoint(records: DatasetRecords, path: Path) -> None:
    if not path.exists():
        return records.add(Kind.MISSING, path, "there is no checkpoint")
    try:
        records.checkpoint = read_checkpoint(path)
    except RunError as error:
        records.add(Kind.DAMAGED, path, str(error).partition(": put")[0])


def _read_manifest(records: DatasetRecords, path: Path) -> frozenset[str]:
    """Read the manifest; return the digests of rows that were replaced by later ones."""
    if not path.exists():
        records.add(Kind.MISSING, path, "there is no manifest")
        return frozenset()
    noted = records.checkpoint.get("manifest", {})
    is_noted_chain = not noted
    superseded: set[str] = set()
    for line in read_manifest(path):
        if not line.is_sound:
            records.unsound_lines += 1
            text = f"line {line.number} is not as it was written, or not after the line before"
            records.add(Kind.DAMAGED, path, text)
            continue
        _take(records, line, superseded)
        if noted and line.end == noted["bytes"]:
            is_noted_chain = line.chain == noted["chain"]
    for entry in records.entries.values():
        if entry.same_as and parse_target(entry.same_as).identity not in records.entries:
            text = f"is recorded as the same star as {entry.same_as}, which has no line"
            records.add(Kind.DISAGREES, entry.target, text)
    if not (is_noted_chain or (noted["bytes"], noted["chain"]) == (0, NO_CHAIN)):
        records.add(Kind.DISAGREES, path, "is not what the checkpoint was written for")
    return frozenset(superseded)


def _take(records: DatasetRecords, line: ManifestLine, superseded: set[str]) -> None:
    content = line.content
    if content["kind"] == RUN:
        records.run = content
        records.started = records.started or content["time"]
    elif content["kind"] == TARGET:
        identity = parse_target(content["target"]).identity
        former = records.entries.get(identity)
        if former is not None:
            superseded.add(former.row_sha256)
        superseded.discard(content["row_sha256"])
        records.entries[identity] = _entry(content)
    elif content["kind"] == REPLACING:
        # Which of the two outputs is there is unknown until the target's next line.
        former = records.entries.pop(parse_target(content["target"]).identity, None)
        if former is not None:
            superseded.add(former.row_sha256)
    elif content["kind"] == REPAIR:
        for name in content["dropped"]:
            records.entries.pop(parse_target(name).identity, None)


def _entry(content: Mapping[str, Any]) -> Entry:
    output = content.get("output")
    return Entry(
        target=content["target"],
        number=content["number"],
        reason=content["reason"],
        row_sha256=content["row_sha256"],
        output=None if output is None else OutputFile(**output),
        account=account_of(content.get("quarters", ())),
        same_as=content.get("same_as", ""),
    )


def _read_results(records: DatasetRecords, path: Path, superseded: frozenset[str]) -> None:
    if not path.exists():
        return records.add(Kind.MISSING, path, "there is no results file")
    by_row = {entry.row_sha256: identity for identity, entry in records.entries.items()}
    noted = records.checkpoint.get("results", {})
    digest, length, is_noted = hashlib.sha256(), 0, not noted
    for number, line in enumerate(raw_lines(path), 1):
        digest.update(line)
        length += len(line)
        if noted and length == noted["bytes"]:
            is_noted = digest.hexdigest() == noted["sha256"]
        if number == 1:
            if line not in HEADERS:
                records.add(Kind.DAMAGED, path, "line 1 is not the names of the columns")
            continue
        row = hashlib.sha256(line).hexdigest()
        if row in by_row and by_row[row] not in records.rows:
            records.rows[by_row[row]] = _figures(line)
        elif row in superseded:
            records.add(Kind.EXTRA, path, f"line {number} is of an outcome that was replaced")
        else:
            records.add(Kind.DAMAGED, path, f"line {number} does not match the manifest")
    if not is_noted:
        records.add(Kind.DISAGREES, path, "is not what the checkpoint was written for")


def raw_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file as bytes, line ends included."""
    with open(path, "rb") as stream:
        yield from stream


def _figures(line: bytes) -> RowFigures:
    (cells,) = csv.reader([line.decode("utf-8", "replace")])
    # Rows of version 0.2 lack the last columns.
    row = dict(zip(COLUMNS, cells, strict=False))
    name = Path(row["filepath"]).name
    return RowFigures(int(row["n_points"]), int(row["quarters_used"]), name)


def _read_list(records: DatasetRecords, data_set: DataSet) -> None:
    """Find the targets of the list and of the manifest that have no outcome."""
    names = {entry.target: identity for identity, entry in records.entries.items()}
    path = list_path(data_set.results_path)
    if path.exists():
        try:
            names.update({name: parse_target(name).identity for name in names_listed(path)})
        except UsageError as error:
            return records.add(Kind.DAMAGED, path, str(error))
    seen = set(records.rows)
    for name, identity in names.items():
        if identity not in seen:
            seen.add(identity)
            records.without_row.append(name)
            records.add(Kind.MISSING, name, f"has no row in {data_set.results_path}")
