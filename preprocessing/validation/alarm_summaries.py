"""From trials without signals to false alarms, reliability, and the thresholds that follow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from preprocessing.validation.binomial import interval, rate_row
from preprocessing.validation.bins import PERIODS_D
from preprocessing.validation.trial_sets import FALSE_ALARM_SETS, SET_OF, SetName

__all__ = ["false_alarms_of", "reliability_of", "thresholds_of"]

Trial = Mapping[str, Any]
Rows = list[dict[str, Any]]

#: Sets that are made from real light and have none of its signals: together they stand for what
#: the instrument and stars make by chance (Thompson et al. 2018, ApJS 235, 38, section 2.3).
_POOLED = (SetName.INVERTED, SetName.SCRAMBLED, SetName.SEASONS, SetName.BOOTSTRAPPED)
_ALL = "all"
#: Shares of the stars of a set that may be false.
_SHARES = (0.01, 0.001)
#: What is counted, and the column of the trials that says so.
_COUNTED = {
    "candidates": "is_candidate",
    "planet_candidates": "is_planet_candidate",
    "flagged": "is_flagged",
    "flagged_unexplained": "is_flagged_unexplained",
}


def false_alarms_of(trials: Sequence[Trial]) -> Rows:
    """Return the rows of ``validation_false_alarms.parquet``.

    Parameters
    ----------
    trials : sequence of mapping
        All trials.
    """
    rows: Rows = []
    for name, own in _by_set(trials):
        counts = {what: sum(one[column] for one in own) for what, column in _COUNTED.items()}
        head = {"set": name, "trials": len(own), "independent": (n_own := _independent(name, own))}
        rates = (rate_row(what, n, len(own), n_own).items() for what, n in counts.items())
        rows.append({**head, **{key: v for one in rates for key, v in one}})
    return rows


def reliability_of(trials: Sequence[Trial], periods_d: Sequence[float], n_stars: int) -> Rows:
    """Return the rows of ``validation_reliability.parquet``.

    Parameters
    ----------
    trials : sequence of mapping
        All trials.
    periods_d : sequence of float
        Period of the strongest planet candidate of each star of the data set that has one.
    n_stars : int
        Its stars.
    """
    rows: Rows = []
    for name, own in _by_set(trials):
        found = [
            one["found_period_d"]
            for one in own
            if one["is_planet_candidate"] and one["found_period_d"] is not None
        ]
        n_own = _independent(name, own)
        for low, high in pairwise(PERIODS_D):
            n_false = sum(low <= period < high for period in found)
            n_observed = sum(low <= period < high for period in periods_d)
            rows.append(
                {
                    "set": name,
                    "period_d_low": low,
                    "period_d_high": high,
                    "trials": len(own),
                    "independent": n_own,
                    **rate_row("planet_candidates", n_false, len(own), n_own),
                    "stars": n_stars,
                    **_reliability(n_false / len(own), n_own, n_stars, n_observed),
                }
            )
    return rows


def _reliability(
    false_rate: float, independent: int, n_stars: int, n_observed: int
) -> dict[str, float | None]:
    """Return what is expected beside what is observed, and the share of it that is real.

    As Thompson et al. (2018, section 7.3) have it, but by rates of stars: 1 - expected / observed.
    """
    names = ("reliability", "reliability_low", "reliability_high")
    least, most = interval(false_rate * independent, independent)
    expected = [rate * n_stars for rate in (false_rate, most, least)]
    head = {"expected": expected[0], "expected_low": expected[2], "expected_high": expected[1]}
    if not n_observed:
        return {**head, "observed": 0, **dict.fromkeys(names)}
    values = (max(0.0, 1 - one / n_observed) for one in expected)
    return {**head, "observed": n_observed, **dict(zip(names, values, strict=True))}


def thresholds_of(trials: Sequence[Trial], present_score: float, present_snr: float) -> Rows:
    """Return the rows of ``validation_thresholds.parquet``.

    Parameters
    ----------
    trials : sequence of mapping
        All trials.
    present_score : float
        Score from which stars are flagged.
    present_snr : float
        Signal-to-noise ratio from which the search takes a candidate.
    """
    rows: Rows = []
    for name, own in _by_set(trials):
        for quantity, present in (
            ("score", present_score),
            ("score_unexplained", present_score),
            ("snr", present_snr),
        ):
            values = [_value(one, quantity) for one in own]
            reach = sum(value >= present for value in values)
            n_own = _independent(name, own)
            rows += [
                {
                    "quantity": quantity,
                    "set": name,
                    "trials": len(own),
                    "independent": n_own,
                    "false_share": share,
                    "threshold": _threshold(values, share, n_own),
                    "present": present,
                    **rate_row("present", reach, len(own), n_own),
                }
                for share in _SHARES
            ]
    return rows


def _value(one: Trial, quantity: str) -> float:
    """Return a score, or the ratio of the strongest candidate: of those vetting passed, if any."""
    if quantity != "snr":
        return float(one[quantity])
    return float(one["found_snr"] or 0.0) if one["is_candidate"] else 0.0


def _threshold(values: Sequence[float], share: float, independent: int) -> float | None:
    """Return the least number that no more than a share of values reaches: stars that do count.

    None if there are too few to tell: a share of the independent ones is less than one.
    """
    if share * independent < 1:
        return None
    allowed = math.floor(share * len(values))
    return math.nextafter(sorted(values, reverse=True)[allowed], math.inf)


def _independent(name: str, own: Sequence[Trial]) -> int:
    """Return for how many trials those of a set count: one a star, where they share its light."""
    shares_light = name == _ALL or SET_OF[name].shares_light
    return len({one["fits_file"] for one in own}) if shares_light else len(own)


def _by_set(trials: Sequence[Trial]) -> list[tuple[str, list[Trial]]]:
    """Return the trials of each set, and of all that are made from real light together."""
    found = [(name, [t for t in trials if t["set"] == name]) for name in FALSE_ALARM_SETS]
    pooled = [one for one in trials if one["set"] in _POOLED]
    return [(name, own) for name, own in [*found, (_ALL, pooled)] if own]
