"""The table of the targets that a dry run cannot find light curves of."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.acquire.records.foreign_records import refuse_foreign
from preprocessing.core.errors import UsageError
from preprocessing.core.reasons import Reason
from preprocessing.system.atomic import make_folder, write_atomically
from preprocessing.system.printable import guarded

__all__ = ["Unresolved", "dry_run_path", "save_unresolved"]

_COLUMNS = ("target_id", "reason", "error")


@dataclass(frozen=True)
class Unresolved:
    """A target without light curves.

    Parameters
    ----------
    target_id : str
        The target as the user named it.
    reason : Reason
        Why it has none.
    error : str
        The same in words.
    """

    target_id: str
    reason: Reason
    error: str


def dry_run_path(results_path: Path) -> Path:
    """Return the path of the table, beside the results.

    Examples
    --------
    >>> dry_run_path(Path("download_results.csv")).name
    'download_results_dry_run.csv'
    """
    return results_path.with_name(f"{results_path.stem}_dry_run.csv")


def save_unresolved(path: Path, unresolved: Sequence[Unresolved]) -> bool:
    """Write the table, if there is anything to say or an earlier table to replace.

    Parameters
    ----------
    path : Path
        See `dry_run_path`.
    unresolved : sequence of Unresolved
        The targets.

    Returns
    -------
    bool
        Whether the table was written.

    Raises
    ------
    UsageError
        Another file has the name, or the folder cannot be written.
    """
    header = ",".join(_COLUMNS).encode()
    refuse_foreign(path, "the table of a dry run", lambda head: head.startswith(header))
    if not unresolved and not path.exists():
        return False
    try:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(_COLUMNS)
        rows.writerows((guarded(u.target_id), u.reason, guarded(u.error)) for u in unresolved)
        make_folder(path.parent)
        write_atomically(path, text.getvalue().encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    return True
