"""Shares of trials, and how uncertain they are."""

from __future__ import annotations

import math

__all__ = ["interval", "rate_row"]

#: Standard deviations that 95 % of a normal distribution lie within.
_Z = 1.959964


def interval(found: float, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    Parameters
    ----------
    found : float
        How many of the trials have what is counted; not whole if several count as one.
    trials : int
        How many there are; 1 or more.

    Examples
    --------
    >>> [round(one, 3) for one in interval(0, 100)]
    [0.0, 0.037]
    """
    middle = found + _Z**2 / 2
    half = _Z * math.sqrt(found * (trials - found) / trials + _Z**2 / 4)
    low, high = (middle - half) / (trials + _Z**2), (middle + half) / (trials + _Z**2)
    # Rounding must not leave 0 or 1 outside.
    return (0.0 if found == 0 else low), (1.0 if found == trials else high)


def rate_row(
    name: str, found: int | None, trials: int, independent: int | None = None
) -> dict[str, object]:
    """Return the values of the columns of a count: `rate_columns`.

    Parameters
    ----------
    name : str
        How the columns begin.
    found : int or None
        How many of the trials; None where it cannot be told.
    trials : int
        How many there are.
    independent : int, optional
        For how many the trials count in the interval; all, unless given.
    """
    names = (f"n_{name}", f"{name}_rate", f"{name}_low", f"{name}_high")
    if found is None:
        return dict.fromkeys(names)
    if not trials:
        return dict(zip(names, (0, None, None, None), strict=True))
    n = trials if independent is None else independent
    ends = interval(found * n / trials, n)
    return dict(zip(names, (found, found / trials, *ends), strict=True))
