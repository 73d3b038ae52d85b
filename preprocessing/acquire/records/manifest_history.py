"""Find again what the manifest says of earlier runs and targets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from preprocessing.acquire.records.manifest import REPLACING, RUN, TARGET
from preprocessing.acquire.settings import Mode
from preprocessing.core.file_record import Fetched
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions.targets import parse_target

__all__ = ["FetchTimes", "row_digests_since", "unfinished_replacements"]

_BUFFER = 2**20


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
        self._offsets: dict[int | str, int] | None = None

    def note(self, identity: int | str, offset: int) -> None:
        """Note that a line of a target was added."""
        if self._offsets is not None:
            self._offsets[identity] = offset

    def completed(self, outcome: TargetOutcome) -> TargetOutcome:
        """Return an outcome that says when each file taken over was fetched.

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
        if self._offsets is None:
            self._offsets = dict(self._offsets_of_others())
        offset = self._offsets.get(identity)
        if offset is None:
            return {}
        with open(self._path, "rb") as stream:
            stream.seek(offset)
            line = _parsed(stream.readline())
        return {
            (entry["file"], entry["sha256"]): Fetched(entry["fetched"], entry["archive"])
            for entry in line.get("quarters", ())
            if entry["fetched"] is not None
        }

    def _offsets_of_others(self) -> Iterator[tuple[int | str, int]]:
        """Yield where lines begin, of all targets but those that are done."""
        for kind, name, offset, _ in _beginnings(self._path, 0):
            identity = parse_target(name).identity
            if kind == TARGET and identity not in self._done:
                yield identity, offset


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
        The manifest.
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
    """Yield kind, target, offset and text of each line; of others than targets, no name.

    Only the first two members are parsed: there are 5 kB of others.
    """
    decode = json.JSONDecoder().raw_decode
    with open(path, "rb", buffering=_BUFFER) as stream:
        end = stream.seek(min(start, os.fstat(stream.fileno()).st_size))
        for line in stream:
            offset, end = end, end + len(line)
            kind = next((k for k, head in _HEADS.items() if line.startswith(head)), "")
            # One that a crash cut off is none yet.
            if not kind or not line.endswith(b"}\n"):
                continue
            if kind == RUN:
                yield kind, "", offset, line
                continue
            text = line[len(_HEADS[kind]) :].decode("ascii", "replace")
            # Whether lines are damaged is for an audit to say.
            with suppress(ValueError):
                yield kind, str(decode(text)[0]), offset, line


#: How lines begin, by kind.
_HEADS = {
    RUN: b'{"kind":"run",',
    TARGET: b'{"kind":"target","target":',
    REPLACING: b'{"kind":"replacing","target":',
}
