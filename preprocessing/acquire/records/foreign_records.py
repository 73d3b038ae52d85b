"""Refuse to write where a file of somebody else has the name of a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from preprocessing.acquire.records.checkpoint import is_checkpoint
from preprocessing.acquire.records.manifest import is_manifest, manifest_path
from preprocessing.acquire.records.results import COLUMNS, HEADERS
from preprocessing.acquire.records.star_names import is_names, names_path
from preprocessing.core.errors import RunConflict
from preprocessing.system.foreign import foreign_content

__all__ = ["refuse_foreign", "refuse_foreign_records"]


#: How a row begins: target, success, points.
_ROW = re.compile(rb"^.+,(True|False),\d+,", re.MULTILINE)


def refuse_foreign(
    path: Path, what: str, is_own: Callable[[bytes], bool], option: str = "--results"
) -> None:
    """Make sure that a name is free, or that of a file which this program wrote.

    Parameters
    ----------
    path : Path
        The name.
    what : str
        What this program would write there, for a person.
    is_own : callable
        Takes the beginning of a file, and tells whether this program wrote it.
    option : str
        The option that chooses the name.

    Raises
    ------
    RunConflict
        Something else has the name.
    """
    foreign = foreign_content(path, is_own)
    if foreign is not None:
        raise RunConflict(
            f"{path} is not {what}, but {foreign}. It stays as it is: move it away, or choose"
            f" another {option}, or another --dataset"
        )


def refuse_foreign_records(results_path: Path | None, checkpoint: Path | None) -> None:
    """Make sure that nothing of somebody else has the name of a record of a run.

    Parameters
    ----------
    results_path, checkpoint : Path or None
        The results file and the checkpoint; None if the run keeps none.

    Raises
    ------
    RunConflict
        Something has.
    """
    if results_path is not None:
        beside: Sequence[tuple[Path, str, Callable[[bytes], bool]]] = (
            (results_path, "the results of a run", _is_results),
            (manifest_path(results_path), "the manifest of a run", is_manifest),
            (names_path(results_path), "a run's log of names", is_names),
        )
        for path, what, is_own in beside:
            refuse_foreign(path, what, is_own)
    if checkpoint is not None:
        refuse_foreign(checkpoint, "the checkpoint of a run", is_checkpoint, "--checkpoint-dir")


def _is_results(head: bytes) -> bool:
    """Tell whether a file that begins like this is a results file, of any version or program.

    Examples
    --------
    >>> _is_results(b"target_id,success,n_points,"), _is_results(b""), _is_results(b"my notes")
    (True, True, False)
    """
    line, is_whole = _first_line(head)
    if not is_whole:
        # A crash while the file was begun.
        return any(header.startswith(head) for header in HEADERS)
    return line.startswith(f"{COLUMNS[0]},{COLUMNS[1]},") or _ROW.search(head) is not None


def _first_line(head: bytes) -> tuple[str, bool]:
    """Return the first line, as spreadsheets may have saved it, and whether it has an end."""
    line, end, _ = head.partition(b"\n")
    return line.decode("utf-8-sig", "replace").replace('"', ""), bool(end)
