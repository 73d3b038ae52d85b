"""Make foreign text safe to print: one line, bounded, without control characters."""

from __future__ import annotations

__all__ = ["printable"]

#: Characters of a message; a longer message is cut.
_LONGEST = 2000


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
