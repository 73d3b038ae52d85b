"""The columns of the ranking of stars of one cadence class: ranks, parts, reasons and neighbors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.blocks import in_blocks
from preprocessing.anomalies.classes import CLASSES
from preprocessing.anomalies.explanation import Explainer, Explanation
from preprocessing.anomalies.model import EVENT, Model, Scores
from preprocessing.anomalies.neighbors import nearest
from preprocessing.anomalies.star_table import Floats, StarTable
from preprocessing.anomalies.table.columns import LEFT, part_names
from preprocessing.anomalies.table.learned import Learned
from preprocessing.anomalies.table.reading import DatasetRows
from preprocessing.anomalies.words import in_words, of_event

__all__ = ["Found", "Ranks", "Values", "columns_of", "identity_of", "known_columns"]

#: Stars at the top of each list that are explained even if they are not flagged.
_EXPLAINED = 100
_SIMILAR = 5
Values = Sequence[object] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of the stars of one cadence class before they are explained.

    Parameters
    ----------
    rows : DatasetRows
        The stars.
    model : Model
        What they are ranked with.
    scores : Scores
        How strange they are.
    baseline : ndarray of str, shape (n,)
        Why each star is, or is not, in the baseline.
    classes : ndarray of str, shape (n,)
        Their classes.
    learned : Learned, optional
        How a person's labels change the scores.
    """

    rows: DatasetRows
    model: Model
    scores: Scores
    baseline: NDArray[np.str_]
    classes: NDArray[np.str_]
    learned: Learned | None


@dataclass(frozen=True, eq=False)
class Ranks:
    """The ranks of the stars of one cadence class among all stars that have a score.

    Parameters
    ----------
    seen, left : ndarray of int64, shape (n,)
        As observed, and by what labels leave.
    learned : ndarray of int64, shape (n,), optional
        By a person's labels.
    """

    seen: NDArray[np.int64]
    left: NDArray[np.int64]
    learned: NDArray[np.int64] | None


def columns_of(
    found: Found, ranks: Ranks, jobs: int
) -> tuple[dict[str, Values], Mapping[int, str]]:
    """Return the columns of ``ranking.parquet``, and why stars are strange by what labels leave.

    Parameters
    ----------
    found : Found
        The stars.
    ranks : Ranks
        Their ranks.
    jobs : int
        Threads that work at the same time.
    """
    rows, model, scores = found.rows, found.model, found.scores
    first = np.minimum(ranks.seen, ranks.left)
    if ranks.learned is not None:
        first = np.minimum(first, ranks.learned)
    is_flagged = scores.score >= model.threshold
    is_left = scores.left_score >= model.threshold
    explained = np.flatnonzero(is_flagged | is_left | (first <= _EXPLAINED))
    explainer = Explainer(model)
    seen = _Explained(rows, explainer, explained, scores.scaled, scores.parts, scores.event)
    left = _Explained(rows, explainer, explained, scores.left, scores.left_parts, scores.left_event)
    columns: dict[str, Values] = {
        **known_columns(rows, found.classes, found.baseline),
        "rank": ranks.seen,
        f"rank{LEFT}": ranks.left,
        "score": scores.score,
        f"score{LEFT}": scores.left_score,
        "is_flagged": is_flagged,
        f"is_flagged{LEFT}": is_left,
        **{f"part_{name}": scores.parts[name] for name in part_names()},
        **{f"part_{name}{LEFT}": scores.left_parts[name] for name in part_names()},
        **seen.columns(""),
        **left.columns(LEFT),
        "agrees": _agreement(found.classes, seen.leading),
        "similar": _similar(rows, scores.scaled, explained, jobs),
    }
    if found.learned is not None and ranks.learned is not None:
        columns["rank_learned"] = ranks.learned
        columns["score_learned"] = found.learned.score
        columns["own_label"] = [str(one) or None for one in found.learned.labels.of_row]
    return columns, left.why


