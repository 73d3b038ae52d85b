"""``xenoscan pack``: write the light curves of a data set as one catalog of Parquet files."""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import say
from preprocessing.cli.worker_options import add_workers
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunConflict, RunError, UsageError, XenoscanError
from preprocessing.core.remote_path import RemotePath, as_remote_path, require_no_url

if TYPE_CHECKING:
    from preprocessing.dataset.packing.check import PackedCheck
    from preprocessing.dataset.packing.consume import Consumption
    from preprocessing.dataset.packing.pack import Packed, PackRequest
    from preprocessing.dataset.packing.publish import Published
    from preprocessing.system.lock_owner import Owner
    from preprocessing.system.run_lock import HeldLocks

__all__ = ["EPILOG", "add_options", "pack_lock", "pack_request", "run", "some"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 every light curve is packed, 1 some could not be,"
    " or the work ended early, 2 bad usage, or files that must not be mixed; then nothing was"
    " changed. Targets without a light curve are listed in stars.parquet, and no failure."
)
#: Names that the summary lists before it counts the rest.
_MOST_NAMES = 10


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan pack`` to its parser."""
    add = parser.add_argument_group("what to pack").add_argument
    add(
        "dataset",
        type=Path,
        metavar="DATASET",
        help="a data set's folder (see download --dataset); the catalog is written into it",
    )
    add(
        "--no-centroids",
        action="store_true",
        help="leave out the centroids, which take more than half of the space",
    )
    add(
        "--consume",
        action="store_true",
        help="remove the FITS file of each complete light curve once it is packed, read back and"
        " found equal; also while a download writes to the data set",
    )
    add(
        "--profile",
        choices=("plain", "compact"),
        help="how times are stored: as they are, or as light's travel time beyond the mission's"
        " clock, bit for bit the same in a sixth of the space, which only XENOSCAN and two lines of"
        " numpy read (as in what is packed already; plain if nothing is)",
    )
    add(
        "--to",
        metavar="URL",
        help="then bring a copy in an object store up to date, as in s3://bucket/prefix, which"
        " open_dataset reads; only what changed is sent",
    )
    group = parser.add_argument_group("how")
    add_workers(group, "; each takes up to 0.6 GB of memory")
    group.add_argument(
        "--quiet", action="store_true", help="print nothing but what could not be packed"
    )


def run(given: argparse.Namespace, call: Call) -> int:
    """Pack a data set.

    Returns
    -------
    int
        0 if every light curve is packed, 1 if some could not be.

    Raises
    ------
    UsageError
        There is no data set, a run writes to it, or it must not be packed as it is.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.system.paths import some_home
    from preprocessing.system.write_errors import remedy

    # Workers on other machines have other working directories.
    require_no_url(given.dataset, "pack a folder of this machine, and name the URL with --to")
    places = DatasetFolder(given.dataset.absolute() if given.cluster else given.dataset)
    if not places.root.is_dir():
        raise UsageError(f"there is no folder {places.root}: name that of a data set")
    if not places.exists and not (places.root / "hats").is_dir():
        raise UsageError(
            f"{places.root} is no data set, for it has no folder lightcurves: name the folder that"
            " download --dataset made"
        )
    to = _destination(given.to)
    try:
        with some_home():
            done, sent = asyncio.run(_pack(places, given, to))
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        raise RunError(
            f"cannot pack {places.root}: {what}{error.strerror or error}. {remedy(error)}; what is"
            " packed stays, and the same command goes on"
        ) from error
    _describe(done, places, given)
    if sent is not None and not given.quiet:
        _describe_sent(sent, to)
    return FAILED if done.left_out else OK


def _destination(url: str | None) -> RemotePath | None:
    """Return where a copy is wanted; refuse a place that cannot be used before stars are packed."""
    if url is None:
        return None
    to = as_remote_path(url)
    if to is None:
        raise UsageError(f"--to takes a URL, as in s3://bucket/prefix, and no path: {url}")
    from preprocessing.dataset.packing.publish import require_own_place

    with _named(to):
        require_own_place(to)
    return to


