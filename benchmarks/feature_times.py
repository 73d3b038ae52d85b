"""What the features of real stars cost: processor time of each domain, and memory."""

from __future__ import annotations

import resource
from collections.abc import Iterator
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
    """A star whose features are timed: which files of it."""

    name: str
    files: str
    first: int
    count: int | None
    goal: str


_CASES = (
    _Case("Kepler, all quarters", "kepler/KIC8644288/*_llc.fits", 0, None, "1.8 s"),
    _Case("Kepler, one quarter", "kepler/KIC8644288/*_llc.fits", 2, 1, "0.06 s"),
    _Case("TESS, four sectors", "tess/TIC162494287/*s_lc.fits", 0, 4, "1.2 s"),
    _Case("TESS, one sector", "tess/TIC162494287/*s_lc.fits", 0, 1, "0.15 s"),
)


def feature_times(real: Path, rounds: int, peers: bool, folder: Path) -> None:
    """Time the features of real stars, one after the other in turns, and report.

    Parameters
    ----------
    real : Path
        Folder with files of the missions: `kepler/KIC8644288`, `tess/TIC162494287`.
    rounds : int
        How often each star is timed.
    peers : bool
        Whether other searches look at the single quarter, too.
    folder : Path
        For the report.
    """
    lights = {case: _light(real, case) for case in _CASES}
    extract([], [])
    seconds: dict[_Case, list[float]] = {case: [] for case in _CASES}
    domains: dict[_Case, list[list[float]]] = {case: [] for case in _CASES}
    for _ in range(rounds):
        for case, light in lights.items():
            started = thread_time()
            extract(light.time_d, light.flux, light.flux_err, light.sequence)
            seconds[case].append(thread_time() - started)
            domains[case].append(list(_by_domain(light)))
    rows = []
    for case, light in lights.items():
        shares = np.median(domains[case], axis=0)
        least, middle = min(seconds[case]), float(np.median(seconds[case]))
        cells = (f"{len(light)}", f"{middle:.3f}", f"{least:.3f}", case.goal)
        rows.append((case.name, *cells, *(f"{1000 * share:.0f}" for share in shares)))
    names = [domain.features[0].name.partition("_")[0] for domain in DOMAINS]
    header = (
        "light",
        "points",
        "seconds",
        "least",
        "goal",
        "search ms",
        *(f"{n} ms" for n in names),
    )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    parts = [
        f"Processor time of one thread from arrays to record, median of {rounds} rounds in turns,"
        " after numba has compiled; then that of the search and of each domain.",
        table(header, rows),
        f"Peak memory of the process, with all of these stars in it: {peak_mb:.0f} MB.",
    ]
    compared = list(_peers(lights[_CASES[1]])) if peers else []
    if compared:
        parts += ["Other searches on the one quarter:", table(("search", "seconds"), compared)]
    record = {"times": rows, "peak MB": peak_mb, "compared": compared}
    write_report(folder, "features", describe_machine(), parts, record)


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


def _peers(light: Light) -> Iterator[tuple[str, str]]:
    for name, search in PEERS.items():
        yield name, f"{search(light)[1]:.2f}"


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
