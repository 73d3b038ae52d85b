"""K2's file names and folders follow its grammar."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.k2 import (
    CAMPAIGNS,
    k2_folder,
    k2_product,
    parse_file_name,
    possible_products,
)

_PRODUCTS = st.builds(
    k2_product,
    st.integers(1, 999_999_999),
    st.sampled_from(CAMPAIGNS),
    st.sampled_from([LONG, SHORT]),
)


@given(product=_PRODUCTS)
def test_a_name_says_which_product_it_is(product: Product) -> None:
    """Name, path and address all lead back to the product."""
    assert parse_file_name(product.file_name) == product
    folder, name = product.path.rsplit("/", 1)
    assert name == product.file_name
    assert folder == k2_folder(product.number, product.sequence_number)
    assert product.uri == f"mast:K2/url/missions/k2/lightcurves/{product.path}"
    assert product.label == f"C{product.sequence_number}"
    assert product.exposure_s == {LONG: 1765.5, SHORT: 58.85}[product.cadence]


@pytest.mark.slow
@given(
    text=st.text() | st.from_regex(r"ktwo\d{9}-c\d{2,3}_(llc|slc)\.fits", fullmatch=True),
)
def test_other_names_are_no_products(text: str) -> None:
    """A name that is read is written unchanged, and foreign digits are refused."""
    product = parse_file_name(text)
    assert product is None or (product.file_name == text and text.isascii())


@pytest.mark.parametrize(
    "name",
    [
        "ktwo206103150-c03_lpd-targ.fits.gz",
        "ktwo206103150-c3_llc.fits",
        "ktwo206103150-c003_llc.fits",
        "ktwo206103150-c09_llc.fits",
        "ktwo206103150-c93_llc.fits",
        "ktwo206103150-c20_llc.fits",
        "ktwo206103150-c03_slc.fits.part",
        "ktwo0206103150-c03_llc.fits",
    ],
)
def test_names_of_other_files_are_no_products(name: str) -> None:
    """Pixel files, misspelled or unknown campaigns, leftovers and long numbers are refused."""
    assert parse_file_name(name) is None


@pytest.mark.slow
@given(numbers=st.permutations(CAMPAIGNS))
def test_campaigns_sort_in_time(numbers: list[int]) -> None:
    """The halves of a split campaign sort between its neighbors."""
    products = [k2_product(206103150, number, LONG) for number in numbers]
    assert [p.sequence_number for p in sorted(products)] == list(CAMPAIGNS)
    assert sorted(products) == sorted(products, key=lambda product: product.sort_key)


def test_every_campaign_may_have_a_file() -> None:
    """Every campaign has one possible file."""
    products = possible_products(206103150)
    assert [product.sequence_number for product in products] == list(CAMPAIGNS)


def test_real_files_have_the_names_that_are_expected(real_files: Path) -> None:
    """Every real name is parsed as its folder says."""
    paths = sorted(real_files.glob("k2/*/*.fits"))
    assert len(paths) >= 3
    for path in paths:
        product = parse_file_name(path.name)
        assert product is not None
        assert path.parent.name == f"EPIC{product.number}"
