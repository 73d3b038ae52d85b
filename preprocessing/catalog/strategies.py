"""Ways of choosing stars, each with its definition and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from preprocessing.catalog.columns import CatalogLayout
from preprocessing.core.errors import UsageError
from preprocessing.missions.recipe import Recipe, parse_numbers

__all__ = ["EVERY_STAR", "RANDOM", "STRATEGIES", "Ranking", "Strategy", "rank_by"]

#: What is meant by a condition alone: every star that meets it.
EVERY_STAR = "any"
RANDOM = "random"
_BRIGHTEST_FIRST = "{magnitude} ASC NULLS LAST"


@dataclass(frozen=True)
class Strategy:
    """A way of choosing stars.

    In its texts ``{magnitude}``, ``{count}`` and ``{number}`` stand for the mission's
    columns, ``{seed}`` for a whole number.

    Parameters
    ----------
    name : str
    meaning : str
        For a person.
    needs : tuple of str
        Columns without a value in which a star cannot be judged.
    condition : str
        Which stars, in SQL.
    order : str
        Which of them first, in SQL; stars that are equal in it follow their numbers.
    shows : tuple of str
        Columns that are given as the reason.
    """

    name: str
    meaning: str
    needs: tuple[str, ...]
    condition: str
    order: str
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """A strategy in the words of one mission's catalog.

    Parameters
    ----------
    strategy : str
    meaning : str
    needs, shows : tuple of str
        Columns.
    condition, order : str
        SQL; the order ends with the star's number, so that it decides between any two.
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
                "without any object of interest, false positives neither, brightest first",
                ("disposition",),
                # Eclipsing binaries are false positives: no stars for a blind search.
                "disposition = 'NONE'",
                _BRIGHTEST_FIRST,
                ("disposition", "{magnitude}"),
            ),
            Strategy(
                "sun-like",
                "solar-type: teff 5100 to 6000 K and logg 4.0 or more, brightest first",
                ("teff", "logg"),
                # G-type main-sequence stars as in Maehara et al. 2012 (Nature 485, 478) and
                # Okamoto et al. 2021 (ApJ 906, 72), who ask for a slow rotation besides if
                # they say Sun-like, which no catalog of all the stars knows.
                "teff BETWEEN 5100 AND 6000 AND logg >= 4.0",
                _BRIGHTEST_FIRST,
                ("teff", "logg", "{magnitude}"),
            ),
            Strategy(
                "m-dwarfs",
                "teff 2300 to 3900 K and logg 4.0 or more, brightest first",
                ("teff", "logg"),
                # Rajpurohit et al. 2013 (A&A 556, A15) for the temperatures. Most bright
                # stars as cool as that are giants (Mann et al. 2012, ApJ 753, 90).
                "teff BETWEEN 2300 AND 3900 AND logg >= 4.0",
                _BRIGHTEST_FIRST,
                ("teff", "logg", "{magnitude}"),
            ),
            Strategy(
                RANDOM,
                "at random: in the order of SHA-256 of 'seed:number'",
                (),
                "TRUE",
                # Of texts in ASCII, and so the same on every machine and in every version;
                # a star keeps its place whatever other stars there are.
                "sha256('{seed}:' || {number})",
                ("{magnitude}",),
            ),
        )
    }
)


def rank_by(name: str, layout: CatalogLayout, recipe: Recipe, seed: int) -> Ranking:
    """Return a strategy in the words of a mission's catalog.

    Parameters
    ----------
    name : str
    layout : CatalogLayout
    recipe : Recipe
        A star without a light curve of its cadence, and in none of the quarters, campaigns
        or sectors that it asks for, is never chosen.
    seed : int
        Of a random choice.

    Raises
    ------
    UsageError
        There is no such strategy, or no such cadence in the catalog.
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
    # Of the finer cadence it is not known when.
    if not recipe.sequence_numbers or count != next(iter(layout.counts.values())):
        return condition
    # Halves of campaigns stand in the catalog as whole ones.
    numbers = set(map(recipe.mission.whole, parse_numbers(recipe.sequence_numbers)))
    wanted = ", ".join(map(str, sorted(numbers)))
    return f"{condition} AND list_has_any({recipe.mission.sequence}s, [{wanted}])"
