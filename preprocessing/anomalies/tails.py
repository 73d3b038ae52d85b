"""How rare a score is among quiet stars, which makes scores of different kinds comparable.

The unit is powers of ten: 2 means that one quiet star in a hundred has such a score. Beyond the
highest tenth, rarity is continued by an exponential, the limit of most tails (Pickands 1975, Ann.
Stat. 3, 119), so that scores that no quiet star has are still told apart. Its scale is that of the
stars just below: some strange stars among the quiet ones do not change it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.anomalies.star_table import Floats

__all__ = ["Tail", "fit_tail"]

#: Share of quiet stars beyond which the exponential begins, and beyond which its scale is measured.
_TAIL, _BELOW = 0.1, 0.3
#: Most scores that are kept: more change a rarity by less than its error.
_MOST_SCORES = 1_000


@dataclass(frozen=True, eq=False)
class Tail:
    """The distribution of a score among quiet stars.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        Scores of quiet stars up to where the tail begins, strictly ascending.
    rarity : ndarray of float64, shape (n,)
        Powers of ten of each.
    step : float
        How much higher a score is ten times as rare, in the tail.
    """

    scores: Floats
    rarity: Floats
    step: float

    def rarity_of(self, scores: Floats) -> Floats:
        """Return how rare scores are.

        Parameters
        ----------
        scores : ndarray of float64, shape (n,)
            The scores.

        Returns
        -------
        ndarray of float64, shape (n,)
            In powers of ten; 0 for the least of quiet stars.
        """
        beyond = np.maximum(scores - self.scores[-1], 0) / self.step
        return np.asarray(np.interp(scores, self.scores, self.rarity) + beyond)


def fit_tail(scores: Floats, least_step: float, least_start: float = 0.0) -> Tail:
    """Return the distribution of a score.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        Scores of quiet stars that what scores them was not fitted to.
    least_step : float
        A score is never ten times as rare as one that is lower by less than this: quiet stars
        that are all alike say nothing of what is beyond them.
    least_start : float, optional
        The tail begins no lower: a lower score is no rarer than one in ten.

    Returns
    -------
    Tail
    """
    values, counts = np.unique(scores, return_counts=True)
    # Share of the stars that have this score or a higher one.
    share = np.cumsum(counts[::-1])[::-1] / len(scores)
    below, start = (float(one) for one in np.quantile(scores, (1 - _BELOW, 1 - _TAIL)))
    below, start = max(below, least_start), max(start, least_start)
    step = (start - below) / np.log10(_BELOW / _TAIL)
    is_body = values < start
    body, rarity = values[is_body], np.minimum(-np.log10(share[is_body]), -np.log10(_TAIL))
    if len(body) >= _MOST_SCORES:
        rows = np.linspace(0, len(body) - 1, _MOST_SCORES).astype(np.int64)
        body, rarity = body[rows], rarity[rows]
    end = max(-np.log10(_TAIL), float(rarity[-1]) if len(rarity) else 0.0)
    return Tail(np.append(body, start), np.append(rarity, end), max(step, least_step))
