"""Open a folder of light curves: by name, one after the other, in batches, or as one array."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import LightCurveNotFound, ProductError, UsageError
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.dataset.file_index import FileIndex
from preprocessing.dataset.outcomes_csv import outcome_table, read_outcomes
from preprocessing.dataset.stack import stack
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions.target_names import (
    TargetName,
    TargetNames,
    one_target_name,
    target_names,
)
from preprocessing.missions.targets import parse_target

__all__ = ["Dataset", "ReadFailure", "open_dataset"]

#: Light curves that are read ahead for each thread.
_AHEAD = 2

_T = TypeVar("_T")


@dataclass(frozen=True)
class ReadFailure:
    """A light curve that could not be read.

    Parameters
    ----------
    id : str
        Which one, as in `Dataset.ids`.
    path : Path
        Its file.
    error : ProductError or OSError
        What `preprocessing.read_light_curve` raised.
    """

    id: str
    path: Path
    error: ProductError | OSError


class Dataset:
    """The light curves in a folder, and the records of how they came there.

    Made by `open_dataset`. Only names of files are kept in memory; each light curve is read
    when it is asked for. A data set can be pickled, and so be handed to other processes.

    Parameters
    ----------
    lightcurves : Path
        The folder of the FITS files.
    results : Path or None
        The results CSV; None if there is none.
    verify : bool
        Whether to check the checksums of each file that is read.

    Attributes
    ----------
    lightcurves : Path
        The folder of the FITS files.
    ids : tuple of str
        The name of each light curve, sorted by catalog number, then by name. A star with two
        light curves, for instance of long and short cadence, stands there with the names of
        their files.
    """

    def __init__(
        self, lightcurves: Path, results: Path | None = None, verify: bool = False
    ) -> None:
        self.lightcurves = lightcurves
        self._results = results
        self._verify = verify
        self._index = FileIndex(lightcurves)
        self.ids = tuple(self._index.files)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<Dataset of {len(self)} light curves in {self.lightcurves}>"

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
        return read_light_curve(self.path(name), verify=self._verify)

    def path(self, name: TargetName) -> Path:
        """Return the file of one star.

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
            It is no name, or has several light curves: ask by the name of the file.
        """
        return self._path_of(one_target_name(name))

    def _path_of(self, name: str) -> Path:
        files = self._index.files_of(name) or self._recorded_files(name)
        if len(files) > 1:
            stems = ", ".join(sorted(Path(file).stem for file in files))
            raise UsageError(f"{name} has {len(files)} light curves: choose one of {stems}")
        return self.lightcurves / files.pop()

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
        if jobs < 1:
            raise UsageError(f"the number of jobs must be at least 1, not {jobs}")
        items: Iterable[tuple[str, Path]]
        if names is None:
            items = ((id, self.lightcurves / file) for id, file in self._index.files.items())
        else:
            items = [(name, self._path_of(name)) for name in target_names(names)]
        read = self._read_or_fail if failures == "yield" else self._read
        if jobs == 1:
            return (read(item) for item in items)
        return _in_threads(read, items, jobs)

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
        return stack(self.read(names, jobs=jobs), column)

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

    def _read(self, item: tuple[str, Path]) -> LightCurve:
        return read_light_curve(item[1], verify=self._verify)

    def _read_or_fail(self, item: tuple[str, Path]) -> LightCurve | ReadFailure:
        try:
            return self._read(item)
        except (ProductError, OSError) as error:
            return ReadFailure(*item, error)


def open_dataset(
    folder: str | os.PathLike[str],
    *,
    results: str | os.PathLike[str] | None = None,
    verify: bool = False,
) -> Dataset:
    """Open a folder of light curves that this program wrote.

    Parameters
    ----------
    folder : path-like
        What ``xenoscan download --dataset`` was given, or any folder with the FITS files of a
        run, such as ``data/raw``. The files of an interrupted run are there too.
    results : path-like, optional
        The results CSV, where it is not the one in the folder of the data set. Without one,
        `Dataset.outcomes` is empty.
    verify : bool, optional
        Check the checksums of every file that is read: see `preprocessing.read_light_curve`.

    Returns
    -------
    Dataset
        Nothing but the names of files has been read.

    Raises
    ------
    UsageError
        There is no such folder or CSV, or the folder holds neither light curves nor records.

    Examples
    --------
    ::

        from preprocessing import open_dataset

        dataset = open_dataset("m-dwarfs")
        star = dataset["KIC 757076"]
        cadences, flux = dataset.stack(dataset.ids[:100])
    """
    places = DatasetFolder(Path(folder))
    if not places.root.is_dir():
        raise UsageError(f"there is no folder {places.root}")
    if results is not None and not Path(results).is_file():
        raise UsageError(f"there is no results CSV {results}")
    is_dataset = places.lightcurves.is_dir()
    if results is None and places.results.is_file():
        results = places.results
    dataset = Dataset(
        places.lightcurves if is_dataset else places.root,
        None if results is None else Path(results),
        verify,
    )
    if not dataset.ids and not is_dataset and results is None:
        raise UsageError(
            f"{places.root} holds neither light curves nor records: name the folder of a data"
            " set, or the one that the FITS files were written to"
        )
    return dataset


def _in_threads(
    read: Callable[[tuple[str, Path]], _T], items: Iterable[tuple[str, Path]], jobs: int
) -> Iterator[_T]:
    """Yield what `read` returns of each item, in their order, and read some ahead."""
    waiting: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(jobs, "xenoscan-read") as threads:
        try:
            for item in items:
                waiting.append(threads.submit(read, item))
                if len(waiting) > _AHEAD * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
