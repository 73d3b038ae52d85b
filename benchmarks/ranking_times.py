"""What a ranking of many synthetic stars takes: fit, score, explain, and the whole command."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from preprocessing.anomalies.explanation import Explainer
from preprocessing.anomalies.model import Model, Scores
from preprocessing.anomalies.ranking import fit
from preprocessing.anomalies.star_table import StarTable
from preprocessing.core.errors import RunError
from preprocessing.features.schema import FEATURE_NAMES, FEATURES
from preprocessing.system.atomic import file_sha256
from preprocessing.vetting.schema import FEATURES_SHA256, VETTING
from tests.support.ranked_stars import DIPPER, quiet_table, write_tables

__all__ = ["ranking_times", "say_made_from", "write_many"]

#: Share of the stars that are explained, and threads.
_EXPLAINED, _JOBS = 0.01, 2
#: Stars that are made one by one; of these, the others are copies with other features.
_MADE = 1_000
#: Rows of a group, as the program writes them.
_ROW_GROUP = 10_000
#: Stars that KernelExplainer explains, and stars and guesses that it is given: the least that its
#: documentation names.
_KERNEL_STARS, _KERNEL_BACKGROUND, _KERNEL_GUESSES = 2, 100, 2_048


@dataclass(frozen=True)
class _Taken:
    """Seconds of one thing: by the clock, and of the processors."""

    wall_s: float
    cpu_s: float


def ranking_times(n_stars: int, rounds: int, folder: Path) -> None:
    """Measure the ranking of synthetic stars, peers beside it.

    Parameters
    ----------
    n_stars : int
        Synthetic stars, with random features.
    rounds : int
        Repetitions; medians are reported.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        The command failed.
    """
    stars = quiet_table(n_stars)
    # Compiled code is loaded before anything is timed.
    few = quiet_table(300)
    fitted = fit(few, None, 0, {}).model
    _explain(fitted, fitted.score(few, _JOBS))
    taken: dict[str, list[_Taken]] = {}
    for _ in range(rounds):
        for what, one in _once(stars).items():
            taken.setdefault(what, []).append(one)
    rows = [
        [what, f"{median(r.wall_s for r in own):.2f}", f"{median(r.cpu_s for r in own):.2f}", ""]
        for what, own in taken.items()
    ]
    whole, memory_mb = _whole_command(n_stars)
    rows.append(
        [
            f"`xenoscan rank --jobs {_JOBS}`, from tables to tables (once)",
            f"{whole.wall_s:.1f}",
            f"{whole.cpu_s:.1f}",
            f"{memory_mb:.0f} MB",
        ]
    )
    parts = [
        f"{n_stars:,} synthetic stars, {stars.features.shape[1]} features each; medians of {rounds}"
        f" rounds. {_JOBS} threads, on {os.cpu_count()} processors with a load of"
        f" {os.getloadavg()[0]:.1f}: where that is above 1, the seconds of the processors count.",
        table(["what", "seconds", "of processors", "memory"], rows),
    ]
    record = {"rows": rows, "memory_mb": memory_mb, "load": os.getloadavg()[0]}
    write_report(folder, "ranking-times", describe_machine(), parts, record)


def _once(stars: StarTable) -> dict[str, _Taken]:
    """Time each thing once."""
    taken: dict[str, _Taken] = {}
    models: list[Model] = []
    scores: list[Scores] = []
    taken["fit"] = _timed(lambda: models.append(fit(stars, None, 0, {}).model))
    (model,) = models
    taken["score"] = _timed(lambda: scores.append(model.score(stars, _JOBS)))
    (score,) = scores
    taken["explain the top percent"] = _timed(lambda: _explain(model, score))
    taken["IsolationForest of scikit-learn: fit and score"] = _timed(lambda: _theirs(score))
    few = _timed(lambda: _kernel(model, score))
    share = len(stars) * _EXPLAINED / _KERNEL_STARS
    taken["KernelExplainer of shap: explain the top percent (extrapolated)"] = _Taken(
        few.wall_s * share, few.cpu_s * share
    )
    return taken


def _timed(run: Callable[[], object]) -> _Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return _Taken(time.perf_counter() - wall, time.process_time() - cpu)


def _explain(model: Model, scores: Scores) -> None:
    count = max(1, int(len(scores.score) * _EXPLAINED))
    top = np.argsort(-scores.score, kind="stable")[:count]
    parts = {name: rarity[top] for name, rarity in scores.parts.items()}
    Explainer(model).explain(scores.scaled[top], parts)


def _theirs(scores: Scores) -> None:
    from sklearn.ensemble import IsolationForest

    IsolationForest(random_state=0).fit(scores.scaled).score_samples(scores.scaled)


def _kernel(model: Model, scores: Scores) -> None:
    from shap import KernelExplainer

    (forest,) = next(part.detectors for part in model.parts if part.name == "forest")
    explainer = KernelExplainer(forest.score, scores.scaled[:_KERNEL_BACKGROUND])
    explainer.shap_values(
        scores.scaled[-_KERNEL_STARS:], nsamples=_KERNEL_GUESSES, silent=True, l1_reg=False
    )


def _whole_command(n_stars: int) -> tuple[_Taken, float]:
    """Time the command in a process of its own; return its largest memory in MB, too."""
    with tempfile.TemporaryDirectory() as folder:
        write_many(Path(folder), n_stars)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = time.perf_counter()
        command = [sys.executable, "-m", "preprocessing", "rank", folder, "--jobs", str(_JOBS)]
        done = subprocess.run([*command, "--quiet"], check=False)
        wall_s = time.perf_counter() - wall
        if done.returncode:
            raise RunError(f"{' '.join(command)} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Taken(wall_s, cpu_s), after.ru_maxrss / 1024


def write_many(folder: Path, n_stars: int) -> None:
    """Write the tables of a data set of many stars.

    Parameters
    ----------
    folder : Path
        The folder of the data set.
    n_stars : int
        How many there are.
    """
    write_tables(folder, _MADE)
    rng = np.random.default_rng(0)
    copies = -(-n_stars // _MADE)
    for path in folder.glob("*.parquet"):
        table_of_few = pq.read_table(path)
        many = pa.concat_tables([table_of_few] * copies)
        stars = np.arange(len(many)) if len(table_of_few) == _MADE else np.arange(copies) * _MADE
        for name, column in _columns(stars[: len(many)], many, rng).items():
            field = many.field(name)
            index = many.schema.get_field_index(name)
            many = many.set_column(index, field, column.cast(field.type))
        pq.write_table(many.slice(0, min(n_stars, len(many))), path, row_group_size=_ROW_GROUP)
    say_made_from(folder)


def say_made_from(folder: Path) -> None:
    """Let the table of vetting name the features beside it as what it was made from.

    Parameters
    ----------
    folder : Path
        The folder of a data set, where either table has other rows than it was written with.
    """
    path = folder / f"{VETTING}.parquet"
    vetting = pq.read_table(path)
    digest = file_sha256(folder / f"{FEATURES}.parquet")
    about = {**vetting.schema.metadata, FEATURES_SHA256.encode(): digest.encode()}
    pq.write_table(vetting.replace_schema_metadata(about), path, row_group_size=_ROW_GROUP)


def _columns(
    stars: NDArray[np.int64], table_of_many: pa.Table, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Return new names of stars, and new features."""
    found = {
        "kic": pa.array(stars + DIPPER, table_of_many.field("kic").type),
        "name": pa.array([f"KIC {DIPPER + star}" for star in stars]),
        "fits_file": pa.array([f"KIC_{DIPPER + star}.fits" for star in stars]),
    }
    for name in set(FEATURE_NAMES).intersection(table_of_many.column_names):
        values = table_of_many[name].to_numpy()
        found[name] = pa.array(values + rng.normal(0, 0.5, len(values)), from_pandas=True)
    return found
