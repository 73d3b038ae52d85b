"""Build a mission's catalog: collect what archives say about its stars, and combine it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path

from preprocessing.catalog.collect import collect
from preprocessing.catalog.columns import CatalogLayout, catalog_layout, star_tables_of
from preprocessing.catalog.segments import Segments
from preprocessing.catalog.services import OBJECTS, Origin, Services
from preprocessing.catalog.store import CatalogNote, CatalogSource, connect, write_catalog
from preprocessing.catalog.tap import EXOPLANET_ARCHIVE_URL, Tap
from preprocessing.core.errors import ArchiveError, RunError
from preprocessing.missions import MISSIONS
from preprocessing.network.http_client import HttpClient
from preprocessing.network.portal import MAST_URL, PortalServer
from preprocessing.network.retry import RetryPolicy
from preprocessing.system.run_lock import hold
from preprocessing.system.waiting import utc_now

__all__ = ["build_catalog", "segments_folder"]

#: Combines everything known about a star. If two rows differ, the larger value counts, so that
#: the result does not depend on their order.
_ASSEMBLY = """
WITH described AS (
    SELECT star, max(ra) AS ra, max(dec) AS dec, max(magnitude) AS magnitude, max(teff) AS teff,
        max(logg) AS logg, max(feh) AS feh, max(radius) AS radius, max(mass) AS mass,
        max(cdpp) AS cdpp
    FROM stellar WHERE star IS NOT NULL GROUP BY star
), named AS (
    SELECT star, object, max(disposition) AS disposition
    FROM objects WHERE star IS NOT NULL GROUP BY star, object
), hosts AS (
    SELECT star, count(*) FILTER (disposition = 'CONFIRMED') AS n_planets,
        count(*) FILTER (disposition = 'CANDIDATE') AS n_candidates,
        count(*) FILTER (disposition = 'FALSE POSITIVE') AS n_refuted
    FROM named GROUP BY star
), seen AS (
    SELECT star, max(ra) AS ra, max(dec) AS dec,
        list_sort(list_distinct(flatten(list(spans)))) AS spans, sum(other)::BIGINT AS other
    FROM observed WHERE star IS NOT NULL GROUP BY star
)
SELECT star, coalesce(described.ra, seen.ra), coalesce(described.dec, seen.dec), magnitude, teff,
    logg, feh, radius, mass, cdpp, coalesce(len(spans), 0), coalesce(spans, []),
    coalesce(other, 0),
    CASE WHEN n_planets > 0 THEN 'CONFIRMED' WHEN n_candidates > 0 THEN 'CANDIDATE'
        WHEN n_refuted > 0 THEN 'FALSE POSITIVE' WHEN hosts.star IS NULL AND {knows_objects}
        THEN 'NONE' END,
    CASE WHEN {knows_objects} THEN coalesce(n_planets, 0) END,
    CASE WHEN {knows_objects} THEN coalesce(n_candidates, 0) END
FROM described FULL JOIN seen USING (star) LEFT JOIN hosts USING (star)
"""


async def build_catalog(
    mission: str, archive: PortalServer, path: Path, policy: RetryPolicy | None = None
) -> CatalogNote:
    """Build a catalog, or continue a build that was interrupted.

    Parameters
    ----------
    mission : str
        `Mission.name` of one whose stars are described somewhere: see `Mission.star_tables`.
    archive : PortalServer
        MAST, or a server that speaks its API.
    path : Path
        The file to write.
    policy : RetryPolicy, optional
        How transient failures are retried.

    Returns
    -------
    CatalogNote
        The catalog's description of itself.

    Raises
    ------
    UsageError
        Another process is building the catalog.
    RunError
        An archive cannot be queried; the answers so far are kept.
    OSError
        The catalog cannot be written.
    """
    policy = policy or RetryPolicy()
    locks = [(path.with_name(f".{path.name}.lock"), f"{path} (--output)")]
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(hold(locks))
        segments = Segments(segments_folder(path), f"{mission} of {archive.identity}")
        segments.open()
        try:
            services = await _open_services(archive, segments, policy, stack)
            origins = await collect(services, MISSIONS[mission], star_tables_of(mission))
        except ArchiveError as error:
            raise RunError(
                f"the catalog is not complete: {error}. The answers so far are kept in"
                f" {segments_folder(path)}; run the same command again to continue"
            ) from error
        note = await asyncio.to_thread(
            _assemble,
            catalog_layout(mission),
            archive.identity,
            services.schema.is_synthetic,
            segments,
            origins,
            path,
        )
        segments.remove()
    return note


def segments_folder(path: Path) -> Path:
    """Return the folder with the pieces of an unfinished catalog.

    Parameters
    ----------
    path : Path
        The catalog.

    Examples
    --------
    >>> segments_folder(Path("kepler.parquet")).name
    'kepler.parquet.pieces'
    """
    return path.with_name(f"{path.name}.pieces")


async def _open_services(
    archive: PortalServer, segments: Segments, policy: RetryPolicy, stack: AsyncExitStack
) -> Services:
    is_mast = archive.base_url == MAST_URL
    http = await stack.enter_async_context(HttpClient(1, use_proxies=is_mast))
    url = EXOPLANET_ARCHIVE_URL if is_mast else f"{archive.base_url}/TAP"
    tap = Tap(http, url, policy)
    return Services(archive.portal, archive.base_url, tap, await tap.schema(), segments, policy)


def _assemble(
    layout: CatalogLayout,
    archive: str,
    is_synthetic: bool,
    segments: Segments,
    origins: Sequence[Origin],
    path: Path,
) -> CatalogNote:
    """Combine the pieces and write the catalog."""
    with closing(connect()) as connection:
        sources = []
        for origin in origins:
            rows, asked = segments.load(connection, origin.table)
            sources.append(
                CatalogSource(origin.name, origin.url, rows, asked or utc_now(), origin.note)
            )
            if origin.table is OBJECTS:
                knows_objects = bool(asked)
        columns = ", ".join(f"{c.name} {c.type}" for c in layout.columns)
        connection.execute(f"CREATE TABLE stars ({columns})")
        connection.execute(
            f"INSERT INTO stars {_ASSEMBLY.format(knows_objects=knows_objects)} ORDER BY star"
        )
        n_stars = int(connection.execute("SELECT count(*) FROM stars").fetchall()[0][0])
        if not n_stars:
            # Start from scratch next time, when there may be stars.
            segments.remove()
            raise RunError(f"{archive} knows no star of {layout.mission}")
        note = CatalogNote(
            layout.mission, archive, is_synthetic, utc_now(), n_stars, tuple(sources)
        )
        write_catalog(connection, f"FROM stars ORDER BY {layout.number}", note, path)
    return note
