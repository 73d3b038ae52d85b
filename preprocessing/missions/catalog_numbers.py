"""Whose numbers a list holds: what their size says of the catalog that they are from."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.missions.mission import Mission
from preprocessing.missions.registry import MISSIONS

__all__ = [
    "advice_for",
    "advice_for_name",
    "is_usual_number",
    "mission_of_catalog",
    "mission_of_numbers",
    "with_article",
]

#: A share of a list that is beyond a star or two with a wrong digit.
_NEARLY_ALL = 0.9
#: So many numbers are not in another catalog's narrow range by chance: one of TESS's numbers in
#: ten is.
_ENOUGH = 5


def mission_of_catalog(catalog: str) -> Mission | None:
    """Return the mission of a catalog, or None if there is none.

    Parameters
    ----------
    catalog : str
        ``KIC``, ``EPIC`` or ``TIC``; empty for none.
    """
    return next((m for m in MISSIONS.values() if m.catalog == catalog), None)


def is_usual_number(number: int, mission: Mission) -> bool:
    """Tell whether a number is among those of a mission's stars, real or synthetic.

    Parameters
    ----------
    number : int
        The number.
    mission : Mission
        The mission. If nothing is known of its numbers, every number is usual.
    """
    ranges = (*mission.number_ranges, mission.synthetic_numbers)
    return not mission.number_ranges or any(number in some for some in ranges)


def mission_of_numbers(numbers: Sequence[int], mission: Mission) -> Mission | None:
    """Return the other mission whose stars some numbers seem to mean.

    Parameters
    ----------
    numbers : sequence of int
        Numbers without a prefix.
    mission : Mission
        The mission in whose catalog they are looked up.

    Returns
    -------
    Mission or None
        The one whose catalog has nearly all of the numbers, if `mission`'s has fewer than half
        of them, or if it is so much larger that it has nearly every number. None if the numbers
        may be of `mission`.

    Examples
    --------
    >>> kepler, tess = MISSIONS["Kepler"], MISSIONS["TESS"]
    >>> mission_of_numbers([162494287, 66818296], kepler).name
    'TESS'
    >>> mission_of_numbers([8644288, 6462863], tess) is None
    True
    """
    if not numbers or not mission.number_ranges:
        return None
    others = [m for m in MISSIONS.values() if m is not mission and m.number_ranges]
    others.sort(key=_width)
    fitting = (m for m in others if _share(numbers, m) >= _NEARLY_ALL)
    if _share(numbers, mission) < 0.5:
        return next(fitting, None)
    if len(numbers) < _ENOUGH:
        return None
    return next((m for m in fitting if 2 * _width(m) < _width(mission)), None)


def advice_for_name(catalog: str, mission: Mission) -> str:
    """Return what to try for a name that cannot be resolved; empty if nothing is known.

    Parameters
    ----------
    catalog : str
        The catalog of the name's number; empty if it has none.
    mission : Mission
        The mission that the run is about.

    Examples
    --------
    >>> advice_for_name("TIC", MISSIONS["Kepler"])
    'add --mission TESS'
    >>> advice_for_name("", MISSIONS["Kepler"])
    ''
    """
    other = mission_of_catalog(catalog)
    return "" if other is None or other is mission else f"add --mission {other.name}"


def advice_for(number: int, mission: Mission) -> str:
    """Return what to try for a star that a mission has no data of; empty if nothing is known.

    Parameters
    ----------
    number : int
        The star's number, which was looked up in the mission's catalog.
    mission : Mission
        The mission.

    Examples
    --------
    >>> advice_for(162494287, MISSIONS["Kepler"])
    'this looks like a TIC number: add --mission TESS'
    >>> advice_for(8644288, MISSIONS["Kepler"])
    ''
    """
    other = mission_of_numbers([number], mission)
    if other is None:
        return ""
    return f"this looks like {with_article(other.catalog)} number: add --mission {other.name}"


def with_article(catalog: str) -> str:
    """Return a catalog's name after its article.

    Parameters
    ----------
    catalog : str
        The name, as ``EPIC``.

    Examples
    --------
    >>> with_article("EPIC")
    'an EPIC'
    """
    return f"{'an' if catalog[:1] in 'AEIO' else 'a'} {catalog}"


def _width(mission: Mission) -> int:
    return sum(map(len, mission.number_ranges))


def _share(numbers: Sequence[int], mission: Mission) -> float:
    return sum(is_usual_number(number, mission) for number in numbers) / len(numbers)
