"""What one worker does at a time: some trials, from changed light to score and class."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import thread_time
from typing import Any, cast

import numpy as np

from preprocessing.anomalies.classes import classify
from preprocessing.anomalies.table.reading import stars_of
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.value_column import ValueColumn
from preprocessing.dataset.units import Done, Unit, read_unit
from preprocessing.features.extraction import compile_once, extract
from preprocessing.features.table.columns import (
    candidate_rows,
    feature_columns,
    feature_row,
)
from preprocessing.missions import MISSIONS, Mission
from preprocessing.tables.curve_rows import FILE, NAME, Row, known_value
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.value_tables import table_of_rows
from preprocessing.validation.injection import CLASS_OF
from preprocessing.validation.table.context import Context, context_of
from preprocessing.validation.trial_sets import SetName
from preprocessing.validation.trials import Trial, TrialLight, light_of
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.table.columns import (
    disposition_columns,
    disposition_rows,
    event_columns,
    event_rows,
    identity_of,
    vetting_columns,
    vetting_row,
)
from preprocessing.vetting.table.given_star import given_star
from preprocessing.vetting.vetting import vet

__all__ = ["DoneTrials", "TrialUnit", "run_trials"]

_PPM = 1e6
#: Sets whose events are where they were in the light, so that its coincidences hold.
_IN_PLACE = (SetName.INJECTED, SetName.PLANETS, SetName.UNCHANGED, SetName.INVERTED)
_GLITCH, _PLANET_CANDIDATE = "glitch", "planet_candidate"
#: Until when events of a glitch are found: it has decayed to a hundredth then.
_DECAYS = 5.0
#: Kinds of signals that are recovered if a candidate has their period.
_WITH_PERIOD = ("planet", "late planet", "grazing planet")


@dataclass(frozen=True)
class TrialUnit:
    """Some trials.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    run : str
        Tells runs from each other.
    model_path : Path
        The model that they are scored with.
    model_sha256 : str
        Its digest.
    trials : tuple of Trial
        The trials.
    names : mapping of str to str
        Id of each of their stars in the data set, by FITS file.
    """

    root: Path
    run: str
    model_path: Path
    model_sha256: str
    trials: tuple[Trial, ...]
    names: Mapping[str, str] = field(repr=False)


@dataclass
class DoneTrials:
    """What became of a unit.

    Parameters
    ----------
    rows : list of mapping
        A row of each trial.
    failures : list of (str, str)
        Each trial that could not be made, and why.
    cpu_s : float
        Processor time of all of it.
    """

    rows: list[Row]
    failures: list[tuple[str, str]]
    cpu_s: float = 0.0


@dataclass
class _Tables:
    """The rows that the stages before would write of the trials."""

    features: list[Row] = field(default_factory=list)
    vetting: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    dispositions: list[Row] = field(default_factory=list)


def run_trials(unit: TrialUnit) -> DoneTrials:
    """Put each trial's light on the road that the stars of a data set went.

    Parameters
    ----------
    unit : TrialUnit
        The trials.
    """
    compile_once()
    start_s = thread_time()
    context = context_of(unit.root, unit.run, unit.model_path, unit.model_sha256)
    read, tables, rows, failures = Done(()), _Tables(), [], []
    by_file: dict[str, list[Trial]] = {}
    for trial in unit.trials:
        by_file.setdefault(trial.file, []).append(trial)
    names = {unit.names[file]: file for file in by_file}
    # One star at a time: light of fast cadence is large.
    for curve, about in read_unit(Unit(unit.root, unit.run, names), read):
        for trial in by_file[str(about[FILE])]:
            try:
                light = light_of(trial, curve)
            except ValueError as error:
                failures.append((trial.key, str(error)))
                continue
            rows.append(_described(trial, light, {**about, FILE: trial.key}, tables, context))
    failures += [
        (trial.key, text) for name, text in read.failures for trial in by_file[names[name]]
    ]
    done = _scored(rows, tables, context, unit.root) if rows else []
    return DoneTrials(done, failures, thread_time() - start_s)


def _described(
    trial: Trial, light: TrialLight, about: Row, tables: _Tables, context: Context
) -> dict[str, object]:
    """Add the rows of a trial to the tables, and return what is known of it before its score."""
    curve = light.curve
    mission = MISSIONS[curve.mission]
    record = extract(
        curve.time,
        curve.flux,
        curve.flux_err,
        curve.sequence_number,
        lines=mission.instrument_lines,
    )
    features = feature_row(mission, curve.number, about, record)
    candidates = candidate_rows(mission, curve.number, about, record)
    # A quiet star is in no table, so that nothing is lost by not asking any.
    star = given_star(curve, _evidence(features), [_evidence(one) for one in candidates], None)
    vetted = vet(star)
    identity = identity_of(mission, curve.number, about)
    dispositions = disposition_rows(identity, star, vetted)
    events = [
        {**row, "is_coincident": _is_coincident(trial, light, row, context)}
        for row in event_rows(identity, star, vetted)
    ]
    is_coincidence = any(row["is_coincident"] for row in events)
    tables.features.append(features)
    tables.vetting.append(
        {**vetting_row(identity, "", star, vetted), "is_coincidence": is_coincidence}
    )
    tables.events.extend(events)
    tables.dispositions.extend(dispositions)
    return {
        **_truth(trial, light, curve, about, mission),
        "magnitude": star.parameters.get("magnitude"),
        **_search(light, curve, candidates, dispositions),
    }


def _evidence(row: Row) -> Mapping[str, Evidence]:
    """Return a row as the tables give it to vetting, which has no objects."""
    return cast("Mapping[str, Evidence]", row)


def _is_coincident(trial: Trial, light: TrialLight, event: Row, context: Context) -> bool:
    place, peak_d = event["place"], float(str(event["peak_d"]))
    if place is None:
        return False
    if trial.kind == _GLITCH and light.signal is not None:
        # All stars of a channel have a glitch, and here one star stands for them.
        start_d, lasts_d = (light.signal.truth[name] for name in ("start_d", "recovery_d"))
        if start_d - lasts_d <= peak_d <= start_d + _DECAYS * lasts_d:
            return True
    in_place = trial.set in _IN_PLACE
    return in_place and context.is_coincident(str(place), int(str(event["sequence"])), peak_d)


def _truth(
    trial: Trial, light: TrialLight, curve: LightCurve, about: Row, mission: Mission
) -> dict[str, object]:
    signal = light.signal
    truth = {} if signal is None else dict(signal.truth)
    amplitude = None if signal is None else signal.amplitude
    return {
        "set": trial.set,
        "number": trial.number,
        "seed": trial.seed,
        "mission": mission.name,
        key_column(mission): curve.number,
        NAME: about[NAME],
        FILE: trial.file,
        "noise_ppm": known_value(light.noise * _PPM),
        "class": CLASS_OF.get(trial.kind),
        "kind": trial.kind or None,
        "period_d": truth.get("period_d"),
        "epoch_d": truth.get("epoch_d"),
        "duration_h": truth.get("duration_h"),
        "depth_ppm": None if amplitude is None else amplitude * _PPM,
        "over_noise": None if amplitude is None else known_value(amplitude / light.noise),
        "truth": None if signal is None else json.dumps(truth, sort_keys=True),
    }


def _search(
    light: TrialLight, curve: LightCurve, candidates: Sequence[Row], dispositions: Sequence[Row]
) -> dict[str, object]:
    """Return what the search for transits found, and what vetting made of it."""
    passing = [one for one in candidates if one["passes"]]
    vetted = {one["number"] for one in dispositions if one["disposition"] == _PLANET_CANDIDATE}
    good = [one for one in candidates if one["number"] in vetted]
    best: Mapping[str, Any] = max(
        good or passing or candidates, key=lambda one: float(str(one["snr"] or 0)), default={}
    )
    return {
        "n_candidates": len(candidates),
        "is_candidate": bool(passing),
        "is_planet_candidate": bool(good),
        "found_period_d": best.get("period_d"),
        "found_snr": best.get("snr"),
        "is_recovered": _is_recovered(light, curve, passing),
    }


def _is_recovered(light: TrialLight, curve: LightCurve, passing: Sequence[Row]) -> bool | None:
    """Return whether a candidate's events stay within two durations of the true ones."""
    signal = light.signal
    if signal is None or signal.kind not in _WITH_PERIOD:
        return None
    span_d = float(curve.time[-1] - curve.time[0])
    period_d, allowed_d = signal.truth["period_d"], signal.truth["duration_h"] / 12
    found = (float(str(one["period_d"])) for one in passing)
    return any(abs(one / period_d - 1) * span_d < allowed_d for one in found)


