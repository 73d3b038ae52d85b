"""What the ranking makes of strange stars in surveys, and of real stars among quiet ones."""

from __future__ import annotations

import argparse
import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
from astropy.io import fits

from benchmarks.labeled_stars import real_kinds
from benchmarks.measure import describe_machine
from benchmarks.noise import noise_by_frequency
from benchmarks.real_light import BITMASK
from benchmarks.report import table, write_report
from benchmarks.stages import run_stage
from preprocessing.analysis.light import prepare_light
from preprocessing.missions.kepler import KEPLER
from preprocessing.simulator.synthesis.spacecraft_faults import remainder

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add_ranking", "noise_file", "ranking"]

#: The first of this share of a list is read, and stars this many times the noise must be in it.
_READ, _STRONG = 0.03, 10.0
#: Share of the quiet simulated quarters above the threshold.
_FALSE_ALARMS = 0.01
_QUIET, _SIMULATED = "quiet", "simulated"
#: Kinds of real stars, and how many of them must be above the threshold.
_GROUPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "binaries": (("binary",), ">= 0.85"),
    "pulsators": (("RR Lyrae", "delta Scuti"), ">= 0.80"),
    "quiet": ((_QUIET,), "0"),
}
_Row = dict[str, Any]


def add_ranking(commands: Commands) -> argparse.ArgumentParser:
    """Add the command that measures the ranking, and return it.

    Parameters
    ----------
    commands
        Of the measurements.
    """
    parser = commands.add_parser("ranking", help="where strange stars stand in ranked lists")
    parser.set_defaults(run=_ranking)
    add = parser.add_argument
    add("--stars", type=int, default=1000, metavar="N", help="of a survey (1000)")
    add("--seeds", type=int, nargs="*", default=[], metavar="N", help="one survey each (none)")
    add("--labeled", type=Path, metavar="FOLDER", help="real quarters, with truth.csv")
    add("--quiet", type=int, default=1000, metavar="N", help="simulated quarters (1000)")
    add("--data", type=Path, required=True, metavar="FOLDER", help="for the data sets")
    return parser


def _ranking(given: argparse.Namespace) -> None:
    labeled = given.labeled and given.labeled.absolute()
    ranking(given.stars, given.seeds, labeled, given.quiet, given.data.absolute(), given.results)


def ranking(
    stars: int, seeds: Sequence[int], labeled: Path | None, quiet: int, data: Path, folder: Path
) -> None:
    """Rank surveys with strange stars, and real stars among quiet simulated ones; report both.

    An interrupted run goes on where it was, since every stage does.

    Parameters
    ----------
    stars : int
        Stars of a survey.
    seeds : sequence of int
        Of the surveys.
    labeled : Path or None
        Real quarters with known answers; without it there are no real stars.
    quiet : int
        Simulated quarters with noise fitted to real quiet ones.
    data : Path
        For the data sets.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A stage failed.
    """
    surveys = [_survey(stars, seed, data) for seed in seeds]
    parts, record = [], []
    for seed, rows in zip(seeds, surveys, strict=True):
        parts += [f"**A survey of {stars} stars**, seed {seed}:", *_of_survey(rows)]
        record += [{"seed": seed, **row} for row in rows if row["is_strange"]]
    if labeled is not None:
        rows = _labeled(labeled, quiet, data / f"labeled-{quiet}")
        parts += [f"**Real stars among {quiet} quiet simulated quarters**:", *_of_labeled(rows)]
        record += [row for row in rows if row["kind"] != _SIMULATED]
    write_report(folder, "ranking", describe_machine(), parts, record)


def _survey(stars: int, seed: int, data: Path) -> list[_Row]:
    """Return the ranked stars of a survey, with what is true of them."""
    dataset = data / f"survey-{stars}-{seed}"
    truth = dataset.with_suffix(".csv")
    known = dataset.with_suffix(".catalog")
    source = f"embedded --survey --stars {stars} --seed {seed}"
    tables = f"{source} --truth-table {truth}"
    if not (dataset / "vetting.parquet").exists():
        known.mkdir(parents=True, exist_ok=True)
        run_stage("catalog", "--archive", source, "--output", known / "Kepler.parquet")
        run_stage("download", "--dataset", dataset, "--targets", stars, "--archive", tables)
        run_stage("features", dataset)
        run_stage("vet", dataset, "--known", known / "Kepler.known.parquet")
    run_stage("rank", dataset)
    with truth.open(encoding="utf-8") as stream:
        told = {int(row["number"]): row for row in csv.DictReader(stream)}
    return [
        {
            **{name: row[name] for name in (*_SHOWN, "rank", "rank_unexplained")},
            "kind": told[row["kic"]]["kind"],
            "is_strange": told[row["kic"]]["is_strange"] == "True",
            "over_noise": float(told[row["kic"]]["amplitude_over_noise"] or 0),
        }
        for row in pq.read_table(dataset / "ranking.parquet").to_pylist()
    ]


_SHOWN = ("kic", "class", "labels", "why_unexplained")


def _of_survey(rows: Sequence[_Row]) -> Iterator[str]:
    read = _READ * len(rows)
    strange = [row for row in rows if row["is_strange"]]
    strong = [row for row in strange if row["over_noise"] > _STRONG]
    counts = [
        (f"`{name}`", *(f"{_first(own, name, read)} of {len(own)}" for own in (strange, strong)))
        for name in ("rank_unexplained", "rank")
    ]
    yield table((f"first {_READ:.0%} of", "strange", f"above {_STRONG:g} times the noise"), counts)
    yield table(
        ("strange star", "kind", "over the noise", "rank", "unexplained", "labels", "why"),
        [
            (
                str(row["kic"]),
                row["kind"],
                f"{row['over_noise']:.0f}",
                str(row["rank"]),
                str(row["rank_unexplained"]),
                row["labels"],
                row["why_unexplained"] or "",
            )
            for row in sorted(strange, key=lambda row: row["rank_unexplained"])
        ],
    )
    before = [row for row in rows if not row["is_strange"] and row["rank_unexplained"] <= read]
    yield "Ordinary stars among those:"
    yield table(
        ("star", "kind", "unexplained", "labels", "why"),
        [
            (
                str(row["kic"]),
                row["kind"],
                str(row["rank_unexplained"]),
                row["labels"],
                row["why_unexplained"] or "",
            )
            for row in sorted(before, key=lambda row: row["rank_unexplained"])
        ],
    )


