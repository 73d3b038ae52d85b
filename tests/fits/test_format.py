"""Headers are written and read without loss, and checksums sum to all ones."""

from __future__ import annotations

import io
import string
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import CorruptProduct
from preprocessing.fits.format import (
    ALL_ONES,
    BLOCK,
    CARD,
    CardValue,
    HeaderCards,
    checksummed_header,
    encode_checksum,
    format_card,
    ones_complement_sum,
    padded_size,
    read_hdus,
)
from tests.support.sample_files import make_file, real_stars

_PRINTABLE = "".join(sorted(set(string.printable) - set("\t\n\r\x0b\x0c")))
#: Words that have no value in any header.
_WITHOUT_VALUE = {"END", "COMMENT", "HISTORY", "CONTINUE", "HIERARCH"}
_KEYWORDS = st.text(string.ascii_uppercase + string.digits + "_-", min_size=1, max_size=8).filter(
    lambda keyword: keyword not in _WITHOUT_VALUE
)
_TEXTS = st.text(_PRINTABLE, max_size=30).map(str.rstrip)
_VALUES = st.one_of(
    _TEXTS, st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False), st.none()
)
_WORDS = st.lists(st.integers(0, ALL_ONES), min_size=1, max_size=50)


def as_read(value: CardValue) -> CardValue:
    """Return what a value becomes: numbers that are not finite are undefined."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def as_bytes(words: list[int]) -> bytes:
    return np.array(words, dtype=">u4").tobytes()


@pytest.mark.slow
@given(keyword=_KEYWORDS, value=_VALUES, comment=st.text(_PRINTABLE))
def test_a_card_is_read_as_it_was_written(keyword: str, value: CardValue, comment: str) -> None:
    """A card's value and type come back, whatever the comment."""
    card = format_card(keyword, value, comment)
    assert len(card) == CARD
    cards = HeaderCards(card)
    assert keyword in cards
    found = cards.get(keyword, "absent")
    assert found == as_read(value)
    assert type(found) is type(as_read(value))


@pytest.mark.slow
@given(keyword=_KEYWORDS, value=_VALUES)
def test_astropy_reads_the_same_from_a_card(keyword: str, value: CardValue) -> None:
    """Astropy reads the same value from a card and finds no fault with it."""
    card = fits.Card.fromstring(format_card(keyword, value, "comment"))
    card.verify("exception")
    found = None if isinstance(card.value, fits.card.Undefined) else card.value
    assert card.keyword == keyword
    assert found == as_read(value)
    assert type(found) is type(as_read(value))


@pytest.mark.slow
@given(keyword=_KEYWORDS, value=_VALUES)
def test_astropys_cards_are_read_as_astropy_reads_them(keyword: str, value: CardValue) -> None:
    """Cards with another writer's spacing give the same value."""
    card = fits.Card(keyword, as_read(value), "comment").image.encode("ascii")
    found = HeaderCards(card).get(keyword, "absent")
    expected = fits.Card.fromstring(card).value
    assert found == (None if isinstance(expected, fits.card.Undefined) else expected)


def test_a_long_keyword_becomes_a_hierarch_card() -> None:
    """Astropy finds the keyword under its full name."""
    card = fits.Card.fromstring(format_card("NORMALIZED", True, "divided by the median"))
    assert (card.keyword, card.value) == ("NORMALIZED", True)


@pytest.mark.parametrize("value", ["x" * 69, "'" * 35, "naïve", "two\nlines", 10**75])
def test_a_value_that_no_card_can_hold_is_refused(value: CardValue) -> None:
    """A value that no card can hold is refused instead of cut."""
    with pytest.raises(ValueError, match="cannot be written"):
        format_card("KEYWORD", value)


@pytest.mark.parametrize(
    "text",
    [
        "KEYWORD   no equals sign",
        "KEYWORD = 'open string",
        "KEYWORD = 12 34",
        "KEYWORD = (1.0, 2.0)",
        "KEYWORD = nan",
        "KEYWORD = 1_000",
        "KEYWORD = 'bell\x07'",
        "KEYWORD = '\xe9'",
    ],
)
def test_a_damaged_card_is_corrupt(text: str) -> None:
    """The value of a damaged card is refused, not guessed."""
    cards = HeaderCards(text.encode("latin-1").ljust(CARD))
    with pytest.raises(CorruptProduct):
        cards.get("KEYWORD")


def test_the_first_card_of_a_keyword_counts() -> None:
    """The first card of a keyword counts, as it does for astropy."""
    cards = HeaderCards(format_card("QUARTER", 4) + format_card("QUARTER", 5))
    assert cards.get("QUARTER") == 4


def test_typed_access_refuses_another_type() -> None:
    """A bool is no integer, a number is no text, and an absent value is neither."""
    cards = HeaderCards(format_card("A", True) + format_card("B", 1) + format_card("C", "x"))
    assert (cards.integer("B"), cards.text("C")) == (1, "x")
    for keyword in ("A", "C", "ABSENT"):
        with pytest.raises(CorruptProduct, match=keyword):
            cards.integer(keyword)
    for keyword in ("A", "B", "ABSENT"):
        with pytest.raises(CorruptProduct, match=keyword):
            cards.text(keyword)


