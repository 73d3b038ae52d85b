"""Quiet stars are chosen by what is known of them, each of the others for a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from preprocessing.anomalies.baseline import Quiet, Shares, choose_quiet
from preprocessing.anomalies.ranking import fit
from preprocessing.anomalies.star_table import Absence
from preprocessing.core.errors import UsageError
from preprocessing.features.schema import FEATURE_NAMES
from tests.support.ranked_stars import quiet_table


def test_reasons() -> None:
    """A star is left out for the first of the reasons that it has."""
    stars = quiet_table(400)
    rotates = np.zeros(400, np.bool_)
    rotates[:2] = True
    in_catalog, is_host = np.zeros(400, np.bool_), np.zeros(400, np.bool_)
    in_catalog[1], is_host[2] = True, True
    absence = stars.absence.copy()
    absence[3] = Absence.UNKNOWN
    labels = {**stars.labels, "rotation": rotates, "planet_candidate": is_host}
    found = choose_quiet(
        replace(stars, absence=absence, in_catalog=in_catalog, labels=labels), None, 1000, 0
    )
    assert found[:4].tolist() == ["labeled", "in_catalog", "candidate", "few_features"]
    assert 0.08 < np.mean(found == Quiet.EXCESS) < 0.12
    assert set(found[4:]) == {"quiet", "excess"}


def test_excess_is_judged_among_its_kind() -> None:
    """A bin of restless stars gives as many quiet ones as a bin of calm ones."""
    stars = quiet_table(1000)
    features = stars.features.copy()
    features[stars.teff < 3850, FEATURE_NAMES.index("stat_excess")] += 100
    found = choose_quiet(replace(stars, features=features), None, 1000, 0)
    for is_kind in (stars.teff < 3850, stars.teff >= 3850):
        assert abs(np.mean(found[is_kind] == Quiet.QUIET) - 0.9) < 0.03


def test_shares() -> None:
    """The baseline has the shares of Sun-like stars and M dwarfs that are asked for."""
    stars = quiet_table(2000)
    found = choose_quiet(stars, Shares(30, 70), 1000, 0)
    quiet = stars.teff[found == Quiet.QUIET]
    assert abs(np.mean(quiet < 3850) - 0.7) < 0.01
    assert np.all((quiet < 3850) | ((quiet >= 5000) & (quiet <= 6100)))
    assert np.any(found == Quiet.NOT_ASKED)


def test_no_star_of_a_kind() -> None:
    """Shares of a kind of which no star is quiet are refused, with the numbers of both kinds."""
    stars = replace(quiet_table(400), teff=np.full(400, 5500.0))
    with pytest.raises(UsageError, match=r"3\d\d Sun-like ones .* and 0 M dwarfs"):
        choose_quiet(stars, Shares(30, 70), 1000, 0)


def test_enough_are_enough() -> None:
    """Of more quiet stars than are needed, so many are drawn, by the seed alone."""
    stars = quiet_table(400)
    one, other = (choose_quiet(stars, None, 100, seed) for seed in (0, 1))
    assert np.sum(one == Quiet.QUIET) == np.sum(other == Quiet.QUIET) == 100
    assert np.any(one != other)
    assert np.array_equal(one, choose_quiet(stars, None, 100, 0))
    everyone = choose_quiet(stars, None, 1000, 0)
    is_drawn = (one == Quiet.QUIET) | (one == Quiet.NOT_DRAWN)
    assert np.array_equal(is_drawn, everyone == Quiet.QUIET)


def test_strange_stars_are_not_quiet() -> None:
    """A strange star that nobody labeled leaves the baseline."""
    stars = quiet_table(300)
    features = stars.features.copy()
    features[7, :16] += 30
    features[7, FEATURE_NAMES.index("stat_excess")] = 0
    assert fit(replace(stars, features=features), None, 0, {}).baseline[7] == Quiet.STRANGE


def test_too_few() -> None:
    """Too few stars, or too few quiet ones, are refused with their numbers."""
    with pytest.raises(UsageError, match="99 stars are too few"):
        fit(quiet_table(99), None, 0, {})
    stars = quiet_table(200)
    labels = {**stars.labels, "rotation": np.ones(200, np.bool_)}
    with pytest.raises(UsageError, match=r"only 0 of 200 stars are quiet.*200 labeled"):
        fit(replace(stars, labels=labels), None, 0, {})