def _first(rows: Sequence[_Row], name: str, most: float) -> int:
    return sum(row[name] <= most for row in rows)


def _labeled(labeled: Path, quiet: int, dataset: Path) -> list[_Row]:
    """Return the ranked real stars and the simulated ones, with what they are."""
    kinds = real_kinds(labeled)
    files = dataset.with_suffix(".files")
    _write_files(labeled, [name for name, kind in kinds.items() if kind == _QUIET], quiet, files)
    if not (dataset / "vetting.parquet").exists():
        run_stage("download", "--dataset", dataset, "--archive", files)
        run_stage("features", dataset)
        run_stage("vet", dataset, "--known", "none")
    run_stage("rank", dataset)
    return [
        {
            **{name: row[name] for name in ("kic", "class", "labels", "score", "rank", "why")},
            "kind": kinds.get(f"KIC{row['kic']}", "unknown")
            if row["kic"] < KEPLER.synthetic_numbers.start
            else _SIMULATED,
        }
        for row in pq.read_table(dataset / "ranking.parquet").to_pylist()
    ]


def _write_files(labeled: Path, quiet: Sequence[str], count: int, files: Path) -> None:
    """Write the real files, and files of noise fitted to the quiet ones, into one folder."""
    files.mkdir(parents=True, exist_ok=True)
    for path in labeled.glob("kepler/*/*_llc.fits"):
        if not (files / path.name).exists():
            shutil.copy(path, files)
    bases = sorted(
        path for path in labeled.glob("kepler/*/*_llc.fits") if path.parent.name in quiet
    )
    for number in range(count):
        base = bases[number % len(bases)]
        kic = KEPLER.synthetic_numbers.start + number
        path = files / f"kplr{kic:09d}-{base.name.split('-')[1]}"
        if not path.exists():
            noise_file(base, kic, number).writeto(path, checksum=True)


def noise_file(base: Path, kic: int, seed: int) -> fits.HDUList:
    """Return the file of a real star with noise in place of its light.

    The noise is as strong at each frequency as the light varies. Slow drifts and single outliers
    that the mission's correction leaves are added, as the simulator's surveys have them.

    Parameters
    ----------
    base : Path
        A file of Kepler at long cadence.
    kic : int
        Number of the star that the new file is of.
    seed : int
        Of the noise.
    """
    with fits.open(base, memmap=False) as units:
        hdus = fits.HDUList([one.copy() for one in units])
    header, rows = hdus[0].header, hdus[1].data
    is_used = (
        np.isfinite(rows["TIME"])
        & np.isfinite(rows["PDCSAP_FLUX"])
        & ((rows["SAP_QUALITY"] & BITMASK) == 0)
    )
    light = prepare_light(
        rows["TIME"][is_used],
        rows["PDCSAP_FLUX"][is_used],
        None,
        np.zeros(int(is_used.sum()), np.int64),
    )
    noise = noise_by_frequency(np.random.default_rng(seed), light)
    spread_ppm = 1e6 * float(np.median(np.abs(np.diff(noise.flux)))) / 0.6745 / np.sqrt(2)
    left = remainder(
        Random(f"{seed} remainder"), int(header["QUARTER"]), float(header["KEPMAG"]), spread_ppm
    )
    flux = noise.flux + left(light.time_d, light.cadence_d)
    level = float(np.median(rows["PDCSAP_FLUX"][is_used]))
    rows["PDCSAP_FLUX"] = np.nan
    rows["PDCSAP_FLUX"][is_used] = level * flux
    header["KEPLERID"], header["OBJECT"] = kic, f"KIC {kic}"
    hdus[1].header["KEPLERID"], hdus[1].header["OBJECT"] = kic, f"KIC {kic}"
    return hdus


def _of_labeled(rows: Sequence[_Row]) -> Iterator[str]:
    simulated = [row["score"] for row in rows if row["kind"] == _SIMULATED]
    threshold = float(np.quantile(simulated, 1 - _FALSE_ALARMS))
    yield f"{_FALSE_ALARMS:.0%} of the simulated ones have a score above {threshold:.2f}."
    groups = [
        (name, must, _share([row for row in rows if row["kind"] in own], _is_above(threshold)))
        for name, (own, must) in _GROUPS.items()
    ]
    yield table(("real stars", "must", "above it"), groups)
    wrong = [
        row
        for row in rows
        if row["kind"] != _SIMULATED and (row["score"] >= threshold) == (row["kind"] == _QUIET)
    ]
    yield "Quiet ones above it, and others below it:"
    yield table(
        ("star", "kind", "score", "class", "labels", "why"),
        [
            (
                str(row["kic"]),
                row["kind"],
                f"{row['score']:.2f}",
                row["class"],
                row["labels"],
                row["why"] or "",
            )
            for row in wrong
        ],
    )


def _is_above(threshold: float) -> Callable[[_Row], bool]:
    return lambda row: bool(row["score"] >= threshold)


def _share(rows: Sequence[_Row], is_right: Callable[[_Row], bool]) -> str:
    return f"{sum(map(is_right, rows))} of {len(rows)}"
