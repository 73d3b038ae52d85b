"""Command line of the embedded archive: ``python -m preprocessing.simulator``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from preprocessing.core.errors import UsageError
from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.faults.plan import FaultPlan, parse_fault
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.refusal import parse_refusal
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.simulator.synthesis.release import Release, parse_release

_CLIENT_HELP = """\
To point lightkurve or astroquery at it, in one shell:
  mkdir -p /tmp/xenoscan/astropy /tmp/xenoscan/cache
  printf '[mast]\\nserver = {url}\\n' > /tmp/xenoscan/astropy/astroquery.cfg
  XDG_CONFIG_HOME=/tmp/xenoscan XDG_CACHE_HOME=/tmp/xenoscan/cache http_proxy={url} python
Ctrl-C ends the server."""


Number = TypeVar("Number", int, float)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments, `sys.argv` without the program's name by default.

    Returns
    -------
    int
        Exit status: 0 after Ctrl-C or SIGTERM, 2 if it could not start.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        arguments = _parse_arguments(argv)
        faults = FaultPlan(seed=arguments.seed)
        for text in arguments.fault:
            faults.add(parse_fault(text))
        asyncio.run(_serve(arguments, _open_holdings(arguments), faults))
    except UsageError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(error.strerror or str(error))
    except KeyboardInterrupt:
        # Before the server had its own handler.
        return 0
    return 0


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m preprocessing.simulator",
        description="Serve synthetic light curves of Kepler, K2 and TESS, or a directory of real "
        "ones, as MAST does, to any MAST client on this machine.",
    )
    _add_holdings(parser.add_argument_group("what is served"))
    _add_conditions(parser.add_argument_group("how it answers"))
    add = parser.add_argument_group("where").add_argument
    add("--port", type=_number(int, 0, 65535), default=8686, help="0 takes a free one (8686)")
    add("--certificate", type=Path, metavar="FILE", help="for HTTPS, with its key: a PEM file")
    add("--counts", type=Path, metavar="FILE", help="at the end write what was asked, as JSON")
    # For ArchiveProcess: end when standard input does.
    add("--parent-watch", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _add_holdings(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    count, seed = _number(int, 1, 10**6), _number(int, 0, 2**32 - 1)
    add("--mirror", type=Path, metavar="DIR", help="the files below this directory")
    others = _number(int, 0, 10**6)
    add("--stars", type=count, default=4000, metavar="N", help="synthetic Kepler stars (4000)")
    add("--k2-stars", type=others, default=300, metavar="N", help="the same of K2 (300)")
    add("--tess-stars", type=others, default=300, metavar="N", help="the same of TESS (300)")
    add("--seed", type=seed, default=0, metavar="N", help="of synthetic stars and faults (0)")
    add("--quarters", type=_number(int, 1, 18), metavar="N", help="of each Kepler star (various)")
    add(
        "--release",
        type=_release,
        metavar="N=SHARE",
        help="that share of Kepler's synthetic files is of data release N, as in 26=0.3 (all are"
        " of 25)",
    )
    add("--truth-table", type=Path, metavar="FILE", help="write what was put into the stars")


def _add_conditions(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    seconds, rate = _number(float, 0, 3600), _number(float, 1e-6, 1e6)
    add("--latency", type=seconds, default=0.0, metavar="S", help="before every answer (0)")
    add("--portal-latency", type=seconds, metavar="S", help="of searches (as --latency)")
    add("--bandwidth", type=rate, metavar="MB/s", help="of each connection (not limited)")
    add("--capacity", type=_number(int, 1, 10**6), metavar="K", help="requests at a time (any)")
    add(
        "--refusal",
        default="503",
        metavar="STATUS[:SECONDS]",
        help="what one too many hears: 429 or 503, with Retry-After if so (503)",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND=PROBABILITY[@START-[END]]",
        help="what goes wrong, for what share of the requests that it can befall (1 is all),"
        " and from when to when, in seconds after the start; may be repeated; kinds:"
        f" {', '.join(FAULTS)}",
    )


def _open_holdings(arguments: argparse.Namespace) -> Holdings:
    if arguments.mirror is not None:
        if arguments.truth_table is not None:
            raise UsageError("--truth-table is of synthetic stars: it cannot go with --mirror")
        if arguments.release is not None:
            raise UsageError("--release is of synthetic stars: it cannot go with --mirror")
        return MirrorHoldings(arguments.mirror)
    # Imported here, since a mirror needs nothing of it.
    from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
    from preprocessing.simulator.synthesis.truth import write_truth_table

    holdings = SyntheticHoldings(
        arguments.stars,
        arguments.seed,
        arguments.quarters,
        arguments.release,
        k2_stars=arguments.k2_stars,
        tess_stars=arguments.tess_stars,
    )
    if arguments.truth_table is not None:
        try:
            write_truth_table(holdings.truth(), arguments.truth_table)
        except OSError as error:
            raise UsageError(f"cannot write {arguments.truth_table}: {error.strerror}") from error
    return holdings


async def _serve(arguments: argparse.Namespace, holdings: Holdings, faults: FaultPlan) -> None:
    if arguments.counts is not None:
        # Better now than after a day that they cannot be written.
        _write_counts({}, arguments.counts)
    archive = ArchiveSimulator(
        holdings,
        port=arguments.port,
        latency_s=arguments.latency,
        portal_latency_s=arguments.portal_latency,
        bandwidth_mb_s=arguments.bandwidth,
        faults=faults,
        capacity=arguments.capacity,
        refusal=parse_refusal(arguments.refusal),
        tls=_open_certificate(arguments.certificate),
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if arguments.parent_watch:
        threading.Thread(target=_watch_parent, args=(loop, stop), daemon=True).start()
    async with archive:
        source = "synthetic stars" if arguments.mirror is None else f"stars of {arguments.mirror}"
        print(f"serving {len(holdings.star_keys())} {source} at {archive.base_url}", flush=True)
        if sys.stderr.isatty():
            print(_CLIENT_HELP.format(url=archive.base_url), file=sys.stderr)
        await stop.wait()
    if arguments.counts is not None:
        _write_counts(archive.log.counts(), arguments.counts)


def _write_counts(counts: dict[str, Any], path: Path) -> None:
    try:
        path.write_text(json.dumps(counts, indent=2) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _open_certificate(path: Path | None) -> ssl.SSLContext | None:
    if path is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot use the certificate {path}: {reason}") from error
    return context


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not through sys.stdin, whose lock a thread in a read would hold at exit.
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


def _refuse(message: str) -> int:
    print(f"python -m preprocessing.simulator: {message}", file=sys.stderr)
    return 2


def _release(text: str) -> Release:
    try:
        return parse_release(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not as in 26=0.3: {error}") from error


def _number(kind: Callable[[str], Number], low: float, high: float) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        with contextlib.suppress(ValueError):
            value = kind(text)
            if low <= value <= high:
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")

    return parse


if __name__ == "__main__":
    sys.exit(main())
