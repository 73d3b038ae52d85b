"""``xenoscan dashboard``: look at a data set, and at the run that fills it, in the browser."""

from __future__ import annotations

import argparse
import asyncio
import os
import webbrowser
from contextlib import suppress
from pathlib import Path

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import say
from preprocessing.core.errors import UsageError
from preprocessing.core.remote_path import require_no_url

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Ctrl-C ends it. Exit status: 0 ended, 2 bad usage, or the port"
    " is taken."
)
_HIGHEST_PORT = 65535
#: A run on the same machine comes first.
_NICENESS = 10


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan dashboard`` to its parser."""
    add = parser.add_argument_group("what to show").add_argument
    add(
        "dataset",
        type=Path,
        metavar="DATASET",
        help="a data set's folder. Only the labels that you give are written there, as labels.csv,"
        " and what you tell the run, as checkpoints/control.json",
    )
    add = parser.add_argument_group("where it listens").add_argument
    add("--port", type=_port, default=8765, metavar="N", help="0 takes a free one (8765)")
    add(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen at (127.0.0.1: this machine alone). For any other, the printed"
        " address has a token without which nothing can be opened; nothing is encrypted",
    )
    add("--open", action="store_true", help="open it in the browser of this machine")


def run(given: argparse.Namespace, call: Call) -> int:
    """Serve until the user ends it.

    Raises
    ------
    UsageError
        There is no data set, or the port cannot be used.
    """
    from preprocessing.report.dashboard.server import serve

    root: Path = given.dataset
    require_no_url(root, "the dashboard shows data sets on disk")
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}: name that of a data set")

    def opened(address: str) -> None:
        say(f"The dashboard of {root} is at {address}")
        say("Ctrl-C ends it.")
        if given.open:
            webbrowser.open(address)

    with suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(root, given.host, given.port, opened))
    return OK


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to {_HIGHEST_PORT}")
    return int(text)
