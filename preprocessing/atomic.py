"""Write files so that they are seen whole or not at all, even after a power cut."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["PART_SUFFIX", "part_path", "publish", "remove_leftovers", "write_atomically"]

#: Ending of a file that is still being written.
PART_SUFFIX = ".part"


def part_path(path: Path) -> Path:
    """Return where `path` is written before it is whole: hidden, in the same folder.

    Examples
    --------
    >>> part_path(Path("raw/KIC_757076.fits")).name
    '.KIC_757076.fits.part'
    """
    return path.with_name(f".{path.name}{PART_SUFFIX}")


def publish(part: Path, path: Path) -> None:
    """Rename a written and synced file to its final name, and sync the folder.

    Parameters
    ----------
    part, path : Path
        In the same folder.

    Raises
    ------
    OSError
        From the file system.
    """
    os.replace(part, path)
    _sync_folder(path.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file's content in one step that a crash cannot tear.

    Raises
    ------
    OSError
        From the file system; the old content is then still there.
    """
    part = part_path(path)
    with open(part, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    publish(part, path)


def remove_leftovers(folder: Path) -> int:
    """Remove the outputs that an interrupted run was writing; return how many."""
    leftovers = list(folder.glob(f".*.fits{PART_SUFFIX}"))
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        # Windows cannot open a folder for syncing; its rename is journalled.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
