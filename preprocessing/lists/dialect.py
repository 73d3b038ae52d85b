"""How a table's rows are divided into cells."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["BLANKS", "COMMAS", "DELIMITED", "Dialect", "fixed_columns", "is_ruler"]

#: What a line consists of that only separates, in tables drawn with characters and below VizieR's
#: headers, and which of it there must be twice.
_RULER, _RULE = frozenset("-=+:|;, \t"), "-="


@dataclass(frozen=True)
class Dialect:
    """A way of dividing rows into cells.

    Parameters
    ----------
    name : str
        What messages call it, as in "a table divided by tabs".
    delimiter : str
        The character between two cells; a blank stands for any number of blanks and tabs.
        Empty if columns have fixed places.
    edges : tuple of int
        Where columns of fixed places begin, and where the last ends.
    gaps : tuple of int
        Places between such columns that are blank in every row; a row that has something there
        has no cells, since a number might be cut.
    """

    name: str
    delimiter: str
    edges: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Yield the cells of each row.

        Parameters
        ----------
        lines : iterable of str
            The lines, without their ends.

        Raises
        ------
        csv.Error
            A quote is never closed, or something follows a closing quote.
        """
        if self.edges:
            pairs = tuple(zip(self.edges, self.edges[1:], strict=False))
            for line in lines:
                is_cut = any(line[gap : gap + 1].strip() for gap in self.gaps)
                yield [] if is_cut else [line[start:end] for start, end in pairs]
            return
        if self.delimiter == " ":
            lines = (" ".join(line.split()) for line in lines)
        elif self.delimiter == "\t":
            # Blanks in front of a quote would make it a part of the cell.
            lines = (line.rstrip("\r\n ") for line in lines)
        else:
            lines = map(str.strip, lines)
        # Without strict, a quote that is never closed would swallow the rest of the list.
        yield from csv.reader(
            (f"{line}\n" for line in lines),
            delimiter=self.delimiter,
            skipinitialspace=self.delimiter != "\t",
            strict=True,
        )

    def split(self, line: str) -> list[str]:
        """Return the cells of one line; an empty list if it cannot be divided so.

        Parameters
        ----------
        line : str
            The line.

        Examples
        --------
        >>> COMMAS.split('"TIC ID",  "a, comment"')
        ['TIC ID', 'a, comment']
        """
        try:
            return next(self.rows([line]), [])
        except csv.Error:
            return []


COMMAS = Dialect("commas", ",")
BLANKS = Dialect("blanks", " ")
#: All that have a delimiter, in the order in which they are tried: a header's names may hold
#: blanks, then commas, then semicolons.
DELIMITED = (
    Dialect("tabs", "\t"),
    Dialect("the character |", "|"),
    Dialect("semicolons", ";"),
    COMMAS,
    Dialect("the character &", "&"),
    BLANKS,
)


def fixed_columns(edges: Sequence[int], gaps: Sequence[int] = ()) -> Dialect:
    """Return the dialect of a table whose columns have fixed places.

    Parameters
    ----------
    edges, gaps : sequence of int
        See `Dialect`.
    """
    return Dialect("fixed columns", "", tuple(edges), tuple(gaps))


def is_ruler(line: str) -> bool:
    r"""Tell whether a line only separates others, as below a header.

    Examples
    --------
    >>> is_ruler("|---|:---:|"), is_ruler("--------\t----"), is_ruler("--,1,2")
    (True, True, False)
    """
    return _RULER.issuperset(line) and sum(map(line.count, _RULE)) >= 2
