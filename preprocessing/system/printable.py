"""Make foreign text safe to show: in one line of a terminal, and in a cell of a spreadsheet."""

from __future__ import annotations

__all__ = ["guarded", "printable", "unguarded"]

#: Characters of a message; a longer message is cut.
_LONGEST = 2000
#: First characters that make some spreadsheet run a cell as a formula. The last four are
#: full-width, for East Asian settings (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
#: Marks a cell as text, whatever follows.
_GUARD = "'"


def printable(text: str, longest: int = _LONGEST) -> str:
    r"""Return a text as one line that a terminal shows literally.

    Parameters
    ----------
    text : str
        Any text: a server's message, a name from a list, a path.
    longest : int, optional
        The most characters to return.

    Returns
    -------
    str
        The text with every character that is not printable (line ends, control
        characters, marks that change the writing direction) escaped as in a Python
        string. A text that is too long is cut and ends in three dots.

    Examples
    --------
    >>> printable("all is well")
    'all is well'
    >>> print(printable("lost\n2026-01-01 INFO found\x1b[2J"))
    lost\n2026-01-01 INFO found\x1b[2J
    """
    # Cut before escaping, so that a long text costs no more than a short one.
    shown = text if len(text) <= longest else text[: longest + 1]
    if not shown.isprintable():
        shown = "".join(map(_escaped, shown))
    return shown if len(shown) <= longest else f"{shown[: max(0, longest - 3)]}..."


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


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
