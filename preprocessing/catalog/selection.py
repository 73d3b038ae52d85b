"""The stars that are chosen of a catalog, each with the reason."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from preprocessing.catalog.columns import CatalogLayout
from preprocessing.catalog.expression import check_expression
from preprocessing.catalog.mix import Share, allot
from preprocessing.catalog.store import Catalog
from preprocessing.catalog.strategies import RANDOM, Ranking, rank_by
from preprocessing.core.errors import UsageError
from preprocessing.missions.recipe import Recipe

__all__ = ["MIX", "ChosenStar", "Selection", "SelectionRequest", "choose"]

MIX = "mix"
#: More than there are stars, and a number that SQL knows.
_MOST_ROWS = 2**62


@dataclass(frozen=True)
class SelectionRequest:
    """What a user asked for.

    Parameters
    ----------
    strategy : str
        One of `STRATEGIES`, or ``mix``.
    count : int or None
        How many; None for all that there are.
    seed : int
        Of random choices.
    where : str or None
        A condition besides.
    shares : tuple of Share
        Of a mix.
    catalog : Path or None
        None for the mission's own.
    """

    strategy: str
    count: int | None
    seed: int = 0
    where: str | None = None
    shares: tuple[Share, ...] = ()
    catalog: Path | None = None

    @property
    def text(self) -> str:
        """The same as a line: two that choose alike of one catalog have the same.

        Examples
        --------
        >>> SelectionRequest("random", 5, where="teff > 6000").text
        "random --targets 5 --seed 0 --where 'teff > 6000'"
        """
        words = [self.strategy]
        for share in self.shares:
            words.append(f"{share.weight},{share.strategy},{share.where or ''}")
        if self.count is not None:
            words += ["--targets", str(self.count)]
        if RANDOM in (self.strategy, *(share.strategy for share in self.shares)):
            words += ["--seed", str(self.seed)]
        if self.where is not None:
            words += ["--where", self.where]
        return shlex.join(words)


@dataclass(frozen=True)
class ChosenStar:
    """One star, and why it is there.

    Parameters
    ----------
    name : str
        As in ``KIC 757076``.
    strategy : str
    rank : int
        Among those that the strategy could take, from 1.
    reason : str
        The values that decided.
    """

    name: str
    strategy: str
    rank: int
    reason: str


@dataclass(frozen=True)
class Selection:
    """The stars of a run, in the order in which they are fetched.

    Parameters
    ----------
    request : SelectionRequest
    stars : tuple of ChosenStar
    remarks : tuple of str
        What a user should know: how many there were, how many could not be judged.
    catalog : Path
    catalog_digest : str
        SHA-256 of the file.
    catalog_built : str
        ISO 8601, UTC.
    """

    request: SelectionRequest
    stars: tuple[ChosenStar, ...]
    remarks: tuple[str, ...]
    catalog: Path
    catalog_digest: str
    catalog_built: str


def choose(request: SelectionRequest, catalog: Catalog, recipe: Recipe) -> Selection:
    """Choose stars: the same whenever and wherever it is asked of the same catalog.

    Parameters
    ----------
    request : SelectionRequest
    catalog : Catalog
    recipe : Recipe
        Each star has a light curve of its cadence, in one of its quarters, campaigns or
        sectors, if it asks for some.

    Raises
    ------
    UsageError
        Something in the request is wrong, or no star meets it.
    """
    shares = request.shares or (Share(Fraction(1), request.strategy),)
    picks = [_Pick(catalog, request, share, recipe) for share in shares]
    if not request.shares:
        numbers: Sequence[int | None] = [request.count]
    elif request.count is None:
        raise UsageError("a mix is of so many stars: say how many with --targets N")
    else:
        numbers = allot(request.count, shares)
    taken: dict[int, ChosenStar] = {}
    remarks: list[str] = []
    for pick, number in zip(picks, numbers, strict=True):
        mine = pick.stars(number, taken)
        taken.update(mine)
        remarks += pick.remarks(len(mine), number)
    if not taken:
        unknown = " ".join(pick.unknown for pick in picks)
        raise UsageError(f"no star of {catalog.path} is chosen by {request.text}. {unknown}")
    return Selection(
        request,
        tuple(taken.values()),
        tuple(remarks),
        catalog.path,
        catalog.digest,
        catalog.note.built,
    )


def _check_share(share: Share, where: str, catalog: Catalog) -> str:
    """Check a condition of a mix, and name its share if something is wrong with it."""
    try:
        return check_expression(where, catalog)
    except UsageError as error:
        raise UsageError(f"in the share {share.strategy} of the mix, {error}") from error


class _Pick:
    """What one strategy takes of a catalog."""

    def __init__(
        self, catalog: Catalog, request: SelectionRequest, share: Share, recipe: Recipe
    ) -> None:
        self._catalog = catalog
        self._ranking = rank_by(share.strategy, catalog.layout, recipe, request.seed)
        given = [] if request.where is None else [check_expression(request.where, catalog)]
        if share.where is not None:
            given.append(_check_share(share, share.where, catalog))
        self._condition = " AND ".join(
            (
                self._ranking.condition,
                # True or unknown, never false: what decides is what else is known.
                *(f"({column} IS NOT NULL OR NULL)" for column in self._ranking.needs),
                # The end stands in a line of its own, and so in no comment.
                *(f"({text}\n)" for text in given),
            )
        )

    def stars(self, number: int | None, taken: dict[int, ChosenStar]) -> dict[int, ChosenStar]:
        """Return up to so many stars, those left out that are taken."""
        ranking, layout = self._ranking, self._catalog.layout
        most = "" if number is None else f" LIMIT {min(number + len(taken), _MOST_ROWS)}"
        rows = self._catalog.rows(
            f"SELECT {', '.join((layout.number, *ranking.shows))} FROM stars"
            f" WHERE {self._condition} ORDER BY {ranking.order}{most}"
        )
        ranked = ((rank, row) for rank, row in enumerate(rows, 1) if row[0] not in taken)
        mine = {
            row[0]: ChosenStar(
                f"{layout.prefix} {row[0]}",
                ranking.strategy,
                rank,
                _reason(ranking, row[1:], layout),
            )
            for rank, row in ranked
        }
        return dict(list(mine.items())[:number])

    def remarks(self, n_taken: int, number: int | None) -> Iterator[str]:
        """Yield what became of all the stars."""
        name = self._ranking.strategy
        n_fit = self._count(self._condition)
        yield f"{name}: {n_taken} of {n_fit} stars, {self._ranking.meaning}."
        if number is not None and n_taken < number:
            yield f"{name}: there are no more that are not taken yet: {number} were asked for."
        if self.unknown:
            yield self.unknown

    @cached_property
    def unknown(self) -> str:
        """How many stars may or may not fit, for all that is known; empty if none."""
        n_unknown = self._count(f"({self._condition}) IS NULL")
        if not n_unknown:
            return ""
        return (
            f"{self._ranking.strategy}: {n_unknown} more are left out because the catalog does"
            " not say what is asked of them."
        )

    def _count(self, condition: str) -> int:
        return int(self._catalog.rows(f"SELECT count(*) FROM stars WHERE {condition}")[0][0])


def _reason(ranking: Ranking, values: Sequence[object], layout: CatalogLayout) -> str:
    """Return the values that decided, for a person."""
    parts = []
    for column, value in zip(ranking.shows, values, strict=True):
        unit = layout.unit(column)
        shown = f"{value:.6g}" if isinstance(value, float) else value
        if value is not None:
            parts.append(f"{column} = {shown}{' ' + unit if unit else ''}")
    return ", ".join(parts)
