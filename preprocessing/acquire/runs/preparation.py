"""Check what a run needs before it begins: limits that can be kept, and folders with room."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

from preprocessing.acquire.archives import Archive
from preprocessing.acquire.runs.monitor import free_bytes
from preprocessing.acquire.settings import Limits
from preprocessing.core.errors import UsageError
from preprocessing.system.atomic import make_folder
from preprocessing.system.open_files import workers_allowed

__all__ = ["cannot_write", "polite", "prepare_output", "within_open_files"]

_log = logging.getLogger(__name__)

#: A run does not start with less free disk space than this: some twenty stars.
_LEAST_FREE_BYTES = 64 * 2**20


def polite(limits: Limits, archive: Archive) -> Limits:
    """Return limits with as many workers as the archive is used to, at most.

    Parameters
    ----------
    limits : Limits
        What the user wants.
    archive : Archive
        Where the files come from.
    """
    most = archive.polite_requests
    if most is None or limits.workers <= most:
        return limits
    _log.warning(
        "%d workers are more than is polite to %s: lowered to %d",
        limits.workers,
        archive.identity,
        most,
    )
    return replace(limits, workers=most)


def within_open_files(limits: Limits) -> Limits:
    """Return limits with as many workers as this process may open files for, at most.

    Parameters
    ----------
    limits : Limits
        What the user wants.
    """
    allowed = workers_allowed(limits.workers)
    if allowed == limits.workers:
        return limits
    _log.warning(
        "this system lets a process open too few files for %d workers: lowered to %d (see ulimit"
        " -n)",
        limits.workers,
        allowed,
    )
    return replace(limits, workers=allowed)


def cannot_write(error: OSError, what: str) -> UsageError:
    """Return the error of a run that cannot begin, for it cannot write.

    Parameters
    ----------
    error : OSError
        Why not.
    what : str
        What it would write, should the error not name it.
    """
    return UsageError(f"cannot write {error.filename or what}: {error.strerror or error}")


def prepare_output(folder: Path, what: str = "output folder", option: str = "--output") -> None:
    """Make a folder, and make sure that files can be written to it.

    Parameters
    ----------
    folder : Path
        The folder; made if absent.
    what, option : str
        What it is, and the option that chooses it.

    Raises
    ------
    UsageError
        They cannot, or there is hardly any room.
    """
    try:
        make_folder(folder)
        # Under a name that nobody can have laid a link for, if under any.
        with TemporaryFile(dir=folder, prefix=".xenoscan-"):
            pass
        free = free_bytes(folder)
    except OSError as error:
        raise UsageError(f"cannot write to the {what} {folder}: {error.strerror}") from error
    if free < _LEAST_FREE_BYTES:
        raise UsageError(
            f"the disk of {folder} has only {free / 1e6:.0f} MB left: make room, or choose another"
            f" {option}"
        )
