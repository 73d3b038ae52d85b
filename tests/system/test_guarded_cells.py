"""No cell is a formula, and each is read as what was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preprocessing.system.printable import guarded, unguarded

_TEXTS = st.text() | st.text("'=+-@\t\r\n\uff1da", max_size=6)


@given(_TEXTS)
def test_what_was_written_is_read(text: str) -> None:
    """A cell is read as it was written, whatever it begins with."""
    assert unguarded(guarded(text)) == text


@given(_TEXTS)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    """No cell begins as a formula does, even after what spreadsheets skip."""
    assert guarded(text)[:1] not in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


@given(st.text(), st.text())
def test_two_texts_are_two_cells(one: str, other: str) -> None:
    """Two texts give two different cells."""
    assert (guarded(one) == guarded(other)) == (one == other)
