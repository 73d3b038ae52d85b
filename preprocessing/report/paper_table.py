"""A table as papers have them: CSV for programs, LaTeX for print."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "PaperTable", "latex_text", "reference"]

Cell = str | int | float | bool | None
#: Texts longer than this are set as a paragraph of half the line.
_PARAGRAPH = 40
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
        head = " & ".join(map(latex_text, self.header))
        body = "".join(f"{' & '.join(map(_latex_cell, row))} \\\\\n" for row in self.rows)
        return (
            "\\begin{table*}\n"
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
    return "".join(_SPECIAL.get(one, one) for one in text)


def reference(name: str) -> str:
    """Return how the text refers to a table, by its name."""
    return f"Table~\\ref{{tab:xenoscan-{name}}}"


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
    if any(len(text) > _PARAGRAPH for text in texts):
        return r"p{0.5\linewidth}"
    return "l" if texts else "r"
