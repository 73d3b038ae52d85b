"""Tables of a paper are written so that LaTeX can set them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from preprocessing.report.paper_table import PaperTable, latex_text

_DIGEST = "0123456789abcdef" * 4


@given(st.text(alphabet="ab_%&$#{}~^\\<> 0", max_size=80))
def test_a_text_loses_nothing(text: str) -> None:
    """Without its commands and its places for breaks, the text of LaTeX is the text."""
    found = latex_text(text).replace(r"\allowbreak{}", "")
    names = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^"}
    names |= {"textless": "<", "textgreater": ">"}
    found = re.sub(r"\\(text[a-z]+)\{\}|\\(.)", lambda m: names.get(m[1], m[2]), found)
    assert found == text


def test_a_digest_can_be_broken() -> None:
    """A long word may end a line after each 16 characters; a short one stays whole."""
    assert latex_text(f"is {_DIGEST}.").count(r"\allowbreak{}") == 4
    assert "allowbreak" not in latex_text("features.parquet")


def test_a_command_is_never_broken() -> None:
    """A place for a break is never within what stands for one character."""
    assert latex_text("_" * 17) == r"\_" * 16 + r"\allowbreak{}" + r"\_"


def test_many_rows_are_set_small() -> None:
    """A long table is set smaller than a short one, so that it fits its page."""
    short, long = (PaperTable("t", "T.", ("n",), ((1,),) * n).as_latex() for n in (3, 47))
    assert r"\footnotesize" in short
    assert r"\scriptsize" in long


def test_a_long_text_is_a_paragraph() -> None:
    """The longer the texts of a column, the wider the paragraph that they are set as."""
    words = ["six", "some more than this, of words", "many words " * 9]
    latex = PaperTable("t", "T.", ("a", "b", "c", "d"), ((*words, 1),)).as_latex()
    assert r"\begin{tabular}{lp{0.2\linewidth}p{0.45\linewidth}r}" in latex


def test_a_long_name_is_set_in_lines() -> None:
    """A column is no wider than a word of its name."""
    table = PaperTable("t", "T.", ("trials", "flagged_unexplained_rate", "why not"), ())
    latex = table.as_latex()
    assert r"trials & \shortstack{flagged\_ \\ unexplained\_ \\ rate} & why not" in latex
