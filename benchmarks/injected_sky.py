"""Known signals in quiet simulated stars, the whole road from files to classes."""

from __future__ import annotations

import argparse
import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from benchmarks.injected_stars import CLASSES, KINDS, LONE, QUIET, Holdings, InjectedStars
from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from benchmarks.stages import run_stage
from preprocessing.simulator.server import ArchiveThread

__all__ = ["Sizes", "add_injected_sky", "injected_sky"]

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

#: In the noise of one exposure: from where on a signal counts in the matrix, and the limits
#: between the columns of the table of kinds.
_STRONG = 10.0
_LIMITS = (3.0, 10.0, 30.0, 100.0)
_TRUTH = "truth.csv"
#: From the seed of a piece to that of its baseline: no star is in both.
_OTHER_STARS = 1_000_000


@dataclass(frozen=True)
class Sizes:
    """How many stars a piece has.

    Parameters
    ----------
    baseline : int
        Other stars without a signal, in a data set of their own, from which the ranking learns what
        is usual.
    quiet : int
        Stars without a signal.
    a_class : int
        Stars with a signal of each class.
    """

    baseline: int
    quiet: int
    a_class: int


@dataclass(frozen=True)
class _Star:
    """What was put into one star, and what it was taken for."""

    kind: str
    true_class: str
    over_noise: float
    found: str
    is_flagged: bool
    agrees: bool | None


def add_injected_sky(commands: Commands) -> argparse.ArgumentParser:
    """Add the command to those of the measurements, but for where its report goes.

    Parameters
    ----------
    commands : argparse subparsers
        The others.
    """

    def run(given: argparse.Namespace) -> None:
        sizes = Sizes(given.baseline, given.quiet, given.a_class)
        seeds = range(given.seed, given.seed + given.pieces)
        injected_sky(sizes, seeds, given.data.absolute(), given.results)

    parser = commands.add_parser("injected-sky", help="which classes known signals are given")
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("--baseline", type=int, default=150, metavar="N", help="stars to learn from (150)")
    add("--quiet", type=int, default=100, metavar="N", help="stars without a signal (100)")
    add("--a-class", type=int, default=100, metavar="N", help="of each class (100)")
    add("--seed", type=int, default=0, metavar="N", help="of the first piece (0)")
    add("--pieces", type=int, default=1, metavar="N", help="how many, with a seed each (1)")
    add("--data", type=Path, required=True, metavar="FOLDER", help="for the data sets")
    return parser


def injected_sky(sizes: Sizes, seeds: Sequence[int], data: Path, folder: Path) -> None:
    """Put known signals into simulated stars, go the whole road, and report the classes.

    Each seed is a piece with a data set of its own. An interrupted run goes on where it was, since
    stages do. Pieces that are vetted are only ranked again, by the rules of this program.

    Parameters
    ----------
    sizes : Sizes
        Of each piece.
    seeds : sequence of int
        Of the stars and signals of each piece.
    data : Path
        For the data sets.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A stage failed.
    """
    stars: list[_Star] = []
    for seed in seeds:
        quiet = data / f"quiet-{sizes.baseline}-{seed}"
        dataset = data / f"injected-{sizes.quiet}-{sizes.a_class}-{seed}"
        model = quiet / "ranking_model.npz"
        if not model.exists():
            _make(InjectedStars(sizes.baseline, 0, seed + _OTHER_STARS), quiet)
            run_stage("rank", str(quiet))
        if not (dataset / "vetting.parquet").exists():
            _make(InjectedStars(sizes.quiet, sizes.a_class, seed), dataset)
        run_stage("rank", str(dataset), "--model", str(model))
        stars += _read(dataset)
    _report(stars, sizes, seeds, folder)


def _make(population: InjectedStars, dataset: Path) -> None:
    """Make the tables of a data set; its truth is written when all of it was downloaded."""
    if not (dataset / _TRUTH).exists():
        # The archive of another run has another address: half a download is of no use to it.
        shutil.rmtree(dataset, ignore_errors=True)
        dataset.mkdir(parents=True)
        with ArchiveThread(Holdings(population)) as archive:
            where = ("--archive", archive.base_url, "--targets", str(len(population)))
            run_stage("download", "--dataset", str(dataset), *where)
        _write_truth(population, dataset / _TRUTH)
    for stage in ("features", "vet"):
        run_stage(stage, str(dataset))


