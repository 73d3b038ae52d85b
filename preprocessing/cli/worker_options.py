"""The options that say who works: processes of this machine, or a cluster."""

from __future__ import annotations

import argparse

from preprocessing.cluster.choice import checked_name
from preprocessing.core.errors import UsageError

__all__ = ["add_workers"]


def add_workers(group: argparse._ArgumentGroup, each: str = "") -> None:
    """Add ``--jobs`` and ``--cluster``, which exclude each other.

    Parameters
    ----------
    group : argparse group
        Where they stand in the help.
    each : str, optional
        What a process takes.
    """
    either = group.add_mutually_exclusive_group()
    either.add_argument(
        "--jobs",
        type=_count,
        default=1,
        metavar="N",
        help=f"processes that work at the same time{each} (%(default)s)",
    )
    either.add_argument(
        "--cluster",
        type=_cluster,
        metavar="local:N|tcp://HOST:PORT|FILE",
        help="a Dask cluster that works: N processes of this machine, one that runs already, or"
        " jobs of a batch system, which a YAML file describes (none)",
    )


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return number


def _cluster(text: str) -> str:
    try:
        return checked_name(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
