"""Read a data set: by name, one star after the other, in batches, or as one array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.curve_columns import CurveColumns, checked_columns
from preprocessing.core.errors import LightCurveNotFound, ProductError, UsageError
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.remote_path import Location
from preprocessing.dataset.file_index import FileIndex, fits_files
from preprocessing.dataset.forms import FitsFolder, Form, ReadFailure
from preprocessing.dataset.outcomes_csv import outcome_table, read_outcomes
from preprocessing.dataset.reading_ahead import read_ahead
from preprocessing.dataset.selection import chosen_files
from preprocessing.dataset.stack import stack
from preprocessing.missions.target_names import (
    TargetName,
    TargetNames,
    one_target_name,
    target_names,
)
from preprocessing.missions.targets import parse_target

if TYPE_CHECKING:
    from preprocessing.dataset.packed_curves import PackedCurves

__all__ = ["Dataset", "ReadFailure"]

_T = TypeVar("_T")
#: A light curve that is read: how it was asked for, and its file.
_Item = tuple[str, str]


class Dataset:
    """The light curves of a data set, and the records of how they came there.

    Made by `preprocessing.open_dataset`. Only names of files are kept in memory, and the last few
    row groups of a packed data set; each light curve is read when it is asked for. A data set can
    be pickled, and so be handed to other processes.

    Parameters
    ----------
    lightcurves : Path or None
        The folder of the FITS files; None for a data set in an object store, which has none.
    results : Path or None
        The results CSV; None if there is none.
    verify : bool
        Whether to check the checksums of what is read.
    packed : PackedCurves or None
        The light curves that were packed. They are read from there, even if their FITS files are
        there too.
    root : Path or RemotePath, optional
        Where all of it is; only named in messages.

    Attributes
    ----------
    lightcurves : Path or None
        The folder of the FITS files.
    ids : tuple of str
        The name of each light curve: first those that are packed, in the order of their files,
        which is by place in the sky; then the others, by catalog number and name. A star with two
        light curves, for instance of long and short cadence, stands there with the names of
        their files.
    files : dict of str to str
        The name that the FITS file of each light curve has or had, by `ids`.
    """

    def __init__(
        self,
        lightcurves: Path | None,
        results: Path | None = None,
        verify: bool = False,
        packed: PackedCurves | None = None,
        root: Location | None = None,
    ) -> None:
        self.lightcurves = lightcurves
        self._root = lightcurves if root is None else root
        self._results = results
        self._fits = None if lightcurves is None else FitsFolder(lightcurves, verify)
        self._packed = packed
        already = () if packed is None else tuple(packed.places)
        self._index = FileIndex(already, () if lightcurves is None else fits_files(lightcurves))
        self.files = dict(self._index.files)
        self.ids = tuple(self.files)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        packed = "" if self._packed is None else f", {len(self._packed.places)} of them packed"
        return f"<Dataset of {len(self)} light curves in {self._root}{packed}>"

    def __contains__(self, name: object) -> bool:
        try:
            self.path(name)  # type: ignore[arg-type]  # refused if it is no name
        except UsageError:
            return False
        return True

    def __iter__(self) -> Iterator[LightCurve]:
        return self.read()

    def __getitem__(self, name: TargetName) -> LightCurve:
        """Return the light curve of one star, which `path` describes, as `read` does."""
        file = self.file_of(one_target_name(name))
        return self._form(file).light_curves([file])[0]

    def path(self, name: TargetName) -> Location:
        """Return the file that one star is read from: FITS, or Parquet if it is packed.

        Parameters
        ----------
        name : str or int
            A name in any spelling, ``KIC 757076`` or ``Kepler-10``, also a second name of a
            star that the results record; or the number of the star, never its place in `ids`;
            or the name of a file without ``.fits``.

        Raises
        ------
        LightCurveNotFound
            The data set has no light curve of it; the message says why if the records do.
        UsageError
            It is no name, or has several light curves: ask by the name of the FITS file.
        """
        file = self.file_of(one_target_name(name))
        return self._form(file).path(file)

    def _form(self, file: str) -> Form:
        if self._packed is not None and file in self._packed.places:
            return self._packed
        assert self._fits is not None
        return self._fits

    def file_of(self, name: str) -> str:
        """Return the name that the FITS file of one star has or had.

        Parameters
        ----------
        name : str
            As `path` takes it, which says what is raised.
        """
        files = self._index.files_of(name) or self._recorded_files(name)
        if len(files) > 1:
            stems = ", ".join(sorted(Path(file).stem for file in files))
            raise UsageError(f"{name} has {len(files)} light curves: choose one of {stems}")
        return files.pop()

    def _recorded_files(self, name: str) -> set[str]:
        """Return the file that a star has under another name."""
        for target in self._index.targets_named(name):
            outcome = self._outcome_of.get(target.identity)
            if outcome is None:
                continue
            file = Path(outcome.filepath).name
            if file in self._index.names:
                return {file}
            why = f"its file {file} is gone" if file else f"{outcome.reason}, {outcome.error}"
            raise LightCurveNotFound(f"no light curve of {target.name} in {self}: {why}")
        raise LightCurveNotFound(f"no light curve of {name!r} in {self}")

    @cached_property
    def _outcome_of(self) -> dict[int | str, TargetOutcome]:
        return {parse_target(o.target_id).identity: o for o in self.outcomes}

    @overload
    def read(
        self,
        names: TargetNames | None = None,
        *,
        jobs: int = 1,
        failures: Literal["raise"] = "raise",
    ) -> Iterator[LightCurve]: ...

    @overload
    def read(
        self,
        names: TargetNames | None = None,
        *,
        jobs: int = 1,
        failures: Literal["yield"],
    ) -> Iterator[LightCurve | ReadFailure]: ...

    def read(
        self,
        names: TargetNames | None = None,
        *,
        jobs: int = 1,
        failures: Literal["raise", "yield"] = "raise",
    ) -> Iterator[LightCurve] | Iterator[LightCurve | ReadFailure]:
        """Read light curves one after the other.

        Parameters
        ----------
        names : str, int, or list, array or column of these, optional
            Which stars, as `path` takes them; all in the order of `ids` if not given.
        jobs : int, optional
            Threads that read ahead. They help where reading waits: for a network folder, a slow
            disk, or the work done on the light curve before. Files that the memory holds are
            read fastest by one thread (benchmarks/RESULTS.md). Processes would be slower still:
            handing over the arrays takes longer than reading them.
        failures : {'raise', 'yield'}, optional
            What becomes of a file that cannot be read: its error is raised, which ends the
            iteration, or a `ReadFailure` stands in the place of its light curve.

        Yields
        ------
        LightCurve or ReadFailure
            In the order of `names`, whatever `jobs` is.

        Raises
        ------
        LightCurveNotFound
            The data set has no light curve of one of `names`; raised before any is read.
        UsageError
            One of `names` has several light curves, or `jobs` is less than 1.
        CorruptProduct, UnreadableProduct, OSError
            A file cannot be read, and `failures` is ``raise``.
        """
        return self._each(lambda form, files: form.light_curves(files), names, jobs, failures)

    def columns(
        self,
        columns: str | Sequence[str],
        names: TargetNames | None = None,
        *,
        jobs: int = 1,
    ) -> Iterator[CurveColumns]:
        """Read some columns of light curves one after the other.

        From a packed data set nothing else is read, which is many times as fast as reading whole
        light curves. The arrays are views of what was decoded and cannot be changed: copy those
        that you keep, or they keep 16 stars in memory.

        Parameters
        ----------
        columns : str or sequence of str
            Of ``time``, ``flux``, ``flux_err``, ``quality``, ``cadence_number``,
            ``sequence_number``, ``centroid_col`` and ``centroid_row``.
        names, jobs
            As in `read`, which says what is raised.

        Yields
        ------
        CurveColumns
            In the order of `names`.

        Examples
        --------
        ::

            for star in dataset.columns(("time", "flux")):
                print(star.name, star["flux"].mean())
        """
        chosen = checked_columns(columns)
        return self._each(lambda form, files: form.columns(files, chosen), names, jobs, "raise")

    def _each(
        self,
        read: Callable[[Form, Sequence[str]], Sequence[_T]],
        names: TargetNames | None,
        jobs: int,
        failures: Literal["raise", "yield"],
    ) -> Iterator[Any]:
        """Yield what `read` returns, group by group."""
        if jobs < 1:
            raise UsageError(f"the number of jobs must be at least 1, not {jobs}")
        items: Iterable[_Item]
        if names is None:
            items = self._index.files.items()
        else:
            items = [(name, self.file_of(name)) for name in target_names(names)]
        groups = (tuple(group) for _, group in groupby(items, self._group))
        read_group = partial(self._read_group, read, failures)
        if jobs == 1:
            return chain.from_iterable(map(read_group, groups))
        return read_ahead(read_group, groups, jobs)

    def _group(self, item: _Item) -> object:
        return self._form(item[1]).group(item[1])

    def _read_group(
        self,
        read: Callable[[Form, Sequence[str]], Sequence[_T]],
        failures: Literal["raise", "yield"],
        items: Sequence[_Item],
    ) -> Sequence[_T | ReadFailure]:
        form = self._form(items[0][1])
        try:
            return read(form, [file for _, file in items])
        except (ProductError, OSError) as error:
            if failures == "raise":
                raise
            return [ReadFailure(name, form.path(file), error) for name, file in items]

    def batches(
        self, size: int, names: TargetNames | None = None, *, jobs: int = 1
    ) -> Iterator[list[LightCurve]]:
        """Read light curves in lists of `size`, the last of which may be shorter.

        Parameters
        ----------
        size : int
            Light curves at a time; one of Kepler's long cadence takes 3 MB of memory.
        names, jobs
            As in `read`, which says what is raised.
        """
        if size < 1:
            raise UsageError(f"the size of a batch must be at least 1, not {size}")
        stars = self.read(names, jobs=jobs)
        return iter(lambda: list(islice(stars, size)), [])

    def stack(
        self, names: TargetNames | None = None, column: str = "flux", *, jobs: int = 1
    ) -> tuple[NDArray[np.int32], NDArray[np.floating[Any]]]:
        """Read one column of many stars into one array, aligned by cadence number.

        Parameters
        ----------
        names : str, int, or list, array or column of these, optional
            Which stars, of one mission, author and exposure time; all if not given.
        column : {'flux', 'flux_err', 'time', 'centroid_col', 'centroid_row'}
            Which column.
        jobs : int
            Threads that read ahead.

        Returns
        -------
        cadence_numbers : ndarray of int32, shape (n_cadences,)
            Every cadence number that any of the stars has, ascending.
        values : ndarray of float32 or float64, shape (n_stars, n_cadences)
            One row a star, in the order of `names`; NaN where a star has no point.

        Raises
        ------
        UsageError
            There is no such column, or the stars do not share their cadence numbers.

        Examples
        --------
        ::

            cadences, flux = dataset.stack(dataset.ids[:100])
        """
        return stack(self.columns(("cadence_number", column), names, jobs=jobs), column)

    def select(self, where: str) -> tuple[str, ...]:
        """Return the light curves of the stars that meet a condition.

        Parameters
        ----------
        where : str
            A condition as ``xenoscan download --where`` takes it, on the columns of
            ``stars.parquet`` if the data set is packed (those of stars that are not packed yet
            are made from their headers), and else on those of `outcome_table`. A star is left
            out if a value is missing that the condition needs: ask for it with
            ``teff is null``.

        Returns
        -------
        tuple of str
            In the order of `ids`, for `read`, `columns`, `batches` and `stack`.

        Raises
        ------
        UsageError
            It is no condition, names another column, or there are no records.

        Examples
        --------
        ::

            quiet = dataset.select("teff < 4000 and reason = 'complete' and n_points > 40000")
            cadences, flux = dataset.stack(quiet)
        """
        unpacked = []
        if self._packed is not None and self.lightcurves is not None:
            names = self._index.files.values()
            unpacked = [self.lightcurves / n for n in names if n not in self._packed.places]
        chosen = chosen_files(where, self._packed, unpacked, self.outcomes)
        return tuple(id for id, file in self._index.files.items() if file in chosen)

    def to_lightkurve(self, names: TargetNames | None = None) -> Any:
        """Return light curves as a `lightkurve.LightCurveCollection`.

        Parameters
        ----------
        names : str, int, or list, array or column of these, optional
            Which stars, as in `read`; all if not given.
        """
        from preprocessing.core.lightkurve_object import lightkurve_collection

        return lightkurve_collection(self.read(names))

    @cached_property
    def outcomes(self) -> tuple[TargetOutcome, ...]:
        """The outcome of each target, complete or failed; empty if there are no records.

        Raises `UsageError` if the results CSV cannot be read.
        """
        return () if self._results is None else read_outcomes(self._results)

    def outcome_table(self) -> dict[str, NDArray[np.generic]]:
        """Return the outcomes as columns, as `astropy.table.Table` and pandas take them.

        Returns
        -------
        dict of str to ndarray, shape (n_targets,)
            By name of column, in the order of the results CSV. Reasons are text.

        Raises
        ------
        UsageError
            The results CSV cannot be read.

        Examples
        --------
        ::

            table = dataset.outcome_table()
            print(table["target_id"][table["reason"] != "complete"])
        """
        return outcome_table(self.outcomes)

    def lost(self) -> tuple[str, ...]:
        """Return the targets that have a light curve in the records, but none in the folder."""
        return tuple(
            outcome.target_id
            for outcome in self.outcomes
            if outcome.success and Path(outcome.filepath).name not in self._index.names
        )
