"""Whole numbers are found in every form that keeps all of their digits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions.whole_numbers import NUMBER, NotWholeError, is_decimal, whole_number


def _read(text: str) -> str:
    match = re.fullmatch(NUMBER, text, re.ASCII)
    assert match is not None
    return whole_number(*match.groups())


@given(number=st.integers(1, 10**16 - 1), extra=st.integers(0, 6))
def test_every_exact_form_is_the_number(number: int, extra: int) -> None:
    """Digits, a float, and an exponent with all digits or more are the number itself."""
    digits = str(number)
    exponent = f"{digits[0]}.{digits[1:]}{'0' * extra}e+{len(digits) - 1:02d}"
    for text in (digits, f"00{digits}", f"{digits}.0", f"{digits}.", exponent):
        assert _read(text) == digits


@pytest.mark.slow
@given(number=st.integers(10**7, 10**16 - 1), kept=st.integers(1, 6))
def test_fewer_digits_than_the_number_has_are_refused(number: int, kept: int) -> None:
    """A number whose exponent tells of digits that are not written is refused."""
    digits = str(number)
    with pytest.raises(NotWholeError, match=f"only {kept} of the number's {len(digits)} digits"):
        _read(f"{digits[0]}.{digits[1:kept]}E+{len(digits) - 1:02d}")


@pytest.mark.parametrize("text", ["0.5", "1.25e1", "1e-2", "1e999"])
def test_numbers_that_are_not_whole(text: str) -> None:
    """Fractions and exponents beyond reason are refused."""
    with pytest.raises(NotWholeError, match="is not a whole number"):
        _read(text)


def test_zero_has_no_digits() -> None:
    """Zero, however it is written, is no star's number."""
    assert _read("0") == _read("000.0") == _read("0e5") == ""


def test_decimals() -> None:
    """Coordinates and magnitudes are numbers, in any country's form; names are not."""
    assert all(map(is_decimal, ("1", "-33.02", "297,1", ".5", "1e-5")))
    assert not any(map(is_decimal, ("", "Kepler-10", "1 2", "+44:20", "-")))
