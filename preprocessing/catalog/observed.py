"""Which stars MAST has observations of, when they were made, and at which cadence."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from preprocessing.catalog.services import OBSERVED, Origin, Services
from preprocessing.missions import Mission
from preprocessing.missions.observation_ids import ObservationId
from preprocessing.missions.observations import (
    Row,
    filters_of,
    holdings_filters,
    is_end_of_list,
)
from preprocessing.missions.recipe import make_recipe
from preprocessing.network.retry import retry
from preprocessing.network.transfer import Transfer

__all__ = ["collect_observed"]

_log = logging.getLogger(__name__)

_SERVICE = "Mast.Caom.Filtered"
_COLUMNS = ("obs_id", "s_ra", "s_dec")


@dataclass
class _Star:
    """When one star was observed.

    Parameters
    ----------
    ra, dec : float or None
        Position (ICRS) in degrees.
    spans : set of int
        Quarters, campaigns or sectors observed at the mission's usual cadence.
    others : set of (int, int)
        Those observed at its finer cadence, with a serial number for each file.
    """

    ra: float | None = None
    dec: float | None = None
    spans: set[int] = field(default_factory=set)
    others: set[tuple[int, int]] = field(default_factory=set)


async def collect_observed(services: Services, mission: Mission) -> Origin:
    """Collect which stars have light curves made by the mission itself, and from when.

    Parameters
    ----------
    services : Services
        The portal to query, and where answers are saved.
    mission : Mission
        The mission that observed.

    Raises
    ------
    ArchiveError
        The portal cannot be queried.
    """
    recipe = make_recipe(mission.name)
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
        if is_end_of_list(mission, n_empty):
            break
    return Origin(OBSERVED, f"MAST, {_SERVICE}, project {mission.name}", services.portal_url)


def _stars_of(rows: Iterable[Row], mission: Mission) -> list[tuple[Any, ...]]:
    """Return a row for each star, in ascending order of their numbers."""
    stars: dict[int, _Star] = defaultdict(_Star)
    n_unknown = 0
    for row in rows:
        observation = mission.parse_observation_id(str(row["obs_id"]))
        if observation is None:
            n_unknown += 1
            continue
        star = stars[observation.number]
        _note(star, observation, mission)
        if star.ra is None:
            star.ra = _degrees(row.get("s_ra"), 360.0)
            star.dec = _degrees(row.get("s_dec"), 90.0)
    if n_unknown:
        _log.warning("left out %d observations whose names have an unknown form", n_unknown)
    return [
        (number, star.ra, star.dec, sorted(star.spans), len(star.others))
        for number, star in sorted(stars.items())
    ]


def _note(star: _Star, observation: ObservationId, mission: Mission) -> None:
    """Record when an observation was made, and at which cadence."""
    if observation.cadence == mission.authors[0].cadences[0]:
        star.spans.update(n for n, n_files in observation.counts.items() if n_files)
    else:
        for number, n_files in observation.counts.items():
            star.others.update((number, file) for file in range(n_files))


def _degrees(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None
