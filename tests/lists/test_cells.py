"""A cell is a star, a file or nothing, whatever marks a program put around it."""

from __future__ import annotations

import pytest

from preprocessing.lists.cells import cell_text, is_counting, line_text, star_of_cell

_EMPTY = (
    *("", "  ", "nan", "NaN", "NA", "N/A", "null", "None", "--", "---", "-", "<NA>"),
    *("# note", "====", "#N/A", '""', "' '", "\\N", "...", "?", "-999", "-1.0", "n.a.", "\u2014"),
)


@pytest.mark.parametrize("cell", _EMPTY)
def test_cells_without_a_value(cell: str) -> None:
    """Marks of missing values, comments and ruled cells hold nothing."""
    assert cell_text(cell) == line_text(cell) == ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  KIC 1  ", "KIC 1"),
        ('"KIC 1"', "KIC 1"),
        ("'KIC 1'", "KIC 1"),
        ('="25155310"', "25155310"),
        ("'25155310", "25155310"),
        ("KIC#1", "KIC#1"),
        ("a#b # c", "a#b"),
        ("KIC 1\t# the first", "KIC 1"),
        ("Nan Hai 1", "Nan Hai 1"),
        ("=1+1", "=1+1"),
        ("KIC #8644288", "KIC #8644288"),
        ("########", "########"),
        ("[KAA2005] 12", "[KAA2005] 12"),
    ],
)
def test_what_a_cell_holds(cell: str, text: str) -> None:
    """Quotes, blanks, comments and marks of spreadsheets are no part of the value."""
    assert cell_text(cell) == text


@pytest.mark.parametrize(
    ("text", "star"),
    [
        ("25155310", "TIC 25155310"),
        ("25155310.0", "TIC 25155310.0"),
        ("1.62494E+08", "TIC 1.62494E+08"),
        ("25,155,310", "TIC 25155310"),
        ("25'155'310", "TIC 25155310"),
        ("25155310,0", "TIC 25155310.0"),
        ("1,62494E+08", "TIC 1.62494E+08"),
        ("25155310.01", "25155310.01"),
        ("+25155310", "TIC 25155310"),
        ("25 155 310", "TIC 25155310"),
        ("25_155_310", "TIC 25155310"),
        ("25.155.310", "TIC 25155310"),
        ("2.5155310D+07", "TIC 2.5155310e+07"),
        (".25155310e8", "TIC 0.25155310e8"),
        ("25155310L", "TIC 25155310"),
        ("np.int64(25155310)", "TIC 25155310"),
        ("b'25155310'", "TIC 25155310"),
        ("KIC 8,644,288", "KIC 8644288"),
        ("KIC (8644288)", "KIC 8644288"),
        ("Kepler ID: 8644288", "KIC 8644288"),
        ("Star TIC 5", "TIC 5"),
        ("TIC 25155310.01", "TIC 25155310"),
        ("TIC 25155310 b", "TIC 25155310"),
        ("TIC 25155310 S23", "TIC 25155310"),
        ("TIC 25155310 (RR Lyr)", "TIC 25155310"),
        ("TIC 25155310 and TIC 5", "TIC 25155310 and TIC 5"),
        ("2) TIC 5", "TIC 5"),
        ("V* AB Dor", "AB Dor"),
        ("* bet Pic", "bet Pic"),
        ("Kepler-10 b", "Kepler-10 b"),
        ("tess2020078014623-s0023-0000000162494287-0177-s", "TIC 162494287"),
        ("KPLR008644288-2009131105131_LLC.FITS", "KIC 8644288"),
        ("61 Cyg", "61 Cyg"),
        ("KIC 1", "KIC 1"),
        ("raw/KIC_1.fits", "KIC 1"),
    ],
)
def test_which_star_a_cell_means(text: str, star: str) -> None:
    """Bare numbers get the catalog, files their star, and names stay."""
    assert star_of_cell(text, "TIC") == star


def test_counting_columns() -> None:
    """Only a run of whole numbers from 0 or 1 counts rows."""
    assert is_counting(["1", "2", "3"]) and is_counting(["0", "1"])
    assert not is_counting(["1", "3"]) and not is_counting(["2", "3"]) and not is_counting([])
