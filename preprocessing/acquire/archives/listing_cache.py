"""Cached folder listings: recent ones in memory; all on disk if they never change."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from preprocessing.acquire.archives.answer_file import AnswerFile

__all__ = ["ListingCache"]

#: Part of the file's name: another layout gets another file.
_LAYOUT = 1
#: Lists in memory: what stars share are folders of sectors or campaigns, some hundred of them.
_MOST_IN_MEMORY = 1000


class ListingCache:
    """Lists of folders as text, by kind and path; what is empty is never kept.

    Parameters
    ----------
    file : AnswerFile or None
        Where they are kept from run to run; None if another run may find others.
    bypass_cache : bool
        Whether what earlier runs kept does not count.
    """

    def __init__(self, file: AnswerFile | None = None, *, bypass_cache: bool = False) -> None:
        self._file = file
        self._bypass_cache = bypass_cache
        self._recent: OrderedDict[tuple[str, str], str] = OrderedDict()

    @classmethod
    def on_disk(cls, folder: Path, archive: str, *, bypass_cache: bool = False) -> ListingCache:
        """Return the lists of an archive that never changes, kept forever in a folder."""
        path = folder / f"listings-v{_LAYOUT}.sqlite"
        return cls(AnswerFile(path, archive, float("inf")), bypass_cache=bypass_cache)

    def get(self, kind: str, path: str) -> str | None:
        """Return a list, None if it is not known."""
        text = self._recent.get((kind, path))
        if text is None and self._file is not None and not self._bypass_cache:
            text = self._file.answers(kind, [path]).get(path)
            if text is not None:
                self._remember(kind, path, text)
        return text

    def put(self, kind: str, path: str, text: str) -> None:
        """Keep a list."""
        self._remember(kind, path, text)
        if self._file is not None:
            self._file.store(kind, {path: text})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _remember(self, kind: str, path: str, text: str) -> None:
        self._recent[kind, path] = text
        while len(self._recent) > _MOST_IN_MEMORY:
            self._recent.popitem(last=False)
