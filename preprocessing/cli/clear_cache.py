"""``xenoscan clear-cache``: remove damaged FITS files from the caches they pass through."""

from __future__ import annotations

import argparse
from pathlib import Path

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import say

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Do not run it while a download into one of these caches is under way: a file that is still"
    " coming looks damaged. Downloaded results in data/ are never touched."
)

#: Where results of downloads may be, which no option of this command reaches: in the working
#: directory, and in the repository if the program runs from there.
_RESULTS = (Path("data"), Path(__file__).resolve().parents[2] / "data")


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan clear-cache`` to its parser."""
    add = parser.add_argument_group("what to remove").add_argument
    add("--all", action="store_true", help="remove every file in the caches, sound ones too")
    add("--dry-run", action="store_true", help="say what would go, and remove nothing")


def run(given: argparse.Namespace, call: Call) -> int:
    """Clear the caches.

    Returns
    -------
    int
        0 if all went well, 1 if a file could not be read or removed.

    Raises
    ------
    UsageError
        A cache overlaps files that must stay.
    """
    from preprocessing.cli.cache_clearing import Tally, clear_all, clear_bad, count, size
    from preprocessing.cli.cache_files import OWNERS, find_caches, refuse_unsafe

    caches = find_caches()
    for results in _RESULTS:
        refuse_unsafe(caches, results)
    clear = clear_all if given.all else clear_bad
    total = Tally()
    for owner in OWNERS:
        own = [cache for cache in caches if cache.owner == owner]
        if not own:
            say(f"{owner}: no cache")
        for cache in own:
            tally = clear(cache, given.dry_run)
            total.add(tally)
            checked = "" if given.all else f" checked, {tally.removed} damaged"
            freed = size(tally.freed_bytes)
            say(f"{owner}: {cache.folder}: {count(tally.checked)}{checked}, {freed}")
    verb = "Would remove" if given.dry_run else "Removed"
    say(f"{verb} {count(total.removed)}, {size(total.freed_bytes)}.")
    return FAILED if total.failed else OK
