"""Where an author's files lie in the archive's trees of folders."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ArchiveLayout"]


@dataclass(frozen=True)
class ArchiveLayout:
    """How the tree of one author's files is divided into folders.

    Parameters
    ----------
    folder : callable
        Returns the folder of a star, by its number: below that of a campaign or sector if
        there are such. The texts sort as the numbers do.
    bucket_root : str or None
        Prefix of the tree in the public bucket
        (https://registry.opendata.aws/collab/stsci/); None if it is not there.
    web_root : str or None
        Folder of the tree on https://archive.stsci.edu; None if it is not there.
    sequence : re.Pattern or None
        What the folders of campaigns or sectors are called, with their number as a group;
        None if all files of a star are in one folder.
    is_sparse : bool
        Whether the folders below one of a campaign tell which stars cannot be in it.
    """

    folder: Callable[[int], str]
    bucket_root: str | None
    web_root: str | None
    sequence: re.Pattern[str] | None = None
    is_sparse: bool = False

    @property
    def depth(self) -> int:
        """How many folders lead to a star's files from the root or from a sequence's folder.

        Examples
        --------
        >>> ArchiveLayout("{:04d}".format, "tree", None).depth
        1
        """
        return self.folder(0).count("/") + 1

    def leads_to_stars(self, name: str, level: int) -> bool:
        """Tell whether a folder may be on the way to a star's.

        Parameters
        ----------
        name : str
            The folder's name.
        level : int
            How many folders are above it, below the root or a sequence's folder.

        Examples
        --------
        >>> layout = ArchiveLayout("target/{:04d}".format, "tree", None)
        >>> layout.leads_to_stars("target", 0), layout.leads_to_stars("tarfiles", 0)
        (True, False)
        >>> layout.leads_to_stars("0757", 1)
        True
        """
        step = self.folder(0).split("/")[level]
        is_number = name.isascii() and name.isdecimal()
        return is_number if step.isdecimal() else name == step

    def sequence_number(self, name: str) -> int | None:
        """Return the campaign or sector of a folder, None if it is none's.

        Examples
        --------
        >>> layout = ArchiveLayout(str, None, None, re.compile(r"c([0-9]+)"))
        >>> layout.sequence_number("c91"), layout.sequence_number("tarfiles")
        (91, None)
        """
        match = None if self.sequence is None else self.sequence.fullmatch(name)
        return None if match is None else int(match[1])
