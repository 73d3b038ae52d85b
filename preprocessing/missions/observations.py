"""What MAST's rows of observations and products say: whose they are, and which files."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.missions import Mission, Product, kepler, parse_file_name, tess
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.splits import is_half
from preprocessing.network.portal import Row

__all__ = [
    "OBSERVATION_COLUMNS",
    "POSITION_COLUMNS",
    "Observation",
    "Row",
    "filters_of",
    "holdings_filters",
    "observations_in",
    "product_of_row",
    "promised_products",
    "unlisted_numbers",
]

_log = logging.getLogger(__name__)

OBSERVATION_COLUMNS = ("obsid", "obs_id", "target_name")
POSITION_COLUMNS = (*OBSERVATION_COLUMNS, "s_ra", "s_dec")
#: Observations of one star: one of each cadence and author for Kepler and K2's campaigns, but
#: of TESS some hundred sectors, each several times.
_MOST_OBSERVATIONS = 2000
_MOST_OF_KEPLER = 20
_LONGEST_OBSID = 20
#: An address that fits into outputs.
_URI = re.compile(r"mast:[!-~]{1,150}")
#: First characters of the names of Kepler's targets, so that no answer comes near the portal's
#: limit of some 500,000 rows. KIC numbers end at 13161029.
_KEPLER_PREFIXES = (
    *(f"kplr{million:03d}" for million in range(14)),
    *(f"kplr{digit}" for digit in range(1, 10)),
)
#: Campaigns and sectors have some 20,000 stars each, or 200,000 of full-frame images.
_SEQUENCES = {"K2": range(20), "TESS": range(1, 300)}


@dataclass(frozen=True)
class Observation:
    """One of MAST's observations.

    Parameters
    ----------
    obsid : str
        The number by which the portal knows it.
    obs_id : str
    number : int
        The star's, in the mission's catalog.
    cadence : str or None
        None if only its files tell.
    """

    obsid: str
    obs_id: str
    number: int
    cadence: str | None


def filters_of(recipe: Recipe) -> list[dict[str, Any]]:
    """Return the portal's filters for what a recipe asks for."""
    authors = list(dict.fromkeys(author.name for author, _ in recipe.candidates))
    return [
        {"paramName": "project", "values": [recipe.mission_name], "separator": ";"},
        {"paramName": "dataproduct_type", "values": ["cube", "timeseries"]},
        {"paramName": "provenance_name", "values": authors, "separator": ";"},
    ]


def holdings_filters(recipe: Recipe) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield filters which divide a mission's observations into answers of bearable length.

    Yields
    ------
    str, dict
        What the part is called, and its filter: Kepler's by the beginnings of targets' names,
        in ascending order, others' by campaign or sector.
    """
    if recipe.mission_name == kepler.KEPLER.name:
        for prefix in _KEPLER_PREFIXES:
            yield prefix, {"paramName": "target_name", "values": [], "freeText": f"{prefix}%"}
        return
    for number in _SEQUENCES[recipe.mission_name]:
        halves = (half for half in (10 * number + 1, 10 * number + 2) if is_half(half))
        wanted = (number, *halves) if recipe.mission_name == "K2" else (number,)
        if any(map(recipe.wants_number, wanted)):
            # As astroquery sends whole numbers, which MAST takes for words.
            yield str(number), {"paramName": "sequence_number", "values": [*map(str, wanted)]}


def observations_in(
    rows: Iterable[Row], recipe: Recipe, wanted: Container[int] | None = None
) -> list[Observation]:
    """Return the observations of stars that are wanted, each once.

    Raises
    ------
    ArchiveAnswerError
        A star has far too many, or one has no number.
    """
    found: dict[tuple[int, str], Observation] = {}
    unknown: list[str] = []
    for row in rows:
        observation = _observation(row, recipe.mission)
        if observation is None:
            unknown.append(_text(row, "obs_id"))
        elif wanted is None or observation.number in wanted:
            found.setdefault((observation.number, observation.obs_id), observation)
    if unknown:
        _log.warning(
            "observations are not of a known form and left out: %d, the first is %.80s",
            len(unknown),
            unknown[0],
        )
    most = _MOST_OF_KEPLER if recipe.mission_name == kepler.KEPLER.name else _MOST_OBSERVATIONS
    for number, count in Counter(number for number, _ in found).most_common(1):
        if count > most:
            star = f"{recipe.mission.catalog} {number}"
            raise ArchiveAnswerError(f"the answer has far too many observations of {star}")
    return list(found.values())


def promised_products(observation: Observation) -> tuple[Product, ...] | None:
    """Return the files that an observation's id names, None if only the product list does."""
    if observation.obs_id.startswith("kplr"):
        return kepler.expected_products(observation.obs_id)
    product = tess.parse_observation_id(observation.obs_id)
    return None if product is None else (product,)


def product_of_row(row: Row) -> Product | None:
    """Return the light curve that a row of a product list names, None if it is something else.

    Its address there counts, where it says one.
    """
    product = parse_file_name(_text(row, "productFilename"))
    uri = row.get("dataURI")
    if product is None or not isinstance(uri, str):
        return product
    is_of_file = _URI.fullmatch(uri) and uri.endswith(f"/{product.file_name}")
    return replace(product, uri=uri) if is_of_file else product


def unlisted_numbers(observation: Observation, listed: Sequence[Product]) -> Iterator[int]:
    """Yield a quarter for each file that an id counts and the product list does not name."""
    parsed = kepler.parse_observation_id(observation.obs_id)
    have = Counter(product.sequence_number for product in listed)
    for quarter, promised in enumerate(parsed[2] if parsed else ()):
        yield from [quarter] * (promised - have[quarter])


def _observation(row: Row, mission: Mission) -> Observation | None:
    obs_id = _text(row, "obs_id")
    if mission.name == kepler.KEPLER.name:
        parsed = kepler.parse_observation_id(obs_id)
        return None if parsed is None else Observation(_obsid(row), obs_id, *parsed[:2])
    number = _number(_text(row, "target_name"))
    if number is None:
        return None
    product = tess.parse_observation_id(obs_id)
    if product is not None and product.number != number:
        return None
    return Observation(_obsid(row), obs_id, number, None if product is None else product.cadence)


def _number(target_name: str) -> int | None:
    match = re.fullmatch(r"(?:ktwo|EPIC\s*|TIC\s*)?0*([1-9]\d{0,15})", target_name, re.ASCII)
    return int(match[1]) if match else None


def _text(row: Mapping[str, Any], column: str) -> str:
    """Return a cell that is to be a text; an empty one if it is something else."""
    value = row[column]
    return value if isinstance(value, str) else ""


def _obsid(row: Row) -> str:
    """Return the number by which the portal knows an observation."""
    text = str(row["obsid"]) if isinstance(row["obsid"], (int, str)) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_OBSID):
        raise ArchiveAnswerError(f"observation {_text(row, 'obs_id')} has no number")
    return text
