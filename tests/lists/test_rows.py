"""The star's cell of a row is known, or the row is counted."""

from __future__ import annotations

from tests.support.lists import Lists

_TICS = ["TIC 162494287", "TIC 66818296"]


def test_a_delimiter_without_quotes(lists: Lists) -> None:
    """A comma in a cell before the star's moves no other number into its place."""
    content = "note,sector,TIC ID\nok,23,162494287\nhot, bright,12,66818296\n"
    assert lists.names(content, "TESS") == _TICS
    content = "TIC ID,note\n162494287,hot, bright\n66818296,ok\n"
    assert lists.names(content, "TESS") == _TICS


def test_rows_that_may_mean_two_stars(lists: Lists) -> None:
    """Where two numbers may be the star's, the row is dropped with a count."""
    found = lists.read("note,year,TIC ID\nok,2023,162494287\na, b,2012,66818296\n", "TESS")
    assert [target.name for target in found.targets.targets] == _TICS[:1]
    assert "1 with more cells than others" in list(found.describe())[1]
    refusal = lists.refusal("name TIC mag\nHD 1234 162494287 9.9\nHD 2345 66818296 8.8\n", "TESS")
    assert "rows dropped: 2 with more cells than others" in refusal


def test_a_second_table_below(lists: Lists) -> None:
    """Another table below, with its stars in another column, is no part of the first."""
    content = "TIC ID,Tmag\n162494287,9\nTmag,TIC ID\n8,66818296\n"
    assert "a table with other columns follows below (Tmag, TIC ID)" in lists.refusal(content)


def test_what_spreadsheets_and_programs_hide(lists: Lists) -> None:
    """Numbers that a program does not show are no stars, and none of them is lost unseen."""
    found = lists.read("TIC ID,x\n########,1\n#N/A,2\n162494287,3\n", "TESS")
    assert "too narrow" in (found.targets.targets[0].problem or "")
    assert list(found.describe())[1] == "1 row dropped: 1 empty."
    printed = "  TIC\n---------\n162494287\n      ...\n 66818296\nLength = 450 rows\n"
    assert "shows only some of 450 rows" in lists.refusal(printed)
    rounded = "".join(f"{162494288 + 7920 * n}\n" for n in range(20))
    assert "has lost digits" in lists.refusal(rounded, "TESS")
