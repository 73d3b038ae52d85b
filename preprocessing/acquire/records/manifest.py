"""The manifest: a file of JSON lines that only grows, each line chained to the one before."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from preprocessing._version import __version__
from preprocessing.acquire.records.checkpoint import RunDescription
from preprocessing.acquire.settings import Mode
from preprocessing.core.errors import RunError
from preprocessing.core.file_record import USED, FileRecord
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions.targets import Target, parse_target
from preprocessing.system.atomic import append_whole, make_folder, sync_file, write_atomically
from preprocessing.system.waiting import utc_now

__all__ = [
    "ADOPTED",
    "MOVED",
    "NO_CHAIN",
    "REPAIR",
    "REPLACING",
    "RUN",
    "TARGET",
    "Manifest",
    "ManifestLine",
    "chain_of",
    "chained",
    "file_entry",
    "is_manifest",
    "last_chain",
    "manifest_path",
    "read_manifest",
    "replacing_line",
    "run_line",
    "target_line",
]

#: Kinds of lines.
RUN, TARGET, REPLACING, REPAIR = "run", "target", "replacing", "repair"
ADOPTED, MOVED = "adopted", "moved"
#: Stands for the chain before the first line.
NO_CHAIN = "0" * 64
_BEGINNING = b'{"kind":"'
_LINK = b',"chain":"'
_END = b'"}\n'
_LINK_SIZE = len(_LINK) + len(NO_CHAIN) + len(_END)
_BUFFER = 2**20


def manifest_path(results_path: Path) -> Path:
    """Return the path of the manifest, beside the results.

    Examples
    --------
    >>> manifest_path(Path("download_results.csv")).name
    'download_results_manifest.jsonl'
    """
    return results_path.with_name(f"{results_path.stem}_manifest.jsonl")


def is_manifest(head: bytes) -> bool:
    """Tell whether a file that begins like this is a manifest, even if lines of it are damaged.

    Examples
    --------
    >>> is_manifest(chained({"kind": "run"}, NO_CHAIN)), is_manifest(b""), is_manifest(b"notes")
    (True, True, False)
    """
    lines = head.split(b"\n")
    # A line that a crash cut off may be the only one.
    return any(line.startswith(_BEGINNING) for line in lines) or _BEGINNING.startswith(head)


def chained(content: Mapping[str, Any], previous: str) -> bytes:
    """Return a line of the manifest.

    Its last member, ``chain``, is a SHA-256. It covers the chain of the line before, as 64
    characters, followed by everything in front of ``,"chain"`` in this line.

    Parameters
    ----------
    content : mapping
        The members of the line without its chain; not empty.
    previous : str
        The chain of the line before; `NO_CHAIN` for the first.

    Examples
    --------
    >>> chained({"kind": "run"}, NO_CHAIN)[:30]
    b'{"kind":"run","chain":"f194f46'
    """
    text = json.dumps(content, separators=(",", ":")).encode("ascii")[:-1]
    return text + _LINK + _link(text, previous).encode("ascii") + _END


def chain_of(line: bytes) -> str:
    """Return the chain at the end of a complete line of the manifest."""
    return line[-len(_END) - len(NO_CHAIN) : -len(_END)].decode("ascii")


def _link(text: bytes, previous: str) -> str:
    return hashlib.sha256(previous.encode("ascii") + text).hexdigest()


@dataclass(frozen=True)
class ManifestLine:
    """One line of a manifest that was read.

    Parameters
    ----------
    number : int
        Line number, from 1.
    offset, end : int
        Position of the line's first byte, and of the first byte after it.
    content : mapping
        The members of the line; empty if the line is not sound.
    chain : str
        The chain at the end of the line; empty if the line is not sound.
    is_torn : bool
        Whether the line has no end, because a crash cut it off.
    """

    number: int
    offset: int
    end: int
    content: Mapping[str, Any]
    chain: str
    is_torn: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether the line is unchanged, and follows the same line as when it was written."""
        return bool(self.chain)


