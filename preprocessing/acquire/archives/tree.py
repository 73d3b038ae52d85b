"""The contract of a tree of folders, which a web server or a bucket holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from preprocessing.missions import Author
from preprocessing.network.transfer import Transfer

__all__ = ["FlatTree", "Listing", "Tree", "TreeFile"]


@dataclass(frozen=True)
class Listing:
    """What is in a folder, by the names below it.

    Parameters
    ----------
    folders, files : tuple of str
        Their names, without a path and without a slash at either end.
    """

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class TreeFile:
    """A file of a tree.

    Parameters
    ----------
    body : bytes
        The whole file.
    has_source_digest : bool
        Whether the server stated a digest of the file, which it has.
    """

    body: bytes
    has_source_digest: bool = False


class Tree(Protocol):
    """Folders and files at some address. Paths have no slash at either end.

    Attributes
    ----------
    identity : str
        The tree's name in records.
    """

    identity: str

    @property
    def has_answered(self) -> bool:
        """Whether it ever answered."""

    def root(self, author: Author) -> str | None:
        """Return the folder in which it has the files of an author, None if it has none."""

    async def listing(self, folder: str, transfer: Transfer) -> Listing:
        """Return what is in a folder; nothing if there is no such folder.

        Raises
        ------
        ArchiveError
            It cannot be told.
        """

    async def read(self, path: str, transfer: Transfer) -> TreeFile:
        """Return a file.

        Raises
        ------
        ProductNotFound
            It is not there.
        CorruptProduct
            It is not what the server says that it is.
        ArchiveError
            It cannot be had.
        """

    async def read_start(self, path: str, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of a file: as `read`."""


class FlatTree(Tree, Protocol):
    """A tree that can list a folder with everything below it."""

    def pages_below(self, folder: str, transfer: Transfer) -> AsyncIterator[Sequence[str]]:
        """Yield the paths below a folder of all files in it, at any depth, page by page.

        Raises
        ------
        ArchiveError
            The folder cannot be listed.
        """
