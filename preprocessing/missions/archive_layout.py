"""Where an author's files are in the archive's trees of folders."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ArchiveLayout"]


@dataclass(frozen=True)
class ArchiveLayout:
    """The folders into which an author's files are divided.

    Parameters
    ----------
    folder : callable or None
        Returns the folder for a star's number, relative to the root or to the folder of a
        campaign or sector. Folder names sort like the numbers. None if folders do not follow
        from the number: then MAST has to find the files, which can be fetched nevertheless.
    bucket_root : str or None
        Prefix of the tree in the public bucket
        (https://registry.opendata.aws/collab/stsci/); None if the bucket does not have it.
    web_root : str or None
        Folder of the tree on https://archive.stsci.edu; None if that site does not have it.
    sequence : re.Pattern or None
        Pattern for the folders of campaigns or sectors, with the number as a group; None if all
        files of a star are in one folder.
    is_sparse : bool
        Whether listing the folders in a campaign's folder is enough to rule out stars.
    branches : tuple of str
        Where a star's folder has to be looked for if there are several, all equally deep:
        patterns with a placeholder for it.
    """

    folder: Callable[[int], str] | None
    bucket_root: str | None
    web_root: str | None
    sequence: re.Pattern[str] | None = None
    is_sparse: bool = False
    branches: tuple[str, ...] = ("{}",)

    @property
    def depth(self) -> int:
        """The number of folders between the root, or a sequence's folder, and a star's files.

        Examples
        --------
        >>> ArchiveLayout("{:04d}".format, "tree", None).depth
        1
        """
        return self.folders(0)[0].count("/") + 1

    def folders(self, number: int) -> tuple[str, ...]:
        """Return every folder that a star's files may be in; none if no number tells.

        Parameters
        ----------
        number : int
            The star's number.

        Examples
        --------
        >>> layout = ArchiveLayout("{:04d}".format, None, "tree", branches=("fast/{}", "slow/{}"))
        >>> layout.folders(757)
        ('fast/0757', 'slow/0757')
        """
        if self.folder is None:
            return ()
        folder = self.folder(number)
        return tuple(branch.format(folder) for branch in self.branches)

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
        steps = {folder.split("/")[level] for folder in self.folders(0)}
        is_number = name.isascii() and name.isdecimal()
        return name in steps or (is_number and any(map(str.isdecimal, steps)))

    def sequence_number(self, name: str) -> int | None:
        """Return the campaign or sector of a folder, or None if the folder is another.

        Parameters
        ----------
        name : str
            The folder's name.

        Examples
        --------
        >>> layout = ArchiveLayout(str, None, None, re.compile(r"c([0-9]+)"))
        >>> layout.sequence_number("c91"), layout.sequence_number("tarfiles")
        (91, None)
        """
        match = None if self.sequence is None else self.sequence.fullmatch(name)
        return None if match is None else int(match[1])
