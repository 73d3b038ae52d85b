"""The rows that the tables of features have of each star."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.features.schema import CANDIDATES, FEATURE_SET, FEATURE_SET_VERSION, FEATURES
from preprocessing.tables.curve_rows import FILE, INPUT
from preprocessing.tables.value_tables import read_table, table_about
from preprocessing.vetting.label import Evidence

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FeatureRow", "FeatureRows", "read_feature_rows"]

_REASON = "_reason"
#: What is never the same twice, and says nothing of the star.
_NEVER_SAME = "cpu_ms"


@dataclass(frozen=True)
class FeatureRow:
    """What the tables of features have of one light curve.

    Parameters
    ----------
    input_sha256 : str
        Digest of the light curve that it was made from.
    features : mapping
        Its row of ``features.parquet``, without the reasons.
    candidates : tuple of mapping
        Its rows of ``candidates.parquet``, by number.
    """

    input_sha256: str
    features: Mapping[str, Evidence]
    candidates: tuple[Mapping[str, Evidence], ...]


@dataclass(frozen=True, eq=False)
class FeatureRows:
    """What the tables of features have of all light curves.

    Made by `read_feature_rows`.

    Parameters
    ----------
    features, candidates : pyarrow.Table
        The tables, without the reasons.
    feature_of : mapping of str to int
        The row of each light curve, by its FITS file.
    candidates_of : mapping of str to list of int
        The rows of its candidates.
    """

    features: pa.Table
    candidates: pa.Table
    feature_of: Mapping[str, int]
    candidates_of: Mapping[str, list[int]]

    def of(self, files: Iterable[str]) -> dict[str, FeatureRow]:
        """Return the rows of some light curves, by FITS file; without those that have none.

        Parameters
        ----------
        files : iterable of str
            Which.
        """
        known = [file for file in files if file in self.feature_of]
        features = _rows(self.features, [self.feature_of[file] for file in known])
        numbers = [self.candidates_of.get(file, []) for file in known]
        candidates = iter(_rows(self.candidates, [row for own in numbers for row in own]))
        return {
            file: FeatureRow(str(row[INPUT]), row, tuple(next(candidates) for _ in own))
            for file, row, own in zip(known, features, numbers, strict=True)
        }


def read_feature_rows(root: Path) -> FeatureRows:
    """Read the tables of features of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.

    Raises
    ------
    UsageError
        They are not there, or of another version, or damaged; the message says what to run.
    """
    features = _read(root, FEATURES)
    candidates = _read(root, CANDIDATES)
    of_candidates = defaultdict(list)
    for row, file in enumerate(candidates[FILE].to_pylist()):
        of_candidates[file].append(row)
    of_features = {file: row for row, file in enumerate(features[FILE].to_pylist())}
    return FeatureRows(features, candidates, of_features, of_candidates)


def _read(root: Path, name: str) -> pa.Table:
    path = root / f"{name}.parquet"
    again = f"run xenoscan features {root}"
    try:
        version = table_about(path).get(FEATURE_SET)
        if version != FEATURE_SET_VERSION:
            found = "not this program's" if version is None else f"of version {version}"
            raise UsageError(
                f"{path} is {found}, and vetting needs version {FEATURE_SET_VERSION} of the feature"
                f" set: {again} --recompute"
            )
        table = read_table(path)
    except FileNotFoundError as error:
        raise UsageError(f"vetting needs {path}, which is not there: {again}") from error
    except CorruptProduct as error:
        raise UsageError(f"{error}: {again} --recompute") from error
    wanted = [n for n in table.column_names if not n.endswith(_REASON) and n != _NEVER_SAME]
    return table.select(wanted)


def _rows(table: pa.Table, rows: Sequence[int]) -> list[Mapping[str, Evidence]]:
    # Of no rows, a list has no type.
    found: list[Mapping[str, Evidence]] = table.take(np.array(rows, np.int64)).to_pylist()
    return found
