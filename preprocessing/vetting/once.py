"""Measuring a star once, though several families of labels ask for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from preprocessing.vetting.star import Star

__all__ = ["once_a_star"]

_T = TypeVar("_T")


def once_a_star(measure: Callable[[Star], _T]) -> Callable[[Star], _T]:
    """Keep what was measured of the last star, for when it is asked for again.

    The star may have got its events in between: they do not enter.

    Parameters
    ----------
    measure : callable
        A pure function of a star's light, rows, parameters and places.

    Returns
    -------
    callable
        The same function.
    """
    # One tuple that is replaced as a whole, so that threads never see half of it.
    kept: list[tuple[Star, _T]] = []

    @wraps(measure)
    def asked(star: Star) -> _T:
        for last, found in kept:
            if _are_same(last, star):
                return found
        found = measure(star)
        kept[:] = [(star, found)]
        return found

    return asked


def _are_same(one: Star, other: Star) -> bool:
    return (
        one.light is other.light
        and one.features is other.features
        and one.candidates is other.candidates
        and one.parameters is other.parameters
        and one.place is other.place
        and one.lines is other.lines
    )
