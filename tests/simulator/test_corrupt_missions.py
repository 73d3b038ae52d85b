"""Faults of files befall those of K2, TESS and other authors as they do Kepler's."""

from __future__ import annotations

from functools import cache

import pytest

from preprocessing.core.errors import CorruptProduct, WrongProduct
from preprocessing.fits.format import read_hdus
from preprocessing.fits.product_file import BY_CHECKSUM, BY_STRUCTURE, verify_product
from preprocessing.missions import Product
from preprocessing.simulator.answers import Answer
from preprocessing.simulator.downloads import file_answer
from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.fault_contexts import distort, download_context

_HOLDINGS = SyntheticHoldings(0, k2_stars=40, tess_stars=40)
_EXAMPLES = _HOLDINGS.examples()


def _file(name: str, place: int = 0) -> Product:
    return _HOLDINGS.products(_EXAMPLES[name])[place]


#: A file of each layout, all small.
_FILES = {
    "K2": _file("k2_split_campaign"),
    "K2SFF": _file("k2_split_and_k2sff", 2),
    "TESS-SPOC": _file("tess_exposures"),
    "QLP": _file("qlp_only"),
}


@cache
def _answer(product: Product) -> Answer:
    return file_answer(_HOLDINGS, product)


def _spoiled(kind: str, product: Product, number: int = 7) -> Answer:
    right = _answer(product)
    return distort(kind, right, download_context(product.file_name, number, _HOLDINGS))


def test_each_layout_is_verified_as_it_can_be() -> None:
    """Each layout is verified by checksums if it has them, else by structure."""
    how = {author: verify_product(_answer(p).body, p).how for author, p in _FILES.items()}
    assert how == {
        "K2": BY_CHECKSUM,
        "K2SFF": BY_STRUCTURE,
        "TESS-SPOC": BY_CHECKSUM,
        "QLP": BY_STRUCTURE,
    }


@pytest.mark.parametrize("author", _FILES)
@pytest.mark.parametrize("kind", ["flip", "flip-header", "flip-table", "swap-blocks", "append"])
def test_bytes_are_damaged(kind: str, author: str) -> None:
    """Bytes are damaged in every layout."""
    assert _spoiled(kind, _FILES[author]).body != _answer(_FILES[author]).body


@pytest.mark.parametrize("author", _FILES)
@pytest.mark.parametrize("kind", ["flip-table", "swap-blocks"])
def test_the_table_is_damaged_where_it_has_rows(kind: str, author: str) -> None:
    """Damage to the table is within its rows."""
    body = _answer(_FILES[author]).body
    wrong = _spoiled(kind, _FILES[author]).body
    table = read_hdus(body)[1]
    start, end = table.data_start, table.data_start + table.data_size
    assert (wrong[:start], wrong[end:]) == (body[:start], body[end:])


def test_a_file_without_aperture_has_none_to_damage() -> None:
    """QLP's files end with the light curve."""
    assert _spoiled("flip-aperture", _FILES["QLP"]) is _answer(_FILES["QLP"])


@pytest.mark.parametrize("author", ["K2", "TESS-SPOC"])
@pytest.mark.parametrize("kind", ["flip", "flip-header", "flip-table", "flip-aperture"])
def test_checksums_notice(kind: str, author: str) -> None:
    """A single flipped bit breaks a checksum."""
    product = _FILES[author]
    for number in (1, 10**6, 10**12):
        with pytest.raises((CorruptProduct, WrongProduct)):
            verify_product(_spoiled(kind, product, number).body, product)


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("other-star", "k2_neighbors", 0),
        ("other-star", "tess_neighbors", 0),
        ("other-star", "tess_exposures", 1),
        ("other-star", "qlp_only", 0),
        ("other-star", "k2sff_only", 0),
        ("other-quarter", "k2_split_campaign", 0),
        ("other-quarter", "k2_several_campaigns", 1),
        ("other-quarter", "k2_split_and_k2sff", 3),
        ("other-quarter", "tess_planet", 1),
        ("other-quarter", "tess_exposures", 2),
        ("other-quarter", "qlp_only", 1),
        ("short-for-long", "k2_short_cadence", 0),
        ("short-for-long", "tess_three_authors", 1),
        ("short-for-long", "tess_fast", 0),
    ],
)
def test_another_file_in_its_place_is_noticed(kind: str, name: str, place: int) -> None:
    """The header reveals an intact file of another star, sequence or cadence."""
    product = _file(name, place)
    answer = _spoiled(kind, product)
    assert answer.body != _answer(product).body
    with pytest.raises((WrongProduct, CorruptProduct)):
        verify_product(answer.body, product)


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("other-month", "k2_short_cadence", 1),
        ("other-month", "tess_two_stamps", 0),
        ("other-quarter", "tess_two_stamps", 0),
        ("other-quarter", "tess_three_authors", 0),
        ("short-for-long", "tess_fast_only", 0),
        ("short-for-long", "qlp_only", 0),
    ],
)
def test_where_there_is_no_such_file(kind: str, name: str, place: int) -> None:
    """The requested file is sent where there is no other."""
    product = _file(name, place)
    assert _spoiled(kind, product) is _answer(product)


# A bomb has nothing to do with the file, and takes seconds to make.
@pytest.mark.parametrize("kind", sorted(FAULTS.keys() - {"gzip-bomb"}))
def test_no_kind_of_fault_fails_by_itself(kind: str) -> None:
    """Every fault changes an answer with any layout, or leaves it alone."""
    fault = FAULTS[kind]
    for product in _FILES.values():
        if any(call.value == "download" for call in fault.calls):
            assert isinstance(_spoiled(kind, product), Answer)
