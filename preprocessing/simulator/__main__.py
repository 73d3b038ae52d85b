"""Command line of the simulator: ``python -m preprocessing.simulator``."""

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from preprocessing.core.errors import UsageError
from preprocessing.simulator.faults.plan import FaultPlan, parse_fault
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.options import add_options
from preprocessing.simulator.refusal import parse_refusal
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.system.standard_streams import open_closed_streams

_CLIENT_HELP = """\
To point lightkurve or astroquery at it, in one shell:
  mkdir -p /tmp/xenoscan/astropy /tmp/xenoscan/cache
  printf '[mast]\\nserver = {url}\\n' > /tmp/xenoscan/astropy/astroquery.cfg
  XDG_CONFIG_HOME=/tmp/xenoscan XDG_CACHE_HOME=/tmp/xenoscan/cache http_proxy={url} python
Ctrl-C ends the server."""


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
    open_closed_streams()
    parser = _Parser(prog="python -m preprocessing.simulator")
    add_options(parser)
    try:
        serve(parser.parse_args(argv))
    except UsageError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


def serve(arguments: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Parameters
    ----------
    arguments : argparse.Namespace
        With the options of `preprocessing.simulator.options`.

    Raises
    ------
    UsageError
        An option is wrong, or the port or a file cannot be used.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    faults = FaultPlan(seed=arguments.seed)
    for text in arguments.fault:
        faults.add(parse_fault(text))
    try:
        asyncio.run(_serve(arguments, _open_holdings(arguments), faults))
    except OSError as error:
        raise UsageError(error.strerror or str(error)) from error
    except KeyboardInterrupt:
        # Before the server had its own handler.
        return


def _open_holdings(arguments: argparse.Namespace) -> Holdings:
    if arguments.mirror is not None:
        if arguments.truth_table is not None:
            raise UsageError("--truth-table is for synthetic stars: it cannot go with --mirror")
        if arguments.release is not None:
            raise UsageError("--release is for synthetic stars: it cannot go with --mirror")
        if arguments.survey:
            raise UsageError("--survey is of synthetic stars: it cannot go with --mirror")
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
        survey=arguments.survey,
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


if __name__ == "__main__":
    sys.exit(main())
