"""Text of others made safe to show: one line, nothing that moves the cursor, not endless."""

from __future__ import annotations

__all__ = ["printable"]

#: Characters of a message; longer ones are cut.
_LONGEST = 2000


def printable(text: str, longest: int = _LONGEST) -> str:
    r"""Return a text as one line that a terminal shows as it is.

    Parameters
    ----------
    text : str
        Anything: what a server said, a name from a list, a path.
    longest : int, optional
        Characters that may remain.

    Returns
    -------
    str
        Line ends, other control characters, those that turn the direction of writing,
        and whatever else is not seen are spelled as in Python's strings. A text that is
        too long ends in dots.

    Examples
    --------
    >>> printable("all is well")
    'all is well'
    >>> print(printable("lost\n2026-01-01 INFO found\x1b[2J"))
    lost\n2026-01-01 INFO found\x1b[2J
    """
    # Before it is spelled out, so that a long text costs no more than a short one.
    shown = text if len(text) <= longest else text[: longest + 1]
    if not shown.isprintable():
        shown = "".join(map(_spelled, shown))
    return shown if len(shown) <= longest else f"{shown[: max(0, longest - 3)]}..."


def _spelled(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
