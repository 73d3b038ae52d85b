"""Files are damaged in one place, or another file comes in their place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import CorruptProduct, WrongProduct
from preprocessing.fits.format import ALL_ONES, BLOCK, ones_complement_sum, read_hdus
from preprocessing.fits.product_file import verify_product
from preprocessing.missions import LONG, SHORT, Product, parse_file_name
from preprocessing.simulator.answers import Answer, Ending
from preprocessing.simulator.downloads import file_answer
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.fake_holdings import FakeHoldings, held_star, long_product
from tests.support.fault_contexts import distort, download_context

_NUMBERS = st.integers(0, 2**64 - 1)
_SYNTHETIC = SyntheticHoldings(2, n_quarters=1)
_PRODUCT = _SYNTHETIC.products(_SYNTHETIC.star_keys()[0])[0]
_BODY = _SYNTHETIC.body(_PRODUCT)
_FILE = Answer(200, "application/fits", _BODY, len(_BODY))
_HDUS = read_hdus(_BODY)
_HOLDINGS = FakeHoldings(
    held_star(757076, quarters=(1, 2, 3), short_quarters=(2, 3)),
    held_star(757099, quarters=(2, 3)),
    held_star(757137, quarters=(1,)),
)


def _damaged(kind: str, number: int) -> bytes:
    wrong = distort(kind, _FILE, download_context(_PRODUCT.file_name, number))
    assert (wrong.status, wrong.length, wrong.ending) == (200, len(wrong.body), Ending.WHOLE)
    assert wrong.body != _BODY
    return wrong.body


def _changed_places(body: bytes) -> list[int]:
    changed = np.frombuffer(body, np.uint8) != np.frombuffer(_BODY, np.uint8)
    return [int(place) for place in np.flatnonzero(changed)]


@given(body=st.binary(min_size=1, max_size=50), number=_NUMBERS)
def test_one_bit_is_flipped(body: bytes, number: int) -> None:
    """The body differs from the right one in one bit, and nothing else differs."""
    right = Answer(200, "application/fits", body, len(body))
    wrong = distort("flip", right, download_context(number=number))
    difference = int.from_bytes(body, "big") ^ int.from_bytes(wrong.body, "big")
    assert bin(difference).count("1") == 1
    assert (wrong.length, wrong.status, wrong.ending) == (len(body), 200, Ending.WHOLE)


@pytest.mark.slow
@given(number=_NUMBERS)
@pytest.mark.parametrize("kind", ["flip-header", "flip-table", "flip-aperture"])
def test_one_bit_is_flipped_in_its_place(kind: str, number: int) -> None:
    """The flipped bit is in a header, the rows or the image, and never in padding."""
    (place,) = _changed_places(_damaged(kind, number))
    in_headers = any(hdu.start <= place < hdu.data_start for hdu in _HDUS)
    number_of_data = [0 <= place - hdu.data_start < hdu.data_size for hdu in _HDUS]
    assert in_headers == (kind == "flip-header")
    assert number_of_data == [False, kind == "flip-table", kind == "flip-aperture"]


@pytest.mark.slow
@given(number=_NUMBERS)
def test_a_block_of_zeros(number: int) -> None:
    """One block of the file is zeroed, and the rest is unchanged."""
    body = _damaged("zero-block", number)
    places = _changed_places(body)
    (block,) = {place // BLOCK for place in places}
    assert not any(body[block * BLOCK : (block + 1) * BLOCK])


@pytest.mark.slow
@given(number=_NUMBERS)
def test_two_blocks_of_the_table_change_places(number: int) -> None:
    """Swapped blocks do not change the sum of the table or of the file."""
    body = _damaged("swap-blocks", number)
    first, second = sorted({place // BLOCK for place in _changed_places(body)})
    for here, there in ((first, second), (second, first)):
        assert body[here * BLOCK :][:BLOCK] == _BODY[there * BLOCK :][:BLOCK]
    table = _HDUS[1]
    assert table.data_start <= first * BLOCK < second * BLOCK < table.data_start + table.data_size
    assert ones_complement_sum(body[table.start : table.end]) == ALL_ONES


def test_more_than_the_file() -> None:
    """Extra bytes follow the file and are announced."""
    assert _damaged("append", 0).startswith(_BODY)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["flip", "flip-header", "flip-table", "flip-aperture", "zero-block", "append"]
)
@given(number=_NUMBERS)
def test_verification_notices(kind: str, number: int) -> None:
    """Verification refuses each damaged file."""
    with pytest.raises((CorruptProduct, WrongProduct)):
        verify_product(_damaged(kind, number), _PRODUCT)


@pytest.mark.parametrize("kind", ["flip-header", "flip-table", "flip-aperture", "swap-blocks"])
def test_what_is_no_file_has_no_such_places(kind: str) -> None:
    """A page of HTML is sent unchanged."""
    page = Answer(404, "text/html", b"<html></html>", 13)
    assert distort(kind, page) is page


def _sent(kind: str, asked: Product, number: int) -> str:
    """Return the name of the file that is sent in place of another."""
    answer = file_answer(_HOLDINGS, asked)
    wrong = distort(kind, answer, download_context(asked.file_name, number, _HOLDINGS))
    assert wrong.length == len(wrong.body)
    return wrong.body[: len(asked.file_name)].decode()


def _short_product(quarter: int, month: int) -> Product:
    (product,) = (
        p
        for p in _HOLDINGS.products(757076)
        if (p.cadence, p.sequence_number, p.month) == (SHORT, quarter, month)
    )
    return product


@given(number=_NUMBERS)
def test_another_stars_file(number: int) -> None:
    """Another star's file of the same quarter is sent."""
    sent = parse_file_name(_sent("other-star", long_product(757076, 1), number))
    assert sent == long_product(757137, 1)
    assert parse_file_name(_sent("other-star", long_product(757137, 1), number)) == long_product(
        757076, 1
    )


