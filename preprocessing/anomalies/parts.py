"""The parts of a score: what looks at a star, and how rare it finds it among quiet stars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.ellipsoids import Ellipsoid, fit_ellipsoid
from preprocessing.anomalies.forest import Forest, grow
from preprocessing.anomalies.neighbors import Neighbors, fit_neighbors
from preprocessing.anomalies.star_table import Floats
from preprocessing.anomalies.tails import Tail, fit_tail

__all__ = ["PARTS", "Detector", "Part", "fit_parts"]

#: What looks at a star.
Detector = Forest | Neighbors | Ellipsoid
#: Groups of the quiet stars; each is scored by the ellipsoids of the others. Five are usual
#: (Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, sec. 7.10).
_FOLDS = 5
#: Standard deviations that one of ten values of normal scatter exceeds.
_ONE_IN_TEN = NormalDist().inv_cdf(0.9)
#: Tails are those of the logarithm of a score, since squared distances span powers of ten. These
#: are the least differences that make a star ten times as rare. Without them, a feature that no
#: quiet star has would count the same whether it is weak or strong.
_LEAST_STEP = {"forest": 0.02, "neighbors": 0.3, "correlation": 0.3, "domain": 0.3}
#: Names of the parts, and what they say, for a person.
PARTS: Mapping[str, str] = {
    "forest": "How few random cuts isolate the star from quiet stars.",
    "neighbors": "How far the quiet stars most like it are.",
    "correlation": "How little its features go together as those of quiet stars do.",
    "domain": "The same of one domain of features, the one in which the star is the strangest.",
}

#: Fits what looks at a star to quiet stars, and scores each of them as if it had not seen it,
#: without its faults and as observed.
_Fit = Callable[[Floats, Floats], tuple[Detector, Floats]]


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a score.

    Parameters
    ----------
    name : str
        One of `PARTS`.
    detectors : tuple of Forest, Neighbors or Ellipsoid
        What looks at a star. Of several, the one that finds it the rarest counts.
    tails : tuple of Tail
        How rare the logarithm of one and the score of each is.
    """

    name: str
    detectors: tuple[Detector, ...]
    tails: tuple[Tail, ...]

    def rarity(self, scaled: Floats) -> Floats:
        """Return how rare each star is, in powers of ten.

        Parameters
        ----------
        scaled : ndarray of float64, shape (n, n_columns)
            The stars.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        return self.rarest(self._scores(scaled))

    def rarest(self, scores: Floats) -> Floats:
        """Return how rare stars are by their rarest score, since there are several.

        Parameters
        ----------
        scores : ndarray of float64, shape (n_detectors, n)
            Logarithm of one and the score of each detector.
        """
        rarest = self._each(scores).max(axis=0)
        return np.asarray(np.maximum(rarest - np.log10(len(self.detectors)), 0.0))

    def leading(self, scaled: Floats) -> NDArray[np.int64]:
        """Return which of the detectors finds each star the rarest, shape (n,)."""
        return np.asarray(self._each(self._scores(scaled)).argmax(axis=0))

    def _scores(self, scaled: Floats) -> Floats:
        return np.array([np.log1p(one.score(scaled)) for one in self.detectors])

    def _each(self, scores: Floats) -> Floats:
        pairs = zip(self.tails, scores, strict=True)
        return np.array([tail.rarity_of(one) for tail, one in pairs])


def fit_parts(
    quiet: Floats, observed: Floats, domains: Sequence[NDArray[np.int32]], seed: int
) -> tuple[tuple[Part, ...], Floats, Floats]:
    """Fit all parts to quiet stars.

    Parameters
    ----------
    quiet : ndarray of float64, shape (n, n_columns)
        The quiet stars, scaled, without the instrument's faults.
    observed : ndarray of float64, shape (n, n_columns)
        The same stars with them.
    domains : sequence of ndarray of int32
        The columns of each domain.
    seed : int
        Of all that is random.

    Returns
    -------
    parts : tuple of Part
    calm, rarity : ndarray of float64, shape (n_parts, n)
        How rare each quiet star is, without the faults and as observed, to parts that were made
        without it.
    """
    fold = np.random.default_rng(seed).permutation(len(quiet)) % _FOLDS
    parts, rarity = [], []
    for name, fits in _fits(domains, quiet.shape[1], seed, fold).items():
        fitted = [fit(quiet, observed) for fit in fits]
        # Without the faults, and as observed.
        scores = np.log1p([unseen for _, unseen in fitted]).transpose(1, 0, 2)
        tails = tuple(
            fit_tail(one, _LEAST_STEP[name], _least_start(detector))
            for one, (detector, _) in zip(scores[0], fitted, strict=True)
        )
        part = Part(name, tuple(detector for detector, _ in fitted), tails)
        parts.append(part)
        rarity.append([part.rarest(each) for each in scores])
    calm, as_observed = np.array(rarity).transpose(1, 0, 2)
    return tuple(parts), calm, as_observed


def _least_start(detector: Detector) -> float:
    """Return the logarithm of the score that one of ten stars of normal scatter has.

    Quiet stars have hardly any dips or flares, and no scatter in what describes them. Squared
    distances are distributed as chi-squared, by the approximation of Wilson & Hilferty (1931).
    """
    if not isinstance(detector, Ellipsoid):
        return 0.0
    n = len(detector.columns)
    spread = 2 / (9 * n)
    return float(np.log1p(n * (1 - spread + _ONE_IN_TEN * spread**0.5) ** 3))


def _fits(
    domains: Sequence[NDArray[np.int32]], n_columns: int, seed: int, fold: NDArray[np.int64]
) -> dict[str, tuple[_Fit, ...]]:
    """Return what is fitted for each of `PARTS`."""

    def forest(quiet: Floats, observed: Floats) -> tuple[Detector, Floats]:
        grown, is_seen = grow(quiet, seed)
        return grown, np.array([grown.unseen_score(one, is_seen) for one in (quiet, observed)])

    def neighbors(quiet: Floats, observed: Floats) -> tuple[Detector, Floats]:
        # No star is its own neighbor.
        found = fit_neighbors(quiet, seed)
        return found, np.array([found.score(one) for one in (quiet, observed)])

    def ellipsoid(columns: NDArray[np.int32]) -> _Fit:
        def fit(quiet: Floats, observed: Floats) -> tuple[Detector, Floats]:
            scores = np.zeros((2, len(quiet)))
            for group in range(_FOLDS):
                is_own = fold == group
                others = fit_ellipsoid(quiet[~is_own], columns)
                scores[:, is_own] = [others.score(one[is_own]) for one in (quiet, observed)]
            return fit_ellipsoid(quiet, columns), scores

        return fit

    return {
        "forest": (forest,),
        "neighbors": (neighbors,),
        "correlation": (ellipsoid(np.arange(n_columns, dtype=np.int32)),),
        "domain": tuple(map(ellipsoid, domains)),
    }
