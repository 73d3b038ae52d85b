"""What the features of real stars cost: processor time of each domain, and memory."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from benchmarks.transit_peers import PEERS
from preprocessing.analysis.light import Light, prepare_light
from preprocessing.core.errors import RunError
from preprocessing.features import extract
from preprocessing.features.domains import DOMAINS
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import search_transits

__all__ = ["feature_times"]

#: lightkurve's default masks of quality flags.
_MASKS = {"SAP_QUALITY": 1_130_799, "QUALITY": 7_407}


@dataclass(frozen=True)
class _Case:
    """A star whose features are timed: which files of it, and the goals."""

    name: str
    files: str
    first: int
    count: int | None
    goal: str


_CASES = (
    _Case("Kepler, all quarters", "kepler/KIC8644288/*_llc.fits", 0, None, "1.8 s"),
    _Case("Kepler, one quarter, 3 planets", "kepler/KIC8644288/*_llc.fits", 2, 1, ""),
    _Case("Kepler, one quarter, none", "kepler/KIC9726699/*_llc.fits", 0, 1, "0.06 s"),
    _Case("TESS, four sectors", "tess/TIC162494287/*s_lc.fits", 0, 4, "1.2 s"),
    _Case("TESS, one sector", "tess/TIC162494287/*s_lc.fits", 0, 1, "0.15 s"),
)
#: Other searches look at this one.
_COMPARED = _CASES[2]


@dataclass(frozen=True)
class _Times:
    """What one star took, in seconds of processor time: medians but for the least."""

    points: int
    passes: int
    from_file: float
    from_arrays: float
    least: float
    domains: tuple[float, ...]
    peers: tuple[float, ...]
    peak_mb: float


def feature_times(real: Path, rounds: int, peers: bool, folder: Path) -> None:
    """Time the features of real stars, each in a process of its own, and report.

    Parameters
    ----------
    real : Path
        Folder with files of the missions: `kepler/KIC8644288`, `tess/TIC162494287` and others.
    rounds : int
        How often each star is timed.
    peers : bool
        Whether other searches look at a single quarter, too, in turns with this one.
    folder : Path
        For the report.
    """
    times = {case: _alone(real, case, rounds, peers and case == _COMPARED) for case in _CASES}
    rows = [
        (
            case.name,
            f"{one.points}",
            f"{one.passes}",
            f"{one.from_file:.3f}",
            f"{one.from_arrays:.3f}",
            f"{one.least:.3f}",
            case.goal,
            f"{one.peak_mb:.0f}",
            *(f"{1000 * share:.0f}" for share in one.domains),
        )
        for case, one in times.items()
    ]
    names = [domain.features[0].name.partition("_")[0] for domain in DOMAINS]
    header = (
        *("light", "points", "passes", "from files, s", "from arrays, s", "least, s", "goal"),
        *("peak MB", "search ms", *(f"{name} ms" for name in names)),
    )
    parts = [
        f"Processor time of one thread, median of {rounds} rounds, after numba has compiled: from"
        " the mission's files to the record, and from arrays; then that of the search and of each"
        " domain. Each star has a process of its own, whose peak memory is given. The search ends"
        " with the first pass that finds nothing.",
        table(header, rows),
    ]
    compared = [("xenoscan, all features", f"{times[_COMPARED].from_arrays:.3f}")]
    compared += [
        (name, f"{seconds:.3f}")
        for name, seconds in zip(PEERS, times[_COMPARED].peers, strict=peers)
    ]
    if peers:
        parts += ["Other searches on the same quarter, in turns:"]
        parts += [table(("search", "seconds"), compared)]
    write_report(folder, "features", describe_machine(), parts, {"times": rows, "peers": compared})


def _alone(real: Path, case: _Case, rounds: int, peers: bool) -> _Times:
    """Time one star in a new process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(_timed, real, case, rounds, peers).result()


def _timed(real: Path, case: _Case, rounds: int, peers: bool) -> _Times:
    """Time one star in this process."""
    extract([], [])
    from_file, from_arrays, domains = [], [], []
    others: list[list[float]] = []
    for _ in range(rounds):
        started = thread_time()
        light = _light(real, case)
        read = thread_time()
        record = extract(light.time_d, light.flux, light.flux_err, light.sequence)
        from_file.append(thread_time() - started)
        from_arrays.append(thread_time() - read)
        domains.append(list(_by_domain(light)))
        if peers:
            others.append([search(light)[1] for search in PEERS.values()])
    return _Times(
        len(light),
        len(record.candidates),
        float(np.median(from_file)),
        float(np.median(from_arrays)),
        min(from_arrays),
        tuple(np.median(domains, axis=0)),
        tuple(np.median(others, axis=0)) if others else (),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    )


def _by_domain(light: Light) -> Iterator[float]:
    """Yield the processor time of the search, then of each domain."""
    started = thread_time()
    star = star_light(light, search_transits(light))
    yield thread_time() - started
    for domain in DOMAINS:
        started = thread_time()
        domain.compute(star)
        domain.compute_companions(star)
        yield thread_time() - started


def _light(real: Path, case: _Case) -> Light:
    """Return a star's light with the points that no flag masks."""
    from astropy.io import fits

    paths = sorted(real.glob(case.files))[case.first :][: case.count]
    if not paths:
        raise RunError(f"{real} has no {case.files}")
    times, fluxes, files = [], [], []
    for number, path in enumerate(paths):
        with fits.open(path) as units:
            rows = units[1].data
            flags = next(name for name in _MASKS if name in rows.names)
            rows = rows[(rows[flags] & _MASKS[flags]) == 0]
            times.append(rows["TIME"])
            fluxes.append(rows["PDCSAP_FLUX"])
            files.append(np.full(len(rows), number))
    return prepare_light(np.concatenate(times), np.concatenate(fluxes), None, np.concatenate(files))
