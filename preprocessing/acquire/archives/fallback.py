"""An archive with fallbacks for searches that it cannot answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from preprocessing.acquire.archives.base import Archive, FetchedFile, SearchAnswer, StarFiles
from preprocessing.core.errors import ArchiveError, TargetError, UsageError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.transfer import Transfer

__all__ = ["FallbackArchive"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Answers on which another archive may improve. An archive without a resolver knows no names, and
#: MAST's search once missed whole missions for a day
#: (https://github.com/lightkurve/lightkurve/issues/1355).
_ASK_ANOTHER = frozenset({Reason.UNKNOWN_NAME, Reason.NO_DATA})
#: Further such answers from a directory, which may hold only some of a star's files.
_ASK_FOR_MORE = frozenset({Reason.NO_SUCH_CADENCE, Reason.NO_SUCH_SEQUENCE})


class FallbackArchive:
    """An archive that asks others when it cannot answer a search.

    It fetches files from the first archive only. `preprocessing.acquire.runs.file_fetcher`
    decides which archive to ask for a file.

    Parameters
    ----------
    first : Archive
        The archive to ask first; its `identity` stands for all of them.
    others : sequence of Archive
        The fallbacks, in the order in which they are asked.
    """

    def __init__(self, first: Archive, others: Sequence[Archive]) -> None:
        self.identity = first.identity
        self.polite_requests = first.polite_requests
        self.may_be_down = first.may_be_down
        self.fallbacks = tuple(others)
        self.unread_files = tuple(
            path for archive in (first, *others) for path in archive.unread_files
        )
        self._first = first
        self._ask_another = _ASK_ANOTHER if first.may_be_down else _ASK_ANOTHER | _ASK_FOR_MORE

    @property
    def has_answered(self) -> bool:
        """Whether any of the archives ever answered: see `Archive`."""
        return any(archive.has_answered for archive in self._all)

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Find the files of several targets: see `Archive.search`."""
        answers: dict[str, SearchAnswer] = {}
        error: ArchiveError | UsageError | None = None
        for archive in self._all:
            asked = [target for target in targets if self._may_be_known(answers.get(target.key))]
            if not asked:
                break
            try:
                found = await archive.search(asked, recipe, transfer)
            except (ArchiveError, UsageError) as failure:
                _log.warning("%s cannot be searched: %s", archive.identity, failure)
                error = error or failure
                continue
            for key, answer in found.items():
                if isinstance(answer, StarFiles) or key not in answers:
                    answers[key] = answer
        if error is not None and len(answers) < len(targets):
            raise error
        return answers

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the names in the first archive's list: see `Archive.listed_names`."""
        return await self._first.listed_names(star, recipe, transfer)

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the stars of the first archive that answers: see `Archive.holdings`."""
        return await self._ask(lambda archive: archive.holdings(count, recipe, transfer))

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Return a file of the first archive: see `Archive.fetch`."""
        return await self._first.fetch(product, transfer)

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return a file's beginning from the first archive that answers: see `Archive`."""
        return await self._ask(lambda archive: archive.fetch_start(product, size, transfer))

    @property
    def _all(self) -> tuple[Archive, ...]:
        return self._first, *self.fallbacks

    async def _ask(self, question: Callable[[Archive], Awaitable[_T]]) -> _T:
        error: ArchiveError | None = None
        for archive in self._all:
            try:
                return await question(archive)
            except ArchiveError as failure:
                _log.info("%s cannot be asked: %s", archive.identity, failure)
                error = error or failure
        assert error is not None
        raise error

    def _may_be_known(self, answer: SearchAnswer | None) -> bool:
        """Tell whether another archive may know more about a star."""
        if isinstance(answer, TargetError):
            return answer.reason in self._ask_another
        return answer is None
