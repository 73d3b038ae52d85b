"""The stars of a data set in units of work, and what one worker reads of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

from preprocessing.core.errors import ProductError
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.remote_path import Location
from preprocessing.dataset.opening import open_dataset
from preprocessing.dataset.reader import Dataset, ReadFailure
from preprocessing.fits.output_file import read_summary
from preprocessing.tables.curve_rows import Row, of_light_curve

__all__ = ["Done", "Kind", "Unit", "kinds_of", "read_unit", "units_of"]

#: A mission's name, and whether its stars are synthetic.
Kind = tuple[str, bool]


@dataclass(frozen=True)
class Unit:
    """Some stars of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    run : str
        Tells runs from each other: what a worker keeps of one is not used in another.
    files : mapping of str to str
        The name of the FITS file of each light curve, by its id in the data set.
    known : mapping of str to str
        Digests of what rows were made from that are there already, by FITS file.
    """

    root: Path
    run: str
    files: Mapping[str, str]
    known: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass
class Done:
    """What became of a unit.

    Parameters
    ----------
    rows : tuple of list of mapping
        New rows of each table of the stage, those of light curves first.
    unchanged : list of str
        FITS files whose rows are right as they are.
    failures : list of (str, str)
        Each light curve that could not be read, and why.
    """

    rows: tuple[list[Row], ...]
    unchanged: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)


def units_of(
    root: Path, run: str, files: Mapping[str, str], known: Mapping[str, str], size: int
) -> Iterator[Unit]:
    """Yield stars in the order in which they are read best, some at a time.

    Parameters
    ----------
    root, run, files, known
        As `Unit` has them, of all stars.
    size : int
        Stars of a unit.
    """
    rest = iter(files.items())
    while some := dict(islice(rest, size)):
        own = {file: known[file] for file in some.values() if file in known}
        yield Unit(root, run, some, own)


def read_unit(unit: Unit, done: Done) -> Iterator[tuple[LightCurve, Row]]:
    """Yield the light curves of a unit, each with what `of_light_curve` says of it.

    Parameters
    ----------
    unit : Unit
        Which stars.
    done : Done
        Gets those that cannot be read.
    """
    for curve, (name, file) in zip(
        _dataset(unit.root, unit.run).read(list(unit.files), failures="yield"),
        unit.files.items(),
        strict=True,
    ):
        if isinstance(curve, ReadFailure):
            done.failures.append((name, f"{curve.path}: {_why(curve)}"))
        else:
            yield curve, of_light_curve(curve, file)


def kinds_of(unit: Unit) -> dict[Kind, str]:
    """Return what kinds of stars there are, each with the name of one of its FITS files.

    Parameters
    ----------
    unit : Unit
        Which stars. Those that cannot be read are left out.
    """
    kinds: dict[Kind, str] = {}
    seen: set[Location] = set()
    dataset = _dataset(unit.root, unit.run)
    for name, file in unit.files.items():
        path = dataset.path(name)
        # Stars that are packed in one file are of one kind.
        if path in seen:
            continue
        with suppress(ProductError, OSError):
            if isinstance(path, Path) and path.suffix == ".fits":
                summary = read_summary(path)
                kinds.setdefault((summary.mission.name, summary.is_synthetic), file)
            else:
                curve = dataset[name]
                kinds.setdefault((curve.mission, curve.is_synthetic), file)
            seen.add(path)
    return kinds


@lru_cache(1)
def _dataset(root: Path, run: str) -> Dataset:
    return open_dataset(root)


def _why(failure: ReadFailure) -> str:
    error = failure.error
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text.removeprefix(f"{failure.path}: ")
