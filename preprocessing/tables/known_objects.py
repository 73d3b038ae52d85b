"""Read the file of a mission's known objects that ``xenoscan catalog`` wrote."""

from __future__ import annotations

from pathlib import Path

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.known_object import KnownObject
from preprocessing.core.known_objects import KnownObjects
from preprocessing.core.known_records import KNOWN_COLUMNS, KNOWN_KEY, known_of_records
from preprocessing.tables.star_rows import StarRows
from preprocessing.tables.value_tables import read_table, table_about

__all__ = ["known_objects_of", "read_known_objects"]


def read_known_objects(path: Path) -> KnownObjects:
    """Read a file of known objects.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        It is damaged, or no such file.
    OSError
        It cannot be read.
    """
    about = table_about(path)
    rows = read_table(path, [column.name for column in KNOWN_COLUMNS]).to_pylist()
    try:
        return known_of_records(about.get(KNOWN_KEY, "null"), rows)
    except ValueError as error:
        raise CorruptProduct(f"{path} is no file of known objects ({error})") from error


def known_objects_of(path: Path, star: int) -> tuple[KnownObject, ...]:
    """Read what a file of known objects says of one star.

    Parameters
    ----------
    path : Path
        The file.
    star : int
        The star's number in its mission's catalog.

    Raises
    ------
    CorruptProduct
        It is damaged, or no such file.
    OSError
        It cannot be read.
    """
    table = StarRows(path)
    try:
        return known_of_records(
            table.about.get(KNOWN_KEY, "null"), table.rows("star", star)
        ).objects
    except (ValueError, KeyError) as error:
        raise CorruptProduct(f"{path} is no file of known objects ({error})") from error
