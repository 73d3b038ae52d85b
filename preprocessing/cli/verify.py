"""``xenoscan verify``: check a data set against its records, and repair it."""

from __future__ import annotations

import argparse
import asyncio
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.pack import pack_lock, pack_request, some
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import say
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.core.remote_path import require_no_url

if TYPE_CHECKING:
    from preprocessing.acquire.audits.audit import Audit
    from preprocessing.acquire.audits.dataset_records import DataSet
    from preprocessing.acquire.audits.repair import Repair
    from preprocessing.dataset.packing.check import PackedCheck

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 all of it is sound, 1 something was found, 2 bad"
    " usage."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan verify`` to its parser."""
    add = parser.add_argument_group("what to check").add_argument
    add(
        "output",
        type=Path,
        metavar="DIR",
        help="a data set's folder (see download --dataset), or one with light curves, as data/raw",
    )
    add(
        "--results",
        type=Path,
        metavar="FILE",
        help="its results (download_results.csv, in the folder around DIR or in this one)",
    )
    add(
        "--checkpoint-dir",
        type=Path,
        metavar="DIR",
        help="the folder of its checkpoint (checkpoints, beside the results)",
    )
    add = parser.add_argument_group("what to do").add_argument
    add(
        "--repair",
        action="store_true",
        help="move damaged files aside, and drop their records, so that download --resume fetches"
        " them again; write damaged packed files again",
    )


def run(given: argparse.Namespace, call: Call) -> int:
    """Verify a data set.

    Returns
    -------
    int
        0 if all of it is sound, 1 if something was found.

    Raises
    ------
    UsageError
        There is no data set, or a run writes to it.
    RunError
        A file cannot be read or written.
    """
    try:
        return asyncio.run(_verify(_data_set(given), given.repair, call))
    except OSError as error:
        raise RunError(str(error)) from error


async def _verify(data_set: DataSet, is_to_repair: bool, call: Call) -> int:
    from preprocessing.acquire.audits.audit import audit
    from preprocessing.acquire.audits.repair import repair
    from preprocessing.acquire.records.foreign_records import refuse_foreign_records
    from preprocessing.acquire.records.opening import lock_paths
    from preprocessing.system.run_lock import hold

    places = lock_paths(data_set.output_dir, data_set.results_path, data_set.checkpoint_dir)
    root = data_set.output_dir.parent
    if PackedFolder(root).catalogs.is_dir():
        places.append(pack_lock(DatasetFolder(root)))
    async with hold([(path, what) for path, what in places if path.parent.is_dir()]):
        refuse_foreign_records(data_set.results_path, data_set.checkpoint)
        packed = await asyncio.to_thread(_check_packed, data_set)
        sound = packed.sound if packed else {}
        found = await asyncio.to_thread(audit, data_set, packed=sound)
        for finding in found.findings:
            say(str(finding))
        for line in found.describe():
            say(line)
        if packed is not None:
            _describe_packed(data_set, packed)
        if is_to_repair and found.findings:
            done = await asyncio.to_thread(repair, data_set, found)
            _describe(done, _words(data_set, found), call)
        if is_to_repair and packed is not None and packed.damage:
            await asyncio.to_thread(_pack_again, data_set, packed)
    return FAILED if found.findings or (packed and packed.damage) else OK


def _check_packed(data_set: DataSet) -> PackedCheck | None:
    """Check the packed form of a data set; None if it has none."""
    root = data_set.output_dir.parent
    if not PackedFolder(root).catalogs.is_dir() or not DatasetFolder(root).exists:
        return None
    from preprocessing.dataset.packing.check import check_packed

    return check_packed(root)


def _describe_packed(data_set: DataSet, packed: PackedCheck) -> None:
    from preprocessing.acquire.audits.findings import Finding, Kind

    for item in packed.damage:
        kind = Kind.DISAGREES if item.is_outdated else Kind.DAMAGED
        say(str(Finding(kind, str(item.path), item.text)))
    if packed.lost:
        say(
            f"{len(packed.lost)} light curves are damaged there, and their FITS files are gone:"
            f" {some(packed.lost)}. Download them again."
        )
    catalogs = PackedFolder(data_set.output_dir.parent).catalogs
    outdated = sum(item.is_outdated for item in packed.damage)
    if len(packed.damage) > outdated:
        say(f"{catalogs} has {len(packed.damage) - outdated} damaged files.")
    if outdated:
        say(f"{outdated} light curves changed since they were packed.")
    if not packed.damage:
        say("All of the packed data set is sound.")


def _pack_again(data_set: DataSet, packed: PackedCheck) -> None:
    """Write damaged files again, from FITS files and from what is sound in them."""
    from preprocessing.dataset.packing.fits_folder import fits_names
    from preprocessing.dataset.packing.pack import pack

    places = DatasetFolder(data_set.output_dir.parent)
    if not packed.sound and not fits_names(places.lightcurves):
        say("Nothing of it can be packed again.")
        return
    with_centroids = PackedFolder(places.root).centroids.is_dir()
    done = pack(pack_request(places, with_centroids, packed))
    say(f"Packed again: {done.n_written} files.")


def _describe(done: Repair, words: Sequence[str], call: Call) -> None:
    from preprocessing.acquire.runs.summary import counted

    for name, place in done.moved.items():
        say(f"moved aside: {name} to {place}")
    say(f"On the list again: {counted(len(done.dropped), 'target')}. To fetch what is missing:")
    say(shlex.join([*call.downloader, *words, "--resume"]))


def _words(data_set: DataSet, found: Audit) -> list[str]:
    """Return the options with which a run fetches what is missing."""
    dataset = DatasetFolder(data_set.output_dir.parent)
    if dataset.lightcurves == data_set.output_dir and dataset.settings.exists():
        return ["--dataset", str(dataset.root)]
    return [word for word in found.records.arguments if word not in _OF_ONE_RUN]


#: Options of the earlier run that the next one must not repeat.
_OF_ONE_RUN = frozenset({"--resume", "--retry-failed", "--refresh"})


def _data_set(arguments: argparse.Namespace) -> DataSet:
    from preprocessing.acquire.audits.dataset_records import DataSet

    folder: Path = arguments.output
    require_no_url(folder, "verify the data set on disk; open_dataset(URL, verify=True) reads it")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: name the one with the light curves")
    dataset = DatasetFolder(folder)
    if dataset.exists:
        if arguments.results is not None or arguments.checkpoint_dir is not None:
            raise UsageError(f"{folder} holds its own records: leave out --results and the like")
        return DataSet(dataset.lightcurves, dataset.results, dataset.checkpoints)
    results = arguments.results
    if results is None:
        near = folder.absolute().parent / "download_results.csv"
        results = near if near.exists() else Path("download_results.csv")
    data_set = DataSet(folder, results, arguments.checkpoint_dir or results.parent / "checkpoints")
    records = (data_set.results_path, data_set.manifest, data_set.checkpoint)
    if not any(path.exists() for path in records):
        raise UsageError(
            f"none of {', '.join(map(str, records))} exists: name the records with --results"
            " and --checkpoint-dir"
        )
    return data_set
