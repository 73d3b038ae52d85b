"""What trials are measured against: the model, the ranks and the coincidences of a data set."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, cell_of
from preprocessing.anomalies.baseline import Quiet, choose_quiet
from preprocessing.anomalies.model import Model
from preprocessing.anomalies.model_file import model_digest, read_model
from preprocessing.anomalies.schema import (
    BASELINE,
    MODEL_FILE,
    RANKING,
    RANKING_KEY,
    RANKING_VERSION,
)
from preprocessing.anomalies.table.reading import DatasetRows, read_dataset
from preprocessing.core.errors import CorruptProduct, RunError, UsageError
from preprocessing.features.schema import FEATURE_SET, FEATURE_SET_VERSION, FEATURES
from preprocessing.tables.curve_rows import FILE, INPUT
from preprocessing.tables.value_tables import read_table, table_about
from preprocessing.validation.schema import VALIDATION_KEY, VALIDATION_VERSION
from preprocessing.validation.trials import QuietStar
from preprocessing.vetting.schema import POPULATION, RULES_KEY, RULES_VERSION

__all__ = ["Context", "Validated", "context_of", "read_validated"]

#: Trials in fewer stars tell of these stars alone.
_FEWEST_QUIET = 10


@dataclass(frozen=True, eq=False)
class Validated:
    """A ranked data set that is to be validated.

    Parameters
    ----------
    rows : DatasetRows
        Its stars.
    quiet : tuple of QuietStar
        Those of the ranking's baseline, in the order of the table.
    model_path : Path
        The model that it was ranked with.
    about : mapping of str to str
        What its tables were made with; ``made_from`` is the digest of all that trials depend on.
    """

    rows: DatasetRows
    quiet: tuple[QuietStar, ...] = field(repr=False)
    model_path: Path
    about: dict[str, str]


@dataclass(frozen=True, eq=False)
class Context:
    """What a worker compares trials with.

    Parameters
    ----------
    model : Model
        The saved model.
    scores, left_scores : ndarray of float64
        Scores of all stars of the data set, ascending: as observed, and of what labels leave.
    coincidences : frozenset of (str, int, int)
        Place, sequence and cell of half an hour of each coincidence.
    """

    model: Model = field(repr=False)
    scores: NDArray[np.float64] = field(repr=False)
    left_scores: NDArray[np.float64] = field(repr=False)
    coincidences: frozenset[tuple[str, int, int]] = field(repr=False)

    def is_coincident(self, place: str, sequence: int, peak_d: float) -> bool:
        """Tell whether many stars of a place have an event at a time.

        Parameters
        ----------
        place : str
            Where, as `Mission.place` writes it.
        sequence : int
            Quarter, campaign or sector.
        peak_d : float
            When.
        """
        cell = int(cell_of(np.array([peak_d]), GRID_D)[0])
        return (place, sequence, cell) in self.coincidences


def read_validated(root: Path, seed: int, model_path: Path | None) -> Validated:
    """Read what a data set is validated with.

    Parameters
    ----------
    root : Path
        Its folder.
    seed : int
        Of all that is random in trials.
    model_path : Path, optional
        The saved model that it was ranked with; without it, the one that was fitted to its stars.

    Raises
    ------
    UsageError
        A table or the model is missing, of another version or of other stars, or there are too few
        quiet stars; the message says what to run.
    """
    rows = read_dataset(root)
    again = f"run xenoscan rank {root}"
    ranking = _read(root, RANKING, again)
    path = root / MODEL_FILE if model_path is None else model_path
    if model_path is None and not path.exists():
        raise UsageError(f"validation needs {path}, which is not there: {again}, or name --model")
    model = read_model(path)
    digest, cadence_class = model_digest(model), model.about.get("cadence_class", "")
    # Where there are several cadence classes, the model of another one has its name at the end.
    end = "" if ranking["model_sha256"] == digest else f"_{cadence_class}"
    if ranking.get(f"model_sha256{end}") != digest:
        raise UsageError(
            f"{root / RANKING}.parquet was made with another model than {path}: {again}, or name"
            " that model after --model"
        )
    files, inputs = (set(_column(root, RANKING, name)) for name in (FILE, INPUT))
    if files != set(rows.file) or inputs != set(rows.digest):
        raise UsageError(f"{root / RANKING}.parquet is of other light curves: {again}")
    rows = rows.of(np.flatnonzero(rows.cadence_class == cadence_class))
    quiet = _quiet(root, rows, again, is_chosen=model_path is None)
    if len(quiet) < _FEWEST_QUIET:
        raise UsageError(
            f"{root} has {len(quiet)} quiet stars, and {_FEWEST_QUIET} are needed to put signals"
            " into: rank more stars"
        )
    about = {
        VALIDATION_KEY: VALIDATION_VERSION,
        "mission": rows.mission.name,
        "seed": str(seed),
        "model_sha256": str(digest),
        "threshold": ranking[f"threshold{end}"],
        FEATURE_SET: FEATURE_SET_VERSION,
        RULES_KEY: RULES_VERSION,
        RANKING_KEY: RANKING_VERSION,
    }
    stars = [*zip(rows.file, rows.digest, strict=True)], [one.file for one in quiet]
    text = json.dumps([about, stars], sort_keys=True)
    made_from = hashlib.sha256(text.encode()).hexdigest()
    return Validated(rows, quiet, path, {**about, "made_from": made_from})


def _quiet(root: Path, rows: DatasetRows, again: str, *, is_chosen: bool) -> tuple[QuietStar, ...]:
    """Return the stars of the baseline; those that would be in it, for a model from elsewhere."""
    if is_chosen:
        _read(root, BASELINE, again)
        names = _column(root, BASELINE, FILE)
        is_quiet = _column(root, BASELINE, "is_quiet")
        chosen = {file for file, is_so in zip(names, is_quiet, strict=True) if is_so}
    else:
        found = choose_quiet(rows.stars, None, len(rows.stars), seed=0)
        chosen = {file for file, why in zip(rows.file, found, strict=True) if why == Quiet.QUIET}
    used = (_column(root, FEATURES, name) for name in (FILE, "files_used"))
    n_files = dict(zip(*used, strict=True))
    return tuple(QuietStar(file, int(str(n_files[file]))) for file in rows.file if file in chosen)


@lru_cache(1)
def context_of(root: Path, run: str, model_path: Path, model_sha256: str) -> Context:
    """Return what a worker compares trials with, read once a run.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    run : str
        Tells runs from each other.
    model_path : Path
        The model.
    model_sha256 : str
        Its digest when the run began.

    Raises
    ------
    RunError
        The data set was ranked again since.
    """
    model = read_model(model_path)
    if model_digest(model) != model_sha256:
        raise RunError(f"{root} was ranked again during its validation: run the command again")
    of_class = _column(root, RANKING, "cadence_class")
    is_own = np.array(of_class, np.str_) == model.about.get("cadence_class")
    population = read_table(
        root / f"{POPULATION}.parquet", ("place", "sequence", "start_d", "is_coincidence")
    ).to_pydict()
    is_many = np.flatnonzero([bool(one) for one in population["is_coincidence"]])
    cells = cell_of(np.asarray(population["start_d"], np.float64), GRID_D)
    return Context(
        model,
        np.sort(np.asarray(_column(root, RANKING, "score"), np.float64)[is_own]),
        np.sort(np.asarray(_column(root, RANKING, "score_unexplained"), np.float64)[is_own]),
        frozenset(
            (population["place"][row], population["sequence"][row], int(cells[row]))
            for row in is_many
        ),
    )


def _read(root: Path, name: str, again: str) -> dict[str, str]:
    """Return what a table of the ranking says about itself, if it is of this version."""
    path = root / f"{name}.parquet"
    try:
        about = table_about(path)
    except FileNotFoundError as error:
        raise UsageError(f"validation needs {path}, which is not there: {again}") from error
    except CorruptProduct as error:
        raise UsageError(f"{error}: {again}") from error
    found = about.get(RANKING_KEY)
    if found != RANKING_VERSION:
        what = "not this program's" if found is None else f"of version {found}"
        raise UsageError(
            f"{path} is {what}, and validation needs version {RANKING_VERSION} of the ranking:"
            f" {again}"
        )
    return about


def _column(root: Path, name: str, column: str) -> list[object]:
    path = root / f"{name}.parquet"
    try:
        found: list[object] = read_table(path, [column])[column].to_pylist()
    except CorruptProduct as error:
        raise UsageError(f"{error}: run xenoscan rank {root}") from error
    return found