def identity_of(rows: DatasetRows) -> dict[str, Values]:
    """Return the columns that say which star a row is of.

    Parameters
    ----------
    rows : DatasetRows
        The stars.
    """
    return {rows.key: rows.number, "name": rows.name, "fits_file": rows.file}


def known_columns(
    rows: DatasetRows, classes: NDArray[np.str_], baseline: NDArray[np.str_]
) -> dict[str, Values]:
    """Return the columns that stars without a score have, too.

    Parameters
    ----------
    rows : DatasetRows
        The stars.
    classes, baseline : ndarray of str, shape (n,)
        Their classes, and why they are in the baseline or not.
    """
    return {
        **identity_of(rows),
        "class": classes.tolist(),
        "labels": _labels(rows.stars),
        "baseline": baseline.tolist(),
        "input_sha256": rows.digest,
        "cadence_class": rows.cadence_class.tolist(),
    }


class _Explained:
    """Why some of the stars are strange, as columns for all of them."""

    def __init__(
        self,
        rows: DatasetRows,
        explainer: Explainer,
        chosen: NDArray[np.int64],
        scaled: Floats,
        parts: Mapping[str, Floats],
        sigma: Floats,
    ) -> None:
        own = {name: rarity[chosen] for name, rarity in parts.items()}
        found = explainer.explain(scaled[chosen], own)
        self._n = len(scaled)
        self._by_row = dict(zip(chosen.tolist(), found, strict=True))
        self.why = {
            row: _why(rows.stars, row, one, float(sigma[row])) for row, one in self._by_row.items()
        }
        #: The feature that adds most, by row; ``event`` for an event.
        self.leading = {
            row: one.features[0] if one.features else EVENT for row, one in self._by_row.items()
        }

    def columns(self, end: str) -> dict[str, Values]:
        """Return the columns of what is explained; null for the others."""
        each = [self._by_row.get(row) for row in range(self._n)]
        return {
            f"flagged_by{end}": [one and one.part for one in each],
            f"features{end}": [one and "+".join(one.features) for one in each],
            f"shares{end}": [one and "+".join(f"{own:.4g}" for own in one.shares) for one in each],
            f"why{end}": [self.why.get(row) for row in range(self._n)],
        }


def _why(stars: StarTable, row: int, one: Explanation, sigma: float) -> str:
    if one.part == EVENT:
        return of_event(sigma) if sigma > 0 else "nothing that stands out"
    values = [float(stars.feature(name)[row]) for name in one.features]
    pairs = zip(one.features, values, one.deviations, strict=True)
    return "; ".join(in_words(*each) for each in pairs) or "nothing that stands out"


def _agreement(classes: NDArray[np.str_], leading: Mapping[int, str]) -> list[bool | None]:
    """Return whether the feature that adds most is one of those of the class."""
    shown = {one.name: one.features for one in CLASSES}
    found: list[bool | None] = [None] * len(classes)
    for row, feature in leading.items():
        beginnings = shown.get(str(classes[row]))
        if beginnings is not None and feature != EVENT:
            found[row] = feature.startswith(beginnings)
    return found


def _similar(
    rows: DatasetRows, scaled: Floats, chosen: NDArray[np.int64], jobs: int
) -> list[str | None]:
    """Return the names of the stars most like each of the chosen ones."""
    own, places = scaled[chosen], np.ascontiguousarray(scaled.T)
    blocks = in_blocks(len(own), jobs, lambda block: nearest(own[block], places, _SIMILAR)[0])
    others = np.concatenate(blocks)
    found: list[str | None] = [None] * len(scaled)
    for row, own in zip(chosen, others, strict=True):
        # Among fewer stars than are asked for, some places are not filled.
        names = [rows.name[number] for number in dict.fromkeys(own.tolist()) if number != row]
        found[row] = "+".join(names) or None
    return found


def _labels(stars: StarTable) -> list[str]:
    names = list(stars.labels)
    given = np.array([stars.labels[name] for name in names])
    return ["+".join(names[one] for one in np.flatnonzero(own)) for own in given.T]
