"""What one cell or one line of a list says: a star, a file, or nothing."""

from __future__ import annotations

import re

from preprocessing.lists.text import COMMENT
from preprocessing.missions.file_stars import star_in
from preprocessing.missions.whole_numbers import NUMBER

__all__ = ["cell_text", "is_counting", "line_text", "star_of_cell"]

#: How tables mark that there is no value (pandas, astropy, R, databases, IDL), in small letters.
_EMPTY = frozenset(
    {
        "",
        "nan",
        "na",
        "n/a",
        "<na>",
        "nat",
        "none",
        "null",
        "nil",
        "masked",
        "(null)",
        "...",
        "\\n",
    }
)
_COMMENT_BEGINS = re.compile(rf"(?:^|\s){COMMENT}")
_NUMBER = re.compile(NUMBER, re.ASCII)
#: A decimal comma, and thousands set apart, as spreadsheets write numbers in some countries.
_DECIMAL_COMMA = re.compile(r"(\d+),(0*|\d+[eE][+-]?\d{1,3})", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:([,'\u2019\u2009\u202f])\d{3})(?:\1\d{3})*", re.ASCII)
#: Spreadsheets keep digits when a cell is written as a formula of a text.
_FORMULA = re.compile(r'=\s*"(.*)"')
_QUOTES = "\"'`"
#: Cells of these alone are empty too: they are marks of missing values, or end a drawn table.
_RULES = "-="


def cell_text(cell: str) -> str:
    """Return what a cell holds, without quotes and comments; an empty text for no value.

    Parameters
    ----------
    cell : str
        A cell of a table, or a line of a list.

    Examples
    --------
    >>> cell_text(' "KIC 8644288"  # the first'), cell_text("KIC#9002278"), cell_text("NaN")
    ('KIC 8644288', 'KIC#9002278', '')
    """
    text = cell.strip()
    if COMMENT in text:
        text = _COMMENT_BEGINS.split(text, maxsplit=1)[0].rstrip()
    if text.startswith("="):
        formula = _FORMULA.fullmatch(text)
        text = text if formula is None else formula[1].strip()
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]:
        text = text[1:-1].strip()
    elif text[:1] == "'" and text[1:].isdecimal():
        # A spreadsheet's mark for a number that is a text.
        text = text[1:]
    is_empty = text.lower() in _EMPTY or not text.strip(_RULES)
    return "" if is_empty else text


def line_text(line: str) -> str:
    """Return what a line of names holds, which may be one of a program's list of values.

    Parameters
    ----------
    line : str
        The line, or a part of it.

    Examples
    --------
    >>> line_text('  "KIC 8644288",'), line_text("[8644288"), line_text("]")
    ('KIC 8644288', '8644288', '')
    """
    if line.replace(" ", "").isalnum():
        # A short cut for long lists: there is no mark to remove.
        text = line.strip()
        return "" if text.lower() in _EMPTY else text
    return cell_text(line.strip().rstrip(",;").strip("[]"))


def star_of_cell(text: str, catalog: str) -> str:
    """Return the name or number of the star that a cell means.

    Parameters
    ----------
    text : str
        What `cell_text` returned.
    catalog : str
        The catalog of a bare number.

    Examples
    --------
    >>> star_of_cell("8644288.0", "KIC"), star_of_cell("Kepler-10", "KIC")
    ('KIC 8644288.0', 'Kepler-10')
    >>> star_of_cell("kplr008644288-2009131105131_llc.fits", "TIC")
    'KIC 8644288'
    """
    if text.isdecimal():
        return f"{catalog} {text}"
    if text[0].isdecimal():
        text = _without_local_marks(text)
        number = _NUMBER.fullmatch(text)
        # With a prefix, a fraction would be a candidate's name.
        is_fraction = number is not None and number[3] is None and (number[2] or "").strip("0")
        return text if number is None or is_fraction else f"{catalog} {text}"
    return star_in(text) or text


def _without_local_marks(text: str) -> str:
    """Return a number as programs write it, without its country's commas.

    Examples
    --------
    >>> _without_local_marks("8,644,288"), _without_local_marks("8644288,0")
    ('8644288', '8644288.0')
    """
    decimal = _DECIMAL_COMMA.fullmatch(text)
    if decimal is not None:
        return f"{decimal[1]}.{decimal[2]}"
    thousands = _THOUSANDS.fullmatch(text)
    return text if thousands is None else text.replace(thousands[1], "")


def is_counting(texts: list[str]) -> bool:
    """Tell whether cells only count the rows: 1, 2, 3 or 0, 1, 2.

    Parameters
    ----------
    texts : list of str
        The first cells of a column.
    """
    if not texts or texts[0] not in ("0", "1"):
        return False
    first = int(texts[0])
    return texts == [str(first + n) for n in range(len(texts))]
