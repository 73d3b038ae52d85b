"""FITS headers prepared once and filled in per file, and the cards of table columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from preprocessing.fits.format import CARD, padded_size

__all__ = ["ColumnCards", "HeaderTemplate", "HeaderValue", "column_dtype", "table_cards"]

HeaderValue = str | int | float | bool | None

#: A column's name, format, unit and display format, then the title and the unit as the cards'
#: comments spell them. A column without a display format gets no comments.
ColumnCards = tuple[str, str, str, str, str, str]

#: For each FITS format: bytes per value, the numpy type, and its name in card comments.
_FORMATS = {
    "D": (8, ">f8", "64-bit floating point"),
    "E": (4, ">f4", "32-bit floating point"),
    "J": (4, ">i4", "signed 32-bit integer"),
    "I": (2, ">i2", "signed 16-bit integer"),
}

#: Characters for the value of a card (FITS standard 4.0, section 4.2: columns 11 to 30).
_VALUE_WIDTH = 20
#: Characters for the value of the cards that need more.
_WIDE = {"DATE-OBS": 26, "DATE-END": 26}

_SLOT = re.compile(r"%[-.0-9]*[dfgs]")


class HeaderTemplate:
    """A header that is complete except for some values.

    Parameters
    ----------
    cards : str
        One card per line: ``KEYWORD = value / comment``. The value may be a printf format, to be
        filled in later. The comment is optional.
    """

    def __init__(self, cards: str) -> None:
        lines = cards.splitlines()
        size = padded_size(CARD * (len(lines) + 1))
        self._slots: list[tuple[str, int, str, bool, int]] = []
        images = [self._read(line, CARD * i) for i, line in enumerate(lines)]
        self._blank = ("".join(images) + "END").ljust(size).encode("ascii")

    @property
    def keywords(self) -> list[str]:
        """Keywords of the cards that `fill` fills in, in order."""
        return [keyword for keyword, *_ in self._slots]

    def fill(self, values: Mapping[str, HeaderValue]) -> bytearray:
        """Return the header with its values filled in, padded to whole blocks.

        Parameters
        ----------
        values : mapping
            A value for each of `keywords`; None leaves a card undefined.

        Raises
        ------
        KeyError
            A keyword has no value.
        ValueError
            A value is too long for its card.
        """
        header = bytearray(self._blank)
        for keyword, start, pattern, is_string, width in self._slots:
            value = values[keyword]
            if value is None:
                continue
            text = pattern % value
            if len(text) > width:
                raise ValueError(f"{text} does not fit into card {keyword}")
            text = text.ljust(width) if is_string else text.rjust(width)
            header[start : start + width] = text.encode("ascii")
        return header

    def _read(self, line: str, position: int) -> str:
        """Return a line as a card; if its value is a format, record where the value goes."""
        if line.startswith("COMMENT "):
            return line.ljust(CARD)
        keyword, rest = line[:8], line[10:]
        value, _, comment = rest.partition(" / ")
        is_string = value.startswith("'")
        width = _VALUE_WIDTH
        if _SLOT.search(value):
            width = _WIDE.get(keyword, _VALUE_WIDTH)
            slot = (keyword.rstrip(), position + 10, value, is_string, width)
            self._slots.append(slot)
            value = ""
        field = value.ljust(width) if is_string else value.rjust(width)
        ending = f" / {comment}" if comment else ""
        return f"{keyword}= {field}{ending}"[:CARD].ljust(CARD)


def column_dtype(columns: Sequence[ColumnCards]) -> list[tuple[str, str]]:
    """Return the name and the numpy type of each column.

    Parameters
    ----------
    columns : sequence of ColumnCards
        The table's columns, in order.
    """
    return [(name, _FORMATS[form][1]) for name, form, *_ in columns]


def table_cards(columns: Sequence[ColumnCards]) -> str:
    """Return the cards of a table, up to its last column, as text for a `HeaderTemplate`.

    Parameters
    ----------
    columns : sequence of ColumnCards
        The table's columns, in order.
    """
    row_bytes = sum(_FORMATS[form][0] for _, form, *_ in columns)
    cards = [
        "XTENSION= 'BINTABLE' / marks the beginning of a new HDU",
        "BITPIX  = 8 / array data type",
        "NAXIS   = 2 / number of array dimensions",
        f"NAXIS1  = {row_bytes} / length of first array dimension",
        "NAXIS2  = %d / length of second array dimension",
        "PCOUNT  = 0 / group parameter count (not used)",
        "GCOUNT  = 1 / group count (not used)",
        f"TFIELDS = {len(columns)} / number of table fields",
    ]
    for number, column in enumerate(columns, 1):
        cards += _cards_of_column(number, *column)
    return "".join(f"{card}\n" for card in cards)


def _cards_of_column(
    number: int, name: str, form: str, unit: str, display: str, title: str, unit_title: str
) -> list[str]:
    format_title = f"column format: {_FORMATS[form][2]}"
    if not display:
        title = unit_title = format_title = ""
    cards = [
        _column_card("TTYPE", number, name, title and f"column title: {title}"),
        _column_card("TFORM", number, form, format_title),
    ]
    if unit:
        cards.append(
            _column_card("TUNIT", number, unit, unit_title and f"column units: {unit_title}")
        )
    if display:
        cards.append(_column_card("TDISP", number, display, "column display format"))
    return cards


def _column_card(keyword: str, number: int, value: str, comment: str) -> str:
    return f"{keyword + str(number):8}= '{value:8}'" + (f" / {comment}" if comment else "")
