"""Which quarter, campaign or sector the light of each star of a data set is of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.table.reading import DatasetRows
from preprocessing.core.dataset_folder import DatasetFolder

__all__ = ["quarters_of"]

#: How the line of a star begins in the manifest, and what it says of a file that was stitched.
_STAR, _USED = b'{"kind":"target"', "used"


def quarters_of(root: Path, rows: DatasetRows) -> NDArray[np.str_]:
    """Return the quarter, campaign or sector of each star that has light of one alone.

    The features of other stars are those of all their quarters together.

    Parameters
    ----------
    root : Path
        The folder of the data set, whose manifest says so.
    rows : DatasetRows
        The stars.

    Returns
    -------
    ndarray of str, shape (n,)
        Its label; empty for other stars, and for all if there is no manifest.
    """
    path = DatasetFolder(root).manifest
    found = dict(_labels(path)) if path.is_file() else {}
    return np.array([found.get(file, "") for file in rows.file], np.str_)


def _labels(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the file of each star and its only label, the latest line of a star last."""
    with path.open("rb") as stream:
        for line in stream:
            star = _parsed(line) if line.startswith(_STAR) else {}
            output, quarters = star.get("output"), star.get("quarters")
            if isinstance(output, dict) and isinstance(quarters, list):
                used = {str(one.get("label")) for one in quarters if one.get("status") == _USED}
                yield str(output.get("name")), used.pop() if len(used) == 1 else ""


def _parsed(line: bytes) -> Mapping[str, Any]:
    """Return what a line says; nothing of one that is no JSON, which verify reports."""
    try:
        star = json.loads(line)
    except ValueError:
        return {}
    return star if isinstance(star, dict) else {}
