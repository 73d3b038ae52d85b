#!/usr/bin/env python3
"""Check this set-up: five different stars, two workers, PASSED or FAILED at the end."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from preprocessing.acquire.records.outcomes import TargetOutcome
from preprocessing.acquire.settings import Limits
from preprocessing.cli.check_setup import CheckStar, check_setup, describe_check
from preprocessing.cli.run_log import close_log, log_path, open_log
from preprocessing.core.errors import RunError, UsageError
from preprocessing.system.printable import printable


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Exit status: 0 passed, 1 failed, 2 bad usage, 130 interrupted.",
    )
    parser.add_argument(
        "--archive",
        default="embedded",
        metavar="embedded|mast|URL|DIR",
        help="where the files come from (embedded)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="for the light curves (a new temporary folder)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=Limits.timeout_s,
        metavar="S",
        help="seconds without progress before a star is given up (180)",
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check.

    Returns
    -------
    int
        0 passed, 1 failed, 2 bad usage, 130 interrupted.
    """
    args = parse_args(argv)
    try:
        output = args.output or Path(tempfile.mkdtemp(prefix="xenoscan-check-"))
        open_log(log_path(output / "download_results.csv"), "info")
        print(f"Checking this set-up with five stars from {args.archive}.")
        print(f"Light curves, results and log are left in {output.absolute()}.", flush=True)
        report = check_setup(args.archive, output, args.timeout, print_stars, print_outcome)
    except UsageError as error:
        print(f"test_conservative.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"test_conservative.py: cannot write the output: {error}", file=sys.stderr)
        return 2
    except RunError as error:
        print(f"FAILED: {printable(str(error))}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        close_log()
    for line in describe_check(report):
        print(printable(line))
    return 1 if report.problems else 0


def print_stars(stars: Sequence[CheckStar]) -> None:
    """Say which stars are downloaded."""
    for star in stars:
        print(f"  {star.target}: {star.role}", flush=True)


def print_outcome(outcome: TargetOutcome) -> None:
    """Say what became of a star."""
    print(
        f"{outcome.target_id}: {outcome.reason}, {outcome.n_points} rows,"
        f" {outcome.quarters_used} of {outcome.quarters_found} quarters,"
        f" {outcome.download_time:.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
