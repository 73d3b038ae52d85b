"""Reading outputs: this package, lightkurve and astropy on the same files, side by side."""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from preprocessing import Dataset, download, open_dataset, read_light_curve
from preprocessing.missions import MISSIONS
from preprocessing.simulator import synthetic_archive

__all__ = ["reading"]

#: What is read, with the options of its download.
_KINDS: Mapping[str, Mapping[str, str]] = {
    "Kepler, long cadence": {"mission": "Kepler"},
    "TESS, 120 s": {"mission": "TESS", "author": "SPOC", "cadence": "short"},
}
_OURS, _LIGHTKURVE = "read_light_curve", "lightkurve.read"
_JOBS = (1, 2, 4)


def reading(stars: int, rounds: int, data: Path, folder: Path) -> None:
    """Read every output with each reader in turn, round after round, and report.

    Parameters
    ----------
    stars : int
        Stars of each kind.
    rounds : int
        How often each file is read by each reader.
    data : Path
        For the light curves, which are kept.
    folder : Path
        For the report.
    """
    parts: list[str] = [_NOTE]
    record: dict[str, Any] = {}
    for kind, options in _KINDS.items():
        dataset = _outputs(stars, options, data / "reading" / options["mission"])
        times = _times(dataset, rounds)
        rates = _rates(dataset, rounds)
        parts += [
            f"{kind}: {len(dataset)} light curves.",
            _readers_table(times),
            _jobs_table(rates),
        ]
        record[kind] = {"seconds": times, "light curves a second": rates}
    write_report(folder, "reading", describe_machine(), parts, record)


_NOTE = (
    "Time to have every column of one file as numpy arrays; medians over files and rounds. The"
    " ratio is the median, over files and rounds, of each reader's processor time to"
    f" {_OURS}'s on the same file in the same round."
)


def _outputs(stars: int, options: Mapping[str, Any], folder: Path) -> Dataset:
    catalog = MISSIONS[options["mission"]].catalog
    targets = synthetic_archive(stars, tess_stars=stars).targets
    archive = f"embedded --stars {stars} --tess-stars {stars}"
    wanted = [name for name in targets if name.startswith(catalog)]
    download(wanted, folder, archive=archive, **options)
    return open_dataset(folder)


def _readers() -> dict[str, Callable[[Path], object]]:
    """Return what reads a file, by name; each ends with arrays in memory."""
    import lightkurve
    from astropy.io import fits
    from astropy.table import Table

    def arrays(path: Path) -> list[np.ndarray[Any, Any]]:
        with fits.open(path) as hdus:
            rows = hdus["LIGHTCURVE"].data
            return [np.array(rows[name]) for name in rows.names]

    return {
        _OURS: read_light_curve,
        f"{_OURS}, checksums": partial(read_light_curve, verify=True),
        _LIGHTKURVE: lightkurve.read,
        "astropy Table.read": partial(Table.read, hdu="LIGHTCURVE"),
        "astropy fits.open": arrays,
    }


def _times(dataset: Dataset, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return elapsed and processor time of each reader, for each file and round."""
    readers = list(_readers().items())
    times: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(-1, rounds):
            for place, name in enumerate(dataset.ids):
                path = dataset.path(name)
                assert isinstance(path, Path)
                # Whoever comes first finds a file that is not in the processor's cache.
                shift = (number + place) % len(readers)
                for reader, read in readers[shift:] + readers[:shift]:
                    wall, processor = time.perf_counter(), time.process_time()
                    read(path)
                    spent = time.perf_counter() - wall, time.process_time() - processor
                    # The round before the first is for imports and caches.
                    if number >= 0:
                        times[reader].append(spent)
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return dict(times)


def _rates(dataset: Dataset, rounds: int) -> dict[int, list[float]]:
    """Return light curves a second, by number of threads."""
    rates: defaultdict[int, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for jobs in _JOBS:
            begin = time.perf_counter()
            n_read = sum(1 for _ in dataset.read(jobs=jobs))
            rates[jobs].append(n_read / (time.perf_counter() - begin))
    return dict(rates)


def _readers_table(times: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    ours = times[_OURS]
    rows = []
    for reader, spent in times.items():
        ratios = [one[1] / other[1] for one, other in zip(spent, ours, strict=True)]
        wall, processor = (statistics.median(column) for column in zip(*spent, strict=True))
        rows.append(
            [
                reader,
                f"{wall * 1e3:.2f}",
                f"{processor * 1e3:.2f}",
                f"{statistics.median(ratios):.1f}",
            ]
        )
    return table(["reader", "ms a file", "CPU, ms a file", "times ours"], rows)


def _jobs_table(rates: Mapping[int, Sequence[float]]) -> str:
    return table(
        ["threads", "light curves/s (median)", "best"],
        [[str(n), f"{statistics.median(r):.0f}", f"{max(r):.0f}"] for n, r in rates.items()],
    )