@pytest.mark.slow
@given(words=_WORDS, cut=st.integers(0, 50))
def test_sums_can_be_added_piece_by_piece(words: list[int], cut: int) -> None:
    """A checksum is the same in two pieces as in one, with carries around the end."""
    total = 0
    for word in words:
        total += word
        total = (total & ALL_ONES) + (total >> 32)
    assert ones_complement_sum(as_bytes(words)) == total
    first = ones_complement_sum(as_bytes(words[:cut]))
    assert ones_complement_sum(as_bytes(words[cut:]), first) == total


@given(total=st.integers(0, ALL_ONES))
def test_a_checksum_is_printable_and_cancels_its_sum(total: int) -> None:
    """A checksum has only letters and digits, and its card makes the sum all ones."""
    text = encode_checksum(total)
    assert text.isalnum()
    assert text.isascii()

    def shift(value: str) -> bytes:
        # The value stands at byte 11 of the card, so three bytes into a word.
        return ("\0\0\0" + value + "\0").encode("ascii")

    zeros = ones_complement_sum(shift("0" * 16))
    # Take the zeros, which are part of the total, out of it again.
    without = ones_complement_sum(as_bytes([ALL_ONES - zeros]), total)
    assert ones_complement_sum(shift(text), without) == ALL_ONES


@pytest.mark.slow
@given(words=_WORDS, value=_TEXTS)
def test_a_units_sum_is_all_ones(words: list[int], value: str) -> None:
    """The sum of header and data is all ones for any data."""
    content = as_bytes(words)
    cards = [format_card("SIMPLE", True), format_card("OBJECT", value)]
    header = checksummed_header(cards, ones_complement_sum(content))
    assert len(header) % BLOCK == 0
    assert ones_complement_sum(header + content) == ALL_ONES


@pytest.mark.slow
@given(words=_WORDS)
def test_checksums_equal_astropys(words: list[int]) -> None:
    """Astropy computes the same sixteen characters for the same unit."""
    stream = io.BytesIO()
    fits.PrimaryHDU(np.array(words, dtype=">u4").view(">i4")).writeto(stream, checksum=True)
    body = bytearray(stream.getvalue())
    place = body.find(b"CHECKSUM= '") + 11
    theirs = body[place : place + 16].decode()
    body[place : place + 16] = b"0" * 16
    assert encode_checksum(ones_complement_sum(bytes(body))) == theirs


@given(size=st.integers(0, 10**9))
def test_padding_fills_the_last_block(size: int) -> None:
    """Padding fills the last block and adds less than one."""
    assert padded_size(size) % BLOCK == 0
    assert 0 <= padded_size(size) - size < BLOCK


def test_units_lie_where_astropy_finds_them(real_files: Path) -> None:
    """Every real file has the offsets, sizes and cards that astropy finds."""
    for star in real_stars(real_files):
        body = star[0][1].read_bytes()
        with fits.open(io.BytesIO(body)) as theirs:
            ours = read_hdus(body)
            assert len(ours) == len(theirs)
            for hdu, unit in zip(ours, theirs, strict=True):
                place = unit.fileinfo()
                assert (hdu.start, hdu.data_start) == (place["hdrLoc"], place["datLoc"])
                assert hdu.end - hdu.data_start == place["datSpan"]
                for card in unit.header.cards:
                    if card.keyword not in ("", "COMMENT", "HISTORY"):
                        undefined = isinstance(card.value, fits.card.Undefined)
                        value = None if undefined else card.value
                        assert hdu.header.get(card.keyword, "absent") == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"SIMPLE  =",
        b"<!DOCTYPE html>".ljust(BLOCK),
        b"\0" * BLOCK,
        b"SIMPLE  =".ljust(BLOCK),
        b"SIMPLE  =".ljust(300 * BLOCK, b"E"),
    ],
)
def test_what_is_no_fits_file_is_corrupt(body: bytes) -> None:
    """An empty, cut, foreign or endless file is corrupt."""
    with pytest.raises(CorruptProduct):
        read_hdus(body)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("NAXIS", -1),
        ("NAXIS", 1000),
        ("NAXIS", 3),
        ("NAXIS", "2"),
        ("NAXIS2", -1),
        ("NAXIS2", 10**30),
        ("BITPIX", 7),
        ("PCOUNT", -1),
        ("PCOUNT", 10**9),
        ("GCOUNT", 2),
    ],
)
def test_impossible_sizes_are_corrupt(keyword: str, value: CardValue) -> None:
    """An impossible size is refused before memory is requested."""
    with pytest.raises(CorruptProduct):
        read_hdus(make_file(table={keyword: value}))


def test_more_units_than_any_product_has_are_corrupt() -> None:
    """A file of countless empty extensions is refused early."""
    cards = b"".join(format_card(k, v) for k, v in (("BITPIX", 8), ("NAXIS", 0)))

    def unit(first: bytes) -> bytes:
        return (first + cards + b"END".ljust(CARD)).ljust(BLOCK)

    body = unit(format_card("SIMPLE", True)) + 99 * unit(format_card("XTENSION", "IMAGE"))
    with pytest.raises(CorruptProduct, match="more than 64"):
        read_hdus(body)
