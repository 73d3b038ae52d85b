"""A table as papers have them: CSV for programs, LaTeX for print."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "PaperTable", "latex_text", "reference"]

Cell = str | int | float | bool | None
#: Texts longer than this are set as a paragraph of this share of the line: the first that fits.
_PARAGRAPHS = ((60, 0.45), (24, 0.2))
#: Words longer than this, such as digests, may be broken between any two pieces of it.
_PIECE = 16
#: Names of columns longer than this are set in several lines.
_LONG_NAME = 12
#: More rows or columns than these fit a page only in the smallest size.
_MANY_ROWS, _MANY_COLUMNS = 15, 8
#: Numbers outside of this range get a power of ten.
_PLAIN = (1e-3, 1e6)
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{one: f"\\{one}" for one in "&%$#_{}"},
}


@dataclass(frozen=True)
class PaperTable:
    """One table.

    Parameters
    ----------
    name : str
        Of its files and its label, without an ending.
    caption : str
        What it shows, in whole sentences.
    header : tuple of str
        Names of the columns.
    rows : tuple of tuple of Cell
        The cells; None where there is nothing.
    """

    name: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_csv(self) -> str:
        """Return the table with all digits, and empty cells where there is nothing."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.rows)
        return stream.getvalue()

    def as_latex(self) -> str:
        """Return the table as a float that needs no package."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.header)
        head = " & ".join(map(_latex_name, self.header))
        body = "".join(f"{' & '.join(map(_latex_cell, row))} \\\\\n" for row in self.rows)
        is_large = len(self.rows) > _MANY_ROWS or len(self.header) > _MANY_COLUMNS
        size = r"\scriptsize" if is_large else r"\footnotesize"
        return (
            f"\\begin{{table*}}\n\\centering{size}\\setlength{{\\tabcolsep}}{{3pt}}\n"
            f"\\caption{{{latex_text(self.caption)}}}\n\\label{{tab:xenoscan-{self.name}}}\n"
            f"\\begin{{tabular}}{{{''.join(map(_alignment, columns))}}}\n"
            f"\\hline\n{head} \\\\\n\\hline\n{body}\\hline\n"
            "\\end{tabular}\n\\end{table*}\n"
        )


def latex_text(text: str) -> str:
    r"""Return a text as LaTeX prints it.

    Parameters
    ----------
    text : str
        The text.

    Examples
    --------
    >>> print(latex_text("is_flagged, 1 %"))
    is\_flagged, 1 \%
    """
    return " ".join(map(_latex_word, text.split(" ")))


def reference(name: str) -> str:
    """Return how the text refers to a table, by its name."""
    return f"Table~\\ref{{tab:xenoscan-{name}}}"


def _latex_word(word: str) -> str:
    pieces = (word[first : first + _PIECE] for first in range(0, len(word), _PIECE))
    return r"\allowbreak{}".join(
        "".join(_SPECIAL.get(one, one) for one in piece) for piece in pieces
    )


def _latex_name(name: str) -> str:
    """Return the name of a column, a long one in lines that end at its underscores and blanks."""
    lines = [""]
    for part in re.findall(r"[^_ ]*[_ ]?", name):
        if lines[-1] and len(lines[-1]) + len(part) > _LONG_NAME:
            lines.append("")
        lines[-1] += part
    if len(lines) == 1:
        return latex_text(name)
    stacked = r" \\ ".join(map(latex_text, lines))
    return rf"\shortstack{{{stacked}}}"


def _latex_cell(cell: Cell) -> str:
    if cell is None:
        return r"\ldots"
    if isinstance(cell, float):
        return _latex_number(cell)
    return latex_text(str(cell))


def _latex_number(value: float) -> str:
    """Return a number with four digits."""
    if value and math.isfinite(value) and not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        return f"${mantissa}\\times10^{{{int(exponent)}}}$"
    return f"${value:.4g}$"


def _alignment(cells: Sequence[Cell]) -> str:
    texts = [cell for cell in cells if isinstance(cell, str)]
    longest = max(map(len, texts), default=0)
    share = next((share for length, share in _PARAGRAPHS if longest > length), None)
    if share is not None:
        return f"p{{{share}\\linewidth}}"
    return "l" if texts else "r"
