"""The option that says how progress is shown, and what is printed for other programs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from preprocessing.cli.terminal import show_to_programs

if TYPE_CHECKING:
    from preprocessing.acquire.runs.progress import Progress

__all__ = ["JSON", "NONE", "add_progress", "is_for_programs", "open_progress"]

AUTO, JSON, NONE = "auto", "json", "none"


def add_progress(group: argparse._ActionsContainer) -> None:
    """Add ``--progress``.

    Parameters
    ----------
    group : argparse group or parser
        Where it stands in the help.
    """
    group.add_argument(
        "--progress",
        choices=(AUTO, JSON, NONE),
        default=AUTO,
        help="how progress is shown (auto): lines at a terminal, else one a minute; json prints an"
        " object a line to standard output, and all else to standard error",
    )


def is_for_programs(given: argparse.Namespace) -> bool:
    """Tell whether standard output is for other programs.

    Parameters
    ----------
    given : argparse.Namespace
        The options of a command, which need not have this one.
    """
    return getattr(given, "progress", AUTO) == JSON


def open_progress(progress: str, *, is_quiet: bool) -> Progress:
    """Return what shows the progress of a download.

    Parameters
    ----------
    progress : str
        Value of the option.
    is_quiet : bool
        Whether only warnings are printed; JSON is, if asked for.
    """
    from preprocessing.acquire.runs.progress import (
        JsonProgress,
        SilentProgress,
        terminal_progress,
    )

    if progress == JSON:
        return JsonProgress(show_to_programs)
    return SilentProgress() if is_quiet or progress == NONE else terminal_progress()