@contextmanager
def _named(to: RemotePath) -> Iterator[None]:
    """Say what becomes of a copy whose store failed."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"cannot bring {to} up to date: {error.filename}: {error.strerror or error}. What was"
            " there can still be read, and the same command goes on"
        ) from error


async def _pack(
    places: DatasetFolder, given: argparse.Namespace, to: RemotePath | None
) -> tuple[Packed, Published | None]:
    from preprocessing.cluster.choice import open_workers
    from preprocessing.cluster.workers import run_units
    from preprocessing.dataset.packing.pack import pack

    stop = threading.Event()
    async with (
        _locked(places, may_be_beside=given.consume) as (held, owner),
        open_workers(given.jobs, given.cluster) as workers,
    ):
        run = map if workers is None else partial(run_units, workers, held.token)
        consume = _consumption(places, owner) if given.consume else None
        request = pack_request(
            places, not given.no_centroids, consume=consume, profile=given.profile
        )

        def work_through() -> tuple[Packed, Published | None]:
            done = pack(request, run, stop=stop)
            if to is None:
                return done, None
            from preprocessing.dataset.packing.publish import publish

            with _named(to):
                return done, publish(places.root, to, stop)

        work = asyncio.ensure_future(asyncio.to_thread(work_through))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # Ctrl-C: what is being written is finished before the locks are given up.
            stop.set()
            await asyncio.gather(work, return_exceptions=True)
            raise


@asynccontextmanager
async def _locked(
    places: DatasetFolder, *, may_be_beside: bool
) -> AsyncIterator[tuple[HeldLocks, Owner | None]]:
    """Hold the locks of a data set; yield that of packing, and the run that has the others."""
    from preprocessing.acquire.records.opening import lock_paths
    from preprocessing.system.run_lock import hold, owner_of

    locks = lock_paths(places.lightcurves, places.results, places.checkpoints)
    async with AsyncExitStack() as stack:
        held = await stack.enter_async_context(hold([pack_lock(places)]))
        try:
            there = [(path, what) for path, what in locks if path.parent.is_dir()]
            await stack.enter_async_context(hold(there))
        except RunConflict:
            owner = owner_of(locks[0][0])
            if owner is None or not may_be_beside:
                raise
            yield held, owner
        else:
            yield held, None


def pack_lock(places: DatasetFolder) -> tuple[Path, str]:
    """Return the lock file of the packed form of a data set, and what it locks."""
    return places.root / ".xenoscan_pack.lock", f"{places.root} (packed files)"


def _consumption(places: DatasetFolder, owner: Owner | None) -> Consumption:
    """Return which FITS files may be removed while a run, if there is one, goes on."""
    from preprocessing.acquire.records.finished_outputs import finished_outputs
    from preprocessing.acquire.records.opening import OUTPUT_LOCK
    from preprocessing.dataset.packing.consume import Consumption
    from preprocessing.system.run_lock import owner_of

    finished = finished_outputs(places.results)
    if owner is None:
        return Consumption(finished.complete, None, lambda: True)
    if finished.is_refresh:
        raise UsageError(
            f"a run with --refresh replaces light curves in {places.root}: wait until it has ended"
        )
    # A run that begins later may be one that replaces light curves.
    lock = places.lightcurves / OUTPUT_LOCK
    return Consumption(finished.complete, finished.recorded, lambda: owner_of(lock) == owner)


def pack_request(
    places: DatasetFolder,
    with_centroids: bool,
    found: PackedCheck | None = None,
    consume: Consumption | None = None,
    profile: str | None = None,
) -> PackRequest:
    """Return what to pack of a data set.

    Parameters
    ----------
    places : DatasetFolder
        The data set.
    with_centroids : bool
        Whether centroids are packed too.
    found : PackedCheck, optional
        What a check found; damaged files are written again.
    consume : Consumption, optional
        Which FITS files may be removed.
    profile : str, optional
        How times are stored, as the option says.
    """
    from preprocessing.acquire.records.manifest import last_chain, manifest_path
    from preprocessing.dataset.packing.pack import PackRequest

    return PackRequest(
        places.root,
        with_centroids,
        None if profile is None else profile == "compact",
        archive=_archive(places),
        manifest_chain=last_chain(manifest_path(places.results)),
        found=found,
        consume=consume,
    )


def _archive(places: DatasetFolder) -> str:
    """Return where the light curves are from; empty if the records do not say."""
    from preprocessing.acquire.records.checkpoint import CHECKPOINT_NAME, read_checkpoint

    try:
        return str(read_checkpoint(places.checkpoints / CHECKPOINT_NAME)["run"]["archive"])
    except XenoscanError:
        # Only the card would say it; verify and download complain of damaged records.
        return ""


def _describe(done: Packed, places: DatasetFolder, given: argparse.Namespace) -> None:
    for item in done.left_out:
        say(f"not packed: {places.lightcurves / item.name}: {item.text}")
    if done.left_out:
        say(
            f"To fetch what is damaged: xenoscan verify {places.root} --repair, then download"
            " --resume, then pack again."
        )
    if given.quiet:
        return
    say(
        f"{places.root} is packed: {done.n_stars} light curves. {done.n_read} of them were read"
        f" now; {done.n_written} files were written, and {done.n_kept} stayed as they were."
    )
    if given.consume:
        say(
            f"FITS files that were removed, for they are packed: {done.n_consumed}. Those of light"
            " curves that are partial or not recorded stay."
        )
    if done.without_curve:
        names = some([outcome.target_id for outcome in done.without_curve])
        say(f"Targets without a light curve: {len(done.without_curve)} ({names}).")
    if done.lost:
        say(f"Light curves that are recorded, but not there: {len(done.lost)} ({some(done.lost)}).")
    if done.n_disputed:
        say(
            f"Cadences whose times stay as they are, for files of two stars disagree about the"
            f" mission's clock: {done.n_disputed}."
        )
    if done.n_files_missing:
        say(
            f"Files that light curves lack: {done.n_files_missing} (columns files_status and"
            " error)."
        )
    if not done.has_card:
        say(
            f"{places.root / 'README.md'} is not this program's and stays as it is: there is no"
            " dataset card."
        )


def _describe_sent(sent: Published, to: RemotePath | None) -> None:
    say(
        f"{to} is up to date: {sent.n_sent} files were sent ({sent.n_bytes / 1e6:.1f} MB),"
        f" {sent.n_kept} were there, {sent.n_removed} were removed."
    )
    if not sent.has_card:
        say(f"{to}/README.md is not this program's and stays as it is.")


def some(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
