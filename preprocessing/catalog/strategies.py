"""Strategies for choosing stars, each with its definition and the source of that definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from preprocessing.catalog.columns import CatalogLayout
from preprocessing.core.errors import UsageError
from preprocessing.missions.recipe import Recipe, parse_numbers

__all__ = ["EVERY_STAR", "RANDOM", "STRATEGIES", "Ranking", "Strategy", "rank_by"]

#: The strategy of a request with a condition only: every star that meets it.
EVERY_STAR = "any"
RANDOM = "random"
_BRIGHTEST_FIRST = "{magnitude} ASC NULLS LAST"


@dataclass(frozen=True)
class Strategy:
    """A way of choosing stars.

    In its texts, ``{magnitude}``, ``{count}`` and ``{number}`` stand for the mission's
    columns and ``{seed}`` for the seed.

    Parameters
    ----------
    name : str
        The name on the command line.
    meaning : str
        A description for the user.
    needs : tuple of str
        Columns that must have a value; a star without them cannot be judged.
    condition : str
        Which stars qualify, in SQL.
    order : str
        Which stars come first, in SQL; ties are ordered by star number.
    shows : tuple of str
        Columns whose values are given as the reason.
    """

    name: str
    meaning: str
    needs: tuple[str, ...]
    condition: str
    order: str
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """A strategy, expressed in the columns of one mission's catalog.

    Parameters
    ----------
    strategy : str
        The strategy's name.
    meaning : str
        Its description for the user.
    needs, shows : tuple of str
        Columns: see `Strategy`.
    condition, order : str
        SQL. The order ends with the star's number, so that no two stars are equal.
    """

    strategy: str
    meaning: str
    needs: tuple[str, ...]
    shows: tuple[str, ...]
    condition: str
    order: str


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        strategy.name: strategy
        for strategy in (
            Strategy(
                EVERY_STAR,
                "every star, in ascending order of their numbers",
                (),
                "TRUE",
                "{number}",
                ("{magnitude}",),
            ),
            Strategy(
                "brightest",
                "smallest magnitude first",
                ("{magnitude}",),
                "TRUE",
                "{magnitude}",
                ("{magnitude}",),
            ),
            Strategy(
                "quietest",
                "smallest 6-hour CDPP first",
                ("cdpp",),
                # The stellar table has zeros where nothing was measured.
                "cdpp > 0",
                "cdpp",
                ("cdpp", "{magnitude}"),
            ),
            Strategy(
                "most-quarters",
                "observed most often first",
                (),
                "TRUE",
                "{count} DESC",
                ("{count}",),
            ),
            Strategy(
                "known-planets",
                "hosts of confirmed planets, brightest first",
                ("n_planets",),
                "n_planets > 0",
                _BRIGHTEST_FIRST,
                ("disposition", "n_planets", "{magnitude}"),
            ),
            Strategy(
                "candidates",
                "with candidates that are neither confirmed nor refuted, brightest first",
                ("n_candidates",),
                "n_candidates > 0",
                _BRIGHTEST_FIRST,
                ("disposition", "n_candidates", "{magnitude}"),
            ),
            Strategy(
                "no-planets",
                "without any object of interest, not even a false positive, brightest first",
                ("disposition",),
                # Eclipsing binaries are listed as false positives; a blind search must avoid them.
                "disposition = 'NONE'",
                _BRIGHTEST_FIRST,
                ("disposition", "{magnitude}"),
            ),
            Strategy(
                "sun-like",
                "solar-type: teff 5100 to 6000 K and logg 4.0 or more, brightest first",
                ("teff", "logg"),
                # G-type main-sequence stars as in Maehara et al. 2012 (Nature 485, 478) and
                # Okamoto et al. 2021 (ApJ 906, 72). For "Sun-like" they also require slow
                # rotation, which no catalog gives for all stars.
                "teff BETWEEN 5100 AND 6000 AND logg >= 4.0",
                _BRIGHTEST_FIRST,
                ("teff", "logg", "{magnitude}"),
            ),
            Strategy(
                "m-dwarfs",
                "teff 2300 to 3900 K and logg 4.0 or more, brightest first",
                ("teff", "logg"),
                # Temperatures from Rajpurohit et al. 2013 (A&A 556, A15). The limit in logg is
                # needed because most bright stars as cool are giants (Mann et al. 2012, ApJ 753,
                # 90).
                "teff BETWEEN 2300 AND 3900 AND logg >= 4.0",
                _BRIGHTEST_FIRST,
                ("teff", "logg", "{magnitude}"),
            ),
            Strategy(
                RANDOM,
                "at random: in the order of SHA-256 of 'seed:number'",
                (),
                "TRUE",
                # A digest of ASCII text is the same on every machine and in every version, and a
                # star's digest does not depend on the other stars.
                "sha256('{seed}:' || {number})",
                ("{magnitude}",),
            ),
        )
    }
)


def rank_by(name: str, layout: CatalogLayout, recipe: Recipe, seed: int) -> Ranking:
    """Return a strategy, expressed in the columns of a mission's catalog.

    Parameters
    ----------
    name : str
        The strategy's name.
    layout : CatalogLayout
        The catalog's columns.
    recipe : Recipe
        A star qualifies only if it has a light curve of this cadence, and in one of the
        recipe's quarters, campaigns or sectors if it names some.
    seed : int
        Seed of random choices.

    Raises
    ------
    UsageError
        The strategy is unknown, or the catalog does not know the cadence.
    """
    strategy = STRATEGIES.get(name)
    if strategy is None:
        raise UsageError(f"unknown strategy {name!r}: choose {', '.join(STRATEGIES)} or mix FILE")
    author, cadence = recipe.candidates[0]
    count = layout.counts.get(cadence)
    if count is None:
        raise UsageError(
            f"the catalog does not know which stars have light curves of {author.name} and"
            f" {cadence} cadence: of {layout.mission} only {' and '.join(layout.counts)}"
        )
    words = {
        "magnitude": layout.magnitude,
        "count": count,
        "number": layout.number,
        "seed": str(seed),
    }

    def filled(text: str) -> str:
        return text.format_map(words)

    return Ranking(
        strategy=name,
        meaning=strategy.meaning,
        needs=tuple(map(filled, strategy.needs)),
        shows=tuple(map(filled, strategy.shows)),
        condition=f"{_is_observed(layout, recipe, count)} AND ({filled(strategy.condition)})",
        order=f"{filled(strategy.order)}, {layout.number}",
    )


def _is_observed(layout: CatalogLayout, recipe: Recipe, count: str) -> str:
    condition = f"{count} > 0"
    # For the finer cadence, the catalog does not say when a star was observed.
    if not recipe.sequence_numbers or count != next(iter(layout.counts.values())):
        return condition
    # Halves of campaigns stand in the catalog as whole ones.
    numbers = set(map(recipe.mission.whole, parse_numbers(recipe.sequence_numbers)))
    wanted = ", ".join(map(str, sorted(numbers)))
    return f"{condition} AND list_has_any({recipe.mission.sequence}s, [{wanted}])"
