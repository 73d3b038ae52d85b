"""Open files without waiting for what is none: pipes, whose other end nobody may have opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["kind_of", "open_plain", "open_without_waiting", "read_head"]

#: Bytes at the beginning of a file that tell what it is.
_HEAD = 2**14
#: What is no file, by `stat.S_IFMT`.
_SPECIAL = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind_of(status: os.stat_result) -> str | None:
    """Say what has a file's name, such as ``a pipe``; None for a file."""
    kind = stat.S_IFMT(status.st_mode)
    return None if kind == stat.S_IFREG else _SPECIAL.get(kind, "something else")


def open_plain(path: str) -> BinaryIO:
    """Open a file for reading.

    Parameters
    ----------
    path : str
        The file. Links are followed.

    Raises
    ------
    OSError
        The file cannot be opened, or is a folder, a pipe or a device.
    """
    stream = open(path, "rb", opener=open_without_waiting)  # noqa: SIM115  # the caller closes it
    kind = kind_of(os.fstat(stream.fileno()))
    if kind is not None:
        stream.close()
        raise OSError(None, f"it is {kind}, not a file", path)
    return stream


def read_head(path: Path) -> bytes:
    """Return the first 16,384 bytes of a file; nothing of a pipe into which nobody writes.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with open(path, "rb", opener=open_without_waiting) as stream:
        # A pipe without a writer gives nothing, or None.
        return stream.read(_HEAD) or b""


def open_without_waiting(path: str, flags: int) -> int:
    """Open a file without waiting for a pipe's writer; pass this to `open` as its `opener`."""
    # Otherwise a pipe with an output's name would block the run until somebody writes to it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
