"""The lines of a list of targets, and a refusal of files that are no text."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from preprocessing.core.errors import UsageError

__all__ = ["COMMENT", "COMMENT_LINES", "list_name", "read_lines"]

#: What a comment begins with, at the start of a line or after a blank.
COMMENT = "#"
#: What a line of comment begins with: no name does. The others are those of TeX, Matlab and MIDAS.
COMMENT_LINES = (COMMENT, "%", "!")
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
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
#: Encodings by the mark that begins a file. Windows writes the last two ("Unicode text").
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


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
        if begin.startswith(mark):
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
                text = text.replace("\ufeff", "")
            yield from filter(str.strip, text.splitlines())
    finally:
        # Whoever opened the stream closes it, and standard input stays open.
        stream.detach()
