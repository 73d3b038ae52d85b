"""What commands print: lines that a terminal shows as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TextIO

from preprocessing.system.printable import printable

__all__ = ["complain", "for_programs", "say", "show", "show_to_programs"]

_programs: TextIO | None = None


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
    _show(text, sys.stdout)


@contextmanager
def for_programs() -> Iterator[None]:
    """Keep standard output for what other programs read: `say` and `show` use standard error."""
    global _programs
    _programs = sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _programs = None


def show_to_programs(text: str) -> None:
    """Print a text to standard output, while that is kept for other programs.

    Parameters
    ----------
    text : str
        With its line ends.
    """
    _show(text, _programs or sys.stdout)


def _show(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    try:
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        print(shown, end="", flush=True, file=stream)
    except OSError as error:
        # The reader is gone, as in `| head`, or the terminal is: no reason to stop working.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
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
