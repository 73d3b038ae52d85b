"""Rows are divided at the character, the blanks or the places of their table."""

from __future__ import annotations

import csv

import pytest

from preprocessing.lists.dialect import COMMAS, DELIMITED, fixed_columns, is_ruler

_TABS, _BARS, _SEMICOLONS, *_, _BLANKS = DELIMITED


def test_delimiters() -> None:
    """Quotes keep a delimiter in its cell, and blanks count once however many there are."""
    assert COMMAS.split('1,"a, b", c') == ["1", "a, b", "c"]
    assert _TABS.split("\t1\t") == ["", "1", ""]
    assert _BARS.split("| a | b |") == ["", "a ", "b ", ""]
    assert _SEMICOLONS.split("1;2,5") == ["1", "2,5"]
    assert _BLANKS.split('  "a b" \t c ') == ["a b", "c"]


def test_quotes_that_are_never_closed() -> None:
    """A line that cannot be divided has no cells, and a table with it is an error."""
    assert COMMAS.split('1,"a') == []
    with pytest.raises(csv.Error):
        list(COMMAS.rows(['1,"a', "2,b"]))


def test_fixed_places() -> None:
    """Cells end at their places, and a row that crosses a gap has none."""
    dialect = fixed_columns((0, 4, 9), [3])
    assert dialect.split("123 45") == ["123 ", "45"]
    assert dialect.split("1") == ["1", ""]
    assert dialect.split("12345") == []


@pytest.mark.parametrize("line", ["---- ---", "====", "+---+---+", "|---|:-:|", "----\t--"])
def test_rulers(line: str) -> None:
    """A line of dashes and their like is a ruler."""
    assert is_ruler(line)


@pytest.mark.parametrize("line", ["-", "", "1 --", "-5 -3", "a---"])
def test_no_rulers(line: str) -> None:
    """A single dash, or a line with anything else, is no ruler."""
    assert not is_ruler(line)
