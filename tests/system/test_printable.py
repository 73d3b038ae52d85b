"""Foreign text can neither move a cursor nor begin a line of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.system.printable import printable


@given(text=st.text(), longest=st.integers(0, 50))
def test_what_is_shown_is_one_short_line(text: str, longest: int) -> None:
    """Any text is shown as one short line of printable characters."""
    shown = printable(text, longest)
    assert shown.isprintable()
    assert len(shown) <= max(3, longest)
    shown.encode()


@pytest.mark.slow
@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=50))
def test_ordinary_text_stays(text: str) -> None:
    """Letters, digits and punctuation of any script are shown as they are."""
    assert printable(text) == text


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J", "\r", "\n", "\x07", "\x9b31m", "\u202e", "\u2066", "\u200b", "\u2028", "\ud800"],
)
def test_what_acts_is_spelled(text: str) -> None:
    """Escape sequences, line ends, bells and turns of direction are seen, not obeyed."""
    shown = printable(f"a{text}b")
    assert text[0] not in shown
    assert shown.startswith("a\\")


def test_a_gigabyte_would_be_cut() -> None:
    """A long text ends in dots, and its beginning stays."""
    assert printable("x" * 10**6, 10) == "xxxxxxx..."
    assert len(printable("\n" * 10**6)) == 2000
