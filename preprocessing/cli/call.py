"""How a command was called, for its messages and for the hint how to go on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import which

__all__ = ["Call", "Stopped", "called_as"]


class Stopped(Exception):  # noqa: N818  # it is no error
    """The user interrupted the command; the message says what that means."""


@dataclass(frozen=True)
class Call:
    """One call of a command.

    Parameters
    ----------
    program : str
        What messages begin with: ``xenoscan download``, or a script's file name.
    words : tuple of str
        The command line after the program's name.
    again : tuple of str
        The words that call the same command again, without `words`.
    downloader : tuple of str
        The words that call the downloader in the same way.
    """

    program: str
    words: tuple[str, ...]
    again: tuple[str, ...]
    downloader: tuple[str, ...]


def called_as() -> tuple[str, ...]:
    """Return the words with which the user started this process."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return ("python", "-m", "preprocessing")
    if started.suffix == ".py":
        return ("python", sys.argv[0])
    return (started.name,) if _is_on_path(started) else (sys.argv[0],)


def _is_on_path(program: Path) -> bool:
    found = which(program.name)
    return found is not None and Path(found).resolve() == program.resolve()
