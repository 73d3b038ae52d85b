"""Features are measured in the scatter of quiet stars of the same magnitude."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessing.anomalies.scaling import fit_scaling
from preprocessing.anomalies.star_table import Absence
from preprocessing.features.schema import FEATURE_NAMES
from tests.support.ranked_stars import quiet_table

_N = len(FEATURE_NAMES)


def test_normal() -> None:
    """However a feature is distributed, its deviations are those of a normal distribution."""
    stars = quiet_table(4000)
    # Neither the zero point, nor the unit, nor long tails count.
    stars = replace(stars, features=5 + 0.1 * np.exp(stars.features))
    scaled = fit_scaling(stars, stars).scaled(stars)[:, :16]
    for share, deviation in ((0.05, -1.645), (0.5, 0.0), (0.95, 1.645)):
        assert np.allclose(np.quantile(scaled, share, axis=0), deviation, atol=0.08)


def test_magnitude() -> None:
    """Noise is judged among stars as bright; a bright star may not be as noisy as a faint one."""
    stars = quiet_table(2000)
    column = FEATURE_NAMES.index("stat_white")
    features = stars.features.copy()
    features[:, column] = 0.4 * (stars.magnitude - 10) + 0.05 * features[:, column]
    stars = replace(stars, features=features)
    scaling = fit_scaling(stars, stars)
    pair = stars.rows(np.array([0, 0, 0]))
    own = pair.features.copy()
    own[:, column] = 0.4 * 5
    pair = replace(pair, features=own, magnitude=np.array([15.0, 11.0, np.nan]))
    faint, bright, unknown = scaling.scaled(pair)[:, column]
    assert abs(faint) < 2 < 4 < bright
    assert np.isfinite(unknown)


def test_width() -> None:
    """Where quiet stars of a magnitude are all alike, less is strange than where they differ."""
    stars = quiet_table(2000)
    column = FEATURE_NAMES.index("stat_dip")
    features = stars.features.copy()
    features[:, column] *= np.where(stars.magnitude < 13, 0.5, 0.1)
    scaling = fit_scaling(*[replace(stars, features=features)] * 2)
    pair = stars.rows(np.array([0, 0]))
    own = pair.features.copy()
    own[:, column] = 0.6
    pair = replace(pair, features=own, magnitude=np.array([11.0, 15.0]))
    bright, faint = scaling.scaled(pair)[:, column]
    assert bright < 2 < 4 < faint


def test_what_is_not_there() -> None:
    """Having no event is usual, having one is rare, and what was not measured says nothing."""
    stars = quiet_table(500)
    scaling = fit_scaling(stars, stars)
    three = stars.rows(np.array([0, 0, 0]))
    absence = np.zeros_like(three.absence)
    shape = [number for number, name in enumerate(FEATURE_NAMES) if name.startswith("shape_dip")]
    absence[1, shape], absence[2, shape] = Absence.NATURE, Absence.UNKNOWN
    features = np.where(absence > 0, np.nan, 0.0)
    scaled = scaling.scaled(replace(three, features=features, absence=absence))
    columns = np.flatnonzero(np.isin(scaling.feature_of()[_N:], shape)) + _N
    has, has_not, unknown = scaled[:, columns[0]]
    assert has > 1 > 0.3 > abs(has_not)
    assert unknown == 0
    assert np.all(scaled[1:, shape] == 0)
