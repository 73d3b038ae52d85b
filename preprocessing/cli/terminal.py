"""What commands print: lines that a terminal shows as they are."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from preprocessing.system.printable import printable

__all__ = ["complain", "say", "show"]


def say(line: str) -> None:
    """Print one line to standard output.

    Parameters
    ----------
    line : str
        Letters that the terminal or the pipe cannot show are spelled out.
    """
    show(f"{printable(line)}\n")


def show(text: str) -> None:
    """Print a text of our own to standard output, and go on if nobody can read it.

    Parameters
    ----------
    text : str
        With its line ends. Letters that the terminal or the pipe cannot show are spelled out.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), end="", flush=True)
    except OSError as error:
        # The reader is gone, as in `| head`, or the terminal is: no reason to stop working.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            with suppress(OSError):
                print(f"cannot write to standard output: {error.strerror}", file=sys.stderr)


def complain(program: str, message: str) -> None:
    """Print one line to standard error.

    Parameters
    ----------
    program : str
        What the line begins with.
    message : str
        Line ends in it become blanks.
    """
    with suppress(OSError):
        print(f"{program}: {printable(' '.join(message.split()))}", file=sys.stderr)
