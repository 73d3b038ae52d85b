"""Say what has the name of a file that this program writes, if this program did not make it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from preprocessing.system.plain_files import kind_of, read_head
from preprocessing.system.stored_files import is_gzip

__all__ = ["foreign_content"]

#: Bytes of a file that are quoted.
_QUOTED = 16


def foreign_content(path: Path, is_own: Callable[[bytes], bool]) -> str | None:
    """Say what has a name, if it is not a file of this program.

    Parameters
    ----------
    path : Path
        The name.
    is_own : callable
        Takes the first 16,384 bytes of a file, and tells whether this program wrote it. It gets
        them without NULs at either end: a power cut may leave those in place of what was written.

    Returns
    -------
    str or None
        None if there is nothing, or a file of this program.
    """
    if not os.path.lexists(path):
        return None
    try:
        found = os.stat(path)
        kind = kind_of(found)
        if kind is not None:
            return kind
        head = read_head(path)
    except FileNotFoundError:
        return "a link to a file that is absent"
    except OSError as error:
        return f"a file that cannot be read ({error.strerror})"
    if is_own(head.strip(b"\0")):
        return None
    if not head:
        return "empty"
    if is_gzip(head):
        return f"a file of {found.st_size} bytes that gzip packed"
    return f"a file of {found.st_size} bytes that begins with {head[:_QUOTED]!r}"
