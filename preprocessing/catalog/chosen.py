"""The list of chosen stars, saved beside the results with the reason for each star."""

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
from preprocessing.system.printable import guarded, unguarded

__all__ = ["ChosenList", "choose_list", "is_selection", "selection_path"]

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
    """The stars of a run that were chosen from a catalog.

    Parameters
    ----------
    names : tuple of str
        Targets such as ``KIC 757076``, in the order in which they are fetched.
    remarks : tuple of str
        What the user should know about the choice.
    selection : Selection or None
        The choice; None if the names were read from the list of the run being resumed.
    """

    names: tuple[str, ...]
    remarks: tuple[str, ...]
    selection: Selection | None

    def keep(self, path: Path) -> None:
        """Append the list to the file, replacing an earlier list for the same request.

        Parameters
        ----------
        path : Path
            The file: see `selection_path`.

        Raises
        ------
        UsageError
            The existing file cannot be read.
        OSError
            The file cannot be written.
        """
        if self.selection is None:
            return
        text = self.selection.request.text
        rows = [row for row in _rows(path) if row[_REQUEST] != text]
        with replacing(path) as stream:
            # Quote all cells, so that a comma or # stays part of its cell.
            cells = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
            writer = csv.writer(cells, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(_HEADER)
            for row in (*rows, *_described(self.selection)):
                writer.writerow([guarded(cell) for cell in row])
            # Flush the text, but leave the stream open so that it can be synced.
            cells.detach()


def is_selection(head: bytes) -> bool:
    """Tell whether a file that begins like this is a saved list of chosen stars.

    Examples
    --------
    >>> is_selection(b'"target_id","strategy","rank"'), is_selection(b""), is_selection(b"notes")
    (True, True, False)
    """
    columns = f"{_HEADER[0]},{_HEADER[1]},"
    return not head or head.decode("utf-8-sig", "replace").replace('"', "").startswith(columns)


def selection_path(results_path: Path) -> Path:
    """Return the path of the saved list, beside the results.

    Parameters
    ----------
    results_path : Path
        The results CSV.

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
    """Choose the stars of a run, or reuse those of the run being resumed.

    Parameters
    ----------
    request : SelectionRequest
        The user's request.
    recipe : Recipe
        Mission, cadence and quarters that the stars must have.
    archive : str
        The archive as the user named it.
    identity : str
        The archive's name in records.
    kept : Path, optional
        The list of the run being resumed. If it has stars for an equal request, they are
        reused, even if the catalog has changed since.

    Raises
    ------
    UsageError
        The catalog is missing or belongs to another archive, or the request cannot be met.
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
    """Refuse a catalog of another mission or archive."""
    if note.mission != mission:
        raise UsageError(f"the catalog {path} is for {note.mission}, but --mission is {mission}")
    # An archive has the same stars, whichever of its sources serves the files.
    if split_source(note.archive)[1] == split_source(identity)[1]:
        return
    # A number of a synthetic star may also be that of another synthetic star or real aperture.
    if note.is_synthetic or is_embedded(archive):
        kind = "synthetic stars" if note.is_synthetic else "real stars"
        raise UsageError(
            f"the catalog {path} is of {kind} ({note.archive}), but --archive is {identity}: name"
            " another with --catalog, or build one with xenoscan catalog --archive"
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
    """Yield the rows of a saved list; none if the file does not exist."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            yield from ([unguarded(cell) for cell in row] for row in rows if len(row) > _REQUEST)
    except FileNotFoundError:
        return
    except (OSError, csv.Error) as error:
        raise UsageError(f"cannot read the list {path} of the run to resume: {error}") from error
