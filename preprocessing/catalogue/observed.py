"""What MAST has observed: which stars, when, at which cadence."""

from __future__ import annotations

import logging
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from preprocessing.archives.portal import Portal, Row
from preprocessing.products import LONG, parse_observation_id
from preprocessing.retry import RetryPolicy, retry
from preprocessing.transfer import Transfer

__all__ = ["Observed", "observed_k2", "observed_kepler", "observed_tess"]

_log = logging.getLogger(__name__)

_K2_OBSERVATION = re.compile(r"ktwo(\d{9})-c(\d+)_([ls])c", re.ASCII)
_TESS_TARGET = re.compile(r"(?:TIC\s*)?0*(\d{1,16})", re.ASCII)
#: Seconds: exposures of 20 s are `fast`, those of 120 s `short`; full frames are longer.
_LONGEST_FAST_S, _LONGEST_SHORT_S = 60.0, 150.0

Filters = Sequence[dict[str, Any]]


@dataclass
class Observed:
    """When one star was observed.

    Parameters
    ----------
    ra, dec : float or None
        Degrees.
    spans : set of int
        Quarters, campaigns or sectors of the mission's own cadence.
    other : int
        How many months, campaigns or sectors of its finer cadence.
    """

    ra: float | None = None
    dec: float | None = None
    spans: set[int] = field(default_factory=set)
    other: int = 0

    def row(self, number: int) -> tuple[Any, ...]:
        """Return it with the star's number, as a row of a table."""
        return number, self.ra, self.dec, sorted(self.spans), self.other


async def observed_kepler(
    portal: Portal, prefix: str, policy: RetryPolicy
) -> Iterator[tuple[Any, ...]]:
    """Return what was observed of the stars whose names begin so.

    Parameters
    ----------
    portal : Portal
    prefix : str
        As in ``kplr011``.
    policy : RetryPolicy

    Raises
    ------
    ArchiveError
        The portal cannot be asked.
    """
    filters = [*_of("Kepler", "Kepler"), _named(prefix)]
    rows = await _ask(portal, filters, ("obs_id", "s_ra", "s_dec"), policy)
    return _collect(rows, _note_kepler)


async def observed_k2(
    portal: Portal, prefix: str, policy: RetryPolicy
) -> Iterator[tuple[Any, ...]]:
    """Return the same of K2: see `observed_kepler`."""
    filters = [*_of("K2", "K2"), _named(prefix)]
    rows = await _ask(portal, filters, ("obs_id", "s_ra", "s_dec"), policy)
    return _collect(rows, _note_k2)


async def observed_tess(portal: Portal, sector: int, policy: RetryPolicy) -> list[tuple[Any, ...]]:
    """Return the same of one sector of TESS, of which the mission made light curves itself."""
    filters = [
        *_of("TESS", "SPOC"),
        {"paramName": "sequence_number", "values": [{"min": sector, "max": sector}]},
    ]
    columns = ("obs_id", "target_name", "t_exptime", "sequence_number", "s_ra", "s_dec")
    return list(_collect(await _ask(portal, filters, columns, policy), _note_tess))


def _of(project: str, provenance: str) -> Filters:
    return (
        {"paramName": "project", "values": [project], "separator": ";"},
        {"paramName": "dataproduct_type", "values": ["cube", "timeseries"]},
        {"paramName": "provenance_name", "values": [provenance], "separator": ";"},
    )


def _named(prefix: str) -> dict[str, Any]:
    return {"paramName": "target_name", "values": [], "freeText": f"{prefix}%"}


async def _ask(
    portal: Portal, filters: Filters, columns: Sequence[str], policy: RetryPolicy
) -> list[Row]:
    params = {"columns": ",".join(columns), "filters": list(filters)}

    async def attempt() -> list[Row]:
        return await portal.query("Mast.Caom.Filtered", params, ("obs_id",), Transfer())

    return await retry(attempt, policy, f"observations {filters[-1]}")


def _collect(
    rows: Iterable[Row], note: Callable[[dict[int, Observed], Row], int | None]
) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each star, in ascending order of their numbers."""
    stars: dict[int, Observed] = defaultdict(Observed)
    n_unknown = 0
    for row in rows:
        number = note(stars, row)
        if number is None:
            n_unknown += 1
        elif stars[number].ra is None:
            stars[number].ra = _degrees(row.get("s_ra"), 360.0)
            stars[number].dec = _degrees(row.get("s_dec"), 90.0)
    if n_unknown:
        _log.warning("observations are not of a known form and left out: %d", n_unknown)
    return (stars[number].row(number) for number in sorted(stars))


def _note_kepler(stars: dict[int, Observed], row: Row) -> int | None:
    parsed = parse_observation_id(str(row["obs_id"]))
    if parsed is None:
        return None
    kic, cadence, files = parsed
    if cadence == LONG:
        stars[kic].spans.update(quarter for quarter, n in enumerate(files) if n)
    else:
        stars[kic].other += sum(files)
    return kic


def _note_k2(stars: dict[int, Observed], row: Row) -> int | None:
    match = _K2_OBSERVATION.fullmatch(str(row["obs_id"]))
    if match is None:
        return None
    epic, campaign, mark = int(match[1]), int(match[2]), match[3]
    if mark == "l":
        stars[epic].spans.add(campaign)
    else:
        stars[epic].other += 1
    return epic


def _note_tess(stars: dict[int, Observed], row: Row) -> int | None:
    match = _TESS_TARGET.fullmatch(str(row.get("target_name")))
    sector, exposure_s = row.get("sequence_number"), row.get("t_exptime")
    if match is None or not isinstance(sector, int) or not isinstance(exposure_s, (int, float)):
        return None
    tic = int(match[1])
    if exposure_s <= _LONGEST_FAST_S:
        stars[tic].other += 1
    elif exposure_s <= _LONGEST_SHORT_S:
        stars[tic].spans.add(sector)
    return tic


def _degrees(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= most else None
