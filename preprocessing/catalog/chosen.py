"""The list of chosen stars that is kept beside the results, with the reason for each."""

from __future__ import annotations

import csv
import io
import logging
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.catalog.selection import Selection, SelectionRequest, choose
from preprocessing.catalog.store import CatalogNote, catalog_path, open_catalog
from preprocessing.core.errors import UsageError
from preprocessing.missions.recipe import Recipe
from preprocessing.network.source_names import is_embedded, split_source
from preprocessing.system.atomic import replacing
from preprocessing.system.csv_cells import guarded, unguarded

__all__ = ["ChosenList", "choose_list", "selection_path"]

_log = logging.getLogger(__name__)

_HEADER = (
    "target_id",
    "strategy",
    "rank",
    "reason",
    "request",
    "catalog",
    "catalog_sha256",
    "catalog_built",
)
_NAME, _REQUEST = _HEADER.index("target_id"), _HEADER.index("request")


@dataclass(frozen=True)
class ChosenList:
    """The stars of a run that were chosen of a catalog.

    Parameters
    ----------
    names : tuple of str
    remarks : tuple of str
        What a user should know.
    selection : Selection or None
        None if the names are those of the run that is resumed.
    """

    names: tuple[str, ...]
    remarks: tuple[str, ...]
    selection: Selection | None

    def keep(self, path: Path) -> None:
        """Write the list, after those that are kept there, unless it is one of them.

        Raises
        ------
        UsageError
            What is there cannot be read.
        OSError
            From the file system.
        """
        if self.selection is None:
            return
        text = self.selection.request.text
        rows = [row for row in _rows(path) if row[_REQUEST] != text]
        with replacing(path) as stream:
            # Quoted, so that a comma or a # in a cell stays part of it.
            cells = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
            writer = csv.writer(cells, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(_HEADER)
            for row in (*rows, *_described(self.selection)):
                writer.writerow([guarded(cell) for cell in row])
            # Flushes it, and leaves the stream open, to be synced.
            cells.detach()


def selection_path(results_path: Path) -> Path:
    """Return where the list is kept: beside the results.

    Examples
    --------
    >>> selection_path(Path("download_results.csv")).name
    'download_results_selection.csv'
    """
    return results_path.with_name(f"{results_path.stem}_selection.csv")


def choose_list(
    request: SelectionRequest,
    recipe: Recipe,
    archive: str,
    identity: str,
    kept: Path | None = None,
) -> ChosenList:
    """Choose the stars of a run, or take those of the run that it resumes.

    Parameters
    ----------
    request : SelectionRequest
    recipe : Recipe
        Of its mission and cadence stars are chosen.
    archive, identity : str
        As the user named it, and as records call it.
    kept : Path, optional
        The list of the run that is resumed: what was asked for in the same words is
        taken from there, whatever became of the catalog.

    Raises
    ------
    UsageError
        The catalog is missing or of another archive, or the request cannot be met.
    """
    if kept is not None:
        names = tuple(row[_NAME] for row in _rows(kept) if row[_REQUEST] == request.text)
        if names:
            return ChosenList(names, (f"The stars are those that {kept} lists.",), None)
    path = request.catalog or catalog_path(recipe.mission_name, archive)
    with open_catalog(path) as catalog:
        _check_origin(catalog.note, path, recipe.mission_name, archive, identity)
        selection = choose(request, catalog, recipe)
    for remark in selection.remarks:
        _log.info("chosen of %s (%s): %s", path, selection.catalog_digest, remark)
    return ChosenList(tuple(s.name for s in selection.stars), selection.remarks, selection)


def _check_origin(note: CatalogNote, path: Path, mission: str, archive: str, identity: str) -> None:
    """Refuse a catalog whose stars are not those of the archive."""
    if note.mission != mission:
        raise UsageError(f"the catalog {path} is of {note.mission}, and --mission is {mission}")
    # The stars of one archive are the same, whichever of its faces gives the files.
    if split_source(note.archive)[1] == split_source(identity)[1]:
        return
    # Numbers of synthetic stars are those of real apertures, and of other synthetic stars.
    if note.is_synthetic or is_embedded(archive):
        kind = "synthetic stars" if note.is_synthetic else "real stars"
        raise UsageError(
            f"the catalog {path} is of {kind} ({note.archive}), and --archive is {identity}: name"
            " another with --catalog, or build one with scripts/build_catalog.py --archive"
            f" {shlex.quote(archive)}"
        )


def _described(selection: Selection) -> Iterator[Sequence[str]]:
    for star in selection.stars:
        yield (
            star.name,
            star.strategy,
            str(star.rank),
            star.reason,
            selection.request.text,
            str(selection.catalog),
            selection.catalog_digest,
            selection.catalog_built,
        )


def _rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a list that was kept; none if there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            yield from ([unguarded(cell) for cell in row] for row in rows if len(row) > _REQUEST)
    except FileNotFoundError:
        return
    except (OSError, csv.Error) as error:
        raise UsageError(f"cannot read the list {path} of the run to resume: {error}") from error
