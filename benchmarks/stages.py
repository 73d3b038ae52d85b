"""Stages of the command, run as a user runs them."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.archive import ROOT
from preprocessing.core.errors import RunError

__all__ = ["run_stage"]


def run_stage(*arguments: object) -> None:
    """Run a command of the program, and wait for its end.

    Parameters
    ----------
    *arguments
        The command's name, and its options.

    Raises
    ------
    RunError
        It did not do its work: its exit status is neither 0 nor 1, which says that something of the
        work is missing.
    """
    command = [sys.executable, "-m", "preprocessing", *map(str, arguments)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode not in (0, 1):
        raise RunError(f"{' '.join(command[2:])} failed")