def _scored(
    rows: Sequence[dict[str, object]], tables: _Tables, context: Context, root: Path
) -> list[Row]:
    """Return the rows with score, rank and class."""
    mission = MISSIONS[str(rows[0]["mission"])]

    def table(own: Sequence[Row], columns: tuple[ValueColumn, ...]) -> Any:
        return table_of_rows(own, columns, {})

    stars = stars_of(
        table(tables.features, feature_columns(mission)),
        table(tables.vetting, vetting_columns(mission)),
        table(tables.dispositions, disposition_columns(mission)),
        table(tables.events, event_columns(mission)),
        root,
    )
    scores, model = context.model.score(stars), context.model
    classes = classify(stars)
    names = np.array(list(stars.labels))
    given = np.array([stars.labels[name] for name in names]).T
    return [
        {
            **row,
            "labels": "+".join(names[given[number]]),
            "score": float(scores.score[number]),
            "score_unexplained": float(scores.left_score[number]),
            "rank": _rank(context.scores, scores.score[number]),
            "rank_unexplained": _rank(context.left_scores, scores.left_score[number]),
            "is_flagged": bool(scores.score[number] >= model.threshold),
            "is_flagged_unexplained": bool(scores.left_score[number] >= model.threshold),
            "class_found": str(classes[number]),
        }
        for number, row in enumerate(rows)
    ]


def _rank(ascending: np.ndarray, score: float) -> int:
    """Return the rank of one more star."""
    return 1 + len(ascending) - int(np.searchsorted(ascending, score, side="right"))
