"""Rank a data set: read what is known of its stars, and write who is strange and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.baseline import Quiet, Shares
from preprocessing.anomalies.classes import classify
from preprocessing.anomalies.drift import Drift, drift_by_group, drift_of, usual
from preprocessing.anomalies.model import Model
from preprocessing.anomalies.model_file import model_digest, read_model, write_model
from preprocessing.anomalies.ranking import FEWEST_STARS, fit, ranks
from preprocessing.anomalies.schema import (
    BASELINE,
    MODEL_FILE,
    RANKING,
    RANKING_KEY,
    RANKING_VERSION,
    model_file_of,
)
from preprocessing.anomalies.star_table import Floats
from preprocessing.anomalies.table.columns import baseline_columns, ranking_columns
from preprocessing.anomalies.table.learned import GivenLabels, given_labels, learn, learned_ranks
from preprocessing.anomalies.table.quarters import quarters_of
from preprocessing.anomalies.table.ranked_columns import (
    Found,
    Ranks,
    Values,
    columns_of,
    identity_of,
    known_columns,
)
from preprocessing.anomalies.table.reading import DatasetRows, read_dataset
from preprocessing.core.errors import UsageError
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.schema import FEATURE_SET_VERSION
from preprocessing.system.atomic import replacing
from preprocessing.tables.value_tables import table_of_columns, table_of_rows, write_table

__all__ = ["Ranked", "Ranking", "Unranked", "rank_dataset"]

#: Of a star with a model from elsewhere, and of one that is too fast or too slow for any model.
_NOT_CHOSEN, _TOO_FEW, _OTHER_MODEL = "other_model", "too_few_of_cadence", "other_cadence"
#: Features that light may be too short for, whoever the star is: this one compares months.
_NEED_LONG_LIGHT = ("temp_restless",)


@dataclass(frozen=True, eq=False)
class Ranked:
    """The stars of one cadence class, ranked.

    Parameters
    ----------
    found : Found
        The stars, their model, scores and classes.
    ranks : Ranks
        Their ranks among all stars of the data set.
    why : mapping of int to str
        Why stars are strange by what labels leave, by row.
    drift : tuple of Drift
        Features in which usual stars differ from the baseline.
    by_quarter : mapping of str to tuple of Drift
        The same of those of one quarter, campaign or sector, where many have light of one alone.
    """

    found: Found
    ranks: Ranks
    why: Mapping[int, str]
    drift: tuple[Drift, ...]
    by_quarter: Mapping[str, tuple[Drift, ...]]


@dataclass(frozen=True, eq=False)
class Unranked:
    """The stars of a cadence class that have no score.

    Parameters
    ----------
    rows : DatasetRows
        The stars.
    reason : str
        Why, as the tables have it.
    why : str
        The same in words.
    """

    rows: DatasetRows
    reason: str
    why: str


@dataclass(frozen=True, eq=False)
class Ranking:
    """What was ranked, and what was not.

    Parameters
    ----------
    ranked : tuple of Ranked
        Each cadence class that has a model, the one of most stars first.
    unranked : tuple of Unranked
        The others.
    """

    ranked: tuple[Ranked, ...]
    unranked: tuple[Unranked, ...]


def rank_dataset(
    root: Path,
    shares: Shares | None,
    seed: int,
    model_path: Path | None,
    labels_path: Path | None = None,
    jobs: int = 1,
) -> Ranking:
    """Rank the stars of a data set; the caller holds the lock of its tables.

    Stars are measured against quiet ones of their own cadence class, each class with a model of its
    own. Ranks are those among all of them: rarities compare.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    shares : Shares, optional
        How the baseline is divided among kinds of stars.
    seed : int
        Of all that is random.
    model_path : Path, optional
        A saved model; without it, one is fitted to the quiet stars of each cadence class.
    labels_path : Path, optional
        Labels that a person gave to some of the stars.
    jobs : int
        Threads that work at the same time; the result does not depend on it.

    Raises
    ------
    UsageError
        The tables before it are not there, there are too few stars, or the model or the labels are
        not for them; nothing was written.
    """
    rows = read_dataset(root)
    labels = None if labels_path is None else given_labels(labels_path, rows)
    found: list[Found] = []
    unranked: list[Unranked] = []
    model = None if model_path is None else read_model(model_path)
    for name, chosen in rows.by_cadence().items():
        own, its_labels = rows.of(chosen), None if labels is None else labels.of(chosen)
        about = _about_model(own, name, seed)
        try:
            if model is None or model_path is None:
                found.append(_fitted(own, name, shares, seed, about, its_labels, jobs))
            else:
                _require_fitting(model, own, about, model_path)
                baseline = np.full(len(own.stars), _NOT_CHOSEN)
                found.append(_found(own, model, baseline, its_labels, jobs))
        except UsageError as error:
            is_first = not found and not unranked
            if is_first and model is None:
                raise
            reason = _TOO_FEW if model is None else _OTHER_MODEL
            unranked.append(Unranked(own, reason, str(error)))
    if not found:
        raise UsageError(unranked[0].why)
    ranked = _write(root, found, unranked, jobs)
    if model is None:
        for number, one in enumerate(found):
            name = model_file_of(one.model.about["cadence_class"]) if number else MODEL_FILE
            write_model(root / name, one.model)
    return Ranking(ranked, tuple(unranked))


def _about_model(rows: DatasetRows, cadence_class: str, seed: int) -> dict[str, str]:
    return {
        "mission": rows.mission.name,
        "cadence_class": cadence_class,
        "feature_set": FEATURE_SET_VERSION,
        "seed": str(seed),
        "catalogs": "known" if rows.has_catalogs else "none",
    }


def _fitted(
    rows: DatasetRows,
    cadence_class: str,
    shares: Shares | None,
    seed: int,
    about: Mapping[str, str],
    labels: GivenLabels | None,
    jobs: int,
) -> Found:
    """Return the stars of a cadence class by a model that is fitted to its quiet ones."""
    if len(rows.stars) >= FEWEST_STARS:
        _require_features(rows.all_missing[cadence_class])
    fitted = fit(rows.stars, shares, seed, about)
    return _found(rows, fitted.model, fitted.baseline, labels, jobs)


def _found(
    rows: DatasetRows,
    model: Model,
    baseline: NDArray[np.str_],
    labels: GivenLabels | None,
    jobs: int,
) -> Found:
    scores = model.score(rows.stars, jobs)
    learned = None if labels is None else learn(labels, model, scores)
    return Found(rows, model, scores, baseline, classify(rows.stars), learned)


def _require_features(all_missing: Mapping[str, Set[str]]) -> None:
    """Make sure that each feature has a value of some star, unless there cannot be one.

    Light of one sector is too short to compare months; and stars may have no dip, flare or transit.
    """
    for name, reasons in all_missing.items():
        is_too_short = name in _NEED_LONG_LIGHT and reasons == {"too_short"}
        if not is_too_short and reasons != {"no_events"}:
            raise UsageError(
                f"no star has a value of {name} ({', '.join(sorted(reasons))}): there is nothing to"
                " measure it by. Compute the features again (xenoscan features --recompute), add"
                " stars, or give a saved model with --model"
            )


def _require_fitting(model: Model, rows: DatasetRows, about: Mapping[str, str], path: Path) -> None:
    """Make sure that a model is for the stars."""
    for key, what in (
        ("mission", "of the mission"),
        ("cadence_class", "for light curves of the cadence"),
        ("feature_set", "for version"),
    ):
        if model.about.get(key) != about[key]:
            end = " of the feature set" if key == "feature_set" else ""
            raise UsageError(
                f"{path} is a model {what} {model.about.get(key)}{end}, and these stars are"
                f" {about[key]}: a model ranks what it was fitted to alone"
            )
    if model.feature_names != rows.stars.feature_names:
        raise UsageError(f"{path} is a model of other features: make it again with xenoscan rank")


def _write(
    root: Path, found: Sequence[Found], unranked: Sequence[Unranked], jobs: int
) -> tuple[Ranked, ...]:
    """Write both tables; return the stars with their ranks and reasons."""
    seen = _among_all([one.scores.score for one in found])
    left = _among_all([one.scores.left_score for one in found])
    by_labels = learned_ranks([one.learned for one in found])
    own_ranks = [Ranks(*each) for each in zip(seen, left, by_labels, strict=True)]
    made = [columns_of(one, own, jobs) for one, own in zip(found, own_ranks, strict=True)]
    columns = [
        *(own for own, _ in made),
        *(_without_score(one) for one in unranked),
    ]
    about = _about(found)
    kinds = ranking_columns(found[0].rows.mission)
    # Stars without a score come last.
    last = [np.full(len(one.rows.number), np.iinfo(np.int64).max) for one in unranked]
    _write_table(root, RANKING, kinds, columns, about, np.concatenate([*seen, *last]))
    quiet = [
        *(_quiet_columns(one.rows, one.baseline) for one in found),
        *(_quiet_columns(one.rows, _reasons(one)) for one in unranked),
    ]
    groups = [*(one.rows for one in found), *(one.rows for one in unranked)]
    places = np.concatenate([one.place for one in groups])
    _write_table(root, BASELINE, baseline_columns(found[0].rows.mission), quiet, about, places)
    return tuple(
        Ranked(one, own, why, *_drift(root, one))
        for one, own, (_, why) in zip(found, own_ranks, made, strict=True)
    )


def _drift(root: Path, one: Found) -> tuple[tuple[Drift, ...], dict[str, tuple[Drift, ...]]]:
    is_usual = usual(one.scores.score, one.model.threshold)
    scaled = one.scores.scaled[is_usual]
    quarters = quarters_of(root, one.rows)[is_usual]
    return drift_of(one.model, scaled), drift_by_group(one.model, scaled, quarters)


def _among_all(scores: Sequence[Floats]) -> list[NDArray[np.int64]]:
    """Return the ranks of the stars of each cadence class among those of all classes."""
    edges = np.cumsum([len(one) for one in scores])[:-1]
    return np.split(ranks(np.concatenate(scores)), edges)


def _without_score(one: Unranked) -> dict[str, Values]:
    return dict(known_columns(one.rows, classify(one.rows.stars), _reasons(one)))


def _reasons(one: Unranked) -> NDArray[np.str_]:
    return np.full(len(one.rows.number), one.reason)


def _quiet_columns(rows: DatasetRows, baseline: NDArray[np.str_]) -> dict[str, Values]:
    return {
        **identity_of(rows),
        "is_quiet": baseline == Quiet.QUIET,
        "reason": baseline.tolist(),
        "magnitude": _known(rows.stars.magnitude),
        "teff": _known(rows.stars.teff),
    }


def _about(found: Sequence[Found]) -> dict[str, str]:
    """Return what the tables say about themselves: of the first model, and of further ones."""
    first, *others = found
    about = {
        RANKING_KEY: RANKING_VERSION,
        "mission": first.rows.mission.name,
        "model_sha256": model_digest(first.model),
        "threshold": repr(first.model.threshold),
        **{f"model_{key}": value for key, value in first.model.about.items()},
    }
    for one in others:
        end = one.model.about["cadence_class"]
        about[f"model_sha256_{end}"] = model_digest(one.model)
        about[f"threshold_{end}"] = repr(one.model.threshold)
    return about


def _write_table(
    root: Path,
    name: str,
    kinds: Sequence[ValueColumn],
    parts: Sequence[Mapping[str, Values]],
    about: Mapping[str, str],
    place: NDArray[np.int64],
) -> None:
    """Write a table of the columns of some groups of stars, sorted by their places."""
    schema = table_of_rows([], kinds, about).schema
    table = table_of_columns([_joined(parts, kind.name) for kind in kinds], schema)
    with replacing(root / f"{name}.parquet") as stream:
        write_table(stream, table.take(np.argsort(place, kind="stable")))


def _joined(parts: Sequence[Mapping[str, Values]], name: str) -> Values:
    """Return a column of all groups; null where a group has it not."""
    if len(parts) == 1 and name in parts[0]:
        return parts[0][name]
    joined: list[object] = []
    for one in parts:
        own = one[name] if name in one else [None] * len(one["fits_file"])
        joined += own.tolist() if isinstance(own, np.ndarray) else own
    return joined


def _known(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
