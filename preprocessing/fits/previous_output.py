"""Reuse the quarters in a previous output, so that none is fetched a second time."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing._version import __version__
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.file_record import FAILED, FileRecord
from preprocessing.core.outcomes import OutputFile
from preprocessing.fits.foreign_file import is_output
from preprocessing.fits.format import CardValue, HeaderCards
from preprocessing.fits.output_file import StitchedOutput, read_first_header, read_output
from preprocessing.fits.stitch import StitchedFile
from preprocessing.fits.writer import star_keywords
from preprocessing.missions import Product, alternative_products
from preprocessing.missions.recipe import ANY, Recipe

__all__ = [
    "PreviousOutput",
    "foreign_output",
    "read_previous_output",
    "require_usable",
]

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 2**16
#: Value of the card ORIGIN in outputs.
_ORIGIN = "XENOSCAN"


@dataclass(frozen=True)
class PreviousOutput:
    """An intact output of an earlier attempt at a star.

    Parameters
    ----------
    path : Path
        The file.
    star : mapping of str to card value
        The star's cards, copied from the first file used.
    records : tuple of FileRecord
        The files used, in the order of their rows.
    everything : tuple of FileRecord
        All files in the table of files, used or failed.
    file : OutputFile
        Name, size and digest.
    rows_start : int
        Offset of the first row in bytes.
    row : numpy.dtype
        The type of a row.
    first_time, last_time : float
        Time of the first and the last row, in days since the mission's reference.
    """

    path: Path
    star: Mapping[str, CardValue]
    records: tuple[FileRecord, ...]
    everything: tuple[FileRecord, ...]
    file: OutputFile
    rows_start: int
    row: np.dtype[np.void]
    first_time: float
    last_time: float

    @property
    def n_rows(self) -> int:
        """Rows of the light curve."""
        return sum(record.rows_kept for record in self.records)

    def record(self, product: Product) -> FileRecord | None:
        """Return the record of a file, or None if the output does not use it."""
        names = _names(product)
        return next((record for record in self.records if record.file_name in names), None)

    def accounts_for(self, records: Sequence[FileRecord]) -> bool:
        """Tell whether exactly these files would produce the output again."""
        return _account(records) == _account(self.everything)

    def stitched_file(self, product: Product, is_first: bool) -> StitchedFile | None:
        """Return a file's rows and record from the output, or None if they are not there.

        Parameters
        ----------
        product : Product
            The file.
        is_first : bool
            Whether it is the first file of the new output, so that its star cards count. The
            previous output has these cards only for its own first file.

        Raises
        ------
        OSError
            The output cannot be read.
        """
        names = _names(product)
        row = 0
        for index, record in enumerate(self.records):
            if record.file_name in names:
                if is_first and index > 0:
                    return None
                return StitchedFile(self._rows(row, record.rows_kept), record, self.star, {})
            row += record.rows_kept
        return None

    def merged(self, records: Sequence[FileRecord]) -> list[FileRecord]:
        """Return this output's records, with a worse attempt's failures for the other files.

        Files that only the worse attempt used, such as those of another exposure time, are left
        out, since they are not in this output.

        Parameters
        ----------
        records : sequence of FileRecord
            The records of the worse attempt.
        """
        mine = {record.label for record in self.records}
        failed = (record for record in records if record.status == FAILED)
        return [*self.records, *(record for record in failed if record.label not in mine)]

    def _rows(self, first: int, count: int) -> NDArray[np.void]:
        start = self.rows_start + first * self.row.itemsize
        rows = np.fromfile(self.path, dtype=self.row, count=count, offset=start)
        if len(rows) != count:
            raise OSError(f"{self.path} was cut off while it was read")
        return rows


def _names(product: Product) -> set[str]:
    return {candidate.file_name for candidate in (product, *alternative_products(product))}


def _account(records: Sequence[FileRecord]) -> list[tuple[object, ...]]:
    return [(r.label, r.file_name, r.status, r.reason, r.sha256) for r in records]


def foreign_output(path: Path, recipe: Recipe) -> str | None:
    """Say why an output of this program cannot be one of a run with this recipe.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe
        The run's recipe.

    Returns
    -------
    str or None
        None if it may be one, and for a file that is missing, of another program or too damaged
        to tell.
    """
    if not is_output(path):
        return None
    try:
        header = read_first_header(path)
        for keyword, value in _recipe_cards(recipe, header).items():
            found = header.get(keyword)
            if found != value:
                return f"{keyword} is {found!r}, not {value!r}"
    except (CorruptProduct, OSError):
        return None
    return None


def read_previous_output(path: Path, recipe: Recipe, number: int) -> PreviousOutput | None:
    """Check an output of an earlier run, and find the quarters in it.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe
        The recipe with which it must have been made.
    number : int
        The number of the star that it must be about.

    Returns
    -------
    PreviousOutput or None
        None if there is no file, or if it is damaged or of another star, recipe or version
        of this program.
    """
    try:
        return require_usable(path, recipe, number)
    except FileNotFoundError:
        return None
    except (CorruptProduct, OSError) as error:
        _log.warning("cannot reuse the previous output and will replace it: %s: %s", path, error)
        return None


def require_usable(path: Path, recipe: Recipe, number: int | None) -> PreviousOutput:
    """Check an output as `read_previous_output` does, but raise if it cannot be reused.

    Parameters
    ----------
    path : Path
        The file.
    recipe : Recipe
        The recipe with which it must have been made.
    number : int or None
        The number of the star that it must be about; None for any star.

    Raises
    ------
    CorruptProduct
        The output cannot be reused.
    OSError
        The file cannot be read.
    """
    output = read_output(path)
    _verify_identity(output.header, recipe, number)
    if output.n_rows == 0:
        raise CorruptProduct("there are no rows")
    authors = (author for author, _ in recipe.candidates)
    repeats_times = any(author.layout and author.layout.repeats_times for author in authors)
    _verify_order(path, output, np.greater_equal if repeats_times else np.greater)
    return PreviousOutput(
        path=path,
        star={keyword: output.header.get(keyword) for keyword in star_keywords(recipe.mission)},
        records=output.used,
        everything=output.records,
        file=output.file,
        rows_start=output.rows_start,
        row=output.row,
        first_time=_time_at(path, output, 0),
        last_time=_time_at(path, output, output.n_rows - 1),
    )


def _verify_order(path: Path, output: StitchedOutput, follows: np.ufunc) -> None:
    """Refuse rows that are out of order, which a checksum cannot show."""
    last, n_rows, row = -math.inf, output.n_rows, output.row
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        count, offset = min(_ROWS_AT_ONCE, n_rows - first), output.rows_start + first * row.itemsize
        time = np.fromfile(path, dtype=row, count=count, offset=offset)["TIME"]
        # These comparisons are also False for NaN.
        if not (follows(time[0], last) and np.all(follows(time[1:], time[:-1]))):
            raise CorruptProduct("times do not rise from row to row")
        last = float(time[-1])


def _verify_identity(header: HeaderCards, recipe: Recipe, number: int | None) -> None:
    expected = {
        "CREATOR": f"xenoscan LightCurve {__version__}",
        **({} if number is None else {recipe.mission.number_keyword: number}),
        **_recipe_cards(recipe, header),
    }
    for keyword, value in expected.items():
        found = header.get(keyword)
        if found != value:
            raise CorruptProduct(f"{keyword} is {found!r}, not {value!r}")


def _recipe_cards(recipe: Recipe, header: HeaderCards) -> dict[str, CardValue]:
    # If any author will do, a bitmask's name means what it means for the one that was taken.
    taken = recipe.mission.author_named.get(str(header.get("AUTHOR")).lower())
    resolved = recipe if taken is None else recipe.resolved_for(taken, recipe.cadence)
    return {
        "ORIGIN": _ORIGIN,
        "MISSION": recipe.mission_name,
        "QBITMASK": resolved.quality_bitmask,
        "SEQNUMS": recipe.sequence_numbers,
        **_author_cards(recipe),
    }


def _author_cards(recipe: Recipe) -> dict[str, CardValue]:
    """Return the cards that depend on the author, unless the author may be any."""
    if recipe.author == ANY:
        return {}
    return {
        "AUTHOR": recipe.author,
        "OBSMODE": f"{recipe.cadence} cadence",
        "FLUXCOL": recipe.flux_column,
    }


def _time_at(path: Path, output: StitchedOutput, row: int) -> float:
    offset = output.rows_start + row * output.row.itemsize
    return float(np.fromfile(path, dtype=output.row, count=1, offset=offset)["TIME"][0])
