"""The bytes of a light-curve file that another team than the mission's makes: one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.format import padded_size
from preprocessing.simulator.synthesis.hdu_bytes import hdu_bytes
from preprocessing.simulator.synthesis.header_template import (
    HeaderTemplate,
    HeaderValue,
    column_dtype,
    table_cards,
)

__all__ = ["HlspFile", "of_form"]

_PRIMARY = """\
SIMPLE  = T / conforms to FITS standard
BITPIX  = 8 / array data type
NAXIS   = 0 / number of array dimensions
EXTEND  = T
"""
_SYNTHETIC = "SYNTHET = T / made by a program: this is no observation\n"

#: A column's name, format and unit.
Column = tuple[str, str, str]


def of_form(form: str, names: str, unit: str = "") -> list[Column]:
    """Return columns of one format and unit.

    Parameters
    ----------
    form : str
        The FITS format.
    names : str
        Their names, with blanks between.
    unit : str, optional
        Their unit.

    Examples
    --------
    >>> of_form("D", "TIME FLUX")
    [('TIME', 'D', ''), ('FLUX', 'D', '')]
    """
    return [(name, form, unit) for name in names.split()]


class HlspFile:
    """What the files of one team look like.

    Parameters
    ----------
    primary : str
        The cards of the primary header behind those that all have, as text for a
        `HeaderTemplate`.
    columns : sequence of (str, str, str)
        Name, format and unit of the table's columns.
    table : str
        The cards of the table behind its columns.
    """

    def __init__(self, primary: str, columns: Sequence[Column], table: str) -> None:
        cards = [(name, form, unit, "", "", "") for name, form, unit in columns]
        self.row = np.dtype(column_dtype(cards))
        self._primary = HeaderTemplate(_PRIMARY + _SYNTHETIC + primary)
        self._table = HeaderTemplate(table_cards(cards) + table)

    def size(self, n_rows: int) -> int:
        """Return the size in bytes of a file with so many rows."""
        templates = (self._primary, self._table)
        headers = sum(len(t.fill(dict.fromkeys(t.keywords))) for t in templates)
        return headers + padded_size(self.row.itemsize * n_rows)

    def body(self, values: Mapping[str, HeaderValue], rows: NDArray[np.void]) -> bytes:
        """Return a file.

        Parameters
        ----------
        values : mapping
            Values of the header cards.
        rows : ndarray, dtype `row`
            The table.
        """
        content = rows.tobytes()
        parts = hdu_bytes(self._primary, values)
        parts += hdu_bytes(self._table, {**values, "NAXIS2": len(rows)}, content)
        return b"".join(parts)
