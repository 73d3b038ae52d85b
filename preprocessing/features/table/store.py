"""Where the tables of features are."""

from __future__ import annotations

from pathlib import Path

from preprocessing.features.schema import CANDIDATES, FEATURE_SET, FEATURE_SET_VERSION, FEATURES
from preprocessing.features.table.columns import candidate_columns, feature_columns
from preprocessing.tables.stage_tables import StageTables, TableKind, Version

__all__ = ["feature_tables"]


def feature_tables(root: Path, suffix: str = "") -> StageTables:
    """Return the tables of features of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    suffix : str
        What follows the names of the tables.
    """
    return StageTables(
        root,
        (
            TableKind(FEATURES + suffix, feature_columns),
            TableKind(CANDIDATES + suffix, candidate_columns, ("number",)),
        ),
        Version(FEATURE_SET, FEATURE_SET_VERSION, "the feature set"),
    )
