"""Downloads give whole files or ranges of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.simulator.downloads import file_answer, head_answer, product_of_uri
from tests.support.fake_holdings import FakeHoldings, held_star, long_product

_PRODUCT = long_product(757076, 1)
_HOLDINGS = FakeHoldings(held_star(757076, quarters=(1,)), file_size=100)
_BODY = _HOLDINGS.body(_PRODUCT)


@pytest.mark.parametrize(
    "uri",
    [
        _PRODUCT.uri,
        _PRODUCT.uri.replace("KEPLER", "Kepler"),
        f"mast:KEPLER/{_PRODUCT.file_name}",
        f"mast:Kepler/any/path/{_PRODUCT.file_name}",
    ],
)
def test_uris_of_a_file(uri: str) -> None:
    """The mission may be spelled either way, and the path before the name is free."""
    assert product_of_uri(uri) == _PRODUCT


@pytest.mark.parametrize(
    "uri", ["", "mast:KEPLER/", f"mast:K2/{_PRODUCT.file_name}", _PRODUCT.file_name, "../../etc"]
)
def test_uris_of_nothing(uri: str) -> None:
    """Another mission's URI, or none at all, is no Kepler file."""
    assert product_of_uri(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "mast:K2/url/missions/k2/lightcurves/c13/247500000/89000/ktwo247589423-c13_llc.fits",
        "mast:TESS/product/tess2018206045859-s0001-0000000025155310-0120-s_lc.fits",
        "mast:TESS/product/tess2020238165205-s0029-0000000025155310-0193-a_fast-lc.fits",
        "mast:HLSP/tess-spoc/s0040/target/0000/0002/6113/6679/"
        "hlsp_tess-spoc_tess_phot_0000000261136679-s0040_tess_v1_lc.fits",
        "mast:HLSP/qlp/s0026/0000/0001/6554/9165/"
        "hlsp_qlp_tess_ffi_s0026-0000000165549165_tess_v01_llc.fits",
        "mast:HLSP/k2sff/c102/228700000/34900/"
        "hlsp_k2sff_k2_lightcurve_228734900-c102_kepler_v1_llc.fits",
    ],
)
def test_uris_of_every_product(uri: str) -> None:
    """Each collection's form of address leads to its file, and to no other collection's."""
    product = product_of_uri(uri)
    assert product is not None
    assert product.uri == uri
    collection = uri.partition(":")[2].partition("/")[0]
    assert product_of_uri(uri.replace(collection, collection.lower())) == product
    assert product_of_uri(uri.replace(f"mast:{collection}", "mast:KEPLER")) is None


def test_whole_file() -> None:
    """Without a range the answer is the file, with its size and the offer of ranges."""
    answer = file_answer(_HOLDINGS, _PRODUCT)
    assert (answer.status, answer.body, answer.length) == (200, _BODY, 100)
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_head_has_the_size_and_no_body() -> None:
    """The size of the file is announced, and the headers are those of a download."""
    answer = head_answer(_HOLDINGS, _PRODUCT)
    assert (answer.status, answer.body, answer.length) == (200, b"", 100)
    assert answer.headers == file_answer(_HOLDINGS, _PRODUCT).headers


@pytest.mark.slow
@given(first=st.integers(0, 99), last=st.integers(0, 300))
def test_ranges_are_slices(first: int, last: int) -> None:
    """A range includes its first and last byte, as far as they exist."""
    answer = file_answer(_HOLDINGS, _PRODUCT, f"bytes={first}-{last}")
    if last < first:
        assert (answer.status, answer.body) == (200, _BODY)
        return
    assert (answer.status, answer.body) == (206, _BODY[first : last + 1])
    assert answer.length == len(answer.body)
    assert answer.headers["Content-Range"] == f"bytes {first}-{min(last, 99)}/100"


@given(first=st.integers(0, 99))
def test_a_file_in_two_parts_is_the_file(first: int) -> None:
    """The first part and the range after it make the file."""
    answer = file_answer(_HOLDINGS, _PRODUCT, f"bytes={first}-")
    assert _BODY[:first] + answer.body == _BODY


@pytest.mark.parametrize(("suffix", "expected"), [(10, _BODY[-10:]), (1000, _BODY)])
def test_suffix_ranges(suffix: int, expected: bytes) -> None:
    """A suffix range gives the last bytes, or the whole of a shorter file."""
    answer = file_answer(_HOLDINGS, _PRODUCT, f"bytes=-{suffix}")
    assert (answer.status, answer.body) == (206, expected)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_ranges_beyond_the_end(header: str) -> None:
    """Where there is no byte the status is 416, with the size there is."""
    answer = file_answer(_HOLDINGS, _PRODUCT, header)
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */100")


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b"])
def test_other_ranges_are_ignored(header: str) -> None:
    """A malformed range, or several, gives the whole file."""
    answer = file_answer(_HOLDINGS, _PRODUCT, header)
    assert (answer.status, answer.body) == (200, _BODY)


@pytest.mark.parametrize("product", [None, long_product(757076, 2), long_product(757077, 1)])
def test_missing_files(product: None) -> None:
    """Another quarter, another star or no file name gives 404 with an HTML page."""
    for answer in (file_answer(_HOLDINGS, product), head_answer(_HOLDINGS, product)):
        assert answer.status == 404
        assert answer.content_type.startswith("text/html")
