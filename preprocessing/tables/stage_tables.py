"""The tables of one stage: one row a light curve, what belongs to it, and the parts of a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import Mission
from preprocessing.system.atomic import make_folder, replacing
from preprocessing.tables.curve_rows import FILE, INPUT, Row
from preprocessing.tables.foreign_table import refuse_foreign_table
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

__all__ = ["StageTables", "TableKind", "Version"]

_AGAIN = "--recompute computes all of it again"


@dataclass(frozen=True)
class TableKind:
    """One table of a stage.

    Parameters
    ----------
    name : str
        Its name: the file is ``NAME.parquet``.
    columns : callable
        Returns its columns, given the mission.
    order : tuple of str
        The columns to sort by after the star's number and the name of the FITS file.
    """

    name: str
    columns: Callable[[Mission], tuple[ValueColumn, ...]]
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Version:
    """Version of what the rows of a stage are computed by.

    Parameters
    ----------
    key : str
        Key of a file's metadata under which it stands.
    number : str
        The present version.
    of : str
        What has versions, for a person.
    """

    key: str
    number: str
    of: str


@dataclass(frozen=True)
class StageTables:
    """The tables of one stage in the folder of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    kinds : tuple of TableKind
        The tables. The first has one row a light curve, and gives its name to the folder of parts.
        The rows of the others belong to a light curve as well.
    version : Version
        What the rows are computed by.
    made_from : mapping of str to str, optional
        What else the files say about themselves.
    """

    root: Path
    kinds: tuple[TableKind, ...]
    version: Version
    made_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def stars(self) -> Path:
        """The table with one row a light curve."""
        return self.path(self.kinds[0].name)

    @property
    def parts(self) -> Path:
        """The folder of what a run that has not ended computed."""
        return DatasetFolder(self.root).checkpoints / self.kinds[0].name

    def path(self, name: str) -> Path:
        """Return the file of a table."""
        return self.root / f"{name}.parquet"

    def about(self, mission: Mission) -> dict[str, str]:
        """Return what the files say about themselves."""
        own = {self.version.key: self.version.number, "mission": mission.name}
        return {**own, **self.made_from}

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
            The table is of another version, or cannot be read.
        """
        self._refuse_foreign()
        is_outdated = self.is_outdated(is_recompute=is_recompute)
        if is_recompute and not is_outdated:
            self.remove_parts()
        known: dict[str, str] = {}
        for path in self._sources(is_recompute=is_recompute):
            table = self._read(path, [FILE, INPUT])
            known.update(zip(*(table[name].to_pylist() for name in (FILE, INPUT)), strict=True))
        return known

    def _refuse_foreign(self) -> None:
        """Make sure that the names of the tables are free, or those of tables.

        Raises
        ------
        UsageError
            Somebody else's file has one.
        """
        for kind in self.kinds:
            path = self.path(kind.name)
            refuse_foreign_table(path)
            with suppress(CorruptProduct, FileNotFoundError):
                if self.version.key not in table_about(path):
                    raise UsageError(f"{path} is not this program's: move it elsewhere")

    def is_outdated(self, *, is_recompute: bool) -> bool:
        """Tell whether the table is of another version, which only a recomputation may replace.

        Parameters
        ----------
        is_recompute : bool
            Whether this is one.

        Raises
        ------
        UsageError
            It is none, and the table is of another version, cannot be read, or is alone.
        """
        if not self.stars.exists():
            return False
        try:
            version = table_about(self.stars).get(self.version.key)
        except CorruptProduct as error:
            if is_recompute:
                return True
            raise UsageError(f"{error}: {_AGAIN}") from error
        if version != self.version.number and not is_recompute:
            raise UsageError(
                f"{self.stars} is of version {version} of {self.version.of}, and this is version"
                f" {self.version.number}. Versions are never mixed: {_AGAIN}"
            )
        for kind in self.kinds[1:]:
            if not is_recompute and not self.path(kind.name).exists():
                raise UsageError(
                    f"{self.path(kind.name)} is not there, and {self.stars} is: {_AGAIN}"
                )
        return version != self.version.number

    def add_part(self, mission: Mission, rows: Sequence[Sequence[Row]]) -> None:
        """Keep the rows of a unit, so that no kill can lose them.

        Parameters
        ----------
        mission : Mission
            The mission.
        rows : sequence of sequence of mapping
            The rows of each of `kinds`.
        """
        make_folder(self.parts)
        number = 1 + max((int(path.name.split(".")[0]) for path in self._parts()), default=0)
        about = self.about(mission)
        # The rows of the light curves come last: without them, the others do not count.
        for kind, own in reversed(list(zip(self.kinds, rows, strict=True))):
            with replacing(self.parts / f"{number:08d}.{kind.name}.parquet") as stream:
                write_table(stream, table_of_rows(own, kind.columns(mission), about))

    def gathered(
        self, mission: Mission, wanted: Collection[str], *, is_recompute: bool
    ) -> tuple[pa.Table, ...]:
        """Return each of `kinds` from what is there: the former tables, and the parts.

        Parameters
        ----------
        mission : Mission
            The mission.
        wanted : collection of str
            The FITS files of the light curves that there are.
        is_recompute : bool
            Whether the former tables do not count.
        """
        chosen: list[list[tuple[pa.Table, list[int]]]] = [[] for _ in self.kinds]
        taken: set[str] = set()
        # The latest row of a light curve counts.
        for path in reversed(self._sources(is_recompute=is_recompute)):
            tables = [self._read(self._sister(path, kind)) for kind in self.kinds]
            own = set(tables[0][FILE].to_pylist()).intersection(wanted) - taken
            for parts, table in zip(chosen, tables, strict=True):
                parts.append((table, _rows_of(table, own)))
            taken |= own
        about = self.about(mission)
        return tuple(
            concatenated(
                parts,
                [key_column(mission), FILE, *kind.order],
                table_of_rows([], kind.columns(mission), about),
            )
            for kind, parts in zip(self.kinds, chosen, strict=True)
        )

    def write(self, tables: Sequence[pa.Table]) -> None:
        """Write each of `kinds`, then remove the parts.

        Parameters
        ----------
        tables : sequence of pyarrow.Table
            What the files hold.
        """
        for kind, table in reversed(list(zip(self.kinds, tables, strict=True))):
            with replacing(self.path(kind.name)) as stream:
                write_table(stream, table)
        self.remove_parts()

    def remove_parts(self) -> None:
        """Remove what a run computed that need not go on."""
        if self.parts.is_dir():
            # The rows of light curves go first: without them, the others do not count.
            for path in (*self.parts.glob(f"*.{self.kinds[0].name}.parquet"), *self._files()):
                path.unlink(missing_ok=True)
            self.parts.rmdir()

    def _files(self) -> list[Path]:
        return [*self.parts.glob("*.parquet*"), *self.parts.glob(".*.part")]

    def _sources(self, *, is_recompute: bool) -> list[Path]:
        """Return where rows of light curves are, the latest last."""
        is_counted = self.stars.exists() and not is_recompute
        return [*([self.stars] if is_counted else []), *self._parts()]

    def _parts(self) -> Sequence[Path]:
        """Return the parts of this version, in the order in which they were written."""
        found = sorted(self.parts.glob(f"*.{self.kinds[0].name}.parquet"))
        return [path for path in found if self._is_current(path)]

    def _is_current(self, path: Path) -> bool:
        try:
            return table_about(path).get(self.version.key) == self.version.number
        except CorruptProduct:
            return False

    def _sister(self, path: Path, kind: TableKind) -> Path:
        """Return the rows that belong to those of light curves in a file."""
        if path == self.stars:
            return self.path(kind.name)
        return path.with_name(f"{path.name.split('.')[0]}.{kind.name}.parquet")

    def _read(self, path: Path, columns: Sequence[str] | None = None) -> pa.Table:
        try:
            return read_table(path, columns)
        except FileNotFoundError as error:
            raise UsageError(f"{path} is not there: {_AGAIN}") from error
        except CorruptProduct as error:
            raise UsageError(f"{error}: {_AGAIN}") from error


def _rows_of(table: pa.Table, own: Collection[str]) -> list[int]:
    return [row for row, file in enumerate(table[FILE].to_pylist()) if file in own]
