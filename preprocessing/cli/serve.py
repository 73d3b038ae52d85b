"""``xenoscan serve``: run the simulator, an archive of synthetic stars on this machine."""

from __future__ import annotations

import argparse

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import OK
from preprocessing.simulator.options import add_options

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = "Defaults are in parentheses. Ctrl-C ends it. Exit status: 0 ended, 2 bad usage."


def run(given: argparse.Namespace, call: Call) -> int:
    """Serve until the user ends it.

    Raises
    ------
    UsageError
        An option is wrong, or the port or a file cannot be used.
    """
    from preprocessing.simulator.__main__ import serve

    serve(given)
    return OK