def _write_truth(population: InjectedStars, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("kic", "kind", "class", "amplitude_over_noise"))
        for index, kic in enumerate(population.star_keys()):
            signal = population.signal(index)
            writer.writerow((kic, signal.kind, signal.class_name, population.over_noise(index)))


def _read(dataset: Path) -> Iterator[_Star]:
    columns = ["kic", "class", "is_flagged", "agrees"]
    ranking = pq.read_table(dataset / "ranking.parquet", columns=columns)
    found = {row["kic"]: row for row in ranking.to_pylist()}
    with (dataset / _TRUTH).open(encoding="utf-8", newline="") as stream:
        for true in csv.DictReader(stream):
            row = found.get(int(true["kic"]), {})
            yield _Star(
                true["kind"],
                true["class"],
                float(true["amplitude_over_noise"]),
                row.get("class", "absent"),
                row.get("is_flagged", False),
                row.get("agrees"),
            )


def _report(stars: Sequence[_Star], sizes: Sizes, seeds: Sequence[int], folder: Path) -> None:
    strong = [one for one in stars if one.kind in KINDS and one.over_noise >= _STRONG]
    counts = Counter((one.true_class, one.found) for one in strong)
    others = sorted({name for _, name in counts} - set(CLASSES))
    recalls = {
        name: _share([one.found == name for one in strong if one.true_class == name])
        for name in CLASSES
    }
    mean = float(np.nanmean(list(recalls.values())))
    matrix = [
        [name, *(str(counts[name, other]) for other in (*CLASSES, *others)), f"{recalls[name]:.3f}"]
        for name in CLASSES
    ]
    flagged = [one for one in stars if one.is_flagged]
    unexplained = _share([one.found == "unexplained" for one in flagged])
    agrees = [[name, *_agreement(flagged, name)] for name in CLASSES]
    quiet = Counter(one.found for one in stars if one.kind == QUIET)
    parts = [
        f"{sizes.a_class * len(seeds)} signals of each class, seeds {', '.join(map(str, seeds))},"
        f" in quiet simulated quarters beside {sizes.quiet * len(seeds)} without. Rows are true"
        f" classes of signals of {_STRONG:g} times the noise of an exposure or more, columns those"
        f" found. The model is of {sizes.baseline * len(seeds)} other quiet quarters.",
        table(["class", *CLASSES, *others, "recall"], matrix),
        f"Balanced accuracy: {mean:.3f}. Of {len(flagged)} flagged stars, {unexplained:.1%} are"
        " unexplained.",
        "Right ones by kind and amplitude. Lone faults hit one star of a channel; they do not"
        " count above.",
        table(
            ["kind", *_columns()], [[kind, *_by_amplitude(stars, kind)] for kind in KINDS + LONE]
        ),
        "Stars without a signal, which have the spacecraft's faults as the survey draws them: "
        + ", ".join(f"{n} {name}" for name, n in quiet.most_common())
        + ".",
        "Flagged stars of a class whose explanation names first a feature of the class's rule.",
        table(["class found", "agree", "of"], agrees),
    ]
    record = {
        "recall": recalls,
        "balanced_accuracy": mean,
        "unexplained_share": unexplained,
        "quiet": dict(quiet),
        "agreement": agrees,
    }
    write_report(folder, "injected-sky", describe_machine(), parts, record)


def _columns() -> list[str]:
    pairs = pairwise(_LIMITS)
    return [*(f"{low:g} to {high:g}" for low, high in pairs), f"from {_LIMITS[-1]:g}"]


def _by_amplitude(stars: Sequence[_Star], kind: str) -> Iterator[str]:
    """Yield how many of the signals of a kind got their class, by amplitude."""
    own = [one for one in stars if one.kind == kind]
    bins = np.digitize([one.over_noise for one in own], _LIMITS[1:])
    for number in range(len(_LIMITS)):
        right = [
            one.found == one.true_class
            for one, place in zip(own, bins, strict=True)
            if place == number
        ]
        yield f"{sum(right)}/{len(right)}"


def _agreement(flagged: Sequence[_Star], name: str) -> tuple[str, str]:
    known = [one.agrees for one in flagged if one.found == name and one.agrees is not None]
    return f"{_share(known):.2f}", str(len(known))


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else float("nan")
