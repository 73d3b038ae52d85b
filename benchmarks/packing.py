"""Packed data sets beside other layouts of the same stars: bytes a row, stars a second, memory."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.archive import ROOT
from benchmarks.layouts import LAYOUTS, Layout
from benchmarks.measure import describe_machine, measure_sound, package_version
from benchmarks.report import Figure, Goal, goals_table, spell, spread, table, write_report
from preprocessing import Dataset, download, open_dataset
from preprocessing.core.curve_columns import COLUMNS
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.missions import MISSIONS
from preprocessing.simulator import synthetic_archive

__all__ = ["packing"]

_TIMEOUT_S = 3600
#: Single stars that are read, each from another row group.
_SINGLE = 12
_FLUX, _TRIPLE = ("flux",), ("time", "flux", "flux_err")
#: Whole light curves without their centroids.
_CURVES = COLUMNS[:6]
_GOALS = {
    "size": Goal("bytes a row without centroids", 6.8),
    "size compact": Goal("bytes a row without centroids, compact", 4.8),
    "size of all": Goal("bytes a row with exact centroids", 16),
    "flux": Goal("flux of all stars, stars/s of a core", 4000, at_least=True),
    "triple": Goal("time, flux and error of all stars, stars/s of a core", 1200, at_least=True),
    "flux ratio": Goal("flux, times as fast as FITS with astropy", 8, at_least=True),
    "triple ratio": Goal("time, flux and error, times as fast as FITS", 3, at_least=True),
    "first": Goal("one star by its number, all columns but centroids, ms", 35),
    "again": Goal("another of its row group, ms", 5),
    "flux first": Goal("one star's flux, ms", 12),
    "packing": Goal("packing with centroids, stars/s of a core", 50, at_least=True),
    "packing curves": Goal("packing without centroids, stars/s of a core", 90, at_least=True),
    "memory": Goal("most memory of packing, MB", 600),
}
_NOTE = (
    "Processor time of one core. Files were in the page cache. Packing is without the verification"
    " of the FITS files, which was measured by itself (`open_dataset(folder, verify=True)`) and"
    " subtracted. A row is one point of a light curve. Bytes are those of the whole files;"
    " the clock of the compact profile, 158 kB for all of Kepler's long cadence, is left out."
)


def packing(stars: int, rounds: int, real: Path | None, data: Path, folder: Path) -> None:
    """Pack stars, read them in every layout, and report.

    Parameters
    ----------
    stars : int
        Synthetic stars of Kepler.
    rounds : int
        How often everything is read and packed.
    real : Path or None
        A folder of real files of Kepler, whose stars show the sizes.
    data : Path
        For light curves and layouts; the light curves are kept.
    folder : Path
        For the report.
    """
    parts: list[str] = [_NOTE]
    record: dict[str, Any] = {}
    synthetic = data / "packing" / "synthetic"
    _download_synthetic(stars, synthetic)
    sets = {"synthetic": synthetic}
    if real is not None:
        sets["real"] = data / "packing" / "real"
        _download_real(real, sets["real"])
    figures: dict[str, list[float]] = {}
    for name, root in sets.items():
        packed = _packing_rates(root, rounds)
        dataset = open_dataset(root)
        n_rows = sum(len(star["quality"]) for star in dataset.columns("quality"))
        sizes = _sizes(root, n_rows)
        rates = _rates(root, rounds)
        parts += [
            f"{len(dataset)} {name} stars of {n_rows / len(dataset):.0f} rows.",
            _layouts_table(sizes, rates),
        ]
        record[name] = {"bytes a row": sizes, "reading": rates, "packing": packed}
        # Sizes are those of real light if there is any, rates those of many stars.
        figures["size"], figures["size of all"] = [sizes["packed"]], [sizes["packed, all"]]
        figures["size compact"] = [sizes["packed, compact"]]
        if name == "synthetic":
            figures.update(packed)
            figures.update(_single_stars(root, dataset))
            figures.update(_ratios(rates))
    parts.append(goals_table([Figure(goal, tuple(figures[name])) for name, goal in _GOALS.items()]))
    versions = {name: package_version(name) for name in ("pyarrow", "h5py", "pandas")}
    write_report(folder, "packing", {**describe_machine(), **versions}, parts, record)


def _download_synthetic(stars: int, root: Path) -> None:
    download(synthetic_archive(stars).targets, root, archive=f"embedded --stars {stars}")


def _download_real(real: Path, root: Path) -> None:
    prefix = MISSIONS["Kepler"].catalog
    names = [path.name for path in sorted(real.iterdir()) if path.name.startswith(prefix)]
    download(names, root, archive=str(real))


def _packing_rates(root: Path, rounds: int) -> dict[str, list[float]]:
    """Pack with and without centroids, the last time with them; return rates and memory."""
    found: dict[str, list[float]] = {"packing": [], "packing curves": [], "memory": []}
    work = root.parent / "work"
    work.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(rounds):
        verified = open_dataset(root / "lightcurves", verify=True)
        n_stars, verifying_s = _counted(verified)
        for name, options in (("packing curves", ["--no-centroids"]), ("packing", [])):
            _remove_packed(root)
            command = [sys.executable, "-m", "preprocessing", "pack", str(root), "--quiet"]
            took, _ = measure_sound([*command, *options], work, environment, _TIMEOUT_S)
            found[name].append(n_stars / max(took.cpu_s - verifying_s, 1e-9))
            found["memory"].append(took.peak_rss_mb)
    return found


def _remove_packed(root: Path) -> None:
    places = PackedFolder(root)
    shutil.rmtree(places.catalogs, ignore_errors=True)
    for path in (places.stars, places.card):
        path.unlink(missing_ok=True)


def _sizes(root: Path, n_rows: int) -> dict[str, float]:
    """Write the other layouts; return bytes a row of each."""
    places = PackedFolder(root)
    for layout in LAYOUTS.values():
        layout.write(root)
    sizes = {
        "packed, compact": _compact_bytes(root),
        "packed": _bytes_in(places.curves),
        "packed, all": _bytes_in(places.curves) + _bytes_in(places.centroids),
        **{name: _bytes_in(layout.folder(root)) for name, layout in LAYOUTS.items()},
    }
    return {name: size / n_rows for name, size in sizes.items()}


def _compact_bytes(root: Path) -> int:
    """Return the bytes of the light curves in the compact profile, and pack them as before."""
    pack(PackRequest(root, is_compact=True))
    size = _bytes_in(PackedFolder(root).curves)
    pack(PackRequest(root, is_compact=False))
    return size


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _rates(root: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return stars a second of each layout: flux alone, and with time and error."""
    readers: dict[str, Callable[[tuple[str, ...]], Iterable[object]]] = {
        # Opened anew each time: what was decoded before must not help.
        "packed": lambda columns: open_dataset(root).columns(columns),
        **{name: _reader(layout, root) for name, layout in LAYOUTS.items()},
    }
    rates: dict[str, dict[str, list[float]]] = {name: {} for name in readers}
    for number in range(-1, rounds):
        for what, columns in (("flux", _FLUX), ("triple", _TRIPLE)):
            for name, read in readers.items():
                n_read, seconds = _counted(read(columns))
                # The round before the first is for imports and caches.
                if number >= 0:
                    rates[name].setdefault(what, []).append(n_read / seconds)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return rates


