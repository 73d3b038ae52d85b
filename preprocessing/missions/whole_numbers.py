"""Whole numbers as tables write them: as digits, as a float, or with an exponent."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["NUMBER", "NotWholeError", "are_rounded", "is_decimal", "whole_number"]

#: Pattern of a number without a sign. Its groups are the digits before the point, those behind
#: it, and the exponent.
NUMBER = r"(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?"
#: Any number, coordinates and magnitudes included.
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
#: More digits than any catalog's numbers have, so that no exponent makes a number that is huge.
_MOST_DIGITS = 40
#: Bits of a number of single precision (IEEE 754), and so many that are not all zero by chance: one
#: list in 10^12 has them.
_SINGLE_BITS, _NO_CHANCE_BITS = 24, 40


class NotWholeError(ValueError):
    """A number is not whole, or does not show all of its digits."""


def whole_number(whole: str, fraction: str | None, exponent: str | None) -> str:
    """Return the digits of a number that must be whole.

    Parameters
    ----------
    whole, fraction, exponent : str or None
        The groups of `NUMBER`.

    Returns
    -------
    str
        The digits, without zeros in front; empty for 0.

    Raises
    ------
    NotWholeError
        The number has a fraction, or the exponent says that it has more digits than are
        written. Spreadsheets show numbers of more than 11 digits, or in narrow columns, with an
        exponent and six digits or fewer, and save what they show.

    Examples
    --------
    >>> whole_number("8644288", "0", None), whole_number("6", "6818296", "7")
    ('8644288', '66818296')
    >>> whole_number("1", "62494", "+08")
    Traceback (most recent call last):
    preprocessing.missions.whole_numbers.NotWholeError: shows only 6 of the number's 9 digits; ...
    """
    written = whole + (fraction or "")
    n_whole = len(whole) + int(exponent or 0)
    if not 0 <= n_whole <= _MOST_DIGITS + len(whole):
        raise NotWholeError("is not a whole number that a star could have")
    if written[n_whole:].strip("0"):
        raise NotWholeError("is not a whole number, as the numbers of stars are")
    digits = written[:n_whole].lstrip("0")
    n_lost = n_whole - len(written)
    if digits and n_lost > 0:
        raise NotWholeError(
            f"shows only {len(digits)} of the number's {len(digits) + n_lost} digits; a spreadsheet"
            " dropped the others: save the column as whole numbers"
        )
    return digits


def are_rounded(numbers: Iterable[int]) -> bool:
    """Tell whether numbers have been rounded to single precision, which has 24 bits.

    Parameters
    ----------
    numbers : iterable of int
        Numbers of stars. A large one may end with zero bits by chance; all of many do not.

    Examples
    --------
    >>> are_rounded(162494288 + 7920 * n for n in range(20))
    True
    >>> are_rounded(162494287 + 7920 * n for n in range(20))
    False
    """
    n_zeros = 0
    for number in numbers:
        n_lost = max(0, number.bit_length() - _SINGLE_BITS)
        if number % (1 << n_lost):
            return False
        n_zeros += n_lost
    return n_zeros >= _NO_CHANCE_BITS


def is_decimal(text: str) -> bool:
    """Tell whether a text is a number of any kind, such as a coordinate.

    Examples
    --------
    >>> is_decimal("-33.02"), is_decimal("297,1"), is_decimal("Kepler-10")
    (True, True, False)
    """
    return _DECIMAL.fullmatch(text) is not None
