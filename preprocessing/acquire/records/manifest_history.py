"""Look up what the manifest says about earlier runs and targets."""

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
    """Finds out when files of a previous output were fetched, from the manifest.

    Parameters
    ----------
    path : Path
        The manifest, which may be growing.
    done : set of int or str
        Targets that need no fetch times, by `Target.identity`; may be growing. Their lines are
        not remembered.
    """

    def __init__(self, path: Path, done: Set[int | str] = frozenset()) -> None:
        self._path = path
        self._done = done
        #: Position of each target's last line; None until it is needed.
        self._offsets: dict[int | str, int] | None = None

    def note(self, identity: int | str, offset: int) -> None:
        """Note the position of a line that was added for a target."""
        if self._offsets is not None:
            self._offsets[identity] = offset

    def completed(self, outcome: TargetOutcome) -> TargetOutcome:
        """Return an outcome with the fetch time of each file from the previous output.

        The first call that needs fetch times reads the whole manifest.

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
        """Yield the positions of the lines of all targets that are not done."""
        for kind, name, offset, _ in _beginnings(self._path, 0):
            identity = parse_target(name).identity
            if kind == TARGET and identity not in self._done:
                yield identity, offset


def row_digests_since(path: Path, start: int) -> frozenset[str]:
    """Return the digests of the rows that belong to the lines from a position on.

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
    """Return which rows may be older than their outputs, because a run was interrupted.

    Parameters
    ----------
    path : Path
        The manifest.
    run_at : int or None
        Position of the last run's line, in bytes; None if it is not known.

    Returns
    -------
    dict
        By `Target.identity`, the digest of the only row that is up to date; None if there is none.

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
            # That run resolved all unfinished replacements when it began.
            replaced.clear()
            continue
        identity = parse_target(name).identity
        if kind == REPLACING:
            replaced[identity] = None
        elif identity in replaced:
            replaced[identity] = _parsed(line).get("row_sha256")
    return replaced


def _parsed(line: bytes) -> dict[str, Any]:
    """Return a line's content; empty if the line is damaged."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return {}


def _beginnings(path: Path, start: int) -> Iterator[tuple[str, str, int, bytes]]:
    """Yield kind, target, position and text of each line. The target of a run's line is empty.

    Only the first two members are parsed, because the others take about 5 kB.
    """
    decode = json.JSONDecoder().raw_decode
    with open(path, "rb", buffering=_BUFFER) as stream:
        end = stream.seek(min(start, os.fstat(stream.fileno()).st_size))
        for line in stream:
            offset, end = end, end + len(line)
            kind = next((k for k, head in _HEADS.items() if line.startswith(head)), "")
            # A crash may have cut off the last line.
            if not kind or not line.endswith(b"}\n"):
                continue
            if kind == RUN:
                yield kind, "", offset, line
                continue
            text = line[len(_HEADS[kind]) :].decode("ascii", "replace")
            # Damaged lines are skipped here; an audit reports them.
            with suppress(ValueError):
                yield kind, str(decode(text)[0]), offset, line


#: How lines begin, by kind.
_HEADS = {
    RUN: b'{"kind":"run",',
    TARGET: b'{"kind":"target","target":',
    REPLACING: b'{"kind":"replacing","target":',
}
