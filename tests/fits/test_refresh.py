"""The newer of two versions of a file is recognized."""

from __future__ import annotations

import pytest

from preprocessing.core.errors import CorruptProduct, ProductError, WrongProduct
from preprocessing.core.file_record import FileRecord
from preprocessing.fits.refresh import HEADER_BYTES, is_newer
from preprocessing.fits.stitch import stitch_file
from preprocessing.missions.recipe import Recipe
from preprocessing.simulator.synthesis.release import Release
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.sample_files import FIRST_QUARTER, make_file, quarter_of


def _record(**cards: str | int) -> FileRecord:
    return stitch_file(make_file(primary=cards), FIRST_QUARTER, Recipe()).record


def _head(**cards: str | int | None) -> bytes:
    return make_file(primary=cards)[:HEADER_BYTES]


@pytest.mark.parametrize(
    ("used", "found", "newer"),
    [
        ({}, {}, False),
        ({"DATA_REL": 24}, {}, True),
        ({}, {"DATA_REL": 24}, False),
        ({"DATA_REL": 24}, {"DATA_REL": 24, "PROCVER": "9.4"}, True),
        ({"DATA_REL": 26, "PROCVER": "9.4"}, {}, False),
    ],
)
def test_the_header_decides(
    used: dict[str, str | int], found: dict[str, str | int], newer: bool
) -> None:
    """A later release or another pipeline of the same release is newer."""
    assert is_newer(_head(**found), _record(**used), FIRST_QUARTER) is newer


def test_a_synthetic_file_of_a_later_release_is_newer() -> None:
    """A later release is newer even if the sizes are equal."""
    holdings = SyntheticHoldings(2, n_quarters=1)
    later = SyntheticHoldings(2, n_quarters=1, release=Release(26, 1.0))
    product = holdings.star(holdings.star_keys()[0]).products[0]
    record = stitch_file(holdings.body(product), product, Recipe()).record
    body = later.body(product)
    assert len(body) == holdings.size(product)
    assert is_newer(body[:HEADER_BYTES], record, product)
    assert not is_newer(holdings.body(product)[:HEADER_BYTES], record, product)


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"", CorruptProduct),
        (b"<html>down for maintenance</html>", CorruptProduct),
        (b"SIMPLE  =                    T".ljust(HEADER_BYTES), CorruptProduct),
        (_head(DATA_REL=None), CorruptProduct),
        (_head(PROCVER=None), CorruptProduct),
        (_head().replace(b"9.3.22", b"9.3.23"), CorruptProduct),
        (make_file(quarter_of(2))[:HEADER_BYTES], WrongProduct),
        (make_file(quarter_of(1, kic=9))[:HEADER_BYTES], WrongProduct),
    ],
)
def test_what_is_no_sound_header_decides_nothing(head: bytes, error: type[ProductError]) -> None:
    """A damaged, foreign or unversioned header raises an error."""
    with pytest.raises(error):
        is_newer(head, _record(), FIRST_QUARTER)
