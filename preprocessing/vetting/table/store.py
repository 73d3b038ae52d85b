"""Where the tables of vetting are."""

from __future__ import annotations

from pathlib import Path

from preprocessing.features.schema import FEATURES
from preprocessing.system.atomic import file_sha256
from preprocessing.tables.stage_tables import StageTables, TableKind, Version
from preprocessing.vetting.schema import (
    DISPOSITIONS,
    EVENTS,
    FEATURES_SHA256,
    RULES_KEY,
    RULES_VERSION,
    VETTING,
)
from preprocessing.vetting.table.columns import (
    disposition_columns,
    event_columns,
    vetting_columns,
)

__all__ = ["vetting_tables"]


def vetting_tables(root: Path) -> StageTables:
    """Return the tables of vetting of a data set, made from its features as they are now.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """
    features = root / f"{FEATURES}.parquet"
    made_from = {FEATURES_SHA256: file_sha256(features)} if features.is_file() else {}
    return StageTables(
        root,
        (
            TableKind(VETTING, vetting_columns),
            TableKind(EVENTS, event_columns, ("number",)),
            TableKind(DISPOSITIONS, disposition_columns, ("number",)),
        ),
        Version(RULES_KEY, RULES_VERSION, "the rules of vetting"),
        made_from,
    )
