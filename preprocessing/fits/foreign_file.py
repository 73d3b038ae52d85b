"""Tell apart what this program wrote, and what others left under the name of an output."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from preprocessing.fits.format import CARD
from preprocessing.fits.output_file import open_without_waiting
from preprocessing.system.stored_files import is_gzip

__all__ = ["foreign_file", "is_leftover", "is_marked", "is_output"]

#: Bytes that are searched for the marks. They are among the first six cards; this allows for more.
_HEAD = 2**14
#: How two cards of every output begin. One of them is left if the other is damaged.
_MARKS = (b"ORIGIN  = 'XENOSCAN'", b"CREATOR = 'xenoscan LightCurve ")
#: Bytes of a file that are quoted.
_QUOTED = 16


def foreign_file(path: Path) -> str | None:
    """Say what has the name of an output, if this program did not make it.

    An output stays an output if it is damaged or cut off behind its first cards.

    Parameters
    ----------
    path : Path
        The name of an output.

    Returns
    -------
    str or None
        None if there is nothing, or an output of this program.
    """
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(kind):
        return "a folder"
    try:
        size = os.stat(path).st_size
        head = _head(path)
    except FileNotFoundError:
        return "a link to a file that is absent"
    except OSError as error:
        return f"a file that cannot be read ({error.strerror})"
    if is_marked(head):
        return None
    if not head:
        return "empty"
    if is_gzip(head):
        return f"a file of {size} bytes that gzip packed"
    return f"a file of {size} bytes that begins with {head[:_QUOTED]!r}"


def is_output(path: Path) -> bool:
    """Tell whether this program made a file; False if the file cannot be read.

    Parameters
    ----------
    path : Path
        The file.
    """
    try:
        return is_marked(_head(path))
    except OSError:
        return False


def is_leftover(path: Path) -> bool:
    """Tell whether an unfinished file is an output that this program was writing.

    Parameters
    ----------
    path : Path
        The unfinished file: see `part_path`.
    """
    try:
        head = _head(path)
    except OSError:
        return False
    # Until version 0.3, the place of the headers was left blank until the end.
    return is_marked(head) or not head.strip(b"\0")


def _head(path: Path) -> bytes:
    with open(path, "rb", opener=open_without_waiting) as stream:
        # A pipe without a writer gives nothing, or None.
        return stream.read(_HEAD) or b""


def is_marked(head: bytes) -> bool:
    """Tell whether a file that begins like this is an output, finished or not.

    Parameters
    ----------
    head : bytes
        The beginning of the file.
    """
    starts = range(0, len(head) - CARD + 1, CARD)
    return any(head.startswith(_MARKS, start) for start in starts)
