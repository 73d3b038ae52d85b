"""Cells of CSV files that a spreadsheet must show as text, never run as a formula."""

from __future__ import annotations

__all__ = ["guarded", "unguarded"]

#: First characters that make some spreadsheet run a cell as a formula. The last four are
#: full-width, for East Asian settings (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
#: Marks a cell as text, whatever follows.
_GUARD = "'"


def guarded(text: str) -> str:
    """Return a text as it is written into a cell: after an apostrophe if it looks like a formula.

    Parameters
    ----------
    text : str
        Any text, such as a target's name from the user's list.

    Examples
    --------
    >>> guarded("=1+1"), guarded("Kepler-10"), guarded("'=1+1")
    ("'=1+1", 'Kepler-10', "''=1+1")
    """
    begins = text.lstrip(_GUARD)[:1]
    return f"{_GUARD}{text}" if begins and begins in _FORMULA else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` wrote into a cell.

    Parameters
    ----------
    cell : str
        The cell's content, without the quotes of the CSV format.

    Examples
    --------
    >>> unguarded("'=1+1"), unguarded("'tis a star")
    ('=1+1', "'tis a star")
    """
    # A short cut: hundreds of thousands of cells are read, and almost none has a guard.
    if not cell.startswith(_GUARD):
        return cell
    begins = cell.lstrip(_GUARD)[:1]
    return cell[1:] if begins and begins in _FORMULA else cell
