"""A sector's index says of each star what the listing said, in little space."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.archives.listing_cache import ListingCache
from preprocessing.acquire.archives.sector_index import SectorIndexes, decode_index, encode_index
from preprocessing.acquire.archives.tree import FlatTree
from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.network.transfer import Transfer

_NUMBERS = st.sets(st.integers(1, 10**16 - 1), min_size=1, max_size=50)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=20), _NUMBERS, max_size=4))
def test_round_trip(index: dict[str, set[int]]) -> None:
    """Unpacking an index returns each number once, in ascending order."""
    found = decode_index(encode_index(index))
    assert {form: numbers.tolist() for form, numbers in found.items()} == {
        form: sorted(numbers) for form, numbers in index.items()
    }


def test_size() -> None:
    """An index of 20,000 stars takes some tens of kilobytes."""
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
    """A damaged index is recognized, so that it is made again."""
    with pytest.raises(ValueError):
        decode_index(text)


class _Sector:
    """A tree of one sector."""

    def __init__(self, *paths: str) -> None:
        self.paths = list(paths)

    async def pages_below(self, folder: str, transfer: Transfer) -> AsyncIterator[Sequence[str]]:
        yield self.paths


async def test_a_sector_without_light_curves_yet() -> None:
    """A sector without light curves is looked at again, and an empty one is an error."""
    name = "tess2018206045859-s0001-0000000025155310-0120-s"
    folder = "0000/0000/2515/5310"
    sector = _Sector(f"{folder}/{name}_tp.fits")
    indexes = SectorIndexes(cast(FlatTree, sector), ListingCache(), 1)
    asked = "tess/public/tid", "s0001", [25155310], 16
    assert await indexes.products(*asked, Transfer()) == []
    sector.paths.append(f"{folder}/{name}_lc.fits")
    (product,) = await indexes.products(*asked, Transfer())
    assert product.file_name == f"{name}_lc.fits"
    nothing = SectorIndexes(cast(FlatTree, _Sector()), ListingCache(), 1)
    with pytest.raises(ArchiveAnswerError, match="names nothing"):
        await nothing.products(*asked, Transfer())
