"""Tell apart what this program wrote, and what others left under the name of an output."""

from __future__ import annotations

from pathlib import Path

from preprocessing.fits.format import CARD
from preprocessing.system.foreign import foreign_content
from preprocessing.system.plain_files import read_head

__all__ = ["foreign_file", "is_leftover", "is_marked", "is_output"]

#: How two cards of every output begin, among the first six. One is left if the other is damaged.
_MARKS = (b"ORIGIN  = 'XENOSCAN'", b"CREATOR = 'xenoscan LightCurve ")


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
    return foreign_content(path, is_marked)


def is_output(path: Path) -> bool:
    """Tell whether this program made a file; False if the file cannot be read.

    Parameters
    ----------
    path : Path
        The file.
    """
    try:
        return is_marked(read_head(path))
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
        head = read_head(path)
    except OSError:
        return False
    # Until version 0.3, the place of the headers was left blank until the end.
    return is_marked(head) or not head.strip(b"\0")


def is_marked(head: bytes) -> bool:
    """Tell whether a file that begins like this is an output, finished or not.

    Parameters
    ----------
    head : bytes
        The beginning of the file.
    """
    starts = range(0, len(head) - CARD + 1, CARD)
    return any(head.startswith(_MARKS, start) for start in starts)
