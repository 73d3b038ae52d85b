"""Find the rows of one star in all tables of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote

from preprocessing.anomalies.schema import BASELINE, RANKING, RANKING_KEY, RANKING_VERSION
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, LightCurveNotFound, UsageError
from preprocessing.core.known_object import KnownObject
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.dataset.opening import open_dataset
from preprocessing.dataset.outcomes_csv import read_outcomes
from preprocessing.dataset.reader import Dataset
from preprocessing.features.schema import CANDIDATES, FEATURE_SET, FEATURE_SET_VERSION, FEATURES
from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import target_of_output
from preprocessing.missions.targets import Target, parse_target
from preprocessing.report.star.record import StarRecord
from preprocessing.tables.curve_rows import FILE, INPUT, NAME, Row
from preprocessing.tables.known_objects import known_objects_of
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.star_rows import StarRows
from preprocessing.vetting.schema import DISPOSITIONS, EVENTS, RULES_KEY, RULES_VERSION, VETTING

__all__ = ["StarTables"]


@dataclass(frozen=True)
class _Table:
    """A table: the command that writes it, and which version is read."""

    command: str
    key: str
    version: str


_TABLES = {
    FEATURES: _Table("features", FEATURE_SET, FEATURE_SET_VERSION),
    CANDIDATES: _Table("features", FEATURE_SET, FEATURE_SET_VERSION),
    VETTING: _Table("vet", RULES_KEY, RULES_VERSION),
    EVENTS: _Table("vet", RULES_KEY, RULES_VERSION),
    DISPOSITIONS: _Table("vet", RULES_KEY, RULES_VERSION),
    RANKING: _Table("rank", RANKING_KEY, RANKING_VERSION),
    BASELINE: _Table("rank", RANKING_KEY, RANKING_VERSION),
}
#: Tables in which every light curve has a row.
_OF_EVERY_STAR = frozenset({FEATURES, VETTING, RANKING})


class StarTables:
    """The tables of a data set, of which the rows of single stars are asked for.

    What is read of a table is kept. If a file changes, make another `StarTables`.

    Parameters
    ----------
    root : Path
        The folder of the data set. Tables that are not there, damaged or of another version are
        no error: `StarRecord.missing` says so of each star.

    Raises
    ------
    UsageError
        There is no such folder.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UsageError(f"there is no folder {root}: name that of a data set")
        self.root = root
        self._places = DatasetFolder(root)
        self._tables: dict[str, StarRows] = {}
        #: Of tables that cannot be read, why.
        self.unreadable: dict[str, str] = {}
        for name, kind in _TABLES.items():
            try:
                self._tables[name] = _opened(root, name, kind)
            except UsageError as error:
                self.unreadable[name] = str(error)

    def file_of(self, target: str) -> str:
        """Return the FITS file that the light curve of a target has or had.

        Parameters
        ----------
        target : str
            Its name in any spelling, its number, or the name of the file without ``.fits``.

        Raises
        ------
        LightCurveNotFound
            The data set has no light curve of it.
        UsageError
            It is no name, or has several light curves.
        """
        # The data set knows all names, and takes seconds to list 200,000 stars.
        return self._file_in_features(target) or self.dataset.file_of(target)

    @cached_property
    def dataset(self) -> Dataset:
        """The light curves of all stars."""
        return open_dataset(self.root)

    def first(self, n: int) -> tuple[str, ...]:
        """Return the FITS files of the first stars of the ranking.

        Parameters
        ----------
        n : int
            How many; fewer if the ranking has fewer.

        Raises
        ------
        UsageError
            There is no ranking that can be read.
        """
        if RANKING in self.unreadable:
            raise UsageError(self.unreadable[RANKING])
        table = self._tables[RANKING]
        files: list[str] = table.values(FILE).take(table.lowest("rank", n)).to_pylist()
        return tuple(files)

    def record(self, target: str) -> StarRecord:
        """Return what all tables say of a star.

        Parameters
        ----------
        target : str
            As `file_of` takes it.

        Raises
        ------
        LightCurveNotFound
            Neither a light curve nor a record of a download is there.
        UsageError
            It is no name, or has several light curves.
        """
        try:
            file = self.file_of(target)
        except LightCurveNotFound:
            outcome = self._outcome("", parse_target(target))
            if outcome is None:
                raise
            return StarRecord(
                self.root, outcome.target_id, "", outcome.catalog_number, outcome=outcome
            )
        return self._record(file)

    def _record(self, file: str) -> StarRecord:
        missing = dict(self.unreadable)
        found: dict[str, tuple[Row, ...]] = {}
        for name, table in self._tables.items():
            try:
                found[name] = tuple(table.rows(FILE, file))
            except CorruptProduct as error:
                missing[name] = f"{error}: run {self._again(name)}"
                continue
            if not found[name] and name in _OF_EVERY_STAR:
                missing[name] = f"{table.path} does not have the star: run {self._again(name, '')}"
        row = {name: rows[0] for name, rows in found.items() if rows}
        measured, ranked = row.get(FEATURES, {}), row.get(RANKING, {})
        if measured and ranked and measured[INPUT] != ranked[INPUT]:
            missing[RANKING] = (
                f"{RANKING}.parquet is of an earlier light curve: run {self._again(RANKING, '')}"
            )
            row.pop(RANKING)
        name, number = _identity(row, file)
        outcome = self._outcome(file, parse_target(name))
        return StarRecord(
            self.root,
            name,
            file,
            number,
            features=row.get(FEATURES, {}),
            vetting=row.get(VETTING, {}),
            ranking=row.get(RANKING, {}),
            baseline=row.get(BASELINE, {}),
            candidates=found.get(CANDIDATES, ()),
            dispositions=found.get(DISPOSITIONS, ()),
            events=found.get(EVENTS, ()),
            known=self._known(number, missing),
            outcome=outcome,
            columns={name: table.columns for name, table in self._tables.items()},
            about={name: table.about for name, table in self._tables.items()},
            missing=missing,
        )

    def _known(self, number: int | None, missing: dict[str, str]) -> tuple[KnownObject, ...]:
        """Return the known objects of a star."""
        path = self._places.known_objects
        if number is None or not path.exists():
            return ()
        try:
            return known_objects_of(path, number)
        except CorruptProduct as error:
            missing["known_objects"] = f"{error}: run xenoscan catalog, or xenoscan all"
            return ()

    def _again(self, table: str, option: str = " --recompute") -> str:
        return f"xenoscan {_TABLES[table].command} {quote(str(self.root))}{option}"

    def _file_in_features(self, target: str) -> str:
        """Return the file of a star that has features; empty if that does not settle it."""
        table = self._tables.get(FEATURES)
        if table is None:
            return ""
        try:
            if len(table.places(FILE, f"{target}.fits")):
                return f"{target}.fits"
            mission = MISSIONS[table.about["mission"]]
            number = parse_target(target, mission.catalog).number_in(mission.catalog)
            if number is None:
                return ""
            places = table.places(key_column(mission), number)
            files = table.values(FILE).take(places).to_pylist()
        except (CorruptProduct, KeyError):
            return ""
        return str(files[0]) if len(files) == 1 else ""

    def _outcome(self, file: str, target: Target) -> TargetOutcome | None:
        """Return the outcome of a target, found by its file or its name."""
        path = self._places.results
        if not path.is_file():
            return None
        number = "" if target.number is None else str(target.number)
        for outcome in read_outcomes(path, containing=file or number):
            is_named = parse_target(outcome.target_id).identity == target.identity
            if is_named or (file and Path(outcome.filepath).name == file):
                return outcome
        return None


def _opened(root: Path, name: str, kind: _Table) -> StarRows:
    """Open a table; what is wrong with it is a `UsageError` that says what to run."""
    path = root / f"{name}.parquet"
    run = f"run xenoscan {kind.command} {quote(str(root))}"
    if not path.exists():
        raise UsageError(f"there is no {path.name}: {run}")
    try:
        table = StarRows(path)
    except CorruptProduct as error:
        raise UsageError(f"{error}: {run} --recompute") from error
    version = table.about.get(kind.key)
    if version != kind.version:
        raise UsageError(
            f"{path} is of version {version}, and this program reads {kind.version}:"
            f" {run} --recompute"
        )
    return table


def _identity(row: Mapping[str, Row], file: str) -> tuple[str, int | None]:
    """Return name and number of a star: what tables say, or else its file."""
    for one in row.values():
        return str(one[NAME]), parse_target(str(one[NAME])).number
    stem = target_of_output(file.removesuffix(".fits"))
    target = parse_target(stem.replace("_", " "))
    return target.name, target.number
