"""What was computed for the page lately, as far as it fits into some memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

__all__ = ["KeptBytes"]


class KeptBytes:
    """Keeps the answers that were asked for last.

    Parameters
    ----------
    room : int
        Bytes that all of them may need. One that needs more is not kept.

    Examples
    --------
    >>> kept = KeptBytes(8)
    >>> for name in "abc":
    ...     kept.keep(name, b"1234")
    >>> kept.get("a"), kept.get("c")
    (None, b'1234')
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._used = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, key: Hashable) -> bytes | None:
        """Return what is kept under a key, if it is."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Hashable, content: bytes) -> None:
        """Keep an answer, in place of those that were not asked for the longest."""
        self._used += len(content) - len(self._kept.pop(key, b""))
        self._kept[key] = content
        while self._used > self._room:
            self._used -= len(self._kept.popitem(last=False)[1])
