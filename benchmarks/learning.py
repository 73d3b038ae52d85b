"""Whether twenty labels help: simulated persons who each look for one kind of star."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from preprocessing.anomalies.learning import learned_score
from preprocessing.anomalies.model import Model, Scores
from preprocessing.anomalies.ranking import fit
from preprocessing.anomalies.star_table import Booleans, Floats
from preprocessing.anomalies.table.reading import read_dataset
from preprocessing.core.errors import RunError

__all__ = ["learning"]

_LABELS, _FIRST = 20, 50
#: Labels at a time: all before the list is read again, or some.
_AT_ONCE, _IN_TURNS = _LABELS, 5
#: A person who looks for fewer stars than this would be a coin's toss.
_FEWEST = 15
#: Seeds of the forest of coniferest, which is not the same twice without one.
_SEEDS = 3
_METHODS = ("no labels", "20 at once", "5 at a time", "coniferest, one at a time")
#: From all labels so far and what they say to a number of each star, the highest first.
_Method = Callable[[NDArray[np.int64], Booleans], Floats]


@dataclass(frozen=True)
class _Found:
    """Precision among the first of the list: with the labeled stars, and without them."""

    precision: float
    of_others: float


@dataclass(frozen=True, eq=False)
class _Sky:
    """A data set of which the truth is known."""

    name: str
    model: Model
    scores: Scores
    wanted: dict[str, Booleans]


def learning(roots: Sequence[Path], folder: Path) -> None:
    """Let simulated persons label the first stars of rankings, and count what they find then.

    Parameters
    ----------
    roots : sequence of Path
        Data sets with the tables of features and vetting. The truth is in ``truth.csv`` in each,
        as `injected_sky` writes it, or beside it in ``NAME.csv``, as the simulator does.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        The truth of a data set is not there.
    """
    rows: list[list[str]] = []
    found: list[list[_Found]] = []
    for root in roots:
        sky = _sky(root)
        for person, wanted in sky.wanted.items():
            own = list(_tried(sky, wanted))
            found.append(own)
            cells = [f"{one.precision:.2f} ({one.of_others:.2f})" for one in own]
            rows.append([sky.name, person, str(wanted.sum()), *cells])
    means = [
        f"{np.mean([own[n].precision for own in found]):.2f}"
        f" ({np.mean([own[n].of_others for own in found]):.2f})"
        for n in range(len(_METHODS))
    ]
    rows.append(["mean", "", "", *means])
    parts = [
        f"Precision among the first {_FIRST} stars after {_LABELS} labels; in brackets, among the"
        " first 50 of those without a label. Each person looks for one class, calls its stars"
        " interesting and the others known, and is asked from the top of the list. The last"
        f" column is AADForest of coniferest on the same numbers, mean of {_SEEDS} seeds.",
        table(["data set", "person looks for", "stars", *_METHODS], rows),
    ]
    record = {
        "means": dict(zip(_METHODS, means, strict=True)),
        "rows": rows,
    }
    write_report(folder, "learning", describe_machine(), parts, record)


def _sky(root: Path) -> _Sky:
    rows = read_dataset(root)
    path = next((one for one in (root / "truth.csv", Path(f"{root}.csv")) if one.is_file()), None)
    if path is None:
        raise RunError(f"there is no truth.csv in {root}, and no {root}.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        truth = {int(row.get("kic") or row["number"]): row for row in csv.DictReader(stream)}
    own = [truth[number] for number in rows.number]
    model = fit(rows.stars, None, 0, {}).model
    if "class" in own[0]:
        kinds = np.array([row["class"] for row in own])
        wanted = {str(kind): kinds == kind for kind in np.unique(kinds[kinds != "quiet"])}
    else:
        wanted = {"strange": np.array([row["is_strange"] == "True" for row in own])}
    wanted = {name: are for name, are in wanted.items() if are.sum() >= _FEWEST}
    return _Sky(root.name, model, model.score(rows.stars), wanted)


def _tried(sky: _Sky, wanted: Booleans) -> Iterator[_Found]:
    """Yield what each of the methods finds."""
    scores, threshold = sky.scores, sky.model.threshold
    nothing = np.zeros(0, np.int64)
    # Compared are the same stars: those that were not asked for in one go.
    order = np.argsort(-scores.left_score, kind="stable")
    first = _found(scores.left_score, order[:_LABELS], wanted)
    yield _Found(float(wanted[order[:_FIRST]].mean()), first.of_others)

    def ours(labeled: NDArray[np.int64], is_wanted: Booleans) -> Floats:
        return learned_score(scores.scaled, scores.left_score, threshold, labeled, is_wanted)

    for at_a_time in (_AT_ONCE, _IN_TURNS):
        yield _asked(ours, scores.left_score, wanted, at_a_time)
    several = []
    for seed in range(_SEEDS):
        theirs = _coniferest(scores.scaled, seed)
        start = theirs(nothing, np.zeros(0, np.bool_))
        several.append(_asked(theirs, start, wanted, 1))
    yield _Found(
        float(np.mean([one.precision for one in several])),
        float(np.mean([one.of_others for one in several])),
    )


def _asked(method: _Method, start: Floats, wanted: Booleans, at_a_time: int) -> _Found:
    """Ask for labels from the top of the list, which changes with each answer."""
    labeled, score = np.zeros(0, np.int64), start
    while len(labeled) < _LABELS:
        order = np.argsort(-score, kind="stable")
        new = order[~np.isin(order, labeled)][:at_a_time]
        labeled = np.concatenate([labeled, new])
        score = method(labeled, wanted[labeled])
    return _found(score, labeled, wanted)


def _found(score: Floats, labeled: NDArray[np.int64], wanted: Booleans) -> _Found:
    place = score.copy()
    place[labeled] = np.where(wanted[labeled], np.inf, -np.inf)
    order = np.argsort(-place, kind="stable")
    others = order[~np.isin(order, labeled)]
    return _Found(float(wanted[order[:_FIRST]].mean()), float(wanted[others[:_FIRST]].mean()))


def _coniferest(scaled: Floats, seed: int) -> _Method:
    """Return active anomaly discovery (Das et al. 2017) as coniferest does it."""
    from coniferest.aadforest import AADForest
    from coniferest.label import Label

    def method(labeled: NDArray[np.int64], is_wanted: Booleans) -> Floats:
        forest = AADForest(n_trees=100, n_subsamples=256, random_seed=seed, n_jobs=1)
        if len(labeled):
            said = np.where(is_wanted, Label.ANOMALY, Label.REGULAR)
            forest.fit_known(scaled, scaled[labeled], said)
        else:
            forest.fit(scaled)
        # Theirs are lower for stranger stars.
        return -np.asarray(forest.score_samples(scaled))

    return method