def _reader(layout: Layout, root: Path) -> Callable[[tuple[str, ...]], Iterable[object]]:
    return lambda columns: layout.read(root, columns)


def _counted(stars: Iterable[object]) -> tuple[int, float]:
    begin = time.process_time()
    n_read = sum(1 for _ in stars)
    return n_read, max(time.process_time() - begin, 1e-9)


def _single_stars(root: Path, dataset: Dataset) -> dict[str, list[float]]:
    """Return the milliseconds that single stars take, each from a row group of its own."""
    step = max(1, len(dataset) // _SINGLE)
    names = dataset.ids[::step]
    neighbors = dataset.ids[1:8]
    # Each has a cache of its own; that of `warm` holds the neighbors' row group.
    cold, other, warm = (open_dataset(root) for _ in range(3))
    _milliseconds(warm, _CURVES, dataset.ids[0])
    found = {
        "first": [_milliseconds(cold, _CURVES, name) for name in names],
        "flux first": [_milliseconds(other, _FLUX, name) for name in names],
        "again": [_milliseconds(warm, _CURVES, name) for name in neighbors],
    }
    return {what: [statistics.median(times)] for what, times in found.items()}


def _milliseconds(dataset: Dataset, columns: tuple[str, ...], name: str) -> float:
    return _counted(dataset.columns(columns, name))[1] * 1e3


def _ratios(rates: Mapping[str, Mapping[str, list[float]]]) -> dict[str, list[float]]:
    """Return the rates of the packed form, and how many times those of FITS they are."""
    packed, fits = rates["packed"], rates["FITS, astropy"]
    found: dict[str, list[float]] = {what: list(packed[what]) for what in ("flux", "triple")}
    for what in ("flux", "triple"):
        pairs = zip(packed[what], fits[what], strict=True)
        found[f"{what} ratio"] = [one / other for one, other in pairs]
    return found


def _layouts_table(sizes: Mapping[str, float], rates: Mapping[str, Mapping[str, Any]]) -> str:
    headers = ["layout", "bytes a row", "flux, stars/s", "time, flux, error, stars/s"]
    rows = []
    for name, size in sizes.items():
        read = rates.get(name, {})
        cells = [spread(read[what]) if read else "" for what in ("flux", "triple")]
        rows.append([name, spell(size), *cells])
    return table(headers, rows)
