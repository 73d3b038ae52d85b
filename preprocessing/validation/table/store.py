"""Where trials are kept: the table of a finished run, and the parts of one that goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import Mission
from preprocessing.system.atomic import file_sha256, make_folder, replacing
from preprocessing.tables.curve_rows import Row
from preprocessing.tables.foreign_table import refuse_foreign_table
from preprocessing.tables.value_tables import read_table, table_about, table_of_rows, write_table
from preprocessing.validation.schema import SUMMARIES, TRIALS, VALIDATION_KEY
from preprocessing.validation.table.columns import COLUMNS_OF, trial_columns

__all__ = ["TrialStore"]

_MADE_FROM, _REPLACES = "made_from", "replaces"
#: What parts must say of themselves to count.
_KEYS = (_MADE_FROM, _REPLACES)
_AGAIN = "--recompute makes all trials again"


@dataclass(frozen=True)
class TrialStore:
    """The tables of validation in the folder of a data set.

    Parameters
    ----------
    root : Path
        The folder.
    mission : Mission
        The mission of its stars.
    about : mapping of str to str
        What the files say about themselves.
    is_recompute : bool
        Whether a table that is there does not count; parts that are to replace it do.
    """

    root: Path
    mission: Mission
    about: Mapping[str, str]
    is_recompute: bool

    def known(self) -> list[Row]:
        """Return the trials that are done.

        Raises
        ------
        UsageError
            They are of another model, seed or version, or a name is somebody else's.
        """
        for name in (TRIALS, *SUMMARIES):
            self._refuse_foreign(self._path(name))
        kept = read_table(self._path(TRIALS)).to_pylist() if self._counts() else []
        return [*kept, *chain(*self._parts())]

    def _counts(self) -> bool:
        """Tell whether the table of trials is there and of this run's model, seed and version."""
        path = self._path(TRIALS)
        if self.is_recompute or not path.exists():
            return False
        try:
            if table_about(path).get(_MADE_FROM) == self.about[_MADE_FROM]:
                return True
        except CorruptProduct as error:
            raise UsageError(f"{error}: {_AGAIN}") from error
        raise UsageError(f"{path} is of another seed, model or version than this run: {_AGAIN}")

    @cached_property
    def _about_parts(self) -> Mapping[str, str]:
        """What parts say about themselves: those of a run that recomputes name what they replace.

        So they count for the same run when it goes on, and for no other.
        """
        path = self._path(TRIALS)
        is_replaced = self.is_recompute and path.exists()
        return {**self.about, _REPLACES: file_sha256(path) if is_replaced else ""}

    def add_part(self, rows: Sequence[Row]) -> None:
        """Keep some trials, so that no kill can lose them.

        Parameters
        ----------
        rows : sequence of mapping
            Their rows.
        """
        make_folder(self._folder)
        number = 1 + max((int(path.name.split(".")[0]) for path in self._files()), default=0)
        path, columns = self._folder / f"{number:08d}.parquet", trial_columns(self.mission)
        with replacing(path) as stream:
            write_table(stream, table_of_rows(rows, columns, self._about_parts))

    def write(self, trials: Sequence[Row], summaries: Mapping[str, Sequence[Row]]) -> None:
        """Write all tables, then remove the parts.

        Parameters
        ----------
        trials : sequence of mapping
            The rows of all trials.
        summaries : mapping of str to sequence of mapping
            The rows of each other table, by name.
        """
        for name, rows in summaries.items():
            self._write(self._path(name), rows, COLUMNS_OF[name])
        self._write(self._path(TRIALS), trials, trial_columns(self.mission))
        self._remove_parts()

    @property
    def _folder(self) -> Path:
        return DatasetFolder(self.root).checkpoints / TRIALS

    def _path(self, name: str) -> Path:
        return self.root / f"{name}.parquet"

    def _write(self, path: Path, rows: Sequence[Row], columns: Sequence[ValueColumn]) -> None:
        with replacing(path) as stream:
            write_table(stream, table_of_rows(rows, columns, self.about))

    def _refuse_foreign(self, path: Path) -> None:
        refuse_foreign_table(path)
        try:
            is_own = not path.exists() or VALIDATION_KEY in table_about(path)
        except CorruptProduct:
            is_own = True
        if not is_own:
            raise UsageError(f"{path} is not this program's: move it elsewhere")

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))

    def _parts(self) -> Iterator[list[Row]]:
        """Yield the trials of each part of this run; those of others are left alone."""
        for path in self._files():
            try:
                about = table_about(path)
                if all(about.get(key) == self._about_parts[key] for key in _KEYS):
                    yield read_table(path).to_pylist()
            except CorruptProduct:
                continue

    def _remove_parts(self) -> None:
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()
