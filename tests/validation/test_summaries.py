"""Summaries count what trials found, and give every share its error."""

from __future__ import annotations

from typing import Any

import pytest

from preprocessing.validation.alarm_summaries import (
    false_alarms_of,
    reliability_of,
    thresholds_of,
)
from preprocessing.validation.binomial import interval, rate_row
from preprocessing.validation.injection import CLASS_OF
from preprocessing.validation.known_summary import Searched, known_of
from preprocessing.validation.schema import SUMMARIES
from preprocessing.validation.signal_summaries import classes_of, completeness_of, recall_of
from preprocessing.validation.table.columns import COLUMNS_OF


def _signal(kind: str, found: str, over_noise: float = 20.0, **other: Any) -> dict[str, Any]:
    own = {"set": "injected", "class": CLASS_OF[kind], "kind": kind, "class_found": found}
    where = {"period_d": None, "depth_ppm": 2e3, "magnitude": 12.5, "is_recovered": None}
    return {**own, **where, "over_noise": over_noise, "is_flagged": True, **other}


def _alarm(
    name: str, score: float, period_d: float | None = None, star: object = ""
) -> dict[str, Any]:
    is_found = period_d is not None
    found = {"found_period_d": period_d, "found_snr": 9.0 if is_found else None}
    flags = {"is_flagged": score > 2, "is_flagged_unexplained": score > 3}
    return {
        "set": name,
        "fits_file": f"{star}.fits",
        "score": score,
        "score_unexplained": score / 2,
        "is_candidate": is_found,
        "is_planet_candidate": is_found,
        **found,
        **flags,
    }


_TRIALS = [
    _signal("planet", "transit", period_d=4.0, is_recovered=True),
    _signal("planet", "eclipse", period_d=4.0, is_recovered=False),
    _signal("planet", "unexplained", 5.0, period_d=20.0, is_recovered=False),
    _signal("detached", "eclipse", period_d=2.0),
    _signal("dipper", "irregular dips"),
    _signal("flares", "outbursts and flares", is_flagged=False),
    _signal("RR Lyrae", "pulsation"),
    _signal("rotator", "rotation and activity"),
    _signal("step", "irregular dips"),
]


def test_interval() -> None:
    """The 95 % interval is Wilson's (Brown, Cai & DasGupta 2001 give 5 of 10 as an example)."""
    assert interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert interval(0, 10)[0] == 0.0
    assert interval(10, 10)[1] == 1.0
    assert rate_row("x", None, 3) == dict.fromkeys(("n_x", "x_rate", "x_low", "x_high"))
    assert rate_row("x", 0, 0)["x_rate"] is None


def test_completeness() -> None:
    """Each cell of period, depth and magnitude has its trials; those without a planet no rate."""
    rows = {
        (row["kind"], row["period_d_low"]): row
        for row in completeness_of([*_TRIALS, _alarm("white", 0.1)])
    }
    assert sum(row["trials"] for row in rows.values()) == len(_TRIALS)
    near = rows["planet", 3.0]
    assert (near["trials"], near["n_recovered"], near["recovered_rate"]) == (2, 1, 0.5)
    assert (near["depth_ppm_low"], near["magnitude_high"]) == (1e3, 14.0)
    assert rows["planet", 10.0]["n_recovered"] == 0
    assert rows["detached", 1.0]["recovered_rate"] is None
    assert rows["dipper", None]["right_class_rate"] == 1.0
    assert rows["flares", None]["n_flagged"] == 0


def test_classes_and_recall() -> None:
    """The confusion matrix adds up, and balanced accuracy is the mean of the recalls."""
    counts = {
        (row["class"], row["class_found"]): row["trials"]
        for row in classes_of(_TRIALS)
        if row["strength"] == "all"
    }
    assert sum(counts.values()) == len(_TRIALS)
    assert counts["transit", "eclipse"] == counts["instrumental", "irregular dips"] == 1
    assert counts["instrumental", "instrumental"] == 0
    recall = {(row["strength"], row["class"], row["kind"]): row for row in recall_of(_TRIALS)}
    assert recall["strong", "transit", None]["right_class_rate"] == 0.5
    assert recall["all", "transit", "planet"]["right_class_rate"] == pytest.approx(1 / 3)
    balanced = recall["strong", "balanced", None]
    assert balanced["right_class_rate"] == pytest.approx((0.5 + 0 + 5) / 7)
    assert balanced["trials"] == 8
    assert 0 < balanced["right_class_low"] < balanced["right_class_rate"]
    assert balanced["right_class_rate"] < balanced["right_class_high"] < 1
    few = [one for one in _TRIALS if one["class"] != "transit"]
    assert "balanced" not in {row["class"] for row in recall_of(few)}


def test_a_balanced_accuracy_of_one_has_an_error() -> None:
    """If all trials of all classes are right, few of them still tell little."""
    right = [_signal(kind, CLASS_OF[kind]) for kind in CLASS_OF]
    row = next(row for row in recall_of(right) if row["class"] == "balanced")
    assert row["right_class_rate"] == row["right_class_high"] == 1.0
    assert row["right_class_low"] < 0.9


