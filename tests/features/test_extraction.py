"""The record of one light curve, whatever the arrays are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.analysis.missing import Missing
from preprocessing.features.domains import DOMAINS, FEATURES
from preprocessing.features.extraction import COMPANIONS, extract
from preprocessing.features.table.columns import feature_columns
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import OF_LIGHT_CURVE

_DAYS = np.arange(0, 30, 1 / 48)
_NOISE = 1 + np.random.default_rng(5).normal(0, 1e-4, len(_DAYS))

#: The features by their domain, as the definition lists them.
_SET = {
    "stat": "amplitude white excess skew tail dip peak imbalance",
    "temp": "acf_1h acf_6h acf_1d acf_5d decay acf_peak acf_period restless",
    "freq": "main power contrast harmonics subharmonic second coherence entropy slope",
    "resid": "noise_1h noise_3h noise_6h noise_12h red acf complexity",
    "shape": "dip_rate dip_sigma dip_hours dip_skew dip_regular flare_rate flare_amplitude",
    "transit": "snr period depth duty shape odd_even secondary balance",
}

pytestmark = pytest.mark.slow


def changed(value: float) -> NDArray[np.float64]:
    """Return noise with one other point."""
    return np.where(np.arange(len(_DAYS)) == 700, value, _NOISE)


def test_there_are_47_in_their_order() -> None:
    """The set has 47 features in six domains, and each column is where the definition has it."""
    expected = [f"{domain}_{word}" for domain, words in _SET.items() for word in words.split()]
    assert [feature.name for feature in FEATURES] == expected
    assert len(expected) == 47
    assert len(DOMAINS) == 6


def test_names_are_different() -> None:
    """No two columns have the same name, and each domain's features begin with the same word."""
    names = [column.name for column in feature_columns(next(iter(MISSIONS.values())))]
    assert len(set(names)) == len(names)
    assert len(names) > len(FEATURES) + len(COMPANIONS) + len(OF_LIGHT_CURVE)
    for domain in DOMAINS:
        assert len({feature.name.partition("_")[0] for feature in domain.features}) == 1


@pytest.mark.parametrize(
    ("time_d", "flux"),
    [
        (np.array([]), np.array([])),
        (np.arange(3.0), np.ones(3)),
        (_DAYS, np.full(len(_DAYS), np.nan)),
        (_DAYS, np.ones(len(_DAYS))),
        (_DAYS, np.zeros(len(_DAYS))),
        (_DAYS, changed(1e30)),
        (_DAYS, changed(-1e5)),
        (_DAYS, changed(np.inf)),
        (np.where(_DAYS == 10, 1e300, _DAYS), _NOISE),
        (_DAYS[:5], _NOISE[:5]),
        (_DAYS * 1e-9, _NOISE),
    ],
)
def test_any_arrays_have_a_record(time_d: NDArray[np.float64], flux: NDArray[np.float64]) -> None:
    """Each feature is a finite number or has a reason, and no companion is lacking."""
    record = extract(time_d, flux)
    assert list(record.values) == [feature.name for feature in FEATURES]
    assert list(record.companions) == [companion.name for companion in COMPANIONS]
    for value in record.values.values():
        assert isinstance(value, Missing) or np.isfinite(value)


def test_order_of_time_does_not_matter() -> None:
    """Light whose times descend has the same features as when they ascend."""
    forth, back = extract(_DAYS, _NOISE), extract(_DAYS[::-1], _NOISE[::-1])
    assert forth.values == back.values
    assert back.companions["n_reordered"] == len(_DAYS) - 1


def test_no_time() -> None:
    """Features for which no time is left have the reason time_out, and the others their values."""
    record = extract(_DAYS, _NOISE, time_limit_s=0.0)
    assert set(record.values.values()) == {Missing.TIME_OUT}
    assert record.companions["n_points"] == len(_DAYS)
    assert np.isnan(record[FEATURES[0].name])
