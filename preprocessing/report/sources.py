"""The tables of a data set that a report reads, and the digests that say which they were."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.anomalies.schema import BASELINE, RANKING, RANKING_KEY, RANKING_VERSION
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.features.schema import CANDIDATES, FEATURE_SET, FEATURE_SET_VERSION, FEATURES
from preprocessing.system.atomic import size_and_sha256
from preprocessing.tables.curve_rows import FILE, INPUT
from preprocessing.tables.value_tables import read_table, table_about
from preprocessing.validation.schema import (
    RECALL,
    SUMMARIES,
    VALIDATION_KEY,
    VALIDATION_VERSION,
)
from preprocessing.vetting.schema import (
    DISPOSITIONS,
    EVENTS,
    RULES_KEY,
    RULES_VERSION,
    VETTING,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["STAGES", "Source", "Stage", "read_sources", "read_stage"]

#: Key of a file's metadata under which the digest of the ranking's model stands.
_MODEL = "model_sha256"


@dataclass(frozen=True)
class Stage:
    """The tables that one command writes.

    Parameters
    ----------
    command : str
        The command.
    tables : tuple of str
        Its tables; the first is there if any is.
    key, version : str
        Key of a file's metadata under which the version stands, and the version that is read.
    """

    command: str
    tables: tuple[str, ...]
    key: str
    version: str


#: In the order in which they are run.
STAGES = (
    Stage("features", (FEATURES, CANDIDATES), FEATURE_SET, FEATURE_SET_VERSION),
    Stage("vet", (VETTING, EVENTS, DISPOSITIONS), RULES_KEY, RULES_VERSION),
    Stage("rank", (RANKING, BASELINE), RANKING_KEY, RANKING_VERSION),
    Stage("validate", SUMMARIES, VALIDATION_KEY, VALIDATION_VERSION),
)


@dataclass(frozen=True)
class Source:
    """One table.

    Parameters
    ----------
    path : Path
        Its file.
    n_bytes : int
        The file's length.
    sha256 : str
        The file's digest.
    about : mapping of str to str
        What the file says about itself.
    """

    path: Path
    n_bytes: int
    sha256: str
    about: Mapping[str, str]

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Return some columns.

        Raises
        ------
        UsageError
            The file is damaged, or has no such columns.
        """
        try:
            return read_table(self.path, columns)
        except CorruptProduct as error:
            raise UsageError(f"{error}: make it again") from error


def read_sources(root: Path) -> dict[str, Source]:
    """Return the tables of a data set, by name; those of stages that were not run are left out.

    Parameters
    ----------
    root : Path
        The folder of the data set.

    Raises
    ------
    UsageError
        There is no table of features, or one is damaged, of another version, or not of the same
        light curves or ranking as the one before; the message says what to run.
    """
    found: dict[str, Source] = {}
    for stage in STAGES:
        found |= read_stage(root, stage, found)
    if FEATURES not in found:
        raise UsageError(f"{root} has no {FEATURES}.parquet: run xenoscan features {root}")
    return found


def read_stage(root: Path, stage: Stage, before: Mapping[str, Source]) -> dict[str, Source]:
    """Return the tables of one stage, by name; none if it was not run.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    stage : Stage
        The stage.
    before : mapping of str to Source
        The tables of the stages before it.

    Raises
    ------
    UsageError
        One is damaged, of another version, or does not fit those before it.
    """
    own: dict[str, Source] = {}
    for name in stage.tables:
        path = root / f"{name}.parquet"
        if path.exists():
            own[name] = _source(path, stage, root)
        elif stage.tables[0] in own:
            raise UsageError(
                f"{path} is not there, and {stage.tables[0]}.parquet is: run xenoscan"
                f" {stage.command} {root} --recompute"
            )
    if own:
        # What is measured comes first, for everything else is of it.
        if stage.tables[0] != FEATURES and FEATURES not in before:
            raise UsageError(f"{root} has no {FEATURES}.parquet: run xenoscan features {root}")
        _require_same_stars({**before, **own}, root, own)
        if stage.tables == SUMMARIES:
            _require_same_ranking({**before, **own}, root)
    return own


def _source(path: Path, stage: Stage, root: Path) -> Source:
    again = f"run xenoscan {stage.command} {root} --recompute"
    try:
        about = table_about(path)
    except CorruptProduct as error:
        raise UsageError(f"{error}: {again}") from error
    version = about.get(stage.key)
    if version != stage.version:
        what = "not this program's" if version is None else f"of version {version}"
        raise UsageError(f"{path} is {what}, and the report reads version {stage.version}: {again}")
    with path.open("rb") as stream:
        n_bytes, sha256 = size_and_sha256(stream)
    return Source(path, n_bytes, sha256, about)


def _require_same_stars(found: Mapping[str, Source], root: Path, judged: Container[str]) -> None:
    """Make sure that vetting and ranking are of the light curves that features are of."""
    for name, command, columns in (
        (VETTING, "vet", (FILE,)),
        (RANKING, "rank", (FILE, INPUT)),
    ):
        if name in judged and _rows(found[name], columns) != _rows(found[FEATURES], columns):
            raise UsageError(
                f"{found[name].path} is not of the light curves in {FEATURES}.parquet: run"
                f" xenoscan {command} {root}"
            )


def _require_same_ranking(found: Mapping[str, Source], root: Path) -> None:
    """Make sure that the tables of validation are of one run, and of the model that ranked."""
    own = [found[name].about for name in SUMMARIES if name in found]
    if len({about.get("made_from") for about in own}) > 1:
        raise UsageError(
            f"the tables of validation in {root} are of several runs: run xenoscan validate {root}"
        )
    ranked = found[RANKING].about.get(_MODEL) if RANKING in found else None
    if own and own[0].get(_MODEL) != ranked:
        raise UsageError(
            f"{found[RECALL].path} is of another ranking than {RANKING}.parquet: run xenoscan"
            f" validate {root} --recompute"
        )


def _rows(source: Source, columns: Sequence[str]) -> set[tuple[object, ...]]:
    table = source.read(columns)
    return set(zip(*(table[name].to_pylist() for name in columns), strict=True))
