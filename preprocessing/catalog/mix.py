"""Mixes: shares of several strategies, read from a small CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from preprocessing.catalog.strategies import STRATEGIES
from preprocessing.core.errors import UsageError

__all__ = ["Share", "allot", "read_mix"]

_COLUMNS = ("share", "strategy", "where")
#: Limits in lines and bytes; a mix is written by hand.
_MOST_SHARES = 100
_LONGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Share:
    """One line of a mix.

    Parameters
    ----------
    weight : Fraction
        The share's weight. Its fraction of the stars is this over the sum of all weights.
    strategy : str
        The strategy that chooses its stars.
    where : str or None
        A further condition on its stars.
    """

    weight: Fraction
    strategy: str
    where: str | None = None


def read_mix(path: Path) -> tuple[Share, ...]:
    """Read a mix.

    Parameters
    ----------
    path : Path
        A CSV with the columns ``share``, ``strategy`` and, optionally, ``where``. Lines that
        start with ``#`` are comments. Shares are relative: 50, 30 and 20 mean the same as 5, 3
        and 2.

    Raises
    ------
    UsageError
        The file does not exist, or a line is wrong.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            text = stream.read(_LONGEST_FILE)
    except OSError as error:
        raise UsageError(f"cannot read the mix {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the mix {path} is not a text file in UTF-8") from error
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    try:
        # Blanks after commas are ignored. A condition with a comma must be quoted.
        rows = list(csv.reader(lines, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise UsageError(f"the mix {path} is not a valid CSV: {error}") from error
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if header not in (_COLUMNS, _COLUMNS[:2]):
        raise UsageError(
            f"the mix {path} must start with the line {','.join(_COLUMNS)!r}"
            " (the last column is optional)"
        )
    if not 2 <= len(rows) <= _MOST_SHARES + 1:
        raise UsageError(f"the mix {path} has {len(rows) - 1} shares, not 1 to {_MOST_SHARES}")
    return tuple(_share(row, f"the mix {path}, share {n}") for n, row in enumerate(rows[1:], 1))


def allot(count: int, shares: Sequence[Share]) -> list[int]:
    """Divide a number of stars among shares, so that the parts add up.

    Parts are rounded down; the shares with the largest remainders get one more, and the first
    of equal remainders goes first.

    Parameters
    ----------
    count : int
        How many stars there are to divide.
    shares : sequence of Share
        At least one share.

    Examples
    --------
    >>> allot(10, [Share(Fraction(2), "brightest"), Share(Fraction(1), "quietest")])
    [7, 3]
    """
    total = sum((share.weight for share in shares), Fraction())
    exact = [count * share.weight / total for share in shares]
    numbers = [int(part) for part in exact]
    by_remainder = sorted(range(len(shares)), key=lambda n: numbers[n] - exact[n])
    for n in by_remainder[: count - sum(numbers)]:
        numbers[n] += 1
    return numbers


def _share(row: Sequence[str], where: str) -> Share:
    cells = [cell.strip() for cell in row]
    if not 2 <= len(cells) <= len(_COLUMNS):
        raise UsageError(
            f"{where} has {len(cells)} cells, not {', '.join(_COLUMNS)}: put a condition with a"
            " comma in double quotes"
        )
    weight = _weight(cells[0], where)
    if cells[1] not in STRATEGIES:
        raise UsageError(f"{where}: unknown strategy {cells[1]!r}: choose {', '.join(STRATEGIES)}")
    return Share(weight, cells[1], cells[2] if len(cells) > 2 and cells[2] else None)


def _weight(cell: str, where: str) -> Fraction:
    text = cell.rstrip("%").strip()
    # Long numbers, or exponents, could take unlimited time to add up.
    if len(text) <= 12 and text.isascii() and text.replace(".", "", 1).isdecimal():
        weight = Fraction(text)
        if weight > 0:
            return weight
    raise UsageError(f"{where}: a share is a number above 0, as in 30 or 12.5%, not {cell!r}")
