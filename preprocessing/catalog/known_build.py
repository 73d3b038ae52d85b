"""Collect the published tables of a mission's known objects."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from preprocessing.catalog.known_store import former_objects, write_known_objects
from preprocessing.catalog.tap import EXOPLANET_ARCHIVE_URL, VIZIER_URL, Tap
from preprocessing.core.errors import ArchiveAnswerError, ArchiveError
from preprocessing.core.known_object import KnownObject
from preprocessing.core.known_objects import KnownObjects, KnownSource
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.known_rows import known_object
from preprocessing.missions.known_tables import EXOPLANET_ARCHIVE, VIZIER, Field, KnownTable
from preprocessing.missions.star_tables import Wanted
from preprocessing.network.http_client import HttpClient
from preprocessing.network.portal import MAST_URL, PortalServer
from preprocessing.network.retry import RetryPolicy
from preprocessing.system.waiting import utc_now

__all__ = ["build_known_objects"]

_TEXTS = frozenset({Field.STAR, Field.NAME, Field.KIND, Field.TIMING, Field.DEFAULT, Field.SOURCE})


@dataclass(frozen=True)
class _Part:
    """What one table has, and where it is from."""

    objects: tuple[KnownObject, ...]
    source: KnownSource


async def build_known_objects(
    mission: str, archive: PortalServer, path: Path, policy: RetryPolicy | None = None
) -> KnownObjects:
    """Collect the known objects of a mission's stars.

    A table that cannot be had is recorded as absent, or, if an earlier build has it, stays as it
    was.

    Parameters
    ----------
    mission : str
        `Mission.name`.
    archive : PortalServer
        MAST, or a server that speaks its API and has the tables too.
    path : Path
        The file to write.
    policy : RetryPolicy, optional
        How transient failures are retried.

    Returns
    -------
    KnownObjects
        What was written.

    Raises
    ------
    OSError
        The file cannot be written; an older one is still there.
    """
    is_mast = archive.base_url == MAST_URL
    former = await asyncio.to_thread(former_objects, path)
    async with HttpClient(1, use_proxies=is_mast) as http:
        urls = {
            EXOPLANET_ARCHIVE: EXOPLANET_ARCHIVE_URL if is_mast else f"{archive.base_url}/TAP",
            VIZIER: VIZIER_URL if is_mast else f"{archive.base_url}/TAP",
        }
        policy = policy or RetryPolicy()
        services = {name: Tap(http, url, policy) for name, url in urls.items()}
        silent: dict[str, str] = {}
        parts: list[_Part] = []
        is_synthetic = False
        for table in MISSIONS[mission].known_tables:
            tap = services[table.service]
            try:
                if table.service in silent:
                    # Each table would wait as long in vain.
                    raise ArchiveAnswerError(silent[table.service])
                found, is_marked = await _collect(tap, table, MISSIONS[mission])
                is_synthetic |= is_marked
            except ArchiveAnswerError as error:
                found = _absent(table, tap, str(error), former)
            except ArchiveError as error:
                silent[table.service] = str(error)
                found = _absent(table, tap, str(error), former)
            parts.append(found)
    known = KnownObjects(
        mission,
        tuple(one for part in parts for one in part.objects),
        tuple(part.source for part in parts),
        is_synthetic,
    )
    await asyncio.to_thread(write_known_objects, known, path)
    return known


async def _collect(tap: Tap, table: KnownTable, mission: Mission) -> tuple[_Part, bool]:
    """Return the rows of one table, and whether the service marks its stars as synthetic.

    Raises
    ------
    ArchiveError
        The service does not answer, or lacks the table or a column.
    """
    schema = await tap.tables(table.place)
    name, columns = _place(table, schema.tables)
    types = {one: "text" if one in _TEXTS else "float" for one in columns}
    wanted = [Wanted(column, types[one]) for one, column in columns.items()]
    asked = utc_now()
    quoted = name if name.isidentifier() else f'"{name}"'
    rows = await tap.rows(quoted, "", wanted, frozenset(columns.values()))
    if not rows:
        raise ArchiveAnswerError(f"{tap.url}: {name} has no rows")
    source = f"{table.name}, {asked[:10]}"
    fields = tuple(columns)
    read = [
        known_object(table, dict(zip(fields, row, strict=True)), mission, source) for row in rows
    ]
    objects = tuple(known for known, _ in read if known is not None)
    if not objects:
        raise ArchiveAnswerError(f"{tap.url}: no row of {name} can be used")
    remarks = Counter(str(remark) for _, told in read for remark in told)
    digest = hashlib.sha256(json.dumps(sorted(map(str, rows))).encode()).hexdigest()
    about = KnownSource(
        source, f"{tap.url}: {name}", asked, len(rows), len(objects), digest, remarks=dict(remarks)
    )
    return _Part(objects, about), schema.is_synthetic


def _place(table: KnownTable, tables: Mapping[str, Sequence[str]]) -> tuple[str, dict[Field, str]]:
    """Return the table's name at the service, and the column of each field that it has.

    Raises
    ------
    ArchiveAnswerError
        There is no such table, or it lacks a column.
    """
    if not tables:
        raise ArchiveAnswerError(f"{table.service} has no table {table.place}")
    needed = (Field.STAR, *table.required)
    best: tuple[str, dict[Field, str]] | None = None
    for name in sorted(tables):
        plain = {"".join(filter(str.isalnum, c)).lower(): c for c in tables[name]}
        columns = {
            one: plain[names[0]]
            for one, all_names in table.fields.items()
            if (names := [n for n in all_names if n in plain])
        }
        if best is None or sum(n in columns for n in needed) > sum(n in best[1] for n in needed):
            best = name, columns
    assert best is not None
    lacking = [one for one in needed if one not in best[1]]
    if lacking:
        raise ArchiveAnswerError(
            f"{table.service}: {best[0]} has no column of the {lacking[0]} (such as"
            f" {table.fields[lacking[0]][0]}), which may have been renamed"
        )
    return best


def _absent(table: KnownTable, tap: Tap, why: str, former: KnownObjects | None) -> _Part:
    """Return what an earlier build has of a table that cannot be had now."""
    for source in () if former is None else former.sources:
        if source.name.startswith(f"{table.name}, ") and source.used:
            assert former is not None
            objects = tuple(one for one in former.objects if one.source == source.name)
            note = f"stays as it was on {source.asked[:10]}: {why}"
            return _Part(objects, replace(source, note=note))
    return _Part(
        (), KnownSource(table.name, tap.url, "", 0, 0, "", note=f"could not be had: {why}")
    )
