"""The rows of tables in LaTeX, without what only sets them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

__all__ = ["rows_of_latex"]

#: A list with one of these among its first lines is a table in LaTeX: the end of a row with several
#: cells, or what begins a table.
_IS_LATEX = re.compile(r"&.*\\\\|^\s*\\(?:begin\{(?:tabular|longtable|deluxetable)|startdata)")
_MOST_ABOVE = 60
_BEGIN = re.compile(r"\\begin\{(?:tabular|longtable|deluxetable).*")
_END = re.compile(r"\s*\\(?:end\{(?:tabular|longtable|deluxetable)|enddata)")
_COMMENT = re.compile(r"(?<!\\)%.*")
_END_OF_ROW = re.compile(r"\\\\(?:\[[^\]]*\])?")
#: A line that is a command alone, as rules are.
_COMMAND = re.compile(r"\s*\\(?!colhead|tablehead|multicolumn)[^&]*")
#: Marks of notes, with their text, and the width of a cell over several columns.
_NOTES = re.compile(
    r"\\(?:multicolumn\{\d+\}\{[^}]*\}|(?:tablenotemark|tnote|footnote|textsuperscript|cite\w*|label)"
    r"\{[^}]*\})|\^(?:\{[^}]*\}|\w)"
)
_BLANKS = re.compile(r"~|\\[,;:! ]")
_MARKUP = re.compile(r"\\[A-Za-z]+\*?|[{}$]|\\(?=[_#%])")


def rows_of_latex(lines: Iterator[str]) -> Iterator[str]:
    r"""Yield the rows of a table in LaTeX, one a line; lines of any other list as they are.

    Parameters
    ----------
    lines : iterator of str
        The lines of a list.

    Examples
    --------
    >>> list(rows_of_latex(iter([r"\hline", r"KIC & Teff \\ \hline", r"$8644288^a$ & 5000 \\"])))
    ['KIC & Teff', '8644288 & 5000']
    >>> list(rows_of_latex(iter(["KIC 8644288"])))
    ['KIC 8644288']
    """
    head = list(itertools.islice(lines, _MOST_ABOVE))
    if not any(map(_IS_LATEX.search, head)):
        yield from head
        yield from lines
        return
    begin = next((n + 1 for n, line in enumerate(head) if _BEGIN.search(line)), 0)
    yield from _rows(itertools.chain(head[begin:], lines))


def _rows(lines: Iterator[str]) -> Iterator[str]:
    row = ""
    for line in lines:
        if _END.match(line):
            break
        *ended, rest = _END_OF_ROW.split(_COMMENT.sub("", line))
        for part in ended:
            yield from filter(None, [_plain(f"{row} {part}")])
            row = ""
        if not _COMMAND.fullmatch(rest):
            row = f"{row} {rest}"
            continue
        yield from filter(None, [_plain(row)])
        row = ""
    yield from filter(None, [_plain(row)])


def _plain(row: str) -> str:
    if _COMMAND.fullmatch(row) and "{" not in row:
        return ""
    return _MARKUP.sub("", _BLANKS.sub(" ", _NOTES.sub("", row))).strip()
