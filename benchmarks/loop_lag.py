"""How long the event loop of a run is blocked: a run in this process, with a probe beside it.

``python -m benchmarks.loop_lag URL LIST OUTPUT WORKERS`` prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessing import AsyncDownloader
from preprocessing.lists.target_list import read_target_list

__all__ = ["main"]

#: Between two looks at the clock, in seconds.
_PAUSE_S = 0.002
#: Shares of the looks that were less late than what is told.
_SHARES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


def main(argv: Sequence[str]) -> None:
    """Download a list of stars, and print how late the probe woke up, in ms.

    Parameters
    ----------
    argv : sequence of str
        The archive's address, the list, the folder for the outputs, and how many workers.
    """
    base_url, listed, output, workers = argv
    downloader = AsyncDownloader(Path(output), int(workers), archive=base_url)
    names = [target.name for target in read_target_list(listed).targets.targets]
    lags_s = asyncio.run(_run(downloader, names))
    print(json.dumps(_percentiles_ms(lags_s)))


async def _run(downloader: AsyncDownloader, names: Sequence[str]) -> list[float]:
    lags_s: list[float] = []
    probe = asyncio.ensure_future(_probe(lags_s))
    try:
        await downloader.download_batch(names)
    finally:
        probe.cancel()
    return lags_s


async def _probe(lags_s: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_PAUSE_S)
        lags_s.append(time.perf_counter() - began - _PAUSE_S)


def _percentiles_ms(lags_s: Sequence[float]) -> Mapping[str, float]:
    ordered = sorted(lags_s)
    last = len(ordered) - 1
    return {name: 1e3 * ordered[round(share * last)] for name, share in _SHARES.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
