"""Rewrite the records of light curves that were moved, so that they name the new paths."""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preprocessing._version import __version__
from preprocessing.acquire.records.manifest import (
    MOVED,
    NO_CHAIN,
    TARGET,
    ManifestLine,
    chain_of,
    chained,
    manifest_path,
    read_manifest,
)
from preprocessing.acquire.records.results import output_paths
from preprocessing.system.atomic import replacing
from preprocessing.system.printable import guarded, unguarded
from preprocessing.system.waiting import utc_now

__all__ = ["RewrittenResults", "follow_outputs", "move_line", "rewrite_manifest", "rewrite_results"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RewrittenResults:
    """Results that were rewritten, and how the old ones map to them.

    Parameters
    ----------
    noted : mapping
        Length and digest of the part that a checkpoint noted; empty if it noted none.
    digests : mapping of str to str
        SHA-256 of each rewritten row, by the SHA-256 of the old one.
    """

    noted: Mapping[str, Any]
    digests: Mapping[str, str]


def follow_outputs(
    results_path: Path, output_dir: Path, saved: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Rewrite results and manifest if the light curves that they name were moved to a folder.

    A light curve was moved if it is not where the results say, and the folder has a file of its
    name. The call can be repeated after an interruption.

    Parameters
    ----------
    results_path : Path
        The results of an earlier run. The manifest is beside them.
    output_dir : Path
        The folder of the run that resumes.
    saved : mapping
        The contents of the checkpoint; empty if there is none.

    Returns
    -------
    mapping
        These contents, with the positions and digests of the rewritten records.

    Raises
    ------
    RunError
        The results cannot be read.
    OSError
        From the file system.
    """
    with os.scandir(output_dir) as entries:
        present = {entry.name for entry in entries}

    def new_path(path: Path) -> Path:
        is_moved = path.parent != output_dir and path.name in present and not path.exists()
        return output_dir / path.name if is_moved else path

    moved = next((path for path in output_paths(results_path) if new_path(path) != path), None)
    if moved is None:
        return saved
    manifest = manifest_path(results_path)
    if not _is_sound(manifest):
        _log.warning(
            "light curves were moved to %s, but the manifest is damaged, so that the records still"
            " name %s: put them right with xenoscan verify --repair",
            output_dir,
            moved.parent,
        )
        return saved
    # The manifest is replaced first. If only that happens, the next call finds the same rows.
    with replacing(results_path) as stream:
        results = rewrite_results(results_path, stream.write, saved.get("results", {}), new_path)
        noted: Mapping[str, Any] = {}
        if manifest.exists():
            with replacing(manifest) as lines:
                at = saved.get("manifest", {})
                line = move_line(MOVED, moved.parent)
                noted = rewrite_manifest(manifest, lines.write, at, results.digests, line)
    _log.warning("light curves were moved to %s: the records name their new paths", output_dir)
    new = {"results": results.noted, "manifest": noted}
    return {**saved, **{name: {**saved[name], **new[name]} for name in new if name in saved}}


def move_line(kind: str, folder: Path) -> Callable[[str], dict[str, Any]]:
    """Return what makes the manifest's line about a move.

    Parameters
    ----------
    kind : str
        `MOVED`, or `ADOPTED`.
    folder : Path
        Where the light curves were.

    Returns
    -------
    callable
        Takes the chain of the manifest before it was rewritten.
    """
    return lambda old_chain: {
        "kind": kind,
        "time": utc_now(),
        "program": f"xenoscan {__version__}",
        "from": str(folder.absolute()),
        "old_chain": old_chain,
    }


def rewrite_results(
    old: Path,
    write: Callable[[bytes], object],
    noted: Mapping[str, Any],
    new_path: Callable[[Path], Path],
) -> RewrittenResults:
    """Rewrite the results with the new paths of the light curves.

    Parameters
    ----------
    old : Path
        The results as they are. A last line that a crash cut off is left out.
    write : callable
        Takes each line of the new results.
    noted : mapping
        What the checkpoint says about the old results.
    new_path : callable
        Takes the path of a light curve, and returns its new path.
    """
    new_noted: dict[str, Any] = {}
    digests: dict[str, str] = {}
    digest, old_end, new_end = hashlib.sha256(), 0, 0
    for number, (line, moved) in enumerate(_moved_rows(old, new_path)):
        write(moved)
        digest.update(moved)
        old_end, new_end = old_end + len(line), new_end + len(moved)
        if number:
            digests[_sha256(line)] = _sha256(moved)
        if old_end == noted.get("bytes"):
            new_noted = {"bytes": new_end, "sha256": digest.hexdigest()}
    return RewrittenResults(new_noted, digests)


def _moved_rows(path: Path, new_path: Callable[[Path], Path]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line twice: unchanged, and with the new path of its light curve."""
    with open(path, "rb") as stream:
        header = stream.readline()
        column = header.decode().strip().split(",").index("filepath")
        yield header, header
        for line in stream:
            if line.endswith(b"\n"):
                yield line, _moved_row(line, column, new_path)


def _moved_row(line: bytes, column: int, new_path: Callable[[Path], Path]) -> bytes:
    cells = next(csv.reader([line.decode("utf-8", "surrogateescape")]), [])
    old = unguarded(cells[column]) if column < len(cells) else ""
    if not old or new_path(Path(old)) == Path(old):
        return line
    cells[column] = guarded(str(new_path(Path(old))))
    return _encoded(cells)


def rewrite_manifest(
    old: Path,
    write: Callable[[bytes], object],
    noted: Mapping[str, Any],
    digests: Mapping[str, str],
    last_line: Callable[[str], Mapping[str, Any]],
) -> dict[str, Any]:
    """Rewrite the manifest to match rewritten results, and append a line about that.

    Parameters
    ----------
    old : Path
        The manifest as it is. All of its lines are sound, but for a last one that a crash cut off.
    write : callable
        Takes each line of the new manifest.
    noted : mapping
        What the checkpoint says about the old manifest.
    digests : mapping of str to str
        As in `RewrittenResults`.
    last_line : callable
        Takes the chain of the old manifest, and returns the line to append.

    Returns
    -------
    dict
        What the checkpoint is to say about the new manifest; empty if it said nothing.
    """
    new_noted: dict[str, Any] = {}
    run_at, end, chain, old_chain = 0, 0, NO_CHAIN, NO_CHAIN
    for line in filter(lambda line: line.is_sound, read_manifest(old)):
        content = dict(line.content)
        if content["kind"] == TARGET:
            row = content["row_sha256"]
            content["row_sha256"] = digests.get(row, row)
        if line.offset == noted.get("run_at"):
            run_at = end
        text = chained(content, chain)
        write(text)
        end, chain, old_chain = end + len(text), chain_of(text), line.chain
        if line.end == noted.get("bytes"):
            new_noted = {"bytes": end, "chain": chain, "run_at": run_at}
    write(chained(last_line(old_chain), chain))
    return new_noted


def _is_sound(manifest: Path) -> bool:
    """Tell whether nothing is wrong with a manifest but a last line that a crash cut off."""
    return not manifest.exists() or all(map(_is_sound_or_torn, read_manifest(manifest)))


def _is_sound_or_torn(line: ManifestLine) -> bool:
    return line.is_sound or line.is_torn


def _encoded(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
