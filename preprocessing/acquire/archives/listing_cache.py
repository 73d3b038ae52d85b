"""Cached folder listings: recent ones in memory; all on disk if they never change."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from preprocessing.acquire.archives.answer_file import AnswerFile

__all__ = ["ListingCache"]

#: Version of the file's layout, and part of its name.
_LAYOUT = 1
#: Lists to keep in memory. Stars share the folders of some hundred sectors and campaigns.
_MOST_IN_MEMORY = 1000


class ListingCache:
    """Cached listings of folders, as text, by kind and path.

    Parameters
    ----------
    file : AnswerFile or None
        Where they are kept between runs; None if folders may change between runs.
    bypass_cache : bool
        Whether to ignore what earlier runs cached.
    """

    def __init__(self, file: AnswerFile | None = None, *, bypass_cache: bool = False) -> None:
        self._file = file
        self._bypass_cache = bypass_cache
        self._recent: OrderedDict[tuple[str, str], str] = OrderedDict()

    @classmethod
    def on_disk(cls, folder: Path, archive: str, *, bypass_cache: bool = False) -> ListingCache:
        """Return the cache of an archive that never changes, kept forever in a folder."""
        path = folder / f"listings-v{_LAYOUT}.sqlite"
        return cls(AnswerFile(path, archive, float("inf")), bypass_cache=bypass_cache)

    def get(self, kind: str, path: str) -> str | None:
        """Return a listing; None if it is not cached."""
        text = self._recent.get((kind, path))
        if text is None and self._file is not None and not self._bypass_cache:
            text = self._file.answers(kind, [path]).get(path)
            if text is not None:
                self._remember(kind, path, text)
        return text

    def put(self, kind: str, path: str, text: str) -> None:
        """Cache a listing."""
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
