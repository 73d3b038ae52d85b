"""What a ranking is made with: the scale of quiet stars, and what finds others rare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.blocks import in_blocks
from preprocessing.anomalies.explained import INSTRUMENT, explained, explained_by
from preprocessing.anomalies.parts import Part, fit_parts
from preprocessing.anomalies.scaling import Scaling, fit_scaling
from preprocessing.anomalies.star_table import Absence, Booleans, Floats, StarTable
from preprocessing.anomalies.tails import Tail, fit_tail

__all__ = ["EVENT", "Model", "Scores", "fit_model"]

#: The part of a score that is the strongest single event.
EVENT = "event"
#: The strongest dip of hours, which single points may not show: decimal logarithm of its size over
#: the noise of its duration.
_DIP = "shape_dip_sigma"
#: An event must be half as strong again, and more, to be ten times as rare.
_EVENT_STEP = 0.5
#: What is weaker is no event (vetting finds those from six times the noise), whoever has one.
_WEAKEST_EVENT = 6.0
#: Share of the quiet stars that are flagged by mistake.
FALSE_ALARMS = 0.01


@dataclass(frozen=True, eq=False)
class Scores:
    """How strange stars are.

    Parameters
    ----------
    scaled : ndarray of float64, shape (n, n_columns)
        The stars on the scale of quiet stars.
    left : ndarray of float64, shape (n, n_columns)
        The same where what labels explain is taken as typical.
    parts, left_parts : mapping of str to ndarray of float64, shape (n,)
        How rare each part of the score finds each star, in powers of ten; and its rest.
    score, left_score : ndarray of float64, shape (n,)
        The parts combined: as observed, and of what labels leave.
    event, left_event : ndarray of float64, shape (n,)
        The strongest event over the noise, and the strongest that nothing explains.
    """

    scaled: Floats
    left: Floats
    parts: Mapping[str, Floats]
    left_parts: Mapping[str, Floats]
    score: Floats
    left_score: Floats
    event: Floats
    left_event: Floats


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model, which scores one star alone as it scores many.

    Parameters
    ----------
    about : mapping of str to str
        What it was fitted to: mission, cadence, versions, seed, number of quiet stars.
    feature_names : tuple of str
        The features that it needs.
    scaling : Scaling
        The scale of quiet stars.
    parts : tuple of Part
        What finds stars rare.
    events : Tail
        How rare the strongest event of a star is.
    threshold : float
        Score that one in a hundred quiet stars reaches, of those that the parts had not seen.
    """

    about: Mapping[str, str]
    feature_names: tuple[str, ...]
    scaling: Scaling
    parts: tuple[Part, ...]
    events: Tail
    threshold: float

    def score(self, stars: StarTable, jobs: int = 1) -> Scores:
        """Return how strange stars are.

        Parameters
        ----------
        stars : StarTable
            The stars, with the features of the model.
        jobs : int
            Threads that work at the same time; scores do not depend on it.
        """
        blocks = in_blocks(len(stars), jobs, lambda block: self._score(stars.rows(block)))
        names = (*(part.name for part in self.parts), EVENT)
        return Scores(
            np.concatenate([one.scaled for one in blocks]),
            np.concatenate([one.left for one in blocks]),
            {name: np.concatenate([one.parts[name] for one in blocks]) for name in names},
            {name: np.concatenate([one.left_parts[name] for one in blocks]) for name in names},
            np.concatenate([one.score for one in blocks]),
            np.concatenate([one.left_score for one in blocks]),
            np.concatenate([one.event for one in blocks]),
            np.concatenate([one.left_event for one in blocks]),
        )

    def _score(self, stars: StarTable) -> Scores:
        scaled = self.scaling.scaled(stars)
        hidden = explained(stars)
        left = np.where(hidden[:, self.scaling.feature_of()], 0.0, scaled)
        event = _strongest(stars.event_sigma, stars.feature(_DIP))
        left_dip = np.where(hidden[:, stars.feature_names.index(_DIP)], np.nan, stars.feature(_DIP))
        left_event = _strongest(stars.left_sigma, left_dip)
        parts = self._parts(scaled, event)
        # Stars of which nothing is explained need not be scored twice.
        rows = np.flatnonzero(hidden.any(axis=1) | (left_event != event))
        left_parts = {name: rarity.copy() for name, rarity in parts.items()}
        for name, rarity in self._parts(left[rows], left_event[rows]).items():
            left_parts[name][rows] = rarity
        scores = _combined(parts), _combined(left_parts)
        return Scores(scaled, left, parts, left_parts, *scores, event, left_event)

    def _parts(self, scaled: Floats, sigma: Floats) -> dict[str, Floats]:
        found = {part.name: part.rarity(scaled) for part in self.parts}
        found[EVENT] = self.events.rarity_of(_event_score(sigma))
        return found


