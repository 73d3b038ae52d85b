"""Read MAST's rows of observations and products: whose they are, and which files they name."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.core.file_record import FAILED, FileRecord
from preprocessing.core.reasons import Reason
from preprocessing.missions import Mission, Product, parse_file_name
from preprocessing.missions.observation_ids import ObservationId
from preprocessing.missions.recipe import Recipe
from preprocessing.network.portal import Row

__all__ = [
    "OBSERVATION_COLUMNS",
    "POSITION_COLUMNS",
    "Observation",
    "Row",
    "filters_of",
    "holdings_filters",
    "is_end_of_list",
    "observations_in",
    "product_of_row",
    "promised_products",
    "unlisted_file",
    "unlisted_numbers",
]

_log = logging.getLogger(__name__)

OBSERVATION_COLUMNS = ("obsid", "obs_id", "target_name")
POSITION_COLUMNS = (*OBSERVATION_COLUMNS, "s_ra", "s_dec")
#: The list of an ongoing mission ends after this many parts in a row without any star. There may
#: be long gaps if an archive holds few stars.
_END_OF_LIST = 60
_LONGEST_OBSID = 20
#: Addresses that fit into the column URI of outputs.
_URI = re.compile(r"mast:[!-~]{1,150}")


@dataclass(frozen=True)
class Observation:
    """One of MAST's observations.

    Parameters
    ----------
    obsid : str
        The number that identifies it in the portal.
    obs_id : str
        Its name, such as ``kplr011904151_lc_Q111111110111011101``.
    number : int
        The star's number in the mission's catalog.
    named : ObservationId or None
        What the name says; None if only MAST's product list names its files.
    """

    obsid: str
    obs_id: str
    number: int
    named: ObservationId | None

    @property
    def cadence(self) -> str | None:
        """The cadence of its files; None if the name does not say."""
        return None if self.named is None else self.named.cadence


def filters_of(recipe: Recipe) -> list[dict[str, Any]]:
    """Return the portal's filters for the light curves that a recipe requests.

    Parameters
    ----------
    recipe : Recipe
        Mission and authors count.
    """
    authors = list(dict.fromkeys(author.name for author, _ in recipe.candidates))
    return [
        {"paramName": "project", "values": [recipe.mission_name], "separator": ";"},
        {"paramName": "dataproduct_type", "values": ["cube", "timeseries"]},
        {"paramName": "provenance_name", "values": authors, "separator": ";"},
    ]


def holdings_filters(recipe: Recipe) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield filters that divide a mission's observations into answers of manageable size.

    Parameters
    ----------
    recipe : Recipe
        The mission and, if named, the quarters, campaigns or sectors to list.

    Yields
    ------
    str, dict
        The name of the part, and its filter: a prefix of target names, in ascending order, or
        a campaign or sector.
    """
    mission = recipe.mission
    for prefix in mission.holdings_prefixes:
        yield prefix, {"paramName": "target_name", "values": [], "freeText": f"{prefix}%"}
    if mission.holdings_prefixes:
        return
    for number in mission.sequence_numbers:
        wanted = mission.with_parts(number)
        if mission.whole(number) == number and any(map(recipe.wants_number, wanted)):
            # Send numbers as strings, as astroquery does.
            yield str(number), {"paramName": "sequence_number", "values": [*map(str, wanted)]}


def is_end_of_list(mission: Mission, n_empty: int) -> bool:
    """Tell whether a mission's list of stars ends after some empty parts in a row.

    Parameters
    ----------
    mission : Mission
        The mission. Only an ongoing one has an unknown end: see `Mission.is_ongoing`.
    n_empty : int
        How many of the last parts from `holdings_filters` had no star.
    """
    return mission.is_ongoing and n_empty == _END_OF_LIST