def test_false_alarms() -> None:
    """Each set has its rates, and sets without a trial have no row."""
    trials = [_alarm("white", n) for n in (1.0, 2.5, 3.5)] + [_alarm("inverted", 0.0, 4.0)]
    white, inverted, every = false_alarms_of([*trials, *_TRIALS])
    assert (every["set"], every["trials"]) == ("all", 1)
    assert (white["set"], white["n_flagged"], white["n_flagged_unexplained"]) == ("white", 2, 1)
    assert (white["candidates_rate"], inverted["planet_candidates_rate"]) == (0.0, 1.0)


def test_trials_of_one_star_count_as_one() -> None:
    """Light that a star's trials share is no new evidence: the interval is that of the stars."""
    names = ("inverted", "scrambled", "bootstrapped")
    trials = [_alarm(name, 2.5 * (n < 2), star=n) for n in range(10) for name in names]
    trials += [_alarm("white", 0.0, star=n % 10) for n in range(100)]
    rows = {row["set"]: row for row in false_alarms_of(trials)}
    every, white = rows["all"], rows["white"]
    assert (every["trials"], every["independent"], every["flagged_rate"]) == (30, 10, 0.2)
    assert (every["flagged_low"], every["flagged_high"]) == interval(2, 10)
    assert (white["trials"], white["independent"]) == (100, 100)
    assert (white["flagged_low"], white["flagged_high"]) == interval(0, 100)
    tell = {row["set"]: row["threshold"] for row in thresholds_of(trials, 2.0, 7.1)}
    assert tell["all"] is None, "ten stars tell nothing of one in a hundred"


def test_reliability() -> None:
    """Candidates are reliable as far as false ones of their period are rare."""
    trials = [_alarm("inverted", 0.0, 4.0 if n < 2 else None, n) for n in range(200)]
    trials += [_alarm("white", 0.0) for _ in range(9)]
    rows = {
        (row["set"], row["period_d_low"]): row
        for row in reliability_of(trials, [5.0, 5.5, 6.0, 7.0, 20.0], 100)
    }
    near = rows["all", 3.0]
    assert (near["expected"], near["observed"], near["reliability"]) == (1.0, 4, 0.75)
    assert near["reliability_low"] < 0.75 < near["reliability_high"]
    assert near["expected_low"] < 1.0 < near["expected_high"]
    assert rows["inverted", 3.0]["trials"] == 200
    assert rows["white", 3.0]["n_planet_candidates"] == 0
    assert rows["all", 30.0]["reliability"] is None


def test_thresholds() -> None:
    """A threshold is the least that no more than a share of the trials reaches, ties too."""
    scores = [n / 100 for n in range(200)]
    rows = {
        (row["quantity"], row["false_share"]): row
        for row in thresholds_of([_alarm("white", one) for one in scores], 1.5, 7.1)
    }
    score = rows["score", 0.01]
    assert score["threshold"] == pytest.approx(1.97)
    assert sum(one >= score["threshold"] for one in scores) == 2
    assert (score["present"], score["n_present"]) == (1.5, 50)
    assert rows["score", 0.001]["threshold"] is None
    assert rows["snr", 0.01]["threshold"] == pytest.approx(0.0)
    assert rows["snr", 0.01]["n_present"] == 0


def test_known() -> None:
    """What the light shows of published objects counts, and what a catalog says does not."""
    columns = ("planets", "planet_matches", "planet_missed", "binaries", "binary_matched")
    labels = ("eclipses", "contact", "delta_scuti", "gamma_doradus", "rr_lyrae", "rotation")
    plain = {
        **{f"known_{name}": None for name in (*columns, "variables", "variable_matches")},
        **{f"is_{name}": False for name in (*labels, "flares")},
        "fits_file": "a.fits",
        "is_flagged": False,
    }
    host = {
        "known_planets": "b (planet) + c (planet) + d (candidate)",
        "known_planet_matches": "b (planet) = candidate 2 x 0.5, +0.0010 d",
        "known_planet_missed": "c (planet): too_shallow, SNR 3.0 + d (candidate): not_found",
    }
    rotator = {
        "known_variables": "rotator 9 d + flare_star",
        "known_variable_matches": "rotator 9 d = freq_main x 1",
    }
    stars: list[dict[str, Any]] = [
        {**plain, **host, "is_flagged": True},
        {**plain, "known_binaries": "binary 3 d", "is_eclipses": None, "known_binary_matched": 1},
        {**plain, "known_binaries": "binary 0.4 d", "is_contact": True},
        {**plain, **rotator, "is_rotation": True},
    ]
    searched = Searched({("a.fits", 2)}, {("a.fits", 1)}, {"a.fits", "b.fits"}, {"b.fits"})
    rows = [(row["n_found"], row["n_objects"]) for row in known_of(stars, searched)]
    assert rows[:6] == [(1, 3), (1, 3), (0, 3), (1, 2), (1, 1), (1, 2)]
    assert rows[6:9] == [(1, 2), (1, 2), (0, 2)]
    assert rows[9:] == [(0, 0)] * 3 + [(1, 1), (1, 1), (0, 1)] + [(0, 1)] * 3


def test_columns() -> None:
    """Every summary fills the columns of its table, and no others."""
    trials = [*_TRIALS, _alarm("white", 1.0)]
    made = (
        completeness_of(trials),
        classes_of(trials),
        recall_of(trials),
        false_alarms_of(trials),
        reliability_of(trials, [1.0], 10),
        thresholds_of(trials, 2.0, 7.1),
        known_of([], Searched()),
    )
    for name, rows in zip(SUMMARIES, made, strict=True):
        for row in rows:
            assert set(row) == {column.name for column in COLUMNS_OF[name]}
