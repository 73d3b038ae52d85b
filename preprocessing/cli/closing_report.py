"""End a command with the report of its data set; a report that fails costs the command nothing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.commands import Command
from preprocessing.cli.exit_codes import FAILED, INTERRUPTED, OK
from preprocessing.cli.terminal import complain, say
from preprocessing.core.errors import XenoscanError

if TYPE_CHECKING:
    from preprocessing.report.html.records.places import ReportPlaces

__all__ = ["close_with_report"]


def close_with_report(
    command: Command,
    given: argparse.Namespace,
    call: Call,
    status: int,
    *,
    is_after_error: bool = False,
) -> None:
    """Make the report of what a command worked on, and say where it is.

    Parameters
    ----------
    command : Command
        The command that ended.
    given : argparse.Namespace
        Its options.
    call : Call
        How it was called.
    status : int
        Its exit status. Whoever interrupted it is told how not to wait for the report.
    is_after_error : bool, optional
        Whether an error ended it, which says why there may be no report either.
    """
    if not command.leaves_report or status not in (OK, FAILED, INTERRUPTED):
        return
    places = _places(given)
    if places is None:
        return
    if status == INTERRUPTED:
        complain(call.program, "another Ctrl-C skips the report of what is done")
    try:
        from preprocessing.report.html.report import write_report

        written = write_report(places)
    except (XenoscanError, OSError, MemoryError) as error:
        if not is_after_error:
            complain(call.program, f"there is no new report: {error or type(error).__name__}")
        return
    except KeyboardInterrupt:
        done = "" if status == INTERRUPTED else "; everything else is done"
        complain(call.program, f"interrupted while making it: there is no new report{done}")
        return
    if not given.quiet:
        say(f"Report: {written.path.absolute()}")


def _places(given: argparse.Namespace) -> ReportPlaces | None:
    """Return where the records of a command are; None if it left none."""
    from preprocessing.report.html.records.places import ReportPlaces

    if getattr(given, "explain", None) is not None or getattr(given, "dry_run", False):
        return None
    if given.dataset is not None:
        return ReportPlaces.of_dataset(given.dataset) if given.dataset.is_dir() else None
    from preprocessing.cli.download_arguments import places_of

    _, results, checkpoints = places_of(given)
    return ReportPlaces.of_run(results, checkpoints) if results.exists() else None
