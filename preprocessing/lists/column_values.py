"""What the cells of a column may be: stars' numbers, counts, codes, or something else."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.lists.cells import cell_text, is_counting, line_text, star_of_cell
from preprocessing.lists.columns import StarColumns
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.catalog_numbers import is_usual_number
from preprocessing.missions.targets import parse_target
from preprocessing.missions.whole_numbers import is_decimal

__all__ = [
    "are_named_numbers",
    "are_numbers",
    "are_usual",
    "column_of",
    "is_one_name",
    "is_plausible",
    "is_star_number",
]

#: Whole numbers of fewer digits are cameras, sectors and counts. The catalogs have such stars, but
#: no list has them alone.
_FEWEST_DIGITS = 4
#: The catalog with the longest numbers.
_WIDEST = max(MISSIONS.values(), key=lambda mission: mission.catalog_digits).catalog


def column_of(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    """Return what the cells of a column hold.

    Parameters
    ----------
    rows : sequence of sequence of str
        The rows of a table. Cells that one lacks are empty.
    index : int
        The column.
    """
    return [cell_text(row[index]) if index < len(row) else "" for row in rows]


def is_one_name(line: str) -> bool:
    """Tell whether a line is one name, although blanks may divide it.

    Parameters
    ----------
    line : str
        The line.

    Examples
    --------
    >>> is_one_name("TIC 5"), is_one_name("Proxima Cen"), is_one_name("TIC 5 297.1")
    (True, True, False)
    """
    words = line.split()
    # The number may follow its prefix after a blank.
    n_words = 1 if parse_target(words[0]).number is not None else 2
    is_numbered = parse_target(" ".join(words[:n_words])).number is not None
    is_row = any(map(is_decimal, words[n_words:])) and (is_numbered or is_decimal(words[0]))
    if not is_row:
        n_numbers = sum(map(is_decimal, words))
        is_row = n_numbers >= 2 and (len(words) > 2 or n_numbers == len(words))
    return not is_row and parse_target(line_text(line)).problem is None


def is_star_number(text: str) -> bool:
    """Tell whether a text can be a star's number, rather than a count or a coordinate.

    Parameters
    ----------
    text : str
        What a cell holds, which is not empty.

    Examples
    --------
    >>> is_star_number("8644288"), is_star_number("KIC 1"), is_star_number("23")
    (True, True, False)
    """
    if text.isdecimal():
        # Also those that are longer than the numbers of any catalog.
        return len(text.lstrip("0")) >= _FEWEST_DIGITS
    star = star_of_cell(text, _WIDEST)
    number = parse_target(star).number
    is_bare = star.startswith(f"{_WIDEST} ") and not text[0].isalpha()
    return number is not None and (not is_bare or number >= 10 ** (_FEWEST_DIGITS - 1))


def are_numbers(texts: Sequence[str]) -> bool:
    """Tell whether all cells that are not empty can be stars' numbers, and do not count rows."""
    some = [text for text in texts if text]
    return bool(some) and all(map(is_star_number, some)) and not is_counting(list(texts))


def are_named_numbers(texts: Sequence[str]) -> bool:
    """Tell whether all cells that are not empty are stars' numbers with a prefix."""
    some = [text for text in texts if text]
    return bool(some) and all(
        not text[0].isdecimal() and parse_target(text).number is not None for text in some
    )


def are_usual(texts: Sequence[str], mission: Mission) -> bool:
    """Tell whether all cells are numbers in the range of a mission's stars."""
    numbers = (parse_target(text, mission.catalog).number for text in texts if text)
    return all(number is not None and is_usual_number(number, mission) for number in numbers)


def is_plausible(
    rows: Sequence[Sequence[str]], index: int, name: str, columns: StarColumns
) -> bool:
    """Tell whether cells below a column's name may be stars: not counts, codes or prefixes.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of a table.
    index : int
        The column.
    name : str
        Its name. One that says a catalog is believed, except above a count of rows.
    columns : StarColumns
        The user's choice, which is believed too.
    """
    if columns.wanted is not None:
        return True
    texts = column_of(rows, index)
    some = [text for text in texts if text]
    is_prefix = bool(some) and set(some) == {cell_text(name)}
    # Then the name is a star's as well, and no version of a catalog.
    is_star = parse_target(name).number is not None and any(text[0].isalpha() for text in some)
    if is_prefix or is_star or (len(texts) > 2 and is_counting(texts)):
        return False
    if columns.states_catalog(name) or not some:
        return True
    are_codes = all(text.isdecimal() and len(text) < _FEWEST_DIGITS for text in some)
    return not are_codes and not any("|" in text for text in some)
