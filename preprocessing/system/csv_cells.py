"""Text in the cells of CSV files, which a spreadsheet must not run as a formula."""

from __future__ import annotations

__all__ = ["guarded", "unguarded"]

#: With one of these a cell is a formula to some spreadsheet, the wide ones in East Asian
#: settings (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
#: Begins a cell that is text, whatever follows.
_GUARD = "'"


def guarded(text: str) -> str:
    """Return a text as it is written into a cell: behind an apostrophe if it looks like a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("Kepler-10"), guarded("'=1+1")
    ("'=1+1", 'Kepler-10', "''=1+1")
    """
    begins = text.lstrip(_GUARD)[:1]
    return f"{_GUARD}{text}" if begins and begins in _FORMULA else text


def unguarded(cell: str) -> str:
    """Return the text of a cell that `guarded` wrote.

    Examples
    --------
    >>> unguarded("'=1+1"), unguarded("'tis a star")
    ('=1+1', "'tis a star")
    """
    # Nearly no cell has one, and there may be hundreds of thousands.
    if not cell.startswith(_GUARD):
        return cell
    begins = cell.lstrip(_GUARD)[:1]
    return cell[1:] if begins and begins in _FORMULA else cell
