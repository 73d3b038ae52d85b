"""How the usual stars of a data set differ from those of other quarters or of another mission."""

from __future__ import annotations

from pathlib import Path

from preprocessing.anomalies.drift import Drift, drift_of, usual
from preprocessing.anomalies.model import Model
from preprocessing.anomalies.model_file import read_model
from preprocessing.anomalies.table.ranked_columns import Found
from preprocessing.core.errors import UsageError
from preprocessing.features.schema import FEATURE_NAMES, FEATURE_SET_VERSION

__all__ = ["drift_from", "model_to_compare"]


def model_to_compare(path: Path) -> Model:
    """Read the model of another data set, of any mission.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UsageError
        It is no model, or one of other features.
    """
    model = read_model(path)
    version = model.about.get("feature_set")
    if version != FEATURE_SET_VERSION or model.feature_names != FEATURE_NAMES:
        raise UsageError(
            f"{path} is a model for version {version} of the feature set, and this is version"
            f" {FEATURE_SET_VERSION}: their features cannot be compared"
        )
    return model


def drift_from(model: Model, found: Found) -> tuple[Drift, ...]:
    """Return the features in which usual stars differ from the quiet stars of another model.

    Parameters
    ----------
    model : Model
        What `model_to_compare` returned.
    found : Found
        The stars.
    """
    is_usual = usual(found.scores.score, found.model.threshold)
    return drift_of(model, model.scaling.scaled(found.rows.stars.rows(is_usual)))
