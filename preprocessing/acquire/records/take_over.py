"""Decide what stays of the records of an earlier run when another goes on from them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from preprocessing.acquire.records.manifest import manifest_path
from preprocessing.acquire.records.manifest_lines import row_digests_since, unfinished_replacements
from preprocessing.acquire.records.results import (
    EarlierRows,
    output_paths,
    row_digest,
    rows_that_stay,
)
from preprocessing.acquire.settings import Mode
from preprocessing.core.errors import RunConflict
from preprocessing.fits.previous_output import foreign_output
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import TargetList

__all__ = ["refuse_foreign", "take_over"]

_log = logging.getLogger(__name__)

#: Tells from a row's place, target and cells whether nothing vouches for it.
_IsVoid = Callable[[int, int | str, Sequence[str]], bool]


def take_over(
    targets: TargetList,
    recipe: Recipe,
    results_path: Path | None,
    noted: Mapping[str, Any],
    mode: Mode,
) -> EarlierRows:
    """Return what stays of the results of an earlier run.

    Parameters
    ----------
    targets : TargetList
        Of the run that goes on.
    recipe : Recipe
    results_path : Path or None
    noted : mapping
        The contents of the checkpoint; empty if there is none.
    mode : Mode

    Raises
    ------
    RunConflict
        The outputs are of another run.
    RunError
        The results cannot be read.
    OSError
        From the file system.
    """
    if results_path is None or not results_path.exists():
        if noted.get("counts"):
            _log.warning(
                "the checkpoint counts %d targets, but there is no results file %s: they are"
                " fetched again",
                sum(noted["counts"].values()),
                results_path,
            )
        return EarlierRows()
    is_changed = _is_changed(results_path, noted.get("results", {}))
    if is_changed:
        _log.warning(
            "%s was changed since the checkpoint was written; its rows are taken as they are",
            results_path,
        )
    if not noted:
        # Only the outputs can tell then what run the rows are of.
        refuse_foreign(output_paths(results_path), recipe)
    is_void = _void_rows(manifest_path(results_path), {} if is_changed else noted)
    earlier = rows_that_stay(results_path, targets.targets, mode, is_void)
    _log.info("%d targets are done, %d rows are dropped", len(earlier.done), len(earlier.dropped))
    return earlier


def refuse_foreign(outputs: Iterable[Path], recipe: Recipe) -> None:
    """Make sure that outputs are of a run with the same recipe.

    Raises
    ------
    RunConflict
        One is not.
    """
    for path in outputs:
        difference = foreign_output(path, recipe)
        if difference is not None:
            raise RunConflict(
                f"{path} is of another run: {difference}. Resume with what that run had, or"
                " choose another --output, --results and --checkpoint-dir"
            )


def _is_changed(results_path: Path, noted: Mapping[str, Any]) -> bool:
    left = noted.get("bytes", 0)
    digest = hashlib.sha256()
    with open(results_path, "rb") as stream:
        while chunk := stream.read(min(left, 2**18)):
            digest.update(chunk)
            left -= len(chunk)
    return bool(noted) and digest.hexdigest() != noted.get("sha256")


def _void_rows(manifest: Path, noted: Mapping[str, Any]) -> _IsVoid:
    """Return what tells the rows that the manifest does not vouch for.

    Those are rows older than an output that a refresh replaced before it ended, and, after
    a power cut, rows that came to disk when their lines of the manifest did not.
    """
    if not manifest.exists():
        _log.info("there is no manifest %s: what was recorded before has no line in it", manifest)
        return lambda place, identity, row: False
    in_manifest = noted.get("manifest", {})
    replaced = unfinished_replacements(manifest, in_manifest.get("run_at"))
    consistent, consistent_from = frozenset[str](), None
    if in_manifest:
        consistent = row_digests_since(manifest, in_manifest["bytes"])
        consistent_from = noted["results"]["bytes"]

    def is_void(place: int, identity: int | str, row: Sequence[str]) -> bool:
        if identity in replaced:
            return row_digest(row) != replaced[identity]
        if consistent_from is not None and place >= consistent_from:
            return row_digest(row) not in consistent
        return False

    return is_void
