"""``xenoscan check-setup``: five different stars, two workers, PASSED or FAILED at the end."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.acquire.settings import Limits
from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser, suggest
from preprocessing.cli.terminal import say
from preprocessing.core.errors import RunError, UsageError
from preprocessing.network.source_names import EMBEDDED, MAST, S3, STSCI

if TYPE_CHECKING:
    from preprocessing.cli.setup_check import CheckStar
    from preprocessing.core.outcomes import TargetOutcome

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 passed, 1 failed, 2 bad usage, 130 interrupted."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan check-setup`` to its parser."""
    add = parser.add_argument_group("how to check").add_argument
    archive = add(
        "--archive",
        default=EMBEDDED,
        metavar="embedded|mast|URL|DIR",
        help="where the files come from (embedded: a simulator on this machine)",
    )
    suggest(archive, (EMBEDDED, MAST, S3, STSCI))
    add(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for light curves, results and log (a new temporary folder)",
    )
    add(
        "--timeout",
        type=float,
        default=Limits.timeout_s,
        metavar="S",
        help="give up a star after S seconds without progress (180)",
    )


def run(given: argparse.Namespace, call: Call) -> int:
    """Run the check.

    Returns
    -------
    int
        0 passed, 1 failed.

    Raises
    ------
    UsageError
        The archive is unknown, or the output cannot be written.
    """
    from preprocessing.cli.run_log import close_log, log_path, open_log
    from preprocessing.cli.setup_check import check_setup, describe_check

    try:
        output = given.output or Path(tempfile.mkdtemp(prefix="xenoscan-check-"))
        open_log(log_path(output / "download_results.csv"), "info")
        say(f"Checking this set-up with five stars from {given.archive}.")
        say(f"Light curves, results and log are left in {output.absolute()}.")
        report = check_setup(given.archive, output, given.timeout, _say_stars, _say_outcome)
    except OSError as error:
        raise UsageError(f"cannot write the output: {error}") from error
    except RunError as error:
        # As every other verdict, this one is read on standard output.
        say(f"FAILED: {error}")
        return FAILED
    finally:
        close_log()
    for line in describe_check(report):
        say(line)
    return FAILED if report.problems else OK


def _say_stars(stars: Sequence[CheckStar]) -> None:
    for star in stars:
        say(f"  {star.target}: {star.role}")


def _say_outcome(outcome: TargetOutcome) -> None:
    say(
        f"{outcome.target_id}: {outcome.reason}, {outcome.n_points} rows,"
        f" {outcome.quarters_used} of {outcome.quarters_found} quarters,"
        f" {outcome.download_time:.1f} s"
    )
