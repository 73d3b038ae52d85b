"""From trials with signals to completeness, confusion matrix and recall."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from preprocessing.anomalies.classes import CLASSES as RULES
from preprocessing.anomalies.classes import UNEXPLAINED
from preprocessing.validation.binomial import interval, rate_row
from preprocessing.validation.bins import DEPTHS_PPM, MAGNITUDES, PERIODS_D, bin_of
from preprocessing.validation.injection import INJECTED_KINDS
from preprocessing.validation.trial_sets import SET_OF, SetName, Use

__all__ = ["BALANCED", "classes_of", "completeness_of", "recall_of"]

_K = TypeVar("_K", bound=Hashable)
Trial = Mapping[str, Any]
Rows = list[dict[str, Any]]

#: The row with the mean of the recalls of all classes.
BALANCED = "balanced"
#: From this amplitude over the noise of a point on, signals are strong.
_STRONG = 10.0
_STRENGTHS = ("strong", "all")
_CLASS_NAMES = tuple(rule.name for rule in RULES)


def completeness_of(trials: Sequence[Trial]) -> Rows:
    """Return the rows of ``validation_completeness.parquet``.

    Parameters
    ----------
    trials : sequence of mapping
        All trials.
    """
    cells = _grouped(
        _signals(trials),
        lambda one: (
            one["set"],
            one["class"],
            one["kind"],
            bin_of(one["period_d"], PERIODS_D),
            bin_of(one["depth_ppm"], DEPTHS_PPM),
            bin_of(one["magnitude"], MAGNITUDES),
        ),
    )
    rows: Rows = []
    for (name, true_class, kind, *bins), own in sorted(cells.items(), key=_order):
        row: dict[str, object] = {"set": name, "class": true_class, "kind": kind}
        for of, (low, high) in zip(("period_d", "depth_ppm", "magnitude"), bins, strict=True):
            row.update({f"{of}_low": low, f"{of}_high": high})
        recovered = [one["is_recovered"] for one in own if one["is_recovered"] is not None]
        found = sum(recovered) if recovered else None
        rows.append(
            {
                **row,
                "trials": len(own),
                **rate_row("recovered", found, len(own)),
                **_flagged(own),
                **_right(own),
            }
        )
    return rows


def classes_of(trials: Sequence[Trial]) -> Rows:
    """Return the rows of ``validation_classes.parquet``; the argument of `completeness_of`."""
    rows: Rows = []
    for (name, strength), own in _by_strength(trials):
        counts = Counter((one["class"], one["class_found"]) for one in own)
        rows += [
            {
                "set": name,
                "strength": strength,
                "class": true_class,
                "class_found": found,
                "trials": counts[true_class, found],
            }
            for true_class in _CLASS_NAMES
            for found in (*_CLASS_NAMES, UNEXPLAINED)
            if any(true_class == one for one, _ in counts)
        ]
    return rows


def recall_of(trials: Sequence[Trial]) -> Rows:
    """Return the rows of ``validation_recall.parquet``; the argument of `completeness_of`."""
    rows: Rows = []
    for (name, strength), own in _by_strength(trials):
        head = {"set": name, "strength": strength}
        by_class = _grouped(own, lambda one: one["class"])
        by_kind = _grouped(own, lambda one: (one["class"], one["kind"]))
        for true_class in _CLASS_NAMES:
            if true_class not in by_class:
                continue
            rows.append({**head, "class": true_class, "kind": None, **_all(by_class[true_class])})
            rows += [
                {**head, "class": true_class, "kind": kind, **_all(of_kind)}
                for kind in INJECTED_KINDS
                if (of_kind := by_kind.get((true_class, kind)))
            ]
        if set(by_class) == set(_CLASS_NAMES):
            rows.append({**head, "class": BALANCED, "kind": None, **_balanced(by_class)})
    return rows


def _balanced(by_class: Mapping[str, Sequence[Trial]]) -> dict[str, object]:
    """Return the mean of the recalls, and its interval from theirs.

    Their errors are independent, so that distances to the ends add up by squares (Newcombe 1998,
    Statistics in Medicine 17, 873).
    """
    counts = [(_n_right(own), len(own)) for own in by_class.values()]
    recalls = [found / n for found, n in counts]
    lows, highs = zip(*(interval(*one) for one in counts), strict=True)
    mean = sum(recalls) / len(recalls)
    below, above = (math.dist(recalls, ends) / len(recalls) for ends in (lows, highs))
    every = [one for own in by_class.values() for one in own]
    return {
        "trials": len(every),
        "n_right_class": _n_right(every),
        "right_class_rate": mean,
        "right_class_low": mean - below,
        "right_class_high": mean + above,
        **_flagged(every),
    }


def _all(own: Sequence[Trial]) -> dict[str, object]:
    return {"trials": len(own), **_right(own), **_flagged(own)}


def _right(own: Sequence[Trial]) -> dict[str, object]:
    return rate_row("right_class", _n_right(own), len(own))


def _n_right(own: Sequence[Trial]) -> int:
    return sum(one["class"] == one["class_found"] for one in own)


def _flagged(own: Sequence[Trial]) -> dict[str, object]:
    return rate_row("flagged", sum(one["is_flagged"] for one in own), len(own))


def _signals(trials: Sequence[Trial]) -> list[Trial]:
    return [one for one in trials if SET_OF[one["set"]].use is Use.SIGNALS]


def _by_strength(trials: Sequence[Trial]) -> list[tuple[tuple[str, str], list[Trial]]]:
    """Return the trials of each set of all classes: those of strong signals, and all."""
    sets = _grouped(_signals(trials), lambda one: str(one["set"]))
    return [
        ((name, strength), chosen)
        for name, own in sets.items()
        if name != SetName.PLANETS
        for strength in _STRENGTHS
        if (chosen := [t for t in own if strength != _STRENGTHS[0] or _is_strong(t)])
    ]


def _is_strong(one: Trial) -> bool:
    return bool((one["over_noise"] or 0.0) >= _STRONG)


def _grouped(own: Iterable[Trial], key: Callable[[Trial], _K]) -> dict[_K, list[Trial]]:
    found: dict[_K, list[Trial]] = defaultdict(list)
    for one in own:
        found[key(one)].append(one)
    return dict(found)


def _order(cell: tuple[tuple[Any, ...], object]) -> tuple[object, ...]:
    """Return what cells are sorted by; what is not known comes first."""
    name, true_class, kind, *bins = cell[0]
    lows = (-math.inf if low is None else low for low, _ in bins)
    return (list(SET_OF).index(name), true_class, kind, *lows)
