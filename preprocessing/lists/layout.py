"""Where a list has its stars: which kind of table it is, where its rows begin, which column."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing.lists.dialect import Dialect

__all__ = ["SAMPLE", "Head", "Layout", "table_layout"]

#: Rows that decide on a table.
SAMPLE = 25


@dataclass(frozen=True)
class Head:
    """The beginning of a list.

    Parameters
    ----------
    comments : tuple of (int, str)
        Comments above the first rows: how many other lines stand above each, and the line.
    lines : tuple of str
        The first lines that do not, as far as they were read.
    is_whole : bool
        Whether the list ends with them.
    """

    comments: tuple[tuple[int, str], ...]
    lines: tuple[str, ...]
    is_whole: bool


@dataclass(frozen=True)
class Layout:
    """Where a list has its stars.

    Parameters
    ----------
    described : str
        What messages say of it.
    dialect : Dialect or None
        How rows are divided into cells; None if each line is one name, or names files.
    index : int or None
        The column with the stars; None if every cell of a row is one.
    n_before : int
        Lines before the first row, comments not counted.
    column : str
        The column's name; empty if it has none.
    is_script : bool
        Whether lines name files or folders of stars, among other words.
    n_cells : int
        How many cells a row must have at least, if a missing one would hide which is which.
    most_cells : int
        How many cells a row may have; 0 if any number of them. In one with more, something else
        than the stars' column holds the delimiter.
    """

    described: str
    dialect: Dialect | None = None
    index: int | None = 0
    n_before: int = 0
    column: str = ""
    is_script: bool = False
    n_cells: int = 0
    most_cells: int = 0


def table_layout(
    dialect: Dialect,
    index: int,
    name: str,
    n_before: int,
    most_cells: int = 0,
    *,
    is_alone: bool = False,
) -> Layout:
    """Return the layout of a table.

    Parameters
    ----------
    dialect : Dialect
        How its rows are divided into cells.
    index : int
        The column with the stars.
    name : str
        The column's name as the header has it; empty if there is none.
    n_before, most_cells : int
        See `Layout`.
    is_alone : bool
        Whether it is the only column, so that nothing divides it from others.
    """
    column = name.strip(" \t\"'#")
    label = f"column {column!r}" if column else f"column {index + 1}"
    kind = f"of {dialect.name}" if dialect.edges else f"divided by {dialect.name}"
    described = label if is_alone else f"{label} of a table {kind}"
    # A row of fixed places without any cell cannot be divided.
    n_cells = int(bool(dialect.edges))
    return Layout(described, dialect, index, n_before, column, False, n_cells, most_cells)
