"""What the features of real stars cost: processor time of each domain, and memory."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time
from unittest.mock import patch

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from benchmarks.transit_peers import PEERS
from preprocessing.analysis.light import Light, prepare_light
from preprocessing.analysis.period_search import best_boxes
from preprocessing.core.errors import RunError
from preprocessing.dataset.opening import open_dataset
from preprocessing.dataset.units import Unit
from preprocessing.features import extract, transit_search
from preprocessing.features.domains import DOMAINS
from preprocessing.features.star_light import star_light
from preprocessing.features.table.unit import compute
from preprocessing.fits.mirror import MirrorIndex
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions.recipe import make_recipe

__all__ = ["feature_times"]


@dataclass(frozen=True)
class _Case:
    """A star whose features are timed: which files of it, and the goals in seconds."""

    name: str
    star: str
    first: int
    count: int | None
    goals: str


_CASES = (
    _Case("Kepler, all quarters", "kepler/KIC8644288", 0, None, "1.8; 0.7; 0.35"),
    _Case("Kepler, one quarter, 3 planets", "kepler/KIC8644288", 2, 1, ""),
    _Case("Kepler, one quarter, none", "kepler/KIC9726699", 0, 1, "0.06"),
    _Case("TESS, four sectors", "tess/TIC162494287", 0, 4, "1.2"),
    _Case("TESS, one sector", "tess/TIC162494287", 0, 1, "0.15"),
)
#: Other searches look at this one.
_COMPARED = _CASES[2]


@dataclass(frozen=True)
class _Times:
    """What one star took, in seconds of processor time: medians but for the least.

    Those of one pass, and of each further one, are of the same rounds.
    """

    points: int
    passes: int
    whole: float
    one_pass: float
    further: float
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
            f"{one.whole:.3f}",
            f"{one.one_pass:.3f}",
            f"{one.further:.3f}" if one.passes > 1 else "",
            f"{one.least:.3f}",
            case.goals,
            f"{one.peak_mb:.0f}",
            *(f"{1000 * share:.0f}" for share in one.domains),
        )
        for case, one in times.items()
    ]
    names = [domain.features[0].name.partition("_")[0] for domain in DOMAINS]
    header = (
        *("light", "points", "passes", "file to row, s", "with one pass, s", "each further, s"),
        *("least, s", "goals, s", "peak MB", "search ms", *(f"{name} ms" for name in names)),
    )
    parts = [
        f"Processor time of one thread, median of {rounds} rounds, after numba has compiled: from"
        " the star's stitched FITS file to its rows, with all passes of the search; with one pass"
        " alone, and how much each further one takes, in turns; the least of all rounds; then the"
        " search and each domain. Each star has a process of its own, whose peak memory is given."
        " The search ends with the first pass that finds nothing.",
        table(header, rows),
    ]
    compared = [("xenoscan, all features", f"{times[_COMPARED].whole:.3f}")]
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
    with TemporaryDirectory() as folder:
        root = Path(folder)
        file = _stitched(real, case, root)
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            return process.submit(_timed, root, file, rounds, peers).result()


def _stitched(real: Path, case: _Case, root: Path) -> str:
    """Write a star's output as a download does; return its name."""
    if not (real / case.star).is_dir():
        raise RunError(f"{real} has no {case.star}")
    index = MirrorIndex(real / case.star)
    (key,) = index.star_keys()
    recipe = make_recipe(index.products(key)[0].mission)
    products = [one for one in index.products(key) if one.cadence == recipe.cadence]
    products = products[case.first :][: case.count]
    name = recipe.output_name(f"{recipe.mission.catalog}_{products[0].number}")
    (root / "lightcurves").mkdir()
    writer = StitchedWriter(root / "lightcurves" / name, recipe, products[0].exposure_s)
    records = []
    for product in products:
        quarter = stitch_file(index.body(product), product, recipe)
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        records.append(quarter.record)
    writer.finish(records, None)
    return name


def _timed(root: Path, file: str, rounds: int, peers: bool) -> _Times:
    """Time one star in this process."""
    extract([], [])
    (curve,) = open_dataset(root)
    light = prepare_light(curve.time, curve.flux, curve.flux_err, curve.sequence_number)
    name = curve.name
    whole, one_pass, domains = [], [], []
    others: list[list[float]] = []
    with patch.object(transit_search, "best_boxes", wraps=best_boxes) as searched:
        transit_search.search_transits(light)
        passes = searched.call_count
    _seconds(Unit(root, "first", {name: file}))
    # Before other searches, which take more.
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    for number in range(rounds):
        whole.append(_seconds(Unit(root, f"all {number}", {name: file})))
        with patch.object(transit_search, "MOST_CANDIDATES", 1):
            one_pass.append(_seconds(Unit(root, f"one {number}", {name: file})))
        domains.append(list(_by_domain(light)))
        if peers:
            others.append([search(light)[1] for search in PEERS.values()])
    return _Times(
        len(light),
        passes,
        float(np.median(whole)),
        float(np.median(one_pass)),
        float(np.median(np.subtract(whole, one_pass))) / max(1, passes - 1),
        min(whole),
        tuple(np.median(domains, axis=0)),
        tuple(np.median(others, axis=0)) if others else (),
        peak_mb,
    )


def _seconds(unit: Unit) -> float:
    """Return the processor time from a file to its rows."""
    started = thread_time()
    done = compute(unit)
    if done.failures:
        raise RunError(f"no features of {done.failures}")
    return thread_time() - started


def _by_domain(light: Light) -> Iterator[float]:
    """Yield the processor time of the search, then of each domain."""
    started = thread_time()
    star = star_light(light, transit_search.search_transits(light))
    yield thread_time() - started
    for domain in DOMAINS:
        started = thread_time()
        domain.compute(star)
        domain.compute_companions(star)
        yield thread_time() - started
