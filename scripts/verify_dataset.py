"""Check a downloaded data set against its records, and put it right: see --help and README.md."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from preprocessing.acquire.audits.audit import Audit, audit
from preprocessing.acquire.audits.dataset_records import DataSet
from preprocessing.acquire.audits.repair import Repair, repair
from preprocessing.acquire.records.lock_paths import lock_paths
from preprocessing.acquire.runs.summary import counted
from preprocessing.core.errors import RunError, UsageError
from preprocessing.system.run_lock import hold

PROGRAM = "verify_dataset.py"
SOUND, SOMETHING_FOUND, BAD_USAGE = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (--help shows the options)")


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = _Parser(
        prog=PROGRAM,
        description="Read every output again and check it, and check outputs, results, manifest"
        " and checkpoint against one another.",
        epilog="Exit status: 0 all of it is sound, 1 something was found, 2 bad usage.",
    )
    add = parser.add_argument
    add("output", type=Path, metavar="DIR", help="with the light curves, as in data/raw")
    add(
        "--results",
        type=Path,
        metavar="FILE",
        help="outcomes (download_results.csv, in the folder around DIR or here)",
    )
    add("--checkpoint-dir", type=Path, metavar="DIR", help="(checkpoints, beside the results)")
    add("--repair", action="store_true", help="put what is damaged or missing on the list again")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Verify a data set.

    Returns
    -------
    int
        0 all of it is sound, 1 something was found, 2 bad usage, or a run is in progress.
    """
    try:
        arguments = parse_args(argv)
        return asyncio.run(_verify(_data_set(arguments), arguments.repair))
    except UsageError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return BAD_USAGE
    except (RunError, OSError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return SOMETHING_FOUND


async def _verify(data_set: DataSet, is_to_repair: bool) -> int:
    places = lock_paths(data_set.output_dir, data_set.results_path, data_set.checkpoint_dir)
    async with hold([(path, what) for path, what in places if path.parent.is_dir()]):
        found = await asyncio.to_thread(audit, data_set)
        for finding in found.findings:
            print(finding)
        for line in found.describe():
            print(line)
        if is_to_repair and found.findings:
            _tell(await asyncio.to_thread(repair, data_set, found), found)
    return SOMETHING_FOUND if found.findings else SOUND


def _tell(done: Repair, found: Audit) -> None:
    for name, place in done.moved.items():
        print(f"moved aside: {name} to {place}")
    print(f"On the list again: {counted(len(done.dropped), 'target')}. To fetch what is missing:")
    words = [word for word in found.books.arguments if word not in _OF_ONE_RUN]
    print(shlex.join(["python", "scripts/xenoscan_scraper.py", *words, "--resume"]))


#: Options of the run before that the one to come shall not have.
_OF_ONE_RUN = frozenset({"--resume", "--retry-failed", "--refresh"})


def _data_set(arguments: argparse.Namespace) -> DataSet:
    folder: Path = arguments.output
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name the one with the light curves")
    results = arguments.results
    if results is None:
        near = folder.absolute().parent / "download_results.csv"
        results = near if near.exists() else Path("download_results.csv")
    data_set = DataSet(folder, results, arguments.checkpoint_dir or results.parent / "checkpoints")
    records = (data_set.results_path, data_set.manifest, data_set.checkpoint)
    if not any(path.exists() for path in records):
        raise UsageError(
            f"none of {', '.join(map(str, records))} is there: name the records with --results"
            " and --checkpoint-dir"
        )
    return data_set


if __name__ == "__main__":
    sys.exit(main())
