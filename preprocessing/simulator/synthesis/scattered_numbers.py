"""The catalog numbers of synthetic stars: scattered, and told back to a star's index."""

from __future__ import annotations

__all__ = ["index_of_number", "scattered"]

#: Each star has its own range of this many numbers, and one of them at random.
_STRIDE = 7


def scattered(first: int, index: int) -> int:
    """Return the star number for an index. Numbers ascend in irregular steps.

    Parameters
    ----------
    first : int
        The number for index 0.
    index : int
        From 0.
    """
    # Knuth's multiplicative hash (The Art of Computer Programming, section 6.4): 0 for index 0.
    return first + _STRIDE * index + (index * 2_654_435_761 >> 16) % _STRIDE


def index_of_number(first: int, number: int, n_stars: int) -> int:
    """Return the index for which `scattered` gives a number.

    Parameters
    ----------
    first : int
        The number for index 0.
    number : int
        The number to look up.
    n_stars : int
        How many stars there are.

    Raises
    ------
    KeyError
        No star has the number.
    """
    index = (number - first) // _STRIDE
    if not 0 <= index < n_stars or scattered(first, index) != number:
        raise KeyError(number)
    return index
