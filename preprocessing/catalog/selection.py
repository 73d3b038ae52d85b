"""Choose stars from a catalog, with the reason for each."""

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
#: More than there are stars, and still a valid LIMIT in SQL.
_MOST_ROWS = 2**62


@dataclass(frozen=True)
class SelectionRequest:
    """Which stars the user wants.

    Parameters
    ----------
    strategy : str
        One of `STRATEGIES`, or ``mix``.
    count : int or None
        How many stars; None for all that qualify.
    seed : int
        Seed of random choices.
    where : str or None
        A further condition, in SQL.
    shares : tuple of Share
        The shares of a mix; empty otherwise.
    catalog : Path or None
        The catalog to choose from; None for the mission's default.
    """

    strategy: str
    count: int | None
    seed: int = 0
    where: str | None = None
    shares: tuple[Share, ...] = ()
    catalog: Path | None = None

    @property
    def text(self) -> str:
        """The request as one line; requests that choose alike have equal lines.

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
    """One chosen star, and why it was chosen.

    Parameters
    ----------
    name : str
        Target name such as ``KIC 757076``.
    strategy : str
        The strategy that chose it.
    rank : int
        Its rank among the stars that qualify for the strategy, from 1.
    reason : str
        The column values that decided.
    """

    name: str
    strategy: str
    rank: int
    reason: str


@dataclass(frozen=True)
class Selection:
    """The chosen stars, in the order in which they are fetched.

    Parameters
    ----------
    request : SelectionRequest
        What the user asked for.
    stars : tuple of ChosenStar
        The stars.
    remarks : tuple of str
        What the user should know: how many stars qualified, how many could not be judged.
    catalog : Path
        The catalog used.
    catalog_digest : str
        SHA-256 of its file.
    catalog_built : str
        When it was built: ISO 8601, UTC.
    """

    request: SelectionRequest
    stars: tuple[ChosenStar, ...]
    remarks: tuple[str, ...]
    catalog: Path
    catalog_digest: str
    catalog_built: str


def choose(request: SelectionRequest, catalog: Catalog, recipe: Recipe) -> Selection:
    """Choose stars. Equal requests give equal choices from one catalog, on every machine.

    Parameters
    ----------
    request : SelectionRequest
        What the user asked for.
    catalog : Catalog
        The catalog to choose from.
    recipe : Recipe
        Every chosen star has a light curve of the recipe's cadence, and in one of its quarters,
        campaigns or sectors if it names some.

    Raises
    ------
    UsageError
        The request is invalid, or no star qualifies.
    """
    shares = request.shares or (Share(Fraction(1), request.strategy),)
    picks = [_Pick(catalog, request, share, recipe) for share in shares]
    if not request.shares:
        numbers: Sequence[int | None] = [request.count]
    elif request.count is None:
        raise UsageError("a mix needs a number of stars: add --targets N")
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
        raise UsageError(f"no star in {catalog.path} qualifies for {request.text}. {unknown}")
    return Selection(
        request,
        tuple(taken.values()),
        tuple(remarks),
        catalog.path,
        catalog.digest,
        catalog.note.built,
    )


def _check_share(share: Share, where: str, catalog: Catalog) -> str:
    """Check a condition of a mix; name its share in the error."""
    try:
        return check_expression(where, catalog)
    except UsageError as error:
        raise UsageError(f"in the share {share.strategy} of the mix, {error}") from error


class _Pick:
    """The stars that one strategy chooses from a catalog."""

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
                # True if the column has a value, else unknown (NULL), so that stars that cannot be
                # judged are counted apart from stars that do not qualify.
                *(f"({column} IS NOT NULL OR NULL)" for column in self._ranking.needs),
                # The parenthesis is on its own line, so that a comment cannot swallow it.
                *(f"({text}\n)" for text in given),
            )
        )

    def stars(self, number: int | None, taken: dict[int, ChosenStar]) -> dict[int, ChosenStar]:
        """Return up to `number` stars that are not taken yet."""
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
        """Yield what the user should know about the choice."""
        name = self._ranking.strategy
        n_fit = self._count(self._condition)
        yield f"{name}: {n_taken} of {n_fit} stars, {self._ranking.meaning}."
        if number is not None and n_taken < number:
            yield f"{name}: {number} stars were requested, but no more are left to choose from."
        if self.unknown:
            yield self.unknown

    @cached_property
    def unknown(self) -> str:
        """A sentence on stars that cannot be judged for lack of values; empty if none."""
        n_unknown = self._count(f"({self._condition}) IS NULL")
        if not n_unknown:
            return ""
        return (
            f"{self._ranking.strategy}: {n_unknown} more stars are left out because the catalog"
            " lacks the values to judge them."
        )

    def _count(self, condition: str) -> int:
        return int(self._catalog.rows(f"SELECT count(*) FROM stars WHERE {condition}")[0][0])


def _reason(ranking: Ranking, values: Sequence[object], layout: CatalogLayout) -> str:
    """Return the values that decided, as text."""
    parts = []
    for column, value in zip(ranking.shows, values, strict=True):
        unit = layout.unit(column)
        shown = f"{value:.6g}" if isinstance(value, float) else value
        if value is not None:
            parts.append(f"{column} = {shown}{' ' + unit if unit else ''}")
    return ", ".join(parts)