def fit_model(
    stars: StarTable,
    quiet: Booleans,
    seed: int,
    about: Mapping[str, str],
) -> tuple[Model, Floats]:
    """Fit a model to the quiet stars among many.

    Parameters
    ----------
    stars : StarTable
        All stars.
    quiet : ndarray of bool, shape (n,)
        Which are quiet.
    seed : int
        Of all that is random.
    about : mapping of str to str
        What the model says about itself.

    Returns
    -------
    model : Model
    score : ndarray of float64, shape (n_quiet,)
        Score of each quiet star without the instrument's faults, by parts that were made without
        it.
    """
    own = stars.rows(quiet)
    calm = _without_faults(own)
    scaling = fit_scaling(calm, stars)
    domains = _domains(stars.feature_names, scaling)
    parts, *rarity = fit_parts(scaling.scaled(calm), scaling.scaled(own), domains, seed)
    weakest = float(np.log1p(_WEAKEST_EVENT))
    dips = calm.feature(_DIP), own.feature(_DIP)
    left_event, event = map(_strongest, (own.left_sigma, own.event_sigma), dips)
    events = fit_tail(_event_score(left_event), _EVENT_STEP, weakest)
    names = [part.name for part in parts]
    calm_score, score = (
        _combined(
            {
                **dict(zip(names, own_rarity, strict=True)),
                EVENT: events.rarity_of(_event_score(one)),
            }
        )
        for own_rarity, one in zip(rarity, (left_event, event), strict=True)
    )
    threshold = float(np.quantile(score, 1 - FALSE_ALARMS))
    return Model(about, stars.feature_names, scaling, parts, events, threshold), calm_score


def _without_faults(stars: StarTable) -> StarTable:
    """Return stars without what the instrument made of their dips and rises.

    One quiet star in ten has a fault. If these were usual, a dip of a star would be, too.
    """
    hidden = explained_by(stars, INSTRUMENT)
    features = np.where(hidden, np.nan, stars.features)
    absence = np.where(hidden, Absence.UNKNOWN, stars.absence).astype(np.int8)
    return replace(stars, features=features, absence=absence)


def _combined(parts: Mapping[str, Floats]) -> Floats:
    """Return the root of the mean square: one part that is sure counts more than a mean lets it."""
    total = np.zeros_like(next(iter(parts.values())))
    for rarity in parts.values():
        total = total + rarity**2
    return np.asarray(np.sqrt(total / len(parts)))


def _strongest(sigma: Floats, log_dip: Floats) -> Floats:
    """Return the strongest event of each star: of points, or a dip of many points."""
    return np.fmax(sigma, 10**log_dip)


def _event_score(sigma: Floats) -> Floats:
    return np.log1p(sigma)


def _domains(names: tuple[str, ...], scaling: Scaling) -> list[NDArray[np.int32]]:
    """Return the columns of each domain, which is the first word of a feature's name."""
    domain = np.array([name.split("_")[0] for name in names])[scaling.feature_of()]
    return [np.flatnonzero(domain == one).astype(np.int32) for one in dict.fromkeys(domain)]
