"""The log that says which star each name stands for, beside the results."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from preprocessing.acquire.records.results import is_torn
from preprocessing.system.atomic import not_through_links
from preprocessing.system.printable import guarded, unguarded

__all__ = ["is_names", "names_path", "note_name", "read_names"]

_HEADER = b"target_id,number,separation_arcsec\n"
#: A whole line: the header, or a star.
_LINE = re.compile(rb",(number|\d+),(separation_arcsec|[\d.e+-]*)\r?$", re.MULTILINE)


def names_path(results_path: Path) -> Path:
    """Return the path of the log of names, beside the results.

    Examples
    --------
    >>> names_path(Path("download_results.csv")).name
    'download_results_names.csv'
    """
    return results_path.with_name(f"{results_path.stem}_names.csv")


def note_name(path: Path, name: str, number: int, separation_arcsec: float | None) -> None:
    """Log which star a name stands for.

    Parameters
    ----------
    path : Path
        The log; begun if it does not exist.
    name : str
        The name, as the user gave it.
    number : int
        The star's number in the mission's catalog.
    separation_arcsec : float or None
        Distance of the star from the resolved position, in arcseconds; None if not known.

    Raises
    ------
    OSError
        From the file system.
    """
    row = io.StringIO()
    if not path.exists():
        row.write(_HEADER.decode())
    elif is_torn(path):
        # Keeps a line that a crash cut off apart from this one.
        row.write("\n")
    csv.writer(row, lineterminator="\n").writerow([guarded(name), number, separation_arcsec])
    with open(path, "a", encoding="utf-8", opener=not_through_links) as stream:
        stream.write(row.getvalue())


def is_names(head: bytes) -> bool:
    """Tell whether a file that begins like this is a log of names, even if lines are damaged.

    Examples
    --------
    >>> is_names(_HEADER), is_names(b"target_i"), is_names(b"my notes")
    (True, True, False)
    """
    return _HEADER.startswith(head) or _LINE.search(head) is not None


def read_names(path: Path) -> dict[str, int]:
    """Return the star's number for each name. The last entry of a name counts."""
    if not path.exists():
        return {}
    with open(path, encoding="utf-8", errors="replace", newline="") as stream:
        # A power cut may leave NULs, which the CSV reader of Python 3.10 refuses.
        lines = (line.replace("\0", "") for line in stream)
        rows = [row for row in csv.reader(lines) if len(row) == 3 and row[1].isdecimal()]
    return {unguarded(row[0]): int(row[1]) for row in rows}
