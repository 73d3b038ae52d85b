"""Where the tables of features are, and the parts that a run writes until it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.features.domains import FEATURE_SET_VERSION
from preprocessing.features.table.columns import (
    FEATURE_SET,
    FILE,
    INPUT,
    Row,
    about_table,
    candidate_columns,
    feature_columns,
)
from preprocessing.missions import Mission
from preprocessing.system.atomic import make_folder, replacing
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.value_tables import (
    concatenated,
    read_table,
    table_about,
    table_of_rows,
    write_table,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Store"]

_AGAIN = "--recompute computes all of it again"


@dataclass(frozen=True)
class Store:
    """The tables of features of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """

    root: Path

    @property
    def features(self) -> Path:
        """The table with one row a light curve."""
        return self.root / "features.parquet"

    @property
    def candidates(self) -> Path:
        """The table with one row a candidate."""
        return self.root / "candidates.parquet"

    @property
    def parts(self) -> Path:
        """The folder of what a run that has not ended computed."""
        return DatasetFolder(self.root).checkpoints / "features"

    def known(self, *, is_recompute: bool) -> dict[str, str]:
        """Return the digest of what each row was made from, by FITS file.

        Parameters
        ----------
        is_recompute : bool
            Whether the present table does not count. The parts of a run that replaces a table of
            another version count nevertheless, so that it goes on after a kill.

        Raises
        ------
        UsageError
            The table is of another version of the feature set, or cannot be read.
        """
        is_outdated = self._is_outdated(is_recompute=is_recompute)
        if is_recompute and not is_outdated:
            self.remove_parts()
        paths = [*self._parts()]
        if self.features.exists() and not is_recompute:
            paths.insert(0, self.features)
        known: dict[str, str] = {}
        for path in paths:
            table = self._read(path, [FILE, INPUT])
            known.update(zip(*(table[name].to_pylist() for name in (FILE, INPUT)), strict=True))
        return known

    def add_part(self, mission: Mission, rows: Sequence[Row], candidates: Sequence[Row]) -> None:
        """Keep the rows of a unit, so that no kill can lose them.

        Parameters
        ----------
        mission : Mission
            The mission.
        rows, candidates : sequence of mapping
            The rows of both tables.
        """
        make_folder(self.parts)
        number = 1 + max((int(path.name.split(".")[0]) for path in self._parts()), default=0)
        path = self.parts / f"{number:08d}.features.parquet"
        about = about_table(mission)
        # The rows of the stars come last: without them, the candidates do not count.
        for target, table in (
            (_sister(path), table_of_rows(candidates, candidate_columns(mission), about)),
            (path, table_of_rows(rows, feature_columns(mission), about)),
        ):
            with replacing(target) as stream:
                write_table(stream, table)

    def finish(self, mission: Mission, wanted: Collection[str], *, is_recompute: bool) -> int:
        """Write both tables from what is there, then remove the parts; return how many rows.

        Parameters
        ----------
        mission : Mission
            The mission.
        wanted : collection of str
            The FITS files of the light curves that there are.
        is_recompute : bool
            Whether the former table does not count.
        """
        paths = [*self._parts()]
        if self.features.exists() and not is_recompute:
            paths.insert(0, self.features)
        stars, candidates = [], []
        taken: set[str] = set()
        # The latest row of a star counts.
        for path in reversed(paths):
            sister = self.candidates if path == self.features else _sister(path)
            table, others = self._read(path), self._read(sister)
            own = set(table[FILE].to_pylist()).intersection(wanted) - taken
            stars.append((table, _rows_of(table, own)))
            candidates.append((others, _rows_of(others, own)))
            taken |= own
        key, about = key_column(mission), about_table(mission)
        for target, parts, columns, order in (
            (self.candidates, candidates, candidate_columns(mission), [key, FILE, "number"]),
            (self.features, stars, feature_columns(mission), [key, FILE]),
        ):
            table = concatenated(parts, order, table_of_rows([], columns, about))
            with replacing(target) as stream:
                write_table(stream, table)
        self.remove_parts()
        return len(taken)

    def remove_parts(self) -> None:
        """Remove what a run computed that need not go on."""
        if self.parts.is_dir():
            # The rows of stars go last, as they came.
            for path in sorted(self.parts.glob("*.parquet*"), reverse=True):
                path.unlink(missing_ok=True)
            for path in self.parts.glob(".*.part"):
                path.unlink(missing_ok=True)
            self.parts.rmdir()

    def _is_outdated(self, *, is_recompute: bool) -> bool:
        """Tell whether the table is of another version, which only a recomputation may replace."""
        if not self.features.exists():
            return False
        try:
            version = table_about(self.features).get(FEATURE_SET)
        except CorruptProduct as error:
            if is_recompute:
                return True
            raise UsageError(f"{error}: {_AGAIN}") from error
        if version is None:
            raise UsageError(f"{self.features} is not this program's: move it elsewhere")
        if version != FEATURE_SET_VERSION and not is_recompute:
            raise UsageError(
                f"{self.features} is of version {version} of the feature set, and this is version"
                f" {FEATURE_SET_VERSION}. Versions are never mixed: {_AGAIN}"
            )
        return version != FEATURE_SET_VERSION

    def _parts(self) -> Sequence[Path]:
        """Return the parts of this version, in the order in which they were written."""
        found = sorted(self.parts.glob("*.features.parquet"))
        return [path for path in found if self._is_current(path)]

    def _is_current(self, path: Path) -> bool:
        try:
            return table_about(path).get(FEATURE_SET) == FEATURE_SET_VERSION
        except CorruptProduct:
            return False

    def _read(self, path: Path, columns: Sequence[str] | None = None) -> pa.Table:
        try:
            return read_table(path, columns)
        except (CorruptProduct, FileNotFoundError) as error:
            raise UsageError(f"{error}: {_AGAIN}") from error


def _sister(path: Path) -> Path:
    """Return the candidates that belong to the rows of a part."""
    return path.with_name(path.name.replace(".features.", ".candidates."))


def _rows_of(table: pa.Table, own: Collection[str]) -> list[int]:
    return [row for row, file in enumerate(table[FILE].to_pylist()) if file in own]
