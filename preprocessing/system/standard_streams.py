"""Standard streams of a process that was started without them."""

from __future__ import annotations

import os
import sys

__all__ = ["open_closed_streams"]


def open_closed_streams() -> None:
    """Open the standard streams that are closed, as after ``>&-``: what they get goes nowhere.

    Call this before any file is opened. Otherwise a file would get the number of a closed stream,
    and whatever prints to that number would write into the file.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # Python has no object for a stream that was closed when it started.
        if getattr(sys, name) is None:
            # Stays open until the process ends.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
