"""What the manifest says of runs and targets, and how that is found again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from preprocessing._version import __version__
from preprocessing.acquire.records.checkpoint import RunDescription
from preprocessing.acquire.records.outcomes import TargetOutcome
from preprocessing.acquire.settings import Mode
from preprocessing.core.file_record import USED, Fetched, FileRecord
from preprocessing.missions.targets import Target, parse_target
from preprocessing.system.clock import utc_now

__all__ = [
    "REPAIR",
    "REPLACING",
    "RUN",
    "TARGET",
    "FetchTimes",
    "ledger_entry",
    "replacing_line",
    "row_digests_since",
    "run_line",
    "target_line",
    "unfinished_replacements",
]

#: Kinds of lines.
RUN, TARGET, REPLACING, REPAIR = "run", "target", "replacing", "repair"
_BUFFER = 2**20


def run_line(run: RunDescription, mode: Mode) -> dict[str, Any]:
    """Return the line that opens a run: what is needed to cite and to repeat it."""
    return {
        "kind": RUN,
        "mode": str(mode),
        "time": utc_now(),
        "program": f"xenoscan {__version__}",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "aiohttp": version("aiohttp"),
        "system": platform.platform(),
        "arguments": list(run.arguments),
        "archive": run.archive,
        "recipe": run.recipe.to_record(),
        "preference": [[author.name, cadence] for author, cadence in run.recipe.candidates],
        "n_targets": run.n_targets,
        "targets_digest": run.targets_digest,
    }


def target_line(outcome: TargetOutcome, row: bytes) -> dict[str, Any]:
    """Return the line of an outcome, with its ledger of expected and received files.

    Parameters
    ----------
    outcome : TargetOutcome
    row : bytes
        Its line of the results.
    """
    provenance = outcome.provenance
    line: dict[str, Any] = {
        "kind": TARGET,
        "target": outcome.target_id,
        "number": parse_target(outcome.target_id).number
        if provenance is None
        else provenance.number,
        "recorded": outcome.timestamp,
        "reason": str(outcome.reason),
        "row_sha256": hashlib.sha256(row).hexdigest(),
    }
    if provenance is not None and provenance.same_as:
        return {**line, "same_as": provenance.same_as}
    quarters = provenance.quarters if provenance is not None else ()
    output = provenance.output if provenance is not None else None
    return {
        **line,
        "author": "" if provenance is None else provenance.author,
        "cadence": "" if provenance is None else provenance.cadence,
        "left_out": [] if provenance is None else list(provenance.left_out),
        "output": None if output is None else asdict(output),
        "expected": len(quarters),
        "received": sum(record.status == USED for record in quarters),
        "quarters": [ledger_entry(record) for record in quarters],
    }


def ledger_entry(record: FileRecord) -> dict[str, Any]:
    """Return one file of a ledger."""
    fetched = record.fetched
    return {
        "label": record.label,
        "file": record.file_name,
        "uri": record.uri,
        "status": record.status,
        "reason": str(record.reason or ""),
        "bytes": record.bytes,
        "sha256": record.sha256,
        "verified": record.verified,
        "procver": record.procver,
        "data_rel": record.data_rel,
        "fetched": None if fetched is None else fetched.time,
        "archive": None if fetched is None else fetched.archive,
        "taken_over": record.taken_over,
    }


def replacing_line(target: Target) -> dict[str, Any]:
    """Return the line that says that a recorded output is about to be replaced."""
    return {"kind": REPLACING, "target": target.name, "time": utc_now()}


class FetchTimes:
    """When files that are taken over were fetched, from the lines of earlier outcomes.

    Parameters
    ----------
    path : Path
        The manifest, which may be growing.
    done : set of int or str
        Targets of which nothing will be taken over, by `Target.identity`; may be growing.
        They are not remembered.
    """

    def __init__(self, path: Path, done: Set[int | str] = frozenset()) -> None:
        self._path = path
        self._done = done
        #: Where the last line of each target begins, once that is needed.
        self._places: dict[int | str, int] | None = None

    def note(self, identity: int | str, place: int) -> None:
        """Note that a line of a target was added."""
        if self._places is not None:
            self._places[identity] = place

    def completed(self, outcome: TargetOutcome) -> TargetOutcome:
        """Return an outcome whose ledger has the times of what was taken over.

        The first call that needs them looks through the whole manifest.

        Raises
        ------
        OSError
            From the file system.
        """
        provenance = outcome.provenance
        if provenance is None or not provenance.lacks_fetch_times:
            return outcome
        known = self._known(parse_target(outcome.target_id).identity)
        quarters = tuple(
            replace(q, fetched=q.fetched or known.get((q.file_name, q.sha256)))
            for q in provenance.quarters
        )
        return replace(outcome, provenance=replace(provenance, quarters=quarters))

    def _known(self, identity: int | str) -> Mapping[tuple[str, str], Fetched]:
        if self._places is None:
            self._places = dict(self._places_of_others())
        place = self._places.get(identity)
        if place is None:
            return {}
        with open(self._path, "rb") as stream:
            stream.seek(place)
            line = _parsed(stream.readline())
        return {
            (entry["file"], entry["sha256"]): Fetched(entry["fetched"], entry["archive"])
            for entry in line.get("quarters", ())
            if entry["fetched"] is not None
        }

    def _places_of_others(self) -> Iterator[tuple[int | str, int]]:
        """Yield where lines begin, of all targets but those that are done."""
        for kind, name, place, _ in _beginnings(self._path, 0):
            identity = parse_target(name).identity
            if kind == TARGET and identity not in self._done:
                yield identity, place


def row_digests_since(path: Path, start: int) -> frozenset[str]:
    """Return the digests of the rows that the lines from some byte on stand for.

    Raises
    ------
    OSError
        From the file system.
    """
    return frozenset(
        str(_parsed(line).get("row_sha256"))
        for kind, _, _, line in _beginnings(path, start)
        if kind == TARGET
    )


def unfinished_replacements(path: Path, run_at: int | None) -> dict[int | str, str | None]:
    """Return which rows may be older than their outputs, after a run that did not end.

    Parameters
    ----------
    path : Path
    run_at : int or None
        Byte at which the line of the last run begins, if that is known.

    Returns
    -------
    dict
        By target, the digest of the only row that is not older; None if there is none.

    Raises
    ------
    OSError
        From the file system.
    """
    if run_at is not None:
        with open(path, "rb") as stream:
            stream.seek(run_at)
            first = stream.readline()
        if first.startswith(_HEADS[RUN]) and f'"mode":"{Mode.REFRESH}"'.encode() not in first:
            return {}
    replaced: dict[int | str, str | None] = {}
    for kind, name, _, line in _beginnings(path, run_at or 0):
        if kind == RUN:
            # Whatever was unfinished before has been put right when that run began.
            replaced.clear()
            continue
        identity = parse_target(name).identity
        if kind == REPLACING:
            replaced[identity] = None
        elif identity in replaced:
            replaced[identity] = _parsed(line).get("row_sha256")
    return replaced


def _parsed(line: bytes) -> dict[str, Any]:
    """Return a line's content; of one that is damaged, nothing."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return {}


def _beginnings(path: Path, start: int) -> Iterator[tuple[str, str, int, bytes]]:
    """Yield kind, target, place and text of each line; of others than targets, no name.

    Only the first two members are looked at: there are 5 kB of others.
    """
    decode = json.JSONDecoder().raw_decode
    with open(path, "rb", buffering=_BUFFER) as stream:
        end = stream.seek(min(start, os.fstat(stream.fileno()).st_size))
        for line in stream:
            place, end = end, end + len(line)
            kind = next((k for k, head in _HEADS.items() if line.startswith(head)), "")
            # One that a crash cut off is none yet.
            if not kind or not line.endswith(b"}\n"):
                continue
            if kind == RUN:
                yield kind, "", place, line
                continue
            text = line[len(_HEADS[kind]) :].decode("ascii", "replace")
            # Whether lines are damaged is for an audit to say.
            with suppress(ValueError):
                yield kind, str(decode(text)[0]), place, line


#: How lines begin, by kind.
_HEADS = {
    RUN: b'{"kind":"run",',
    TARGET: b'{"kind":"target","target":',
    REPLACING: b'{"kind":"replacing","target":',
}
