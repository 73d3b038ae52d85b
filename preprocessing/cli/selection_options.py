"""The options that choose stars from a catalog."""

from __future__ import annotations

import argparse
from pathlib import Path

from preprocessing.catalog.mix import Share, read_mix
from preprocessing.catalog.selection import MIX, SelectionRequest
from preprocessing.catalog.strategies import EVERY_STAR, RANDOM, STRATEGIES
from preprocessing.cli.parser import suggest
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import one_of

__all__ = ["add_options", "request_of"]

_OPTIONS = ("select", "where", "seed", "catalog")


def add_options(group: argparse._ArgumentGroup) -> None:
    """Add the options to a group of a parser."""
    add = group.add_argument
    strategy = add(
        "--select",
        nargs="+",
        metavar="STRATEGY",
        help=f"choose stars from the catalog: {', '.join(STRATEGIES)}, or mix FILE for shares of"
        " several",
    )
    suggest(strategy, (*STRATEGIES, MIX))
    add(
        "--where",
        metavar="EXPR",
        help='only stars like "kepmag < 14 and teff between 4000 and 7000"',
    )
    add("--seed", type=int, metavar="N", help="seed of --select random (0)")
    add(
        "--catalog",
        type=Path,
        metavar="FILE",
        help="the catalog to choose from (what xenoscan catalog built)",
    )


def request_of(given: argparse.Namespace) -> SelectionRequest | None:
    """Return what a command line asks for; None if it chooses no stars.

    Parameters
    ----------
    given : argparse.Namespace
        With these options, ``targets``, ``target_list`` and ``ids``.

    Raises
    ------
    UsageError
        Options do not go together, or one is wrong.
    """
    if given.select is None and given.where is None:
        for name in _OPTIONS:
            if getattr(given, name) is not None:
                raise UsageError(f"--{name} goes with --select or --where")
        return None
    if given.target_list is not None or given.ids is not None:
        raise UsageError(
            "stars are named by --target-list or --ids, or chosen by --select: not both"
        )
    strategy, *rest = given.select or [EVERY_STAR]
    shares = _shares(strategy, rest)
    if given.seed is not None and RANDOM not in (strategy, *(s.strategy for s in shares)):
        raise UsageError("--seed goes with --select random, or a mix that has a share of it")
    return SelectionRequest(
        strategy, given.targets, given.seed or 0, given.where, shares, given.catalog
    )


def _shares(strategy: str, rest: list[str]) -> tuple[Share, ...]:
    if strategy == MIX:
        if len(rest) != 1:
            raise UsageError("--select mix takes one file with shares, as in --select mix my.csv")
        return read_mix(Path(rest[0]))
    if strategy not in STRATEGIES:
        raise UsageError(
            f"unknown strategy {strategy!r}: {one_of(strategy, (*STRATEGIES, 'mix FILE'))}"
        )
    if rest:
        raise UsageError(f"--select takes one strategy, not {' '.join([strategy, *rest])}")
    return ()
