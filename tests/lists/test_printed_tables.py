"""Columns of fixed places are found where their table says that they are."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.lists.columns import StarColumns
from preprocessing.lists.printed_tables import find_printed_table
from preprocessing.missions import MISSIONS

_KEPLER = StarColumns(MISSIONS["Kepler"])
_IPAC = ("\\fixlen = T", "| kepid | ra    |", "| int   | double|", "  123456 297.1  ")


def _stars(lines: Sequence[str]) -> list[str] | None:
    found = find_printed_table(lines, _KEPLER)
    if found is None or found[1] is None:
        return None
    dialect, index, n_before = found[0], found[1], found[3]
    return [dialect.split(line)[index].strip() for line in lines[n_before:]]


def test_an_ipac_table() -> None:
    """Keywords and the header's lines are passed over, and bars tell the places."""
    assert _stars(_IPAC) == ["123456"]
    assert _stars((*_IPAC[:3], "| null  | null  |", *_IPAC[3:])) == ["123456"]


def test_no_number_below_a_bar_is_cut() -> None:
    """A row whose number stands below a bar has no cells, since a digit might be lost."""
    lines = (*_IPAC[:3], "  1234567 297.1", "123456  297.1 ", "  123456 297.15  long")
    found = find_printed_table(lines, _KEPLER)
    assert found is not None
    assert [found[0].split(line)[:1] for line in lines[3:]] == [[], [], ["  123456"]]


def test_bars_without_types_are_no_ipac_table() -> None:
    """A table drawn with bars has no line of types, and is none of these."""
    assert find_printed_table(("| kepid | ra |", "| 123456 | 297.1 |"), _KEPLER) is None


def test_an_ipac_table_without_a_known_column() -> None:
    """The names of a table's columns are returned even if none is known."""
    found = find_printed_table([line.replace("kepid", "other") for line in _IPAC], _KEPLER)
    assert found is not None
    assert (found[1], found[2]) == (None, ["other", "ra"])


def test_rules_below_a_header() -> None:
    """Rules tell the places, also of names with blanks and below a line of units."""
    lines = ("  KIC ID   Teff", "            K ", "--------- -----", " 123456    5000", "  123457")
    assert _stars(lines) == ["123456", "123457"]


def test_rules_that_are_shorter_than_the_rows() -> None:
    """Rules that would cut a cell do not count."""
    assert _stars(("KIC ra", "--- --", "123456 297.1")) is None
