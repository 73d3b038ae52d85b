"""The options of the simulator: what it serves, and how it answers."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.synthesis.release import Release, parse_release

__all__ = ["add_options"]

_Number = TypeVar("_Number", int, float)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the simulator's options to a parser, in groups."""
    _add_holdings(parser.add_argument_group("what is served"))
    _add_conditions(parser.add_argument_group("how it answers"))
    add = parser.add_argument_group("where it listens").add_argument
    add(
        "--port",
        type=_number(int, 0, 65535),
        default=8686,
        metavar="N",
        help="0 takes a free one (8686)",
    )
    add(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="serve HTTPS with this certificate and its key, in one PEM file",
    )
    add(
        "--counts",
        type=Path,
        metavar="FILE",
        help="at the end, write the number of requests of each kind, as JSON",
    )
    # For ArchiveProcess: end when standard input does.
    add("--parent-watch", action="store_true", help=argparse.SUPPRESS)


def _add_holdings(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    count, seed = _number(int, 1, 10**6), _number(int, 0, 2**32 - 1)
    others = _number(int, 0, 10**6)
    add("--mirror", type=Path, metavar="DIR", help="the mission files in this folder")
    add("--stars", type=count, default=4000, metavar="N", help="synthetic Kepler stars (4000)")
    add("--k2-stars", type=others, default=300, metavar="N", help="synthetic K2 stars (300)")
    add("--tess-stars", type=others, default=300, metavar="N", help="synthetic TESS stars (300)")
    add(
        "--seed",
        type=seed,
        default=0,
        metavar="N",
        help="seed of the synthetic stars and of random faults (0)",
    )
    add(
        "--quarters",
        type=_number(int, 1, 18),
        metavar="N",
        help="quarters of each synthetic Kepler star (they vary)",
    )
    add(
        "--survey",
        action="store_true",
        help="let the Kepler stars be a survey: kinds in the shares that catalogs have, and 2 %%"
        " strange ones; each has --quarters quarters (1)",
    )
    add(
        "--release",
        type=_release,
        metavar="N=SHARE",
        help="this share of the synthetic Kepler files is of data release N, as in 26=0.3 (all"
        " are of release 25)",
    )
    add(
        "--truth-table",
        type=Path,
        metavar="FILE",
        help="write the planets and other signals of the synthetic stars to this file",
    )


def _add_conditions(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    seconds, rate = _number(float, 0, 3600), _number(float, 1e-6, 1e6)
    add(
        "--latency",
        type=seconds,
        default=0.0,
        metavar="S",
        help="wait S seconds before every answer (0)",
    )
    add(
        "--portal-latency",
        type=seconds,
        metavar="S",
        help="wait S seconds before every search answer (as --latency)",
    )
    add("--bandwidth", type=rate, metavar="MB/s", help="limit of each connection (none)")
    add(
        "--capacity",
        type=_number(int, 1, 10**6),
        metavar="K",
        help="refuse requests beyond K at a time (no limit)",
    )
    add(
        "--refusal",
        default="503",
        metavar="STATUS[:SECONDS]",
        help="how requests beyond --capacity are refused: status 429 or 503, with Retry-After"
        " if seconds are given (503)",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND=PROBABILITY[@START-[END]]",
        help="let this share of the requests go wrong (1 is all), from START to END in seconds;"
        f" may be repeated. Kinds: {', '.join(FAULTS)}",
    )


def _release(text: str) -> Release:
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not as in 26=0.3: {error}") from error


def _number(kind: Callable[[str], _Number], low: float, high: float) -> Callable[[str], _Number]:
    def parse(text: str) -> _Number:
        with contextlib.suppress(ValueError):
            value = kind(text)
            if low <= value <= high:
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")

    return parse
