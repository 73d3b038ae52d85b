"""The list of a run's targets, saved beside its results for runs that resume it."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from preprocessing.core.errors import UsageError
from preprocessing.lists.target_list import read_target_list
from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.targets import TargetList
from preprocessing.system.atomic import replacing, write_atomically
from preprocessing.system.printable import guarded, unguarded

__all__ = [
    "files_path",
    "is_list_of_user",
    "is_saved_files",
    "is_saved_list",
    "list_path",
    "names_listed",
    "save_files",
    "save_targets",
    "saved_files",
    "saved_names",
]

_HEADER = "target_id"


def list_path(results_path: Path) -> Path:
    """Return the path of the saved list of targets, beside the results.

    Examples
    --------
    >>> list_path(Path("download_results.csv")).name
    'download_results_targets.csv'
    """
    return results_path.with_name(f"{results_path.stem}_targets.csv")


def is_saved_list(head: bytes) -> bool:
    """Tell whether a file that begins like this is a saved list, or a column of that name.

    Examples
    --------
    >>> is_saved_list(b'"target_id"'), is_saved_list(b""), is_saved_list(b"KIC 1")
    (True, True, False)
    """
    first = head.partition(b"\n")[0].decode("utf-8-sig", "replace")
    return not head or first.strip().strip('"') == _HEADER


def files_path(results_path: Path) -> Path:
    """Return the path of the saved list of files, if a run wanted no others of their stars.

    Examples
    --------
    >>> files_path(Path("download_results.csv")).name
    'download_results_files.txt'
    """
    return results_path.with_name(f"{results_path.stem}_files.txt")


def save_files(path: Path, products: Iterable[Product]) -> None:
    """Save the names of the files that a run wants, one a line.

    Parameters
    ----------
    path : Path
        The file to write: see `files_path`. It is replaced.
    products : iterable of Product
        The files, those of earlier runs included.

    Raises
    ------
    OSError
        From the file system.
    """
    write_atomically(path, "".join(f"{p.file_name}\n" for p in products).encode())


def saved_files(path: Path) -> tuple[Product, ...]:
    """Return the files that an earlier run wanted; none if it wanted all files of its stars.

    Parameters
    ----------
    path : Path
        See `files_path`.

    Raises
    ------
    UsageError
        The list cannot be read.
    """
    return read_target_list(str(path), names_files=True).products if path.exists() else ()


def save_targets(path: Path, targets: TargetList, list_source: str | None, is_resume: bool) -> None:
    """Save the target list of a run, after that of the run that it resumes.

    Parameters
    ----------
    path : Path
        The file to write: see `list_path`.
    targets : TargetList
        The list of this run.
    list_source : str or None
        Path of the user's own list, which is never written to; None if there is none.
    is_resume : bool
        Whether the run resumes an earlier one. If so, the earlier list stays in front.

    Raises
    ------
    UsageError
        The list of the earlier run cannot be read.
    OSError
        From the file system.
    """
    if is_list_of_user(path, list_source):
        return
    if is_resume and path.exists():
        if _is_list_of(path, targets):
            return
        targets = TargetList.of(
            itertools.chain(saved_names(path), (t.name for t in targets.targets))
        )
    with replacing(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
        # Quotes keep a comma or a # part of the name.
        rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        rows.writerow([_HEADER])
        rows.writerows([guarded(target.name)] for target in targets.targets)
        # Flushes the text, and leaves the stream open so that it can be synced.
        text.detach()


def saved_names(path: Path) -> Iterator[str]:
    """Yield the names of a saved list. Unlike a user's list, it has no comments.

    Raises
    ------
    UsageError
        The list cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            yield from (unguarded(row[0]) for row in rows if row)
    except (OSError, csv.Error) as error:
        raise UsageError(f"cannot read the list {path} of the run to resume: {error}") from error


def is_saved_files(head: bytes) -> bool:
    """Tell whether a file that begins like this is a saved list of files.

    Examples
    --------
    >>> is_saved_files(b"kplr008644288-2009131105131_llc.fits"), is_saved_files(b"my notes")
    (True, False)
    """
    first = head.partition(b"\n")[0].decode("utf-8", "replace").strip()
    return not head or parse_file_name(first) is not None


def is_list_of_user(path: Path, list_source: str | None) -> bool:
    """Tell whether the name of the saved list is that of the user's own list.

    Parameters
    ----------
    path : Path
        See `list_path`.
    list_source : str or None
        Path of the user's own list; None if there is none.
    """
    if not list_source or list_source == "-":
        return False
    return path.exists() and path.samefile(list_source)


def names_listed(path: Path) -> Iterator[str]:
    """Yield the names of the list beside the results, which may be the user's own list.

    Raises
    ------
    UsageError
        The list cannot be read.
    """
    with open(path, "rb") as stream:
        is_saved = stream.readline().strip() == f'"{_HEADER}"'.encode()
    if is_saved:
        return saved_names(path)
    return (target.name for target in read_target_list(str(path)).targets.targets)


def _is_list_of(path: Path, targets: TargetList) -> bool:
    # Line by line, because 200,000 names take 60 MB.
    names = (target.name for target in targets.targets)
    return all(kept == name for kept, name in itertools.zip_longest(saved_names(path), names))
