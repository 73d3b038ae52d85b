"""The contract between a run and whatever holds the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from preprocessing.core.errors import TargetError
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.transfer import Transfer

__all__ = ["Archive", "FetchedFile", "SearchAnswer", "StarFiles"]


@dataclass(frozen=True)
class StarFiles:
    """The files that an archive promises of one star, of one author and cadence.

    Parameters
    ----------
    number : int
        The star's number in the mission's catalog.
    products : tuple of Product
        In time order.
    author : str
        Name of the pipeline that made the files, such as ``Kepler`` or ``TESS-SPOC``.
    cadence : {'long', 'short', 'fast'}
        Time between two points, as the mission calls it.
    unlisted_numbers : tuple of int
        A quarter for each further file that the observation id counts but the archive's
        product list does not name.
    separation_arcsec : float or None
        Distance of the star from the resolved position, if it was found by a name.
    left_out : tuple of Product
        Files of the same author that are not to be stitched with these: of another exposure
        time, or older versions.
    """

    number: int
    products: tuple[Product, ...]
    author: str
    cadence: str
    unlisted_numbers: tuple[int, ...] = ()
    separation_arcsec: float | None = None
    left_out: tuple[Product, ...] = ()

    @property
    def n_expected(self) -> int:
        """How many files there should be."""
        return len(self.products) + len(self.unlisted_numbers)


@dataclass(frozen=True)
class FetchedFile:
    """A file as an archive gave it.

    Parameters
    ----------
    body : bytes
        The whole file.
    archive : str
        `Archive.identity` of the source.
    has_source_digest : bool
        Whether the source stated a digest of the file, which it has.
    time : str
        When its last byte came, once that was noted: ISO 8601, UTC.
    """

    body: bytes
    archive: str
    has_source_digest: bool = False
    time: str = ""


#: A star's files, or why there are none.
SearchAnswer = StarFiles | TargetError


class Archive(Protocol):
    """A source of light-curve files.

    Attributes
    ----------
    identity : str
        What records call it. Two runs may share records only if it is the same.
    polite_requests : int or None
        Most requests in flight that it should be asked for; None if it does not matter.
    has_answered : bool
        Whether it ever answered anything, be it an error: it exists, then.
    may_be_down : bool
        Whether waiting may help where many files in a row cannot be had.
    fallbacks : tuple of Archive
        Archives that are asked, in their order, for files that this one cannot give.
    """

    identity: str
    polite_requests: int | None
    may_be_down: bool
    fallbacks: tuple[Archive, ...]

    @property
    def has_answered(self) -> bool:
        """Whether it ever answered."""

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Find the files of several targets at once.

        Parameters
        ----------
        targets : sequence of Target
            The stars to search for, by number or by name.
        recipe : Recipe
            Of which mission, author, cadence, and quarters, campaigns or sectors.
        transfer : Transfer
            Told what is moved.

        Returns
        -------
        mapping of str to SearchAnswer
            By `Target.key`, complete.

        Raises
        ------
        ArchiveError
            The search failed as a whole.
        """

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the names of the files that the archive's own product list has of a star.

        Raises
        ------
        ArchiveError
            The list cannot be had.
        """

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the numbers of the first stars of which the archive has light curves.

        Kepler's in ascending order, others' at most archives campaign by campaign or sector by
        sector: there are too many to sort.

        Raises
        ------
        ArchiveError
            The list cannot be had.
        """

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Return one file.

        Raises
        ------
        ProductNotFound
            The archive does not have it.
        CorruptProduct
            It is not what the archive says that it is.
        ArchiveError
            It cannot be had just now.
        """

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of one file, at least as many as asked for if it has them.

        Raises
        ------
        ProductNotFound
            The archive does not have it.
        ArchiveError
            It cannot be had just now.
        """
