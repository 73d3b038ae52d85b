"""What the page of one star shows, as JSON has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from preprocessing.core.known_object import KnownObject
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.features.schema import FEATURE_NAMES, FEATURES
from preprocessing.report.dashboard.labels import GivenLabel
from preprocessing.report.star.record import StarRecord
from preprocessing.tables.curve_rows import Row
from preprocessing.vetting.schema import DISPOSITIONS, VETTING

__all__ = ["star_answer"]

_PPM = 1e6
_PASSED, _FAILED = "pass", "fail"
_OUTCOME = "_outcome"
#: Beginnings of the columns of vetting that are a label's evidence.
_EVIDENCE = {
    "flares": ("flare_",),
    "rotation": ("rotation_",),
    "eclipses": ("eclipse_",),
    "contact": ("eclipse_",),
    "delta_scuti": ("pulsation_",),
    "gamma_doradus": ("pulsation_",),
    "rr_lyrae": ("pulsation_",),
    "known_planet": ("known_planets", "known_planet_matches"),
    "known_binary": ("known_binaries", "known_binary_matches"),
    "known_variable": ("known_variables", "known_variable_matches"),
    "instrument_line": ("instrument_line", "instrument_clock"),
    "coincidence": ("coincidence_",),
    "flagged_times": ("instrument_flag",),
    "edges": ("instrument_edge",),
    "steps": ("instrument_steps", "instrument_largest_step"),
}


def star_answer(
    star: str,
    record: StarRecord,
    row: Mapping[str, object],
    neighbors: list[str],
    label: GivenLabel | None,
) -> dict[str, object]:
    """Return what all tables say of a star.

    Parameters
    ----------
    star : str
        Its name in addresses.
    record : StarRecord
        What the tables say.
    row : mapping
        Its row in the table of all stars.
    neighbors : list of str
        The stars that are most like it, by their names in addresses.
    label : GivenLabel or None
        What a person says of it.
    """
    return {
        "star": star,
        "names": list(dict.fromkeys([record.name, *_names(record.known)])),
        "row": dict(row),
        "features": list(_features(record)),
        "labels": [{"name": name, "evidence": _evidence(name, record)} for name in record.labels],
        "candidates": [_candidate(one, record) for one in record.candidates],
        "events": [dict(event) for event in record.events],
        "ranking": _ranking(record) if record.ranking else None,
        "neighbors": neighbors,
        "outcome": None if record.outcome is None else _outcome(record.outcome),
        "known": [asdict(one) for one in record.known],
        "missing": dict(record.missing),
        "lightkurve": opening_line(record),
        "label": None if label is None else {"label": label.label or None, "note": label.note},
    }


def opening_line(record: StarRecord) -> str:
    """Return the line of Python that opens a star's light in lightkurve."""
    root = str(record.root.resolve())
    return (
        "from preprocessing import open_dataset;"
        f" lc = open_dataset({root!r}).to_lightkurve({record.light_name!r})"
    )


def _names(known: tuple[KnownObject, ...]) -> Iterator[str]:
    return (one.name for one in known if one.name)


def _features(record: StarRecord) -> Iterator[dict[str, object]]:
    about = record.columns.get(FEATURES, {})
    for name in FEATURE_NAMES:
        if name not in record.features:
            continue
        column = about.get(name)
        yield {
            "name": name,
            "value": record.features[name],
            "unit": column.unit if column else "",
            # Of a column's text, the formula and more stand behind the first sentence.
            "words": column.meaning.partition(" Formula: ")[0] if column else "",
            "reason": record.features.get(f"{name}_reason"),
        }


def _evidence(label: str, record: StarRecord) -> str:
    """Return the numbers of vetting that speak for a label, in one line."""
    about = record.columns.get(VETTING, {})
    parts = []
    for name, value in record.vetting.items():
        if value is None or not name.startswith(_EVIDENCE.get(label, (f"{label}_",))):
            continue
        unit = about[name].unit if name in about else ""
        words = name.replace("_", " ")
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        parts.append(f"{words} {shown}{' ' + unit if unit else ''}")
    return ", ".join(parts)


def _candidate(candidate: Row, record: StarRecord) -> dict[str, object]:
    judged = record.disposition_of(candidate)
    depth = candidate.get("depth")
    return {
        "number": candidate.get("number"),
        "period": candidate.get("period_d"),
        "epoch": candidate.get("epoch_d"),
        "duration": candidate.get("duration_d"),
        "depth": depth / _PPM if isinstance(depth, float) else None,
        "snr": candidate.get("snr"),
        "disposition": judged.get("disposition"),
        "tests": list(_tests(judged, record)),
    }


def _tests(judged: Row, record: StarRecord) -> Iterator[dict[str, object]]:
    about = record.columns.get(DISPOSITIONS, {})
    for column, outcome in judged.items():
        if not column.endswith(_OUTCOME):
            continue
        name = column.removesuffix(_OUTCOME)
        yield {
            "name": name,
            "value": judged.get(name),
            "sigma": judged.get(f"{name}_sigma"),
            "threshold": judged.get(f"{name}_limit"),
            "unit": about[name].unit if name in about else "",
            "words": about[name].meaning if name in about else "",
            "passed": {_PASSED: True, _FAILED: False}.get(str(outcome)),
            "outcome": outcome,
        }


def _ranking(record: StarRecord) -> dict[str, object]:
    ranking = record.ranking
    why = str(ranking.get("why") or "")
    return {
        **{
            name: ranking.get(name)
            for name in ("rank", "rank_unexplained", "rank_learned", "score", "class")
        },
        "score_unexplained": ranking.get("score_unexplained"),
        "flagged_by": ranking.get("flagged_by"),
        "threshold": _number(record.about.get("ranking", {}).get("threshold")),
        "evidence": why,
        "reasons": _reasons(record, ""),
        "reasons_unexplained": _reasons(record, "_unexplained"),
        "parts": [{"name": name, "value": value} for name, value in record.parts().items()],
    }


def _reasons(record: StarRecord, which: str) -> list[dict[str, Any]]:
    """Return the features that add most, with the words that the ranking has for them."""
    reasons = record.reasons(which)
    words = str(record.ranking.get(f"why{which}") or "").split("; ")
    said = words if len(words) == len(reasons) else [""] * len(reasons)
    return [
        {"feature": feature, "words": text, "share": share}
        for (feature, share), text in zip(reasons, said, strict=True)
    ]


def _outcome(outcome: TargetOutcome) -> dict[str, object]:
    fields = asdict(outcome)
    del fields["provenance"]
    return {**fields, "reason": str(outcome.reason)}


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
