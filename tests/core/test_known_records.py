"""What a file of known objects cannot hold is found when it is read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.core.known_objects import KnownObjects
from preprocessing.core.known_records import KNOWN_COLUMNS, known_of_records, note_of, record_of

_KNOWN = KnownObject(5, "", ObjectKind.PLANET, "notes", 3.5, 2454963.0, 2.5, 900.0)
_NOTE = note_of(KnownObjects("Kepler", (_KNOWN,), ()))


def _records(**changed: object) -> list[Mapping[str, object]]:
    values = zip(KNOWN_COLUMNS, record_of(_KNOWN), strict=True)
    return [{**{column.name: value for column, value in values}, **changed}]


@pytest.mark.parametrize("value", [0.0, -3.5, float("inf")])
@pytest.mark.parametrize("name", ["period_d", "epoch_bjd", "duration_h", "depth_ppm"])
def test_numbers_that_nothing_has(name: str, value: float) -> None:
    """A number that is not positive or not finite is damage, since the program writes none."""
    with pytest.raises(ValueError, match=f"it has a {name} of"):
        known_of_records(_NOTE, _records(**{name: value}))


def test_numbers_that_are_not_known() -> None:
    """An empty cell is a number that is not known."""
    (known,) = known_of_records(_NOTE, _records(period_d=None)).objects
    assert known.period_d != known.period_d
    assert known.epoch_bjd == _KNOWN.epoch_bjd