@given(number=_NUMBERS)
def test_another_quarters_file(number: int) -> None:
    """Another quarter's file of the same star and cadence is sent."""
    sent = parse_file_name(_sent("other-quarter", long_product(757076, 1), number))
    assert sent is not None
    assert (sent.number, sent.cadence) == (757076, LONG)
    assert sent.sequence_number in (2, 3)


@given(number=_NUMBERS)
def test_another_months_file(number: int) -> None:
    """Another month's file of the same quarter is sent."""
    sent = parse_file_name(_sent("other-month", _short_product(2, 2), number))
    assert sent is not None
    assert (sent.number, sent.cadence, sent.sequence_number) == (757076, SHORT, 2)
    assert sent.month in (1, 3)


@given(number=_NUMBERS)
def test_a_short_cadence_file_for_a_long_one(number: int) -> None:
    """A short-cadence file of the same quarter is sent if there is one."""
    for quarter, possible in ((2, {2}), (1, {2, 3})):
        asked = long_product(757076, quarter)
        sent = parse_file_name(_sent("short-for-long", asked, number))
        assert sent is not None
        assert (sent.number, sent.cadence) == (757076, SHORT)
        assert sent.sequence_number in possible


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("other-quarter", long_product(757137, 1)),
        ("other-month", long_product(757076, 1)),
        ("short-for-long", long_product(757099, 2)),
        ("short-for-long", _short_product(2, 1)),
    ],
)
def test_where_there_is_no_other_file(kind: str, asked: Product) -> None:
    """The requested file is sent where there is no other."""
    assert _sent(kind, asked, 0) == asked.file_name


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["flip-header", "flip-table", "flip-aperture", "swap-blocks", "other-star"]
)
def test_a_range_of_a_spoiled_file(kind: str) -> None:
    """A range of a damaged file has the right length and contains the damage."""
    start, stop = (0, 5000) if kind == "flip-header" else (5000, len(_BODY))
    part = file_answer(_SYNTHETIC, _PRODUCT, f"bytes={start}-{stop - 1}")
    for number in range(20):
        context = download_context(_PRODUCT.file_name, number, _SYNTHETIC)
        wrong = distort(kind, part, context)
        assert (wrong.status, wrong.headers) == (206, part.headers)
        assert len(wrong.body) == wrong.length == stop - start
        assert wrong.body != part.body


def test_a_range_without_the_place_of_the_damage() -> None:
    """A range without the damaged place is sent unchanged."""
    start = _HDUS[1].data_start
    part = file_answer(_SYNTHETIC, _PRODUCT, f"bytes={start}-{start + 2879}")
    context = download_context(_PRODUCT.file_name, 0, _SYNTHETIC)
    assert distort("flip-header", part, context) is part