def observations_in(
    rows: Iterable[Row], recipe: Recipe, wanted: Container[int] | None = None
) -> list[Observation]:
    """Return the distinct observations of the wanted stars.

    Parameters
    ----------
    rows : iterable of Row
        Rows of MAST's table of observations.
    recipe : Recipe
        The mission and authors that were requested.
    wanted : container of int, optional
        Numbers of the wanted stars; all stars by default.

    Raises
    ------
    ArchiveAnswerError
        A star has far too many observations, or an observation has no number.
    """
    found: dict[tuple[int, str], Observation] = {}
    unknown: list[str] = []
    for row in rows:
        observation = _observation(row, recipe)
        if observation is None:
            unknown.append(_text(row, "obs_id"))
        elif wanted is None or observation.number in wanted:
            found.setdefault((observation.number, observation.obs_id), observation)
    if unknown:
        _log.warning(
            "left out %d observations whose names have an unknown form, such as %.80s",
            len(unknown),
            unknown[0],
        )
    for number, count in Counter(number for number, _ in found).most_common(1):
        if count > recipe.mission.most_observations:
            star = f"{recipe.mission.catalog} {number}"
            raise ArchiveAnswerError(f"the answer has far too many observations of {star}")
    return list(found.values())


def promised_products(observation: Observation, mission: Mission) -> tuple[Product, ...] | None:
    """Return the files that an observation's name implies, or None if only MAST's list has them.

    Parameters
    ----------
    observation : Observation
        The observation.
    mission : Mission
        Its mission.
    """
    return mission.promised_products(observation.obs_id)


def product_of_row(row: Row, number: int = 0) -> Product | None:
    """Return the light curve that a row of a product list names, or None if it is another file.

    The address in the row is kept if there is one.

    Parameters
    ----------
    row : Row
        A row of MAST's table of products.
    number : int, optional
        The number of the observation's star: see `parse_file_name`.
    """
    product = parse_file_name(_text(row, "productFilename"), number)
    uri = row.get("dataURI")
    if product is None or not isinstance(uri, str):
        return product
    is_of_file = _URI.fullmatch(uri) and uri.endswith(f"/{product.file_name}")
    return replace(product, uri=uri) if is_of_file else product


def unlisted_numbers(observation: Observation, listed: Sequence[Product]) -> Iterator[int]:
    """Yield a sequence number for each file that a name counts but the product list omits.

    Parameters
    ----------
    observation : Observation
        The observation.
    listed : sequence of Product
        The light curves in its product list.
    """
    have = Counter(product.sequence_number for product in listed)
    counts = {} if observation.named is None else observation.named.counts
    for number, promised in counts.items():
        yield from [number] * (promised - have[number])


def unlisted_file(mission: Mission, sequence_number: int) -> FileRecord:
    """Return the record of a file that the archive counts but does not list.

    Parameters
    ----------
    mission : Mission
        The mission.
    sequence_number : int
        Quarter, campaign or sector of the file.
    """
    return FileRecord(
        sequence_number,
        None,
        "",
        "",
        FAILED,
        Reason.NOT_FOUND,
        label=mission.label(sequence_number),
        sort_key=(mission.position(sequence_number), ""),
    )


def _observation(row: Row, recipe: Recipe) -> Observation | None:
    obs_id, mission = _text(row, "obs_id"), recipe.mission
    # Other authors' names have other forms, and some missions' own do not imply the files.
    own = mission.authors[0]
    named = mission.parse_observation_id(obs_id) if own.names_tell else None
    usual = (author for author in mission.authors if not author.is_secondary)
    if all(a.names_tell for a in (*usual, *(author for author, _ in recipe.candidates))):
        return None if named is None else Observation(_obsid(row), obs_id, named.number, named)
    number = _number(_text(row, "target_name"), mission)
    if number is None or (named is not None and named.number != number):
        return None
    return Observation(_obsid(row), obs_id, number, named)


def _number(target_name: str, mission: Mission) -> int | None:
    """Return the number in a star's name, in any form that MAST uses."""
    match = re.fullmatch(r"(.*?)\s*0*([1-9]\d{0,15})", target_name, re.ASCII)
    prefixes = {form.partition("{")[0].strip() for form in mission.target_names}
    is_known = match is not None and match[1] in {"", mission.catalog, *prefixes}
    return int(match[2]) if match is not None and is_known else None


def _text(row: Mapping[str, Any], column: str) -> str:
    """Return a cell that should be text; an empty text if it is not."""
    value = row[column]
    return value if isinstance(value, str) else ""


def _obsid(row: Row) -> str:
    """Return the number that identifies an observation in the portal."""
    text = str(row["obsid"]) if isinstance(row["obsid"], (int, str)) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_OBSID):
        raise ArchiveAnswerError(f"observation {_text(row, 'obs_id')} has no number")
    return text
