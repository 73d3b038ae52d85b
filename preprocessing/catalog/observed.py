"""What MAST has observed: which stars, when, at which cadence."""

from __future__ import annotations

import logging
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from preprocessing.catalog.services import OBSERVED, Origin, Services
from preprocessing.missions import FAST, LONG, kepler, tess
from preprocessing.missions.observations import Row, filters_of, holdings_filters
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.splits import whole_campaign
from preprocessing.network.retry import retry
from preprocessing.network.transfer import Transfer

__all__ = ["collect_observed"]

_log = logging.getLogger(__name__)

_SERVICE = "Mast.Caom.Filtered"
_COLUMNS = ("obs_id", "s_ra", "s_dec")
_K2_OBSERVATION = re.compile(r"ktwo(\d{9})-c(\d{2,3})_([ls])c", re.ASCII)
#: How many sectors there are is not known beforehand; so many without a star are the end, as
#: few stars may have long gaps between them.
_END_OF_SECTORS = 60


@dataclass
class _Star:
    """When one star was observed.

    Parameters
    ----------
    ra, dec : float or None
        Degrees.
    spans : set of int
        Quarters, campaigns or sectors of the mission's own cadence.
    others : set of tuple
        Months, campaigns or sectors of its finer cadence.
    """

    ra: float | None = None
    dec: float | None = None
    spans: set[int] = field(default_factory=set)
    others: set[tuple[int, ...]] = field(default_factory=set)


async def collect_observed(services: Services, mission: str) -> Origin:
    """Collect which stars of a mission have light curves that it made itself, and when.

    Parameters
    ----------
    services : Services
    mission : {'Kepler', 'K2', 'TESS'}

    Raises
    ------
    ArchiveError
        The portal cannot be asked.
    """
    recipe = make_recipe(mission)
    filters = filters_of(recipe)
    n_empty = 0
    for part, part_filter in holdings_filters(recipe):
        params = {"columns": ",".join(_COLUMNS), "filters": [*filters, part_filter]}

        async def query(params: Mapping[str, Any] = params) -> list[Row]:
            return await services.portal.query(_SERVICE, params, ("obs_id",), Transfer())

        async def ask(query: Callable[[], Any] = query, part: str = part) -> list[tuple[Any, ...]]:
            rows = await retry(query, services.policy, f"{_SERVICE} of {part}")
            return _stars_of(rows, mission)

        n_stars = await services.segments.keep(OBSERVED, part, ask)
        n_empty = 0 if n_stars else n_empty + 1
        if mission == "TESS" and n_empty == _END_OF_SECTORS:
            break
    return Origin(OBSERVED, f"MAST, {_SERVICE}, project {mission}", services.portal_url)


def _stars_of(rows: Iterable[Row], mission: str) -> list[tuple[Any, ...]]:
    """Return a row for each star, in ascending order of their numbers."""
    note = _NOTES[mission]
    stars: dict[int, _Star] = defaultdict(_Star)
    n_unknown = 0
    for row in rows:
        number = note(stars, str(row["obs_id"]))
        if number is None:
            n_unknown += 1
        elif stars[number].ra is None:
            stars[number].ra = _degrees(row.get("s_ra"), 360.0)
            stars[number].dec = _degrees(row.get("s_dec"), 90.0)
    if n_unknown:
        _log.warning("observations are not of a known form and left out: %d", n_unknown)
    return [
        (number, star.ra, star.dec, sorted(star.spans), len(star.others))
        for number, star in sorted(stars.items())
    ]


def _note_kepler(stars: dict[int, _Star], obs_id: str) -> int | None:
    """Note an observation, and return whose it is."""
    parsed = kepler.parse_observation_id(obs_id)
    if parsed is None:
        return None
    kic, cadence, files = parsed
    for quarter, n_files in enumerate(files):
        if cadence == LONG and n_files:
            stars[kic].spans.add(quarter)
        elif cadence != LONG:
            stars[kic].others.update((quarter, month) for month in range(n_files))
    return kic


def _note_k2(stars: dict[int, _Star], obs_id: str) -> int | None:
    match = _K2_OBSERVATION.fullmatch(obs_id)
    if match is None:
        return None
    # The halves of a campaign that was begun anew are one observation, as far as is known.
    epic, campaign = int(match[1]), whole_campaign(int(match[2]))
    if match[3] == "l":
        stars[epic].spans.add(campaign)
    else:
        stars[epic].others.add((campaign,))
    return epic


def _note_tess(stars: dict[int, _Star], obs_id: str) -> int | None:
    product = tess.parse_observation_id(obs_id)
    if product is None:
        return None
    if product.cadence == FAST:
        stars[product.number].others.add((product.sequence_number,))
    else:
        stars[product.number].spans.add(product.sequence_number)
    return product.number


_NOTES: Mapping[str, Callable[[dict[int, _Star], str], int | None]] = MappingProxyType(
    {"Kepler": _note_kepler, "K2": _note_k2, "TESS": _note_tess}
)


def _degrees(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None
