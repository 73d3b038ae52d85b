"""Numbers tell whose catalog they are from, where the catalogs' ranges differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preprocessing.missions import MISSIONS
from preprocessing.missions.catalog_numbers import (
    advice_for,
    is_usual_number,
    mission_of_catalog,
    mission_of_numbers,
)


@pytest.mark.parametrize(
    ("number", "mission", "advice"),
    [
        (162494287, "Kepler", "this looks like a TIC number: add --mission TESS"),
        (206103150, "Kepler", "this looks like an EPIC number: add --mission K2"),
        (8644288, "K2", "this looks like a KIC number: add --mission Kepler"),
        (8644288, "TESS", ""),
        (8644288, "Kepler", ""),
        (100001645, "Kepler", ""),
        (60017806, "K2", ""),
    ],
)
def test_advice_for_a_star_without_data(number: int, mission: str, advice: str) -> None:
    """A number out of the mission's range names the mission that may have it."""
    assert advice_for(number, MISSIONS[mission]) == advice


def test_a_mission_without_known_numbers_is_never_doubted() -> None:
    """If nothing is known of a mission's numbers, all are usual and none is another's."""
    unknown = replace(MISSIONS["Kepler"], number_ranges=())
    assert is_usual_number(10**15, unknown)
    assert mission_of_numbers([10**9], unknown) is None
    assert mission_of_numbers([], MISSIONS["Kepler"]) is None


def test_the_mission_of_a_catalog() -> None:
    """Each catalog has its mission, and other words have none."""
    assert mission_of_catalog("EPIC") is MISSIONS["K2"]
    assert mission_of_catalog("") is None
