"""The authors of light curves, and what distinguishes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from preprocessing.core.product import Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.file_layout import FileLayout

__all__ = ["Author"]

#: Bytes of a row in the missions' own files.
_MISSION_ROW_BYTES = 100


@dataclass(frozen=True, eq=False)
class Author:
    """The team or pipeline that makes light curves of a mission.

    Parameters
    ----------
    name : str
        The name in MAST's column ``provenance_name``.
    collection : str
        The archive's name for the tree of the author's files: ``kepler``, ``tess``, ``qlp``.
    cadences : tuple of str
        The cadences of the author's light curves; the usual one first.
    file_prefix : str
        The start of the author's file names, which no other author uses.
    parse : callable
        Returns the product for a file name, or None if the name has another form.
    layout : FileLayout or None
        How the files hold a light curve; None if they cannot be stitched.
    archive_layout : ArchiveLayout or None
        Where the archive keeps the files; None if only MAST's portal has them.
    names_tell : bool
        Whether the names of a star's files follow from the ids of its observations.
    possible_products : callable, optional
        Returns every file that a star may have, given its number, the likeliest first. None if
        file names do not follow from the number.
    files_in : callable, optional
        Returns every file that a star may have in a quarter, campaign or sector, given the
        star's number and that number as headers state it. None if more than these is in the
        files' names.
    alternatives : callable, optional
        Returns other files that may hold the same rows as a given file. None if there never are
        any.
    bitmasks : mapping of str to int
        Quality bitmasks by name, where they are not the mission's.
    names_star : bool
        Whether a file's name has the star's number in the mission's catalog. If not, `parse`
        returns products with number 0; MAST's tables and the file's header know the star.
    covers_mission : bool
        Whether a file covers the whole mission instead of a quarter, campaign or sector.
    is_secondary : bool
        Whether ``--author any`` takes the author only where it has what is asked for: the flux,
        and single quarters, campaigns or sectors.
    refusal : callable, optional
        Says why a file cannot be stitched; None if it can.
    row_bytes : int
        Bytes per row, summed over all tables of a file.
    doi : str
        Of the data, for whoever cites them; empty if none is known.
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
    files_in: Callable[[int, int], tuple[Product, ...]] | None = None
    alternatives: Callable[[Product], tuple[Product, ...]] | None = None
    bitmasks: Mapping[str, int] = field(default_factory=dict)
    names_star: bool = True
    covers_mission: bool = False
    is_secondary: bool = False
    refusal: Callable[[Product], str | None] | None = None
    row_bytes: int = _MISSION_ROW_BYTES
    doi: str = ""

    def has(self, flux: str, sequence_numbers: str) -> bool:
        """Tell whether the author has a flux and can be asked for single sequence numbers.

        Parameters
        ----------
        flux : str
            A name in ``--flux``; empty for any.
        sequence_numbers : str
            Quarters, campaigns or sectors; empty for all.
        """
        has_flux = not flux or (self.layout is not None and flux in self.layout.fluxes)
        return has_flux and not (sequence_numbers and self.covers_mission)

    @property
    def bucket_root(self) -> str | None:
        """The prefix of the files in the public bucket; None if the bucket lacks them."""
        return None if self.archive_layout is None else self.archive_layout.bucket_root

    @property
    def is_found_by_number(self) -> bool:
        """Whether the folders of a star's files follow from its number."""
        return self.archive_layout is not None and self.archive_layout.folder is not None

    @property
    def web_root(self) -> str | None:
        """The folder of the files on archive.stsci.edu; None if the site lacks them."""
        return None if self.archive_layout is None else self.archive_layout.web_root
