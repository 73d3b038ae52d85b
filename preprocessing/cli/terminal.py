"""What commands print: lines that a terminal shows as they are."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from preprocessing.system.printable import printable

__all__ = ["complain", "say"]


def say(line: str) -> None:
    """Print one line to standard output.

    Parameters
    ----------
    line : str
        Letters that the terminal or the pipe cannot show are spelled out.
    """
    encoding = sys.stdout.encoding or "utf-8"
    shown = printable(line).encode(encoding, "backslashreplace").decode(encoding)
    try:
        print(shown, flush=True)
    except OSError:
        # The reader is gone, as in `| head`, or the terminal is: no reason to stop working.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
