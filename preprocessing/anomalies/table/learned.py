"""A person's labels applied to a ranking: stars that are like interesting ones come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.learning import learned_score
from preprocessing.anomalies.model import Model, Scores
from preprocessing.anomalies.star_table import Floats
from preprocessing.anomalies.table.reading import DatasetRows
from preprocessing.core.errors import UsageError
from preprocessing.lists.star_labels import StarLabel, read_star_labels

__all__ = ["GivenLabels", "Learned", "given_labels", "learn", "learned_ranks"]

_NOT_THERE = "of stars that are not in the data set"
_NOT_INTERESTING = (str(StarLabel.KNOWN), str(StarLabel.ARTIFACT))
#: What something can be learned from.
_TELLING = (str(StarLabel.INTERESTING), *_NOT_INTERESTING)


@dataclass(frozen=True, eq=False)
class GivenLabels:
    """The labels of a person for the stars of a data set.

    Parameters
    ----------
    of_row : ndarray of str, shape (n,)
        The label of each star; empty if it has none.
    dropped : mapping of str to int
        How many rows of the file do not count, by why.
    """

    of_row: NDArray[np.str_]
    dropped: Mapping[str, int]

    def of(self, chosen: NDArray[np.int64]) -> GivenLabels | None:
        """Return the labels of some stars; None if nothing can be learned of them.

        Parameters
        ----------
        chosen : ndarray of int64
            Their rows.
        """
        own = replace(self, of_row=self.of_row[chosen])
        return own if np.isin(own.of_row, _TELLING).any() else None


@dataclass(frozen=True, eq=False)
class Learned:
    """A ranking as a person's labels change it.

    Parameters
    ----------
    labels : GivenLabels
        The labels.
    score : ndarray of float64, shape (n,)
        Logarithm of the odds that the person finds each star interesting.
    place : ndarray of float64, shape (n,)
        The same, but for what the person said: interesting stars come before all others, those that
        are known or artifacts after them.
    """

    labels: GivenLabels
    score: Floats
    place: Floats


def given_labels(path: Path, rows: DatasetRows) -> GivenLabels:
    """Read the labels of a person for the stars of a data set.

    Parameters
    ----------
    path : Path
        The file.
    rows : DatasetRows
        The stars.

    Raises
    ------
    UsageError
        The file is none of labels, or says of no star here whether it is interesting.
    """
    read = read_star_labels(path, rows.mission)
    found = np.array([str(read.by_number.get(number, "")) for number in rows.number], np.str_)
    n_absent = len(set(read.by_number) - set(rows.number))
    if not np.isin(found, _TELLING).any():
        absent = f" ({n_absent} {_NOT_THERE})" if n_absent else ""
        raise UsageError(
            f"the labels of {path} call no star of this data set {StarLabel.INTERESTING},"
            f" {StarLabel.KNOWN} or {StarLabel.ARTIFACT}: nothing can be learned{absent}"
        )
    dropped = Counter(read.dropped) + Counter({_NOT_THERE: n_absent})
    return GivenLabels(found, dict(dropped))


def learn(labels: GivenLabels, model: Model, scores: Scores) -> Learned:
    """Rank stars by what the labels of a person say of those like them.

    Parameters
    ----------
    labels : GivenLabels
        The labels.
    model : Model
        The model of quiet stars.
    scores : Scores
        How strange the stars are.
    """
    is_wanted = labels.of_row == str(StarLabel.INTERESTING)
    is_other = np.isin(labels.of_row, _NOT_INTERESTING)
    labeled = np.flatnonzero(is_wanted | is_other)
    score = learned_score(
        scores.scaled, scores.left_score, model.threshold, labeled, is_wanted[labeled]
    )
    # What the person said is certain, and what was learned of it is not.
    place = np.where(is_wanted, np.inf, np.where(is_other, -np.inf, score))
    return Learned(labels, score, place)


def learned_ranks(learned: Sequence[Learned | None]) -> list[NDArray[np.int64] | None]:
    """Return the rank of each star of several groups among all of them: 1 for the first.

    Parameters
    ----------
    learned : sequence of Learned or None
        Each group; None without labels, and then without ranks.
    """
    groups = [one for one in learned if one is not None]
    if not groups:
        return [None] * len(learned)
    score = np.concatenate([one.score for one in groups])
    place = np.concatenate([one.place for one in groups])
    rank = np.empty(len(score), np.int64)
    rank[np.lexsort((-score, -place))] = np.arange(1, len(score) + 1)
    parts = iter(np.split(rank, np.cumsum([len(one.score) for one in groups])[:-1]))
    return [None if one is None else next(parts) for one in learned]
