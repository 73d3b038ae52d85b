"""An index of a sector says of each star what the list said, packed small."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.archives.sector_index import decode_index, encode_index

_NUMBERS = st.sets(st.integers(1, 10**16 - 1), min_size=1, max_size=50)


@given(st.dictionaries(st.text(max_size=20), _NUMBERS, max_size=4))
def test_round_trip(index: dict[str, set[int]]) -> None:
    """What was packed comes out, each number once and ascending."""
    found = decode_index(encode_index(index))
    assert {form: numbers.tolist() for form, numbers in found.items()} == {
        form: sorted(numbers) for form, numbers in index.items()
    }


def test_size() -> None:
    """A sector's 20,000 stars take some tens of kilobytes."""
    assert len(encode_index({"a": range(10**6, 4 * 10**8, 20_000)})) < 60_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        json.dumps({"a": 5}),
        json.dumps({"a": "no base 64"}),
        json.dumps({"a": "AAAA"}),
        json.dumps({"a": encode_index({"x": [1]})[7:-10]}),
    ],
)
def test_what_is_no_index(text: str) -> None:
    """A damaged one is told, to be made again."""
    with pytest.raises(ValueError):
        decode_index(text)
