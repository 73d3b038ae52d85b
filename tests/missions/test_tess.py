"""TESS's file names, folders and observation ids follow its grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import FAST, SHORT
from preprocessing.missions.tess import parse_file_name, parse_observation_id

_OBSERVATIONS = st.builds(
    "tess{:013d}-s{:04d}-{:016d}-{:04d}-{}".format,
    st.integers(0, 10**13 - 1),
    st.integers(1, 9999),
    st.integers(1, 10**16 - 1),
    st.integers(0, 9999),
    st.sampled_from("abs"),
)


@pytest.mark.slow
@given(observation=_OBSERVATIONS, is_fast=st.booleans())
def test_a_name_says_which_product_it_is(observation: str, is_fast: bool) -> None:
    """A name gives sector, star and cadence, and its id, path and address lead back."""
    product = parse_file_name(f"{observation}_{'fast-' if is_fast else ''}lc.fits")
    assert product is not None
    _, sector, number, _, _ = observation.split("-")
    assert (product.label, product.number) == (f"S{int(sector[1:])}", int(number))
    assert (product.cadence, product.exposure_s) == ((FAST, 20.0) if is_fast else (SHORT, 120.0))
    assert (product.mission, product.author) == ("TESS", "SPOC")
    assert parse_observation_id(f"{observation}_fast" if is_fast else observation) == product
    folder, name = product.path.rsplit("/", 1)
    assert name == product.file_name == product.uri.rpartition("/")[2]
    assert folder.split("/", 1) == [sector, "/".join(number[n : n + 4] for n in (0, 4, 8, 12))]


@pytest.mark.slow
@given(
    text=st.text()
    | st.from_regex(r"tess\d{13}-s\d{4}-\d{16}-\d{4}-[a-z]_(fast-)?lc\.fits", fullmatch=True)
)
def test_other_names_are_no_products(text: str) -> None:
    """A name that is read is written unchanged, and foreign digits are refused."""
    product = parse_file_name(text)
    assert product is None or (product.file_name == text and text.isascii())


@pytest.mark.parametrize(
    "name",
    [
        "tess2018206045859-s0001-0000000025155310-0120-s_tp.fits",
        "tess2018206045859-s0001-0000000025155310-0120-s_lc.fits.gz",
        "tess2018206045859-s0001-0000000025155310-0120-s_lc.fits\n",
        "tess2018206045859-s0001-0000000025155310-0120-S_lc.fits",
        "tess2018206045859-s0001-0000000025155310-0120-s_dvt.fits",
        "tess2018206045859-s001-0000000025155310-0120-s_lc.fits",
        "tess2018206045859-s0001-25155310-0120-s_lc.fits",
        "../tess2018206045859-s0001-0000000025155310-0120-s_lc.fits",
        "kplr000757076-2009131105131_llc.fits",
    ],
)
def test_names_of_other_files_are_no_products(name: str) -> None:
    """Pixel, compressed and validation files, short numbers and folders are refused."""
    assert parse_file_name(name) is None


@pytest.mark.parametrize("suffix", ["_slow", "_fast-lc", "_lc", "\n"])
def test_other_observations_have_no_light_curve(suffix: str) -> None:
    """An id with anything after a good beginning has no light curve."""
    assert parse_observation_id(f"tess2018206045859-s0001-0000000025155310-0120-s{suffix}") is None


def test_a_sector_that_was_made_again_is_newer_and_stays_in_place() -> None:
    """A reprocessed sector is newer and keeps its place in time."""
    names = ("2018206045859-s0001", "2021206045859-s0001", "2018234235059-s0002")
    old, new, second = (
        parse_file_name(f"tess{name}-0000000025155310-0120-s_lc.fits") for name in names
    )
    assert old is not None and new is not None and second is not None
    assert old < second < new
    assert old.sort_key < new.sort_key < second.sort_key
