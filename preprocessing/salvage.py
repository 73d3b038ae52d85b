"""Take the quarters of an earlier output over, so that none is fetched a second time."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing._version import __version__
from preprocessing.config import Recipe
from preprocessing.exceptions import CorruptProduct
from preprocessing.fits_format import CardValue, HeaderCards
from preprocessing.fits_writer import ROW, STAR_KEYWORDS
from preprocessing.ledger import QuarterRecord
from preprocessing.output_file import read_first_header, read_output
from preprocessing.products import Product, alternative_products
from preprocessing.quarter import Quarter
from preprocessing.receipt import OutputFile

__all__ = ["Salvage", "foreign_output", "read_salvage", "require_usable"]

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 2**16


@dataclass(frozen=True)
class Salvage:
    """A sound output of an earlier attempt at a star.

    Parameters
    ----------
    path : Path
    star : mapping of str to card value
        The star's cards: those of the first file that was used.
    records : tuple of QuarterRecord
        The files that were used, in the order of their rows.
    everything : tuple of QuarterRecord
        The files that were used or not, as the QUARTERS table has them.
    file : OutputFile
    rows_start : int
        Byte at which the rows begin.
    first_time, last_time : float
        BJD - 2454833 of the first and the last row.
    """

    path: Path
    star: Mapping[str, CardValue]
    records: tuple[QuarterRecord, ...]
    everything: tuple[QuarterRecord, ...]
    file: OutputFile
    rows_start: int
    first_time: float
    last_time: float

    @property
    def n_rows(self) -> int:
        """Rows of the light curve."""
        return sum(record.rows_kept for record in self.records)

    def record(self, product: Product) -> QuarterRecord | None:
        """Return the record of a file that was used, None if it was not."""
        names = _names(product)
        return next((record for record in self.records if record.file_name in names), None)

    def accounts_for(self, records: Sequence[QuarterRecord]) -> bool:
        """Tell whether the output is just what would be made of these files."""
        return _account(records) == _account(self.everything)

    def quarter(self, product: Product, is_first: bool) -> Quarter | None:
        """Return a file as it stands in the output, None if it is not there.

        Parameters
        ----------
        product : Product
        is_first : bool
            Whether it is the first file used now. Its star cards then count, and only
            those of the first file used then are known.

        Raises
        ------
        OSError
            From the file system.
        """
        names = _names(product)
        row = 0
        for place, record in enumerate(self.records):
            if record.file_name in names:
                if is_first and place > 0:
                    return None
                return Quarter(self._rows(row, record.rows_kept), record, self.star, {})
            row += record.rows_kept
        return None

    def merged(self, records: Sequence[QuarterRecord]) -> list[QuarterRecord]:
        """Return the records of a worse attempt, replaced by this file's where it has any."""
        mine = {record.label for record in self.records}
        return [*self.records, *(record for record in records if record.label not in mine)]

    def _rows(self, first: int, count: int) -> NDArray[np.void]:
        start = self.rows_start + first * ROW.itemsize
        rows = np.fromfile(self.path, dtype=ROW, count=count, offset=start)
        if len(rows) != count:
            raise OSError(f"{self.path} was cut off while it was read")
        return rows


def _names(product: Product) -> set[str]:
    return {candidate.file_name for candidate in (product, *alternative_products(product))}


def _account(records: Sequence[QuarterRecord]) -> list[tuple[object, ...]]:
    return [(r.label, r.file_name, r.status, r.reason, r.sha256) for r in records]


def foreign_output(path: Path, recipe: Recipe) -> str | None:
    """Say why a file is no output of a run with this recipe, None if it may be one.

    Parameters
    ----------
    path : Path
    recipe : Recipe

    Returns
    -------
    str or None
        None also for a file that is absent or too damaged to tell.
    """
    try:
        header = read_first_header(path)
        for keyword, value in _recipe_cards(recipe).items():
            found = header.get(keyword)
            if found != value:
                return f"{keyword} is {found!r}, not {value!r}"
    except (CorruptProduct, OSError):
        return None
    return None


def read_salvage(path: Path, recipe: Recipe, kic: int) -> Salvage | None:
    """Check an output of an earlier run, and find the quarters in it.

    Parameters
    ----------
    path : Path
    recipe : Recipe
        What it must have been made by.
    kic : int
        The star that it must be of.

    Returns
    -------
    Salvage or None
        None if there is no file, or it is damaged, of another star, recipe or version of
        this program.
    """
    try:
        return require_usable(path, recipe, kic)
    except FileNotFoundError:
        return None
    except (CorruptProduct, OSError) as error:
        _log.warning("an earlier output cannot be used and is made anew: %s: %s", path, error)
        return None


def require_usable(path: Path, recipe: Recipe, kic: int | None) -> Salvage:
    """Check an output as `read_salvage` does, of whatever star if none is given.

    Raises
    ------
    CorruptProduct
        It cannot be used.
    OSError
        From the file system.
    """
    output = read_output(path)
    _verify_identity(output.header, recipe, kic)
    if output.n_rows == 0:
        raise CorruptProduct("there are no rows")
    _verify_order(path, output.rows_start, output.n_rows)
    return Salvage(
        path=path,
        star={keyword: output.header.get(keyword) for keyword in STAR_KEYWORDS},
        records=output.used,
        everything=output.records,
        file=output.file,
        rows_start=output.rows_start,
        first_time=_time_at(path, output.rows_start, 0),
        last_time=_time_at(path, output.rows_start, output.n_rows - 1),
    )


def _verify_order(path: Path, start: int, n_rows: int) -> None:
    """Find rows that changed places, which leave the sum as it was."""
    last = -math.inf
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        count, offset = min(_ROWS_AT_ONCE, n_rows - first), start + first * ROW.itemsize
        time = np.fromfile(path, dtype=ROW, count=count, offset=offset)["TIME"]
        # False for a NaN, too.
        if not (time[0] > last and np.all(time[1:] > time[:-1])):
            raise CorruptProduct("times do not rise from row to row")
        last = float(time[-1])


def _verify_identity(header: HeaderCards, recipe: Recipe, kic: int | None) -> None:
    expected = {
        "CREATOR": f"xenoscan LightCurve {__version__}",
        **({} if kic is None else {"KEPLERID": kic}),
        **_recipe_cards(recipe),
    }
    for keyword, value in expected.items():
        found = header.get(keyword)
        if found != value:
            raise CorruptProduct(f"{keyword} is {found!r}, not {value!r}")


def _recipe_cards(recipe: Recipe) -> dict[str, CardValue]:
    return {
        "ORIGIN": "XENOSCAN",
        "MISSION": recipe.mission,
        "OBSMODE": f"{recipe.cadence} cadence",
        "FLUXCOL": f"{recipe.flux.upper()}_FLUX",
        "QBITMASK": recipe.quality_bitmask,
    }


def _time_at(path: Path, rows_start: int, row: int) -> float:
    offset = rows_start + row * ROW.itemsize
    return float(np.fromfile(path, dtype=ROW, count=1, offset=offset)["TIME"][0])
