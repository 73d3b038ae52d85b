"""The contract between a run and an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from preprocessing.core.errors import TargetError
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.source_names import S3
from preprocessing.network.transfer import Transfer

__all__ = [
    "Archive",
    "FetchedFile",
    "SearchAnswer",
    "StarFiles",
    "is_limited_as_a_whole",
    "is_local",
]


@dataclass(frozen=True)
class StarFiles:
    """The files that an archive lists for one star, by one author and of one cadence.

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
        The quarter of each file that the observation id counts, but that the archive's product
        list does not name.
    separation_arcsec : float or None
        Distance of the star from the resolved position of its name, in arcseconds; None if the
        star was given by number.
    left_out : tuple of Product
        Files by the same author that cannot be stitched with these: they have another exposure
        time, lack the flux, or are older versions.
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
        """Number of files that there should be, the unlisted ones included."""
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
        Whether the source stated a digest of the file, and the file matches it.
    time : str
        When its last byte arrived: ISO 8601, UTC. Empty until that is set.
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
        The archive's name in records. A run can only be resumed from the same archive.
    polite_requests : int or None
        Maximum number of requests in flight that the archive tolerates; None for no limit.
    has_answered : bool
        Whether the archive ever answered, even with an error, and so exists.
    may_be_down : bool
        Whether the archive can be down, so that waiting may help when many files in a row fail.
    fallbacks : tuple of Archive
        Archives to try, in this order, for files that this one cannot give.
    unread_files : tuple of str
        Light curves that the archive holds and cannot give, since nothing tells which of a star's
        files they are.
    """

    identity: str
    polite_requests: int | None
    may_be_down: bool
    fallbacks: tuple[Archive, ...]
    unread_files: tuple[str, ...]

    @property
    def has_answered(self) -> bool:
        """Whether the archive ever answered, even with an error."""

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Find the files of several targets at once.

        Parameters
        ----------
        targets : sequence of Target
            The stars to search for, by number or by name.
        recipe : Recipe
            Which mission, author, cadence, and quarters, campaigns or sectors.
        transfer : Transfer
            Told what is moved.

        Returns
        -------
        mapping of str to SearchAnswer
            One answer for every target, by `Target.key`.

        Raises
        ------
        ArchiveError
            The search failed as a whole.
        """

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the names of a star's files in the archive's own product list.

        Raises
        ------
        ArchiveError
            The list is not available.
        """

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the catalog numbers of the first `count` stars with light curves.

        Kepler's stars come in ascending order. K2's and TESS's are too many to sort: most
        archives give them campaign by campaign or sector by sector.

        Raises
        ------
        ArchiveError
            The list is not available.
        """

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Return one file.

        Raises
        ------
        ProductNotFound
            The archive does not have the file.
        CorruptProduct
            The file does not match the digest that the archive states.
        ArchiveError
            The archive cannot give the file at the moment.
        """

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return the beginning of one file: at least `size` bytes, unless the file is shorter.

        Raises
        ------
        ProductNotFound
            The archive does not have the file.
        ArchiveError
            The archive cannot give the file at the moment.
        """


def is_local(archive: Archive) -> bool:
    """Tell whether an archive and its fallbacks are directories, which stay as they are.

    Parameters
    ----------
    archive : Archive
        The archive.
    """
    return not any(source.may_be_down for source in (archive, *archive.fallbacks))


def is_limited_as_a_whole(archive: Archive) -> bool:
    """Tell whether an archive's limit holds for all machines together, not for each of them.

    Parameters
    ----------
    archive : Archive
        The archive, with its fallbacks.
    """
    # S3's limit is one of requests a second and prefix, far beyond what a machine can make.
    return any(
        source.polite_requests is not None and source.identity != S3
        for source in (archive, *archive.fallbacks)
    )
