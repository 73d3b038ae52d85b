"""Where a star's files lie in the archive's trees of folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from preprocessing.missions.k2 import thousands_folder
from preprocessing.missions.kepler import star_folder
from preprocessing.missions.sectors import split_number

__all__ = ["ARCHIVE_LAYOUTS", "BUCKET_ROOTS", "WEB_ROOTS", "ArchiveLayout"]

#: Prefixes of the public bucket by `Author.collection`
#: (https://registry.opendata.aws/collab/stsci/). It has no K2SFF and no K2SC.
BUCKET_ROOTS: Mapping[str, str] = {
    "kepler": "kepler/public/lightcurves",
    "k2": "k2/public/lightcurves",
    "tess": "tess/public/tid",
    "tess-spoc": "mast/hlsp/tess-spoc",
    "qlp": "mast/hlsp/qlp",
}

#: Folders of https://archive.stsci.edu by `Author.collection`.
WEB_ROOTS: Mapping[str, str] = {
    "kepler": "missions/kepler/lightcurves",
    "k2": "missions/k2/lightcurves",
    "tess": "missions/tess/tid",
    "tess-spoc": "hlsps/tess-spoc",
    "qlp": "hlsps/qlp",
    "k2sff": "hlsps/k2sff",
}


@dataclass(frozen=True)
class ArchiveLayout:
    """How the tree of one author's files is divided into folders.

    Parameters
    ----------
    folder : callable
        Returns a star's folder, below that of a campaign or sector if there are such.
    sequence : re.Pattern or None
        What the folders of campaigns or sectors are called, with their number as a group;
        None if all files of a star are in one folder.
    is_sparse : bool
        Whether the folders below one of a campaign tell which stars cannot be in it.
    """

    folder: Callable[[int], str]
    sequence: re.Pattern[str] | None = None
    is_sparse: bool = False

    @property
    def depth(self) -> int:
        """How many folders lead to a star's files from the root or from a sequence's folder.

        Examples
        --------
        >>> ARCHIVE_LAYOUTS["tess"].depth, ARCHIVE_LAYOUTS["kepler"].depth
        (4, 2)
        """
        return self.folder(0).count("/") + 1

    def sequence_number(self, name: str) -> int | None:
        """Return the campaign or sector of a folder, None if it is none's.

        Examples
        --------
        >>> layout = ARCHIVE_LAYOUTS["k2"]
        >>> layout.sequence_number("c91"), layout.sequence_number("tarfiles")
        (91, None)
        """
        match = None if self.sequence is None else self.sequence.fullmatch(name)
        return None if match is None else int(match[1])


def _own_of_k2(number: int) -> str:
    digits = f"{number:09d}"
    return f"{digits[:4]}00000/{digits[4:]}"


def _below_target(number: int) -> str:
    return f"target/{split_number(number)}"


_CAMPAIGN = re.compile(r"c(\d{1,3})", re.ASCII)
_SECTOR = re.compile(r"s(\d{4})", re.ASCII)

#: By `Author.collection`.
ARCHIVE_LAYOUTS: Mapping[str, ArchiveLayout] = {
    "kepler": ArchiveLayout(star_folder),
    "k2": ArchiveLayout(thousands_folder, _CAMPAIGN, is_sparse=True),
    "k2sff": ArchiveLayout(_own_of_k2, _CAMPAIGN, is_sparse=True),
    "tess": ArchiveLayout(split_number, _SECTOR),
    "tess-spoc": ArchiveLayout(_below_target, _SECTOR),
    "qlp": ArchiveLayout(split_number, _SECTOR),
}
