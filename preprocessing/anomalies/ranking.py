"""From what is known of stars to a model of the quiet ones, and to the ranks of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.baseline import Quiet, Shares, choose_quiet
from preprocessing.anomalies.model import Model, fit_model
from preprocessing.anomalies.star_table import Floats, StarTable
from preprocessing.core.errors import UsageError

__all__ = ["FEWEST_STARS", "Fitted", "fit", "ranks"]

#: Fewer stars are no population to be strange in (issue of the ranking: fewer than 100 are
#: refused without a saved model).
FEWEST_STARS = 100
#: Fewer quiet stars do not fix 47 correlations and the rarest percent.
_FEWEST_QUIET = 50
#: More of them fix the rarest percent no better than to a seventh, and cost time.
_MOST_QUIET = 5_000
#: Score above which a star of the baseline is not quiet: of one in a thousand in all parts alike.
_STRANGE = 3.0


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model, and how its baseline was chosen.

    Parameters
    ----------
    model : Model
        The model.
    baseline : ndarray of str, shape (n,)
        Why each star is, or is not, in the baseline: the values of `Quiet`.
    """

    model: Model
    baseline: NDArray[np.str_]


def fit(stars: StarTable, shares: Shares | None, seed: int, about: Mapping[str, str]) -> Fitted:
    """Choose the quiet stars, and fit a model to them.

    Parameters
    ----------
    stars : StarTable
        All stars.
    shares : Shares, optional
        How the baseline is divided among kinds of stars.
    seed : int
        Of all that is random.
    about : mapping of str to str
        What the model says about itself.

    Raises
    ------
    UsageError
        There are too few stars, or too few quiet ones.
    """
    if len(stars) < FEWEST_STARS:
        raise UsageError(
            f"{len(stars)} stars are too few to tell what is strange: rank {FEWEST_STARS} or more,"
            " or give a saved model with --model"
        )
    baseline = choose_quiet(stars, shares, _MOST_QUIET, seed)
    model, score = fit_model(stars, _quiet(baseline), seed, about)
    # Strange stars that nobody labeled would stretch the scale that they are measured on.
    is_strange = score > _STRANGE
    if is_strange.any():
        baseline[np.flatnonzero(_quiet(baseline))[is_strange]] = str(Quiet.STRANGE)
        model, _ = fit_model(stars, _quiet(baseline), seed, about)
    return Fitted(model, baseline)


def ranks(score: Floats) -> NDArray[np.int64]:
    """Return the rank of each star: 1 for the highest score; the first of equal ones is first.

    Parameters
    ----------
    score : ndarray of float64, shape (n,)
        The scores.
    """
    order = np.argsort(-score, kind="stable")
    found = np.empty(len(score), np.int64)
    found[order] = np.arange(1, len(score) + 1)
    return found


def _quiet(baseline: NDArray[np.str_]) -> NDArray[np.bool_]:
    is_quiet = np.asarray(baseline == Quiet.QUIET)
    if is_quiet.sum() < _FEWEST_QUIET:
        reasons, counts = np.unique(baseline, return_counts=True)
        found = ", ".join(f"{n} {reason}" for reason, n in zip(reasons, counts, strict=True))
        raise UsageError(
            f"only {is_quiet.sum()} of {len(baseline)} stars are quiet, and {_FEWEST_QUIET} are"
            f" needed to measure the others against ({found}): add quiet stars, or give a saved"
            " model with --model"
        )
    return is_quiet
