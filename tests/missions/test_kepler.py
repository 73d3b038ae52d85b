"""File names, observation ids and stamps follow the mission's grammar."""

from __future__ import annotations

import csv
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import (
    LONG_STAMPS,
    SHORT_STAMPS,
    alternative_products,
    expected_products,
    kepler_product,
    nearest_stamp,
    parse_file_name,
    parse_observation_id,
    stamp_time,
)

_PLACES: list[tuple[str, str, int, int | None]]
_PLACES = [(LONG, s, q, None) for q, stamps in enumerate(LONG_STAMPS) for s in stamps]
_PLACES += [(SHORT, s, q, m) for q, ss in enumerate(SHORT_STAMPS) for m, s in enumerate(ss, 1)]
_PRODUCTS = st.builds(
    lambda kic, place: kepler_product(place[1], kic, place[0]),
    st.integers(0, 999_999_999),
    st.sampled_from(_PLACES),
)
_LONG_COUNTS = st.lists(st.integers(0, 1), min_size=18, max_size=18)


def observation_id(kic: int, counts: list[int], word: str = "lc") -> str:
    return f"kplr{kic:09d}_{word}_Q{''.join(map(str, counts))}"


@given(product=_PRODUCTS)
def test_a_name_says_which_product_it_is(product: Product) -> None:
    """Name, path and address all lead back to the product."""
    assert parse_file_name(product.file_name) == product
    assert parse_file_name(product.uri.rsplit("/", 1)[1]) == product
    folder, star, name = product.path.split("/")
    assert star.startswith(folder)
    assert len(star) == 9
    assert int(star) == product.number
    assert name == product.file_name


@pytest.mark.slow
@given(text=st.text() | st.from_regex(r"kplr\d{9}-\d{13}_(llc|slc)\.fits", fullmatch=True))
def test_other_names_are_no_products(text: str) -> None:
    """A name that is read is written unchanged, and foreign digits are refused."""
    product = parse_file_name(text)
    assert product is None or product.file_name == text


@pytest.mark.parametrize(
    "name",
    [
        "kplr000757076-2009131105131_lpd-targ.fits.gz",
        "kplr000757076-2009131105131_llc.fits.part",
        "kplr000757076-2009131105131_slc.fits",
        "kplr757076-2009131105131_llc.fits",
        "ktwo206103150-c03_llc.fits",
    ],
)
def test_names_of_other_files_are_no_products(name: str) -> None:
    """Pixel files, leftovers, wrong stamps, short numbers and other missions are refused."""
    assert parse_file_name(name) is None


@pytest.mark.slow
@given(kic=st.integers(0, 999_999_999), counts=_LONG_COUNTS)
def test_long_cadence_digits_become_one_file_a_quarter(kic: int, counts: list[int]) -> None:
    """Digits become one file a quarter of one star, in time order."""
    text = observation_id(kic, counts)
    assert parse_observation_id(text) == (kic, LONG, tuple(counts))
    products = expected_products(text)
    assert products is not None
    assert [p.sequence_number for p in products] == [q for q, count in enumerate(counts) if count]
    assert list(products) == sorted(products)
    assert {(p.number, p.cadence, p.month) for p in products} <= {(kic, LONG, None)}


@pytest.mark.slow
@given(counts=st.lists(st.integers(0, 9), min_size=18, max_size=18))
def test_short_cadence_digits_name_the_files_only_of_whole_quarters(counts: list[int]) -> None:
    """Digits name as many files as they add up to, or none."""
    products = expected_products(observation_id(757076, counts, "sc"))
    whole = [3 if quarter == 4 else len(months) for quarter, months in enumerate(SHORT_STAMPS)]
    if all(count in (0, months) for count, months in zip(counts, whole, strict=True)):
        assert products is not None
        assert len(products) == sum(counts)
        assert list(products) == sorted(products)
    else:
        assert products is None


def test_whole_short_quarters_have_all_their_months() -> None:
    """A whole quarter has three months, numbered as the mission did."""
    products = expected_products(observation_id(757076, [0, 0, 0, 3, 3] + [0] * 13, "sc"))
    assert products is not None
    assert [p.label for p in products] == ["Q3M1", "Q3M2", "Q3M3", "Q4M2", "Q4M3", "Q4M4"]


def test_digits_that_cannot_be_are_not_guessed_at() -> None:
    """Two long-cadence files of a quarter are left to the archive's product list."""
    assert expected_products(observation_id(757076, [0, 2] + [0] * 16)) is None


@pytest.mark.parametrize(
    "text", ["", "kplr000757076_lc_Q1111", "kplr000757076_xc_Q" + "1" * 18, "tess-s0001", "٣" * 36]
)
def test_other_observation_ids_are_not_of_kepler(text: str) -> None:
    """Ids with too few digits, unknown cadence or another mission are refused."""
    assert parse_observation_id(text) is None
    assert expected_products(text) is None


def test_the_digits_tell_the_files_of_real_stars(real_files: Path) -> None:
    """The digits of 450 real stars give exactly the stamps in the archive."""
    path = real_files.parent / "kepler_targets_450.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the real mission files")
    quarter_of_stamp = {s: q for cadence, s, q, _ in _PLACES if cadence == LONG}
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 450
    for row in rows:
        stamps = row["stamps"].split()
        counts = [0] * 18
        for stamp in stamps:
            counts[quarter_of_stamp[stamp]] += 1
        products = expected_products(observation_id(int(row["kepid"]), counts))
        assert products is not None
        assert [p.stamp for p in products] == sorted(stamps), row["kepid"]


def test_only_the_fourth_quarter_has_another_name() -> None:
    """Only long-cadence Q4 has two names, which stand for each other."""
    for cadence, stamp, quarter, _ in _PLACES:
        product = kepler_product(stamp, 757076, cadence)
        others = alternative_products(product)
        if (cadence, quarter) == (LONG, 4):
            (other,) = others
            assert other.stamp != stamp
            assert alternative_products(other) == (product,)
        else:
            assert others == ()


@given(place=st.sampled_from(_PLACES), hours=st.floats(-24, 24))
def test_the_nearest_stamp_survives_a_shift_of_a_day(
    place: tuple[str, str, int, int | None], hours: float
) -> None:
    """Stamps stay distinct under twice the mission's clock offset."""
    cadence, stamp = place[:2]
    assert nearest_stamp(cadence, stamp_time(stamp) + timedelta(hours=hours)) == stamp


def test_stamps_are_six_days_apart() -> None:
    """Stamps of one cadence are at least six days apart."""
    for cadence in (LONG, SHORT):
        times = sorted(stamp_time(s) for c, s, _, _ in _PLACES if c == cadence)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) > timedelta(days=6)
