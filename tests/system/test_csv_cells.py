"""No cell is a formula, and each is read as what was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preprocessing.system.csv_cells import guarded, unguarded

_TEXTS = st.text() | st.text("'=+-@\t\r\n\uff1da", max_size=6)


@given(_TEXTS)
def test_what_was_written_is_read(text: str) -> None:
    """Whatever it begins with."""
    assert unguarded(guarded(text)) == text


@given(_TEXTS)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    """Nor with what some spreadsheets leave out before they look."""
    assert guarded(text)[:1] not in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


@given(st.text(), st.text())
def test_two_texts_are_two_cells(one: str, other: str) -> None:
    """So that no two targets share a row."""
    assert (guarded(one) == guarded(other)) == (one == other)
