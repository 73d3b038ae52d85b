"""Check every output of a data set, and its records, against one another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.acquire.audits.dataset_records import (
    DataSet,
    DatasetRecords,
    Entry,
    account_of_records,
    read_records,
)
from preprocessing.acquire.audits.findings import Finding, Kind
from preprocessing.acquire.records.opening import OUTPUT_LOCK
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.outcomes import OutputFile
from preprocessing.core.reasons import Reason
from preprocessing.fits.output_file import read_output
from preprocessing.fits.previous_output import require_usable
from preprocessing.missions.targets import parse_target
from preprocessing.system.atomic import PART_SUFFIX

__all__ = ["Audit", "Expected", "audit", "check_output"]

#: Outputs that a process checks per batch.
_CHUNK = 32
#: With fewer outputs than this, starting further processes takes longer than it saves.
_MANY = 128
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Expected:
    """What the records say about an output.

    Parameters
    ----------
    file : OutputFile
        Name, size and digest of the output, as the manifest has them.
    number : int or None
        The star's number in the mission's catalog; None if the manifest has none.
    account : str
        `account_of` the files that were used.
    n_points, quarters_used : int or None
        Rows and files, from its row of the results; None if it has no sound row.
    """

    file: OutputFile
    number: int | None
    account: str
    n_points: int | None
    quarters_used: int | None


@dataclass
class Audit:
    """What an audit found.

    Parameters
    ----------
    records : DatasetRecords
        The records that were read, and what is wrong with them.
    bad_outputs : dict of str to Finding
        Outputs that are missing, damaged, or disagree with the records, by file name.
    extra : list of Finding
        Files in the output folder that no record mentions.
    checked, bytes : int
        Number and total size of the outputs that were read.
    packed : int
        Number of outputs whose files are gone, but that are packed.
    seconds : float
        How long the audit took, in seconds.
    """

    records: DatasetRecords
    bad_outputs: dict[str, Finding] = field(default_factory=dict)
    extra: list[Finding] = field(default_factory=list)
    checked: int = 0
    bytes: int = 0
    packed: int = 0
    seconds: float = 0.0

    @property
    def findings(self) -> list[Finding]:
        """Everything that is wrong: the records first, then the outputs."""
        return [*self.records.findings, *self.bad_outputs.values(), *self.extra]

    def describe(self) -> Iterator[str]:
        """Yield the summary, for a person."""
        recorded = [self.records.entries[identity] for identity in self.records.rows]
        complete = sum(entry.reason == Reason.COMPLETE for entry in recorded)
        partial = sum(entry.reason != Reason.COMPLETE and _has_output(entry) for entry in recorded)
        yield (
            f"{len(recorded)} targets recorded: {complete} complete, {partial} partial, and"
            f" {len(recorded) - complete - partial} without an output, each with its reason."
        )
        rate = self.checked / max(self.seconds, 1e-9)
        yield (
            f"{self.checked} outputs of {self.bytes / 1e6:.1f} MB checked in {self.seconds:.1f} s,"
            f" {rate:.0f} a second."
        )
        if self.packed:
            yield f"{self.packed} outputs are packed, and need no FITS file."
        counts = {kind: sum(f.kind is kind for f in self.findings) for kind in Kind}
        found = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
        yield f"Found: {found}." if found else "All of it is sound."


def audit(
    data_set: DataSet, processes: int | None = None, packed: Mapping[str, str] = _NONE
) -> Audit:
    """Read and check a whole data set.

    Parameters
    ----------
    data_set : DataSet
        Where the outputs and the records are.
    processes : int, optional
        How many processes check outputs; one per processor if not given.
    packed : mapping of str to str, optional
        Digests of outputs that are packed soundly, by file name: these need no file.

    Raises
    ------
    OSError
        From the file system.
    """
    began = time.perf_counter()
    result = Audit(read_records(data_set))
    expected = _expected(result.records)
    present = {}
    with os.scandir(data_set.output_dir) as entries:
        for entry in entries:
            present[entry.name] = entry.is_file()
    there = [item for item in expected.values() if present.get(item.file.name)]
    for item in expected.values():
        name = item.file.name
        if present.get(name):
            continue
        if packed.get(name) == item.file.sha256:
            result.packed += 1
            continue
        text = "is not there" + (", and was packed before it changed" if name in packed else "")
        result.bad_outputs[name] = Finding(Kind.MISSING, str(data_set.output_dir / name), text)
    for name, finding in _check_all(data_set.output_dir, there, processes):
        if finding is not None:
            result.bad_outputs[name] = finding
    for finding in _check_unrecorded(
        result.records, data_set.output_dir, present.keys() - expected.keys()
    ):
        result.bad_outputs[Path(finding.what).name] = finding
    result.checked = len(there)
    result.bytes = sum(item.file.bytes for item in there)
    told = {*expected, *result.bad_outputs, OUTPUT_LOCK}
    for name in sorted(present.keys() - told):
        result.extra.append(_extra(data_set.output_dir / name))
    result.seconds = time.perf_counter() - began
    return result


def check_output(folder: Path, expected: Expected) -> Finding | None:
    """Read an output, and return what is wrong with it; None if nothing is."""
    path = folder / expected.file.name
    try:
        found = read_output(path)
    except CorruptProduct as error:
        return Finding(Kind.DAMAGED, str(path), str(error))
    except OSError as error:
        return Finding(Kind.DAMAGED, str(path), f"cannot be read: {error.strerror or error}")
    if found.number != expected.number:
        return Finding(Kind.DAMAGED, str(path), f"is not of star {expected.number}")
    if found.file != expected.file:
        # FITS checksums miss some damage, such as two words that changed places.
        text = (
            f"{found.file.bytes} bytes of SHA-256 {found.file.sha256}, where the manifest has"
            f" {expected.file.bytes} of {expected.file.sha256}"
        )
        return Finding(Kind.DAMAGED, str(path), text)
    if account_of_records(found.records) != expected.account:
        text = "its table of files and the manifest name different files"
    elif expected.n_points not in (None, found.n_rows):
        text = f"{found.n_rows} rows, where its row of the results has {expected.n_points}"
    elif expected.quarters_used not in (None, len(found.used)):
        text = f"{len(found.used)} files, where its row of the results has {expected.quarters_used}"
    else:
        return None
    return Finding(Kind.DISAGREES, str(path), text)


def _has_output(entry: Entry) -> bool:
    return entry.output is not None or entry.same_as != ""


def _expected(records: DatasetRecords) -> dict[str, Expected]:
    """Return what the records say about each output, by file name."""
    expected = {}
    for identity, entry in records.entries.items():
        if entry.output is not None:
            row = records.rows.get(identity)
            expected[entry.output.name] = Expected(
                entry.output,
                entry.number,
                entry.account,
                None if row is None else row.n_points,
                None if row is None else row.quarters_used,
            )
    return expected


def _check_unrecorded(records: DatasetRecords, folder: Path, names: Set[str]) -> Iterator[Finding]:
    """Find damaged outputs that have no row, which --resume could not take over."""
    for target in map(parse_target, records.without_row):
        number = target.number_in(records.recipe.mission.catalog)
        for name in names & set(records.recipe.output_names(target.file_stem)):
            try:
                require_usable(folder / name, records.recipe, number)
            except CorruptProduct as error:
                text = f"is nowhere recorded, and {error}"
                yield Finding(Kind.DAMAGED, str(folder / name), text)


def _check_all(
    folder: Path, items: list[Expected], processes: int | None
) -> Iterable[tuple[str, Finding | None]]:
    names = [item.file.name for item in items]
    folders = [folder] * len(items)
    if len(items) < _MANY or processes == 1:
        return list(zip(names, map(check_output, folders, items), strict=True))
    with ProcessPoolExecutor(processes) as pool:
        found = pool.map(check_output, folders, items, chunksize=_CHUNK)
        return list(zip(names, found, strict=True))


def _extra(path: Path) -> Finding:
    if path.name.endswith(PART_SUFFIX):
        return Finding(Kind.EXTRA, str(path), "was being written when a run was killed")
    return Finding(Kind.EXTRA, str(path), "is nowhere recorded")