def read_manifest(path: Path) -> Iterator[ManifestLine]:
    """Yield every line, checked against the one before.

    A line is not sound if it is damaged, or if the line before it was removed or replaced. The
    line after a damaged one is checked against the chain that the damaged line states.

    Raises
    ------
    OSError
        From the file system.
    """
    previous, offset = NO_CHAIN, 0
    with open(path, "rb", buffering=_BUFFER) as stream:
        for number, line in enumerate(stream, 1):
            text, stated = _split(line)
            is_sound = stated != "" and _link(text, previous) == stated
            content = json.loads(text + b"}") if is_sound else {}
            end = offset + len(line)
            is_torn = not line.endswith(b"\n")
            yield ManifestLine(number, offset, end, content, stated if is_sound else "", is_torn)
            previous, offset = stated or NO_CHAIN, end


def _split(line: bytes) -> tuple[bytes, str]:
    """Return the part of a line that its chain covers, and the chain; empty if it has none."""
    link = line[-_LINK_SIZE:]
    stated = link[len(_LINK) : -len(_END)]
    if not (link.startswith(_LINK) and link.endswith(_END) and stated.isalnum()):
        return line, ""
    return line[:-_LINK_SIZE], stated.decode("ascii", "replace")


class Manifest:
    """The manifest while a run writes it.

    Parameters
    ----------
    path : Path
        The file to append to; created if absent. If a crash cut off its last line, that line is
        removed.

    Attributes
    ----------
    length : int
        Size of the file in bytes.
    chain : str
        Chain of the last line. Together with the length it identifies the whole content.

    Raises
    ------
    RunError
        The last line is damaged, so that nothing can be chained to it.
    OSError
        From the file system.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        make_folder(path.parent)
        if not path.exists():
            write_atomically(path, b"")
        # Stays open for the whole run, until `close`.
        self._stream: BinaryIO = open(path, "a+b", buffering=0)  # noqa: SIM115
        try:
            self.length = _whole_lines(self._stream)
            self._stream.truncate(self.length)
            self.chain = _chain_at(self._stream, self.length)
        except BaseException:
            self._stream.close()
            raise
        if not self.chain:
            self._stream.close()
            raise RunError(
                f"the last line of the manifest {path} is damaged: put the records right with"
                " xenoscan verify --repair, then go on with --resume"
            )

    def append(self, content: Mapping[str, Any]) -> int:
        """Append a line in one piece; return the position of its first byte.

        Raises
        ------
        OSError
            From the file system.
        """
        line = chained(content, self.chain)
        append_whole(self._stream, line, self.length)
        offset = self.length
        self.length += len(line)
        self.chain = chain_of(line)
        return offset

    def has_prefix(self, length: int, chain: str) -> bool:
        """Tell whether a line with this chain ends at this length of the file, in bytes."""
        return self.length >= length and _chain_at(self._stream, length) == chain

    def sync(self) -> None:
        """Sync the file to disk.

        Raises
        ------
        OSError
            From the file system.
        """
        sync_file(self._stream.fileno())

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _whole_lines(stream: BinaryIO) -> int:
    """Return the length of a file in bytes, without an incomplete last line."""
    end = stream.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 2**16)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _chain_at(stream: BinaryIO, end: int) -> str:
    """Return the chain of the line that ends at a position; empty if none does."""
    if end == 0:
        return NO_CHAIN
    stream.seek(max(0, end - _LINK_SIZE))
    return _split(stream.read(min(end, _LINK_SIZE)))[1]


def last_chain(path: Path) -> str:
    """Return the chain at the end of a manifest, which stands for all of it.

    Parameters
    ----------
    path : Path
        The manifest.

    Returns
    -------
    str
        Empty if there is no manifest, or its last line is damaged.
    """
    try:
        with open(path, "rb") as stream:
            end = _whole_lines(stream)
            return _chain_at(stream, end) if end else ""
    except FileNotFoundError:
        return ""


def run_line(run: RunDescription, mode: Mode) -> dict[str, Any]:
    """Return the line that opens a run: what is needed to cite and repeat the run."""
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
    """Return the line of an outcome, with its expected and received files.

    Parameters
    ----------
    outcome : TargetOutcome
        The outcome, with its provenance.
    row : bytes
        The outcome's line of the results, line end included.
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
        "quarters": [file_entry(record) for record in quarters],
    }


def file_entry(record: FileRecord) -> dict[str, Any]:
    """Return the manifest's entry for one file."""
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
