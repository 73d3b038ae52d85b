"""Estimate what a run would fetch, without fetching it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.acquire.archives.base import Archive, StarFiles
from preprocessing.acquire.records.dry_run_table import Unresolved
from preprocessing.acquire.runs.backlog import batches
from preprocessing.acquire.runs.monitor import free_bytes
from preprocessing.acquire.runs.other_authors import naming_other_authors
from preprocessing.acquire.runs.search import search_batch
from preprocessing.acquire.runs.summary import counted, duration
from preprocessing.acquire.settings import Limits
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import BLOCK, padded_size
from preprocessing.missions import Product, author_of
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.row_counts import row_bytes, row_count
from preprocessing.missions.targets import Target
from preprocessing.network.retry import RetryPolicy

__all__ = ["Preview", "describe_preview", "preview"]

#: Size of a row of an output.
_OUTPUT_ROW_BYTES = 44
#: Size of the headers and the aperture of a mission file.
_FILE_OVERHEAD = 10 * BLOCK
#: Size of the headers and the QUARTERS table of an output with 18 quarters.
_OUTPUT_OVERHEAD = 9 * BLOCK
#: Assumed speed of one connection to MAST: seconds to the first byte, and bytes per second.
_FIRST_BYTE_S = 0.3
_BYTES_A_SECOND = 4e6
#: Targets without files that are named to a person; a table has all of them.
_MOST_NAMED = 50


@dataclass(frozen=True)
class Preview:
    """What a run would fetch.

    Parameters
    ----------
    n_stars, n_files : int
        Stars that the archive has, and files of all of them.
    unresolved : tuple of Unresolved
        The targets without files.
    fetched_bytes, output_bytes : int
        Size of the files to fetch and of the outputs, estimated from the rows of each quarter.
    free : int
        Free space on the disk of the output, in bytes.
    seconds : float
        Estimated duration with `requests` in flight, each at the assumed speed of MAST.
    requests : int
        File requests in flight at once.
    """

    n_stars: int
    n_files: int
    unresolved: tuple[Unresolved, ...]
    fetched_bytes: int
    output_bytes: int
    free: int
    seconds: float
    requests: int


async def preview(
    targets: Sequence[Target],
    recipe: Recipe,
    archive: Archive,
    limits: Limits,
    output_dir: Path,
) -> Preview:
    """Search for targets, and add up their files.

    Parameters
    ----------
    targets : sequence of Target
        The stars to search for.
    recipe : Recipe
        Which mission, author, cadence, and quarters, campaigns or sectors.
    archive : Archive
        Where to search.
    limits : Limits
        How many workers the run would have, and how often it would retry.
    output_dir : Path
        Folder of the outputs, which need not exist.

    Returns
    -------
    Preview

    Raises
    ------
    RunError
        The archive cannot be searched.
    """
    stars: dict[int, tuple[Product, ...]] = {}
    unresolved: list[Unresolved] = []
    policy = RetryPolicy(limits.retries)
    for batch in batches(targets, recipe.mission.catalog):
        answers = await search_batch(batch, archive, recipe, policy, asyncio.sleep)
        answers = await naming_other_authors(batch, answers, archive, recipe, policy, asyncio.sleep)
        for target in batch:
            answer = answers[target.key]
            if isinstance(answer, StarFiles):
                why = _refusal(answer.products)
                if why is None:
                    stars[answer.number] = answer.products
                else:
                    unresolved.append(Unresolved(target.name, Reason.UNREADABLE, why))
            else:
                unresolved.append(Unresolved(target.name, answer.reason, str(answer)))
    requests = min(limits.workers, archive.polite_requests or limits.workers)
    return _add_up(stars.values(), tuple(unresolved), _free_near(output_dir), requests)


def describe_preview(found: Preview, already_done: int) -> Iterator[str]:
    """Yield the lines of a preview, for a person."""
    yield (
        f"{counted(found.n_stars, 'star')} with {counted(found.n_files, 'file')};"
        f" {already_done} were done before."
    )
    counts = Counter(target.reason for target in found.unresolved)
    for reason, count in sorted(counts.items()):
        yield f"  {reason}: {count}"
    for target in found.unresolved[:_MOST_NAMED]:
        yield f"  {target.target_id}: {target.error}"
    if len(found.unresolved) > _MOST_NAMED:
        yield f"  and {len(found.unresolved) - _MOST_NAMED} more"
    yield (
        f"To fetch: about {found.fetched_bytes / 1e6:.1f} MB. To write: about"
        f" {found.output_bytes / 1e6:.1f} MB; {found.free / 1e6:.0f} MB are free."
    )
    if found.output_bytes > found.free:
        yield "The disk is too small for this list."
    yield (
        f"Time: about {duration(found.seconds)} with {counted(found.requests, 'request')} in"
        f" flight, at {_FIRST_BYTE_S} s to the first byte and {_BYTES_A_SECOND / 1e6:.0f} MB/s"
        " each."
    )


def _refusal(products: Sequence[Product]) -> str | None:
    """Return why a star's files cannot be stitched, whatever they hold; None if some can."""
    refusals = (author_of(product).refusal for product in products)
    whys = [None if why is None else why(p) for why, p in zip(refusals, products, strict=True)]
    return None if None in whys else whys[0]


def _add_up(
    stars: Iterable[tuple[Product, ...]],
    unresolved: tuple[Unresolved, ...],
    free: int,
    requests: int,
) -> Preview:
    n_stars = n_files = fetched = written = 0
    for products in stars:
        n_stars += 1
        n_files += len(products)
        rows = [row_count(product) for product in products]
        fetched += sum(
            _FILE_OVERHEAD + padded_size(row_bytes(product) * n)
            for product, n in zip(products, rows, strict=True)
        )
        written += _OUTPUT_OVERHEAD + padded_size(_OUTPUT_ROW_BYTES * sum(rows))
    seconds = (n_files * _FIRST_BYTE_S + fetched / _BYTES_A_SECOND) / requests
    return Preview(n_stars, n_files, unresolved, fetched, written, free, seconds, requests)


def _free_near(folder: Path) -> int:
    existing = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.exists()
    )
    return free_bytes(existing)
