#!/usr/bin/env python3
"""Find damaged FITS files in the caches of lightkurve, astropy and XENOSCAN, and remove them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from preprocessing.cli.cache_files import (
    OWNERS,
    Cache,
    all_files,
    belongings,
    find_caches,
    find_problem,
    fits_files,
    refuse_unsafe,
    remove_files,
)
from preprocessing.core.errors import UsageError
from preprocessing.system.printable import printable

#: Results of downloads, which no option of this script reaches.
RESULTS = ROOT / "data"


@dataclass
class Tally:
    """What was done to one cache, or to all of them."""

    checked: int = 0
    removed: int = 0
    freed_bytes: int = 0
    failed: int = 0

    def add(self, other: Tally) -> None:
        """Add the counts of another tally to these."""
        self.checked += other.checked
        self.removed += other.removed
        self.freed_bytes += other.freed_bytes
        self.failed += other.failed


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=f"{__doc__} Downloaded results in data/ are never touched.",
        epilog="Do not run it while a download into one of these caches is under way: "
        "a file that is still coming looks damaged.",
    )
    parser.add_argument(
        "--all", action="store_true", help="remove every file in the caches, sound ones too"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would go; remove nothing")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Clear the caches.

    Returns
    -------
    int
        0 if all went well, 1 if a file could not be read or removed, 2 if the caches
        cannot be told from what must stay.
    """
    args = parse_args(argv)
    try:
        caches = find_caches()
        refuse_unsafe(caches, RESULTS)
    except UsageError as error:
        print(f"clear_cache: {error}", file=sys.stderr)
        return 2
    total = Tally()
    for owner in OWNERS:
        own = [cache for cache in caches if cache.owner == owner]
        if not own:
            print(f"{owner}: no cache")
        for cache in own:
            tally = clear_all(cache, args.dry_run) if args.all else clear_bad(cache, args.dry_run)
            total.add(tally)
            print(f"{owner}: {cache.folder}: {describe(tally, args)}")
    verb = "Would remove" if args.dry_run else "Removed"
    print(f"{verb} {count(total.removed)}, {size(total.freed_bytes)}.")
    return 1 if total.failed else 0


def clear_all(cache: Cache, dry_run: bool) -> Tally:
    """Remove every file of a cache."""
    tally = Tally()
    # Listed first: removing folders would upset the walk.
    for path in list(all_files(cache)):
        tally.checked += 1
        remove(cache, [path], dry_run, tally)
    return tally


def clear_bad(cache: Cache, dry_run: bool) -> Tally:
    """Remove the damaged FITS files of a cache, and name each with what is wrong."""
    tally = Tally()
    for path in list(fits_files(cache)):
        try:
            problem = find_problem(path)
        except OSError as error:
            print(
                f"cannot be read, left alone: {printable(str(path))}: {error.strerror}",
                file=sys.stderr,
            )
            tally.failed += 1
            continue
        tally.checked += 1
        if problem is not None:
            print(f"damaged: {printable(str(path))}: {printable(problem)}")
            remove(cache, belongings(cache, path), dry_run, tally)
    return tally


def remove(cache: Cache, paths: list[Path], dry_run: bool, tally: Tally) -> None:
    """Remove a file with what belongs to it, or only count it."""
    try:
        if dry_run:
            freed = sum(path.lstat().st_size for path in paths)
        else:
            freed = remove_files(cache, paths)
    except OSError as error:
        print(f"cannot be removed: {printable(str(paths[0]))}: {error.strerror}", file=sys.stderr)
        tally.failed += 1
        return
    tally.removed += 1
    tally.freed_bytes += freed


def describe(tally: Tally, args: argparse.Namespace) -> str:
    """Say what was found in one cache."""
    if args.all:
        return f"{count(tally.checked)}, {size(tally.freed_bytes)}"
    return f"{count(tally.checked)} checked, {tally.removed} damaged, {size(tally.freed_bytes)}"


def count(files: int) -> str:
    """Spell a number of files."""
    return "1 file" if files == 1 else f"{files} files"


def size(in_bytes: int) -> str:
    """Spell a number of bytes with three digits."""
    return str(tqdm.format_sizeof(in_bytes, suffix="B"))


if __name__ == "__main__":
    sys.exit(main())
