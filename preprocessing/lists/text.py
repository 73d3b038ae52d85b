"""The lines of a list of targets, and a refusal of files that are no text."""

from __future__ import annotations

import codecs
import io
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from preprocessing.core.errors import UsageError

__all__ = [
    "COMMENT",
    "COMMENT_LINES",
    "is_comment",
    "list_name",
    "read_lines",
    "without_row_counts",
]

#: What a comment begins with, at the start of a line or after a blank.
COMMENT = "#"
#: What a line of comment begins with: no name does. The others are those of TeX and Matlab, of
#: MIDAS, and of C.
COMMENT_LINES = (COMMENT, "%", "!", "//")
#: What spreadsheets write for an error, or for a number in a column that is too narrow: the first
#: cell of a row, and no comment.
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|VALUE!|REF!|NAME\?|DIV/0!|NUM!|NULL!|#+)\s*[,;\t|]")
#: What databases, pandas and astropy write below a table's last row.
_ROW_COUNT = re.compile(
    r"\((\d{1,9}) rows?\)|(\d{1,9}) rows? in set.*|\[(\d{1,9}) rows x \d+ columns\]"
    r"|Length = (\d{1,9}) rows|(?:Name: .*, )?(?:Length: (\d{1,9}), )?dtype: \w+",
    re.ASCII,
)
#: Marks of encodings and of possible breaks of a line, which web pages put beside numbers.
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))
#: The most characters in a line (the archive's widest tables have a few thousand).
_LONGEST_LINE = 2**20
#: How files begin that people take for lists, and what to call them.
_NO_TEXT = {
    b"SIMPLE  =": "a FITS file",
    b"PK\x03\x04": "a workbook (xlsx, ods) or another zip file",
    b"\xd0\xcf\x11\xe0": "an old workbook (xls)",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
    b"%PDF": "a PDF file",
    b"<?xml": "an XML file, such as a VOTable",
    b"<VOTABLE": "a VOTable",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table>": "a web page",
    b"<table border": "a web page",
}
#: Encodings by the mark that begins a file. Windows writes the last two ("Unicode text").
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def is_comment(line: str) -> bool:
    """Tell whether a line of a list is a comment.

    Parameters
    ----------
    line : str
        The line.

    Examples
    --------
    >>> is_comment("# mine"), is_comment("#N/A,2"), is_comment("KIC 8644288 # mine")
    (True, False, False)
    """
    text = line.lstrip()
    return text.startswith(COMMENT_LINES) and not _SPREADSHEET_ERROR.match(text)


def without_row_counts(lines: Iterable[str], where: str) -> Iterator[str]:
    """Yield the lines of a list without those that count its rows, as programs write below tables.

    Parameters
    ----------
    lines : iterable of str
        The lines.
    where : str
        What messages call the list.

    Raises
    ------
    UsageError
        There are more rows than the list shows.
    """
    n_lines = 0
    for line in lines:
        is_likely = "row" in line or "dtype" in line
        match = _ROW_COUNT.fullmatch(line.strip()) if is_likely else None
        if match is None:
            n_lines += 1
            yield line
            continue
        n_rows = int(next(filter(None, match.groups()), "0"))
        if n_rows > n_lines:
            raise UsageError(
                f"{where} shows only some of {n_rows} rows, as a program prints them: have it write"
                " the whole table to a file"
            )


def list_name(source: str) -> str:
    """Return what messages call a list.

    Parameters
    ----------
    source : str
        A path, or ``-`` for standard input.
    """
    return "standard input" if source == "-" else source


def read_lines(source: str, what: str = "target list") -> Iterator[str]:
    """Yield the lines of a list that are not blank, without their ends.

    Bytes that are not UTF-8 become characters that no name may have, so that an accent in some
    comment does no harm.

    Parameters
    ----------
    source : str
        A path, or ``-`` for standard input.
    what : str
        What messages call it before its name.

    Raises
    ------
    UsageError
        The file cannot be read, or is not text.
    """
    where = f"the {what} {list_name(source)}"
    try:
        with _opened(source) as stream:
            yield from _lines(_as_text(stream, where), where)
    except OSError as error:
        raise UsageError(f"cannot read {where}: {error.strerror}") from error
    except UnicodeError as error:
        raise UsageError(f"{where} is not a text file: {error}") from error


@contextmanager
def _opened(source: str) -> Iterator[io.BufferedReader]:
    if source != "-":
        with open(source, "rb") as stream:
            yield stream
        return
    stream = io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer))
    try:
        yield stream
    finally:
        # Standard input itself stays open.
        stream.detach()


def _as_text(stream: io.BufferedReader, where: str) -> io.TextIOWrapper:
    begin = stream.peek(64)[:64]
    for mark, kind in _NO_TEXT.items():
        if begin.startswith(mark) or begin.lstrip().lower().startswith(mark.lower()):
            raise UsageError(
                f"{where} is {kind}, not a text file: save it as CSV, or write its"
                " star numbers into a text file"
            )
    encoding = next((name for mark, name in _MARKS.items() if begin.startswith(mark)), "utf-8")
    return io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape")


def _lines(stream: io.TextIOWrapper, where: str) -> Iterator[str]:
    try:
        while text := stream.readline(_LONGEST_LINE):
            if len(text) == _LONGEST_LINE:
                raise UsageError(f"{where} has a line of more than {_LONGEST_LINE} characters")
            if "\0" in text:
                raise UsageError(f"{where} is not a text file: it holds NUL bytes")
            if not text.isascii():
                # Programs that join files leave marks in the middle.
                text = text.translate(_INVISIBLE)
            yield from filter(str.strip, text.splitlines())
    finally:
        # Whoever opened the stream closes it, and standard input stays open.
        stream.detach()
