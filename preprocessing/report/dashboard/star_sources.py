"""What the table of all stars is made from: the tables of a data set, as far as they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from preprocessing.anomalies.schema import RANKING
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct
from preprocessing.features.schema import FEATURES
from preprocessing.report.sources import STAGES, Stage
from preprocessing.tables.results_csv import read_results_table
from preprocessing.tables.value_tables import (
    read_table,
    table_about,
    table_names_and_length,
)
from preprocessing.vetting.schema import DISPOSITIONS, VETTING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OUTCOMES", "Signature", "StarSources", "read_star_sources", "signature", "stamp"]

#: Name of the table of outcomes.
OUTCOMES = "outcomes"
#: The columns of the results CSV that tell what became of a target.
_OUTCOME_COLUMNS = (
    "target_id",
    "success",
    "duration_days",
    "filepath",
    "error",
    "download_time",
    "timestamp",
    "reason",
    "quarters_found",
    "quarters_used",
    "quarters_failed",
    "bytes",
    "retries",
    "catalog_number",
    "mission",
    "n_finite",
    "files_left_out",
)
#: Tables with one row a light curve, in the order of their columns; ranks and classes come first.
_BY_STAR = (RANKING, FEATURES, VETTING)
#: Of candidates, only how many there are and what they are.
_OF_CANDIDATES = ("fits_file", "disposition")
#: Columns that nobody sorts or filters by: digests, versions, and texts for the page of one star.
_LEFT_OUT = frozenset(
    {"baseline", "feature_set", "features", "features_unexplained", "input_sha256"}
    | {"pulsation_modes", "pulsation_modes_reflected", "sha256", "shares", "shares_unexplained"}
    | {"vetting_rules"}
)
_LEFT_OUT_ENDS = ("_reason", "_matches", "_missed", "_doubt", "_sources")

#: What tells whether files changed: number, size and time of each, in nanoseconds.
Signature: TypeAlias = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class StarSources:
    """The tables that were read.

    Parameters
    ----------
    by_star : mapping of str to pyarrow.Table
        Those with one row a light curve, by name, without the columns that nobody sorts by.
    candidates : pyarrow.Table or None
        File and disposition of each candidate.
    outcomes : pyarrow.Table or None
        The results, a text for each cell.
    n_rows : mapping of str to int
        Rows of each table that is there.
    missing : tuple of str
        Commands that were not run.
    problems : tuple of str
        What cannot be shown, and what to run: one line each.
    """

    by_star: Mapping[str, pa.Table]
    candidates: pa.Table | None
    outcomes: pa.Table | None
    n_rows: Mapping[str, int]
    missing: tuple[str, ...]
    problems: tuple[str, ...]

    def without_rows(self) -> StarSources:
        """Return the same without the rows, which need memory."""
        return replace(self, by_star={}, candidates=None, outcomes=None)


def signature(root: Path) -> Signature:
    """Return what tells whether the files changed that the table of all stars is made from.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """
    return tuple(map(stamp, _files(root)))


def _files(root: Path) -> Iterator[Path]:
    yield from (root / f"{name}.parquet" for name in (*_BY_STAR, DISPOSITIONS))
    yield DatasetFolder(root).results


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what tells whether a file changed; None if it is not there.

    Parameters
    ----------
    path : Path
        The file.
    """
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def read_star_sources(root: Path) -> StarSources:
    """Read the tables of a data set, as far as they are there and can be read.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """
    found: dict[str, pa.Table] = {}
    n_rows: dict[str, int] = {}
    missing: list[str] = []
    problems: list[str] = []
    for stage in STAGES:
        if not (root / f"{stage.tables[0]}.parquet").exists():
            missing.append(stage.command)
            continue
        for name in stage.tables:
            try:
                table, n_rows[name] = _table(root, name, stage)
            except _Unusable as unusable:
                problems.append(str(unusable))
                continue
            if table is not None:
                found[name] = table
    outcomes = _outcomes(DatasetFolder(root).results, problems)
    if outcomes is not None:
        n_rows[OUTCOMES] = len(outcomes)
    by_star = {name: found[name] for name in _BY_STAR if name in found}
    return StarSources(
        by_star, found.get(DISPOSITIONS), outcomes, n_rows, tuple(missing), tuple(problems)
    )


class _Unusable(Exception):  # noqa: N818  # it is a remark
    """A table cannot be shown; the message says why and what to run."""


def _table(root: Path, name: str, stage: Stage) -> tuple[pa.Table | None, int]:
    """Return the columns of a table that are shown of all stars, if any, and its number of rows."""
    path = root / f"{name}.parquet"
    again = f"run xenoscan {stage.command} {root} --recompute"
    try:
        version = table_about(path).get(stage.key)
        if version != stage.version:
            what = "not this program's" if version is None else f"of version {version}"
            raise _Unusable(
                f"{path.name} is {what}, and the dashboard reads version {stage.version}: {again}"
            )
        names, length = table_names_and_length(path)
        shown = _shown(name, names)
        return (read_table(path, shown) if shown else None), length
    except CorruptProduct as error:
        raise _Unusable(f"{error}: {again}") from error
    except OSError as error:
        raise _Unusable(f"{path.name} cannot be read: {error.strerror or error}") from error


def _shown(table: str, names: Sequence[str]) -> list[str]:
    if table == DISPOSITIONS:
        return list(_OF_CANDIDATES)
    if table not in _BY_STAR:
        return []
    return [name for name in names if name not in _LEFT_OUT and not name.endswith(_LEFT_OUT_ENDS)]


def _outcomes(path: Path, problems: list[str]) -> pa.Table | None:
    try:
        results = read_results_table(path, _OUTCOME_COLUMNS)
    except FileNotFoundError:
        return None
    except (CorruptProduct, OSError) as error:
        problems.append(f"{path.name} cannot be read: {error}")
        return None
    if results.n_unreadable:
        problems.append(f"{results.n_unreadable} lines of {path.name} cannot be read")
    return results.table
