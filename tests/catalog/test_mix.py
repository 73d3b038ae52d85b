"""A mix has shares of several strategies."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.catalog.mix import Share, allot, read_mix
from preprocessing.core.errors import UsageError


def test_what_a_mix_says(tmp_path: Path) -> None:
    """Comments, blanks, per cent and a condition with a comma are understood."""
    path = tmp_path / "mix.csv"
    path.write_text(
        "# for the survey\n"
        "share, strategy, where\n"
        "50%, no-planets, kepmag < 14\n"
        "\n"
        "12.5, known-planets\n"
        "20, m-dwarfs, \"disposition in ('NONE', 'CANDIDATE')\"\n",
        encoding="utf-8",
    )
    assert read_mix(path) == (
        Share(Fraction(50), "no-planets", "kepmag < 14"),
        Share(Fraction(25, 2), "known-planets"),
        Share(Fraction(20), "m-dwarfs", "disposition in ('NONE', 'CANDIDATE')"),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "must start with the line"),
        ("brightest\n", "must start with the line"),
        ("share,strategy\n", "0 shares"),
        ("share,strategy\n1\n", "has 1 cells"),
        ("share,strategy,where\n1,any,teff in (1, 2)\n", "in double quotes"),
        ("share,strategy\n1,darkest\n", "unknown strategy 'darkest'"),
        ("share,strategy\n1,mix\n", "unknown strategy 'mix'"),
        ("share,strategy\n0,any\n", "above 0"),
        ("share,strategy\n-1,any\n", "above 0"),
        ("share,strategy\nnan,any\n", "above 0"),
        ("share,strategy\n1e999999999,any\n", "above 0"),
        ("share,strategy\n1/0,any\n", "above 0"),
        ('share,strategy\n1,"any\n', "not a valid CSV"),
        ("share,strategy\n" + "1,any\n" * 101, "101 shares"),
    ],
)
def test_what_is_no_mix(text: str, complaint: str, tmp_path: Path) -> None:
    """One line says what is wrong with a mix, and where."""
    path = tmp_path / "mix.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=complaint):
        read_mix(path)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """A missing or binary mix file is refused."""
    with pytest.raises(UsageError, match="cannot read the mix"):
        read_mix(tmp_path / "missing.csv")
    path = tmp_path / "mix.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not a text file"):
        read_mix(path)


@pytest.mark.slow
@given(
    count=st.integers(0, 10_000),
    weights=st.lists(st.fractions(min_value=Fraction(1, 1000), max_value=1000), min_size=1),
)
def test_shares_add_up(count: int, weights: list[Fraction]) -> None:
    """Shares add up exactly, and each is within one star of its percentage."""
    shares = [Share(weight, "any") for weight in weights]
    numbers = allot(count, shares)
    assert sum(numbers) == count
    for number, weight in zip(numbers, weights, strict=True):
        assert abs(number - count * weight / sum(weights)) < 1
