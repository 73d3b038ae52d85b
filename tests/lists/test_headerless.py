"""Lists without a known header: tables, rows of stars, and titles above numbers."""

from __future__ import annotations

import pytest

from tests.support.lists import Lists

_KICS = ["KIC 8644288", "KIC 6462863"]


@pytest.mark.parametrize(
    "content",
    [
        "System,RA\nKIC 8644288,1.5\nKIC 6462863,2.5\n",
        "System RA\nKIC8644288 1.5\nKIC6462863 2.5\n",
        "KIC 8644288,TIC 162494287\nKIC 6462863,TIC 66818296\n",
        "KIC 8644288, KIC 6462863\nKIC 8644288\n",
        "KIC 8644288, KIC 6462863\nKIC 6462863, KIC 8644288\n",
        '["KIC 8644288","KIC 6462863"]',
        "KIC 8644288; KIC 6462863\n",
        ",0\n0,8644288\n1,6462863\n",
        "8644288 23 50 51\n6462863 12\n",
        "8644288,23,50\n6462863,12\n",
        "8644288; 23; 50\n6462863; 12\n",
        "8644288 Q1\n6462863 Q2 binary\n",
        "KOI-2 8644288\nKOI-3 6462863.0\n",
        "8644288 KOI-2\nnan KOI-1\n6462863 KOI-3\n",
        "2017;KIC 8644288\n2018;KIC 6462863\n",
    ],
)
def test_tables_and_rows(lists: Lists, content: str) -> None:
    """Numbers with a prefix are known under any header, and several in a row are all taken."""
    numbers = [target.number for target in lists.read(content).targets.targets]
    assert numbers == [8644288, 6462863]


def test_a_row_of_names(lists: Lists) -> None:
    """A single row of names is a list; of words without digits it is a header."""
    assert lists.names("Kepler-10, Kepler-22\n") == ["Kepler-10", "Kepler-22"]
    assert lists.names("2017;KIC 8644288\n") == _KICS[:1]
    assert "--id-column 1" in lists.refusal("8644288,2017\n")
    assert lists.names("TIC 7\n", "TESS") == ["TIC 7"]
    assert "(foo, bar)" in lists.refusal("foo,bar\n")
    assert "a JSON file" in lists.refusal('[{"kepid": 8644288}]\n')


@pytest.mark.parametrize(
    "title", ["My favorite stars", "x", "Kepler IDs:", "source_id", "0", "[targets]", "Quarter 5"]
)
def test_titles_above_numbers(lists: Lists, title: str) -> None:
    """A title above numbers is no star, and the run says which line it took for one."""
    found = lists.read(f"{title}\n8644288\n6462863\n")
    assert [target.name for target in found.targets.targets] == _KICS
    assert "title" in next(found.describe())


@pytest.mark.parametrize("name", ["Kepler-10", "TIC 1.62494E+08", "V1"])
def test_names_above_numbers(lists: Lists, name: str) -> None:
    """A name with a number, also one that lost digits, is no title."""
    assert len(lists.read(f"{name}\n8644288\n6462863\n").targets.targets) == 3
