"""What tells the makers of light curves apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from preprocessing.core.product import Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.file_layout import FileLayout

__all__ = ["Author"]

#: Bytes of a row in the missions' own files, about.
_MISSION_ROW_BYTES = 100


@dataclass(frozen=True, eq=False)
class Author:
    """Who makes light curves of a mission.

    Parameters
    ----------
    name : str
        As MAST's column ``provenance_name`` has it.
    collection : str
        What the archive calls the tree of the author's files: ``kepler``, ``tess``, ``qlp``.
    cadences : tuple of str
        The first is the usual one.
    file_prefix : str
        With what the names of the author's files begin, and nobody else's.
    parse : callable
        Returns the product that a file's name stands for, None if it is no such name.
    layout : FileLayout or None
        None if the files cannot be read: their light curves are not what the others are.
    archive_layout : ArchiveLayout or None
        Where the archive keeps the files; None if only its portal has them.
    names_tell : bool
        Whether the names of a star's files follow from the ids of its observations.
    possible_products : callable, optional
        Returns every file that a star of some number may have, the likeliest first; None if
        names do not follow from the number.
    alternatives : callable, optional
        Returns the other files that may hold the same rows as one; None if none ever does.
    bitmasks : mapping of str to int
        Quality flags that are added to the mission's bitmask of the same name.
    row_bytes : int
        Size of a row of a file, of all its tables together.
    """

    name: str
    collection: str
    cadences: tuple[str, ...]
    file_prefix: str
    parse: Callable[[str], Product | None]
    layout: FileLayout | None
    archive_layout: ArchiveLayout | None = None
    names_tell: bool = False
    possible_products: Callable[[int], tuple[Product, ...]] | None = None
    alternatives: Callable[[Product], tuple[Product, ...]] | None = None
    bitmasks: Mapping[str, int] = field(default_factory=dict)
    row_bytes: int = _MISSION_ROW_BYTES

    @property
    def bucket_root(self) -> str | None:
        """The prefix of the files in the public bucket, None if it does not have them."""
        return None if self.archive_layout is None else self.archive_layout.bucket_root

    @property
    def web_root(self) -> str | None:
        """The folder of the files on archive.stsci.edu, None if it does not have them."""
        return None if self.archive_layout is None else self.archive_layout.web_root
