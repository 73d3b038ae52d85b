"""Write files so that they are seen whole or not at all, even after a power cut."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "PART_SUFFIX",
    "make_folder",
    "not_through_links",
    "open_part",
    "part_path",
    "publish",
    "remove_leftovers",
    "remove_part",
    "replacing",
    "write_atomically",
    "write_synced",
]

#: Ending of a file that is still being written.
PART_SUFFIX = ".part"
_LEFTOVER = re.compile(rf"\..*\.fits{re.escape(PART_SUFFIX)}", re.DOTALL)


def part_path(path: Path) -> Path:
    """Return where `path` is written before it is whole: hidden, in the same folder.

    Examples
    --------
    >>> part_path(Path("raw/KIC_757076.fits")).name
    '.KIC_757076.fits.part'
    """
    return path.with_name(f".{path.name}{PART_SUFFIX}")


def make_folder(folder: Path) -> None:
    """Make a folder if absent, with those around it, and bring their names to disk.

    Raises
    ------
    OSError
        From the file system.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def open_part(path: Path) -> BinaryIO:
    """Open the file in which `path` is written before it is whole: new and empty.

    Raises
    ------
    OSError
        From the file system.
    """
    return _open_new(part_path(path))


def not_through_links(path: str, flags: int) -> int:
    """Open a file as `open` does, but refuse a symbolic link: an `opener` for what is appended to.

    Raises
    ------
    OSError
        From the file system.
    """
    # Windows has no such flag, and lets few make links.
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


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


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a stream whose content replaces a file's at the end of the block, in one step.

    A crash or an error leaves the old content as it is.

    Raises
    ------
    OSError
        From the file system.
    """
    part = part_path(path)
    try:
        with _synced(part) as stream:
            yield stream
        publish(part, path)
    except BaseException:
        # On a full disk the room is wanted all the more.
        with suppress(OSError):
            remove_part(path)
        raise


def write_synced(path: Path, content: bytes) -> None:
    """Write a file, and bring its content to disk before any name that it gets later.

    Raises
    ------
    OSError
        From the file system.
    """
    with _synced(path) as stream:
        stream.write(content)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file's content in one step that a crash cannot tear.

    Raises
    ------
    OSError
        From the file system; the old content is then still there.
    """
    with replacing(path) as stream:
        stream.write(content)


def remove_part(path: Path) -> None:
    """Remove what a crash left of a file that was being written.

    Raises
    ------
    OSError
        From the file system.
    """
    part_path(path).unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> int:
    """Remove the outputs that an interrupted run was writing; return how many."""
    with os.scandir(folder) as entries:
        leftovers = [entry.name for entry in entries if _LEFTOVER.fullmatch(entry.name)]
    for name in leftovers:
        (folder / name).unlink(missing_ok=True)
    return len(leftovers)


def _open_new(path: Path) -> BinaryIO:
    # What has the name goes first: a leftover, which another run may have open, or a link
    # that someone else left in the folder, through which another file would be overwritten.
    path.unlink(missing_ok=True)
    # Fails if the name was taken meanwhile, and never follows a link (POSIX, open()).
    return open(path, "x+b")


@contextmanager
def _synced(path: Path) -> Iterator[BinaryIO]:
    with _open_new(path) as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        # Windows cannot open a folder for syncing; its rename is journalled.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
