"""Tables of features and vetting of invented stars, as the stages before the ranking write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from preprocessing.anomalies.explained import CAUSES
from preprocessing.anomalies.schema import BASELINE, RANKING, RANKING_KEY, RANKING_VERSION
from preprocessing.anomalies.star_table import Absence, StarTable
from preprocessing.anomalies.table.columns import baseline_columns, ranking_columns
from preprocessing.features.schema import FEATURE_NAMES
from preprocessing.features.table.store import feature_tables
from preprocessing.missions import MISSIONS
from preprocessing.tables.stage_tables import StageTables
from preprocessing.tables.value_tables import table_of_rows, write_table
from preprocessing.vetting.schema import LABEL_NAMES
from preprocessing.vetting.table.store import vetting_tables

__all__ = ["DIPPER", "quiet_table", "write_ranking", "write_tables"]

#: Number of the star that dims.
DIPPER = 900_000_000
_EVENT = ("shape_dip", "shape_flare")
_MOST = 150
#: Changes a star's row of features and of vetting.
Change = Callable[[int, dict[str, Any], dict[str, Any]], None]


def quiet_table(n: int, seed: int = 0) -> StarTable:
    """Return quiet stars, few of which have an event."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, len(FEATURE_NAMES)))
    absence = np.zeros(features.shape, np.int8)
    is_shape = np.array([name.startswith(_EVENT) for name in FEATURE_NAMES])
    absence[np.outer(rng.random(n) < 0.9, is_shape)] = Absence.NATURE
    features[absence > 0] = np.nan
    sigma = np.where(rng.random(n) < 0.2, rng.exponential(4.0, n), 0.0)
    return StarTable(
        FEATURE_NAMES,
        features,
        absence,
        rng.uniform(10, 16, n),
        rng.uniform(3200, 6500, n),
        {name: np.zeros(n, np.bool_) for name in LABEL_NAMES},
        sigma,
        sigma.copy(),
        {name: np.zeros(n, np.bool_) for name in CAUSES},
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(n),
        sigma.copy(),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(n),
    )


def write_tables(root: Path, n: int = 150, change: Change | None = None) -> None:
    """Write the tables of a data set of quiet stars, one of which dims once, by 40 sigma."""
    mission = MISSIONS["Kepler"]
    # The first of the same stars, whatever their number.
    stars = quiet_table(max(n, _MOST)).rows(np.arange(n))
    features, vetting, events = [], [], []
    for row in range(n):
        number = DIPPER + row
        identity = {"kic": number, "name": f"KIC {number}", "fits_file": f"KIC_{number}.fits"}
        own: dict[str, Any] = {**identity, "mission": "Kepler", "cadence_s": 1765.5}
        for column, name in enumerate(FEATURE_NAMES):
            is_there = stars.absence[row, column] == Absence.NONE
            own[name] = float(stars.features[row, column]) if is_there else None
            own[f"{name}_reason"] = None if is_there else "no_events"
        own["input_sha256"] = f"{row:064x}"
        labels = {f"is_{name}": False for name in LABEL_NAMES}
        said = {
            **identity,
            **labels,
            "known_planet_reason": "no_catalog",
            "magnitude": float(stars.magnitude[row]),
            "teff": float(stars.teff[row]),
        }
        if number == DIPPER:
            own.update({"shape_dip_sigma": 1.6, "stat_dip": 9.0, "shape_dip_sigma_reason": None})
            events.append(_dip(identity))
        if change is not None:
            change(number, own, said)
        features.append(own)
        vetting.append(said)
    root.mkdir(parents=True, exist_ok=True)
    _write(feature_tables(root), mission, {"features": features})
    _write(vetting_tables(root), mission, {"vetting": vetting, "events": events})


def write_ranking(root: Path, n: int = 150) -> None:
    """Write the ranking of these stars with invented scores: the star that dims is first."""
    mission = MISSIONS["Kepler"]
    rows = []
    for row in range(n):
        number, score = DIPPER + row, 3.0 / (1 + row)
        rows.append(
            {
                **{"kic": number, "name": f"KIC {number}", "fits_file": f"KIC_{number}.fits"},
                **{"rank": row + 1, "rank_unexplained": row + 1},
                **{"score": score, "score_unexplained": score},
                **{"is_flagged": row == 0, "is_flagged_unexplained": row == 0},
                **{"class": "unexplained" if row else "irregular dips", "why": "40 % & more_dips"},
                **{"why_unexplained": "40 % & more_dips", "input_sha256": f"{row:064x}"},
                **{"is_quiet": row > 0, "reason": "quiet" if row else "strange"},
            }
        )
    about = {RANKING_KEY: RANKING_VERSION, "threshold": "2.5", "model_seed": "7"}
    about["model_sha256"] = "0" * 64
    for name, of in ((RANKING, ranking_columns), (BASELINE, baseline_columns)):
        columns = of(mission)
        names = [column.name for column in columns]
        own = [{one: row.get(one) for one in names} for row in rows]
        with (root / f"{name}.parquet").open("wb") as stream:
            write_table(stream, table_of_rows(own, columns, about))


def _dip(identity: dict[str, Any]) -> dict[str, Any]:
    event = {"number": 1, "kind": "dip", "amplitude": -4e3, "significance": 40.0}
    event |= {"start_d": 499.9, "peak_d": 500.0, "end_d": 500.2}
    return {**identity, **event, "to_edge_d": 12.0, "flags": None, "is_coincident": False}


def _write(tables: StageTables, mission: Any, rows: dict[str, list[dict[str, Any]]]) -> None:
    for kind in tables.kinds:
        columns = kind.columns(mission)
        names = [column.name for column in columns]
        own = [{name: row.get(name) for name in names} for row in rows.get(kind.name, [])]
        with tables.path(kind.name).open("wb") as stream:
            write_table(stream, table_of_rows(own, columns, tables.about(mission)))
