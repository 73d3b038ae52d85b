"""Clear caches, and count what went."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from preprocessing.cli.cache_files import (
    Cache,
    all_files,
    belongings,
    find_problem,
    fits_files,
    remove_files,
)
from preprocessing.cli.terminal import say
from preprocessing.system.printable import printable

__all__ = ["Tally", "clear_all", "clear_bad", "count", "size"]


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


def clear_all(cache: Cache, dry_run: bool) -> Tally:
    """Remove every file of a cache."""
    tally = Tally()
    # Listed first: removing folders would upset the walk.
    for path in list(all_files(cache)):
        tally.checked += 1
        _remove(cache, [path], dry_run, tally)
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
            say(f"damaged: {path}: {problem}")
            _remove(cache, belongings(cache, path), dry_run, tally)
    return tally


def _remove(cache: Cache, paths: list[Path], dry_run: bool, tally: Tally) -> None:
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


def count(files: int) -> str:
    """Spell a number of files."""
    return "1 file" if files == 1 else f"{files} files"


def size(in_bytes: int) -> str:
    """Spell a number of bytes with three digits."""
    return str(tqdm.format_sizeof(in_bytes, suffix="B"))
