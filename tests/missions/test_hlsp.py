"""Names and folders of community products follow each author's grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import LONG, MISSIONS, Author, Product
from preprocessing.missions.k2 import K2SC, K2SFF
from preprocessing.missions.k2.splits import whole_campaign
from preprocessing.missions.tess import QLP, TESS_SPOC
from preprocessing.missions.tess.sectors import ffi_exposure_s, split_number

#: Of each author: a name with places for number, sequence number and version.
_NAMES = {
    TESS_SPOC: "hlsp_tess-spoc_tess_phot_{0:016d}-s{1:04d}_tess_v{2}_lc.fits",
    QLP: "hlsp_qlp_tess_ffi_s{1:04d}-{0:016d}_tess_v{2:02d}_llc.fits",
    K2SFF: "hlsp_k2sff_k2_lightcurve_{0:09d}-c{1:02d}_kepler_v{2}_llc.fits",
    K2SC: "hlsp_k2sc_k2_llc_{0:09d}-c{1:02d}_kepler_v{2}_lc.fits",
}
_AUTHORS = st.sampled_from(list(_NAMES))
_NUMBERS = st.integers(1, 999_999_999)
_SEQUENCES = st.integers(1, 99)


def _product(author: Author, number: int, sequence_number: int, version: int = 1) -> Product:
    product = author.parse(_NAMES[author].format(number, sequence_number, version))
    assert product is not None
    return product


@given(author=_AUTHORS, number=_NUMBERS, sequence=_SEQUENCES, version=st.integers(1, 99))
def test_a_name_says_which_product_it_is(
    author: Author, number: int, sequence: int, version: int
) -> None:
    """A name gives the product, its address in the author's tree, and its path."""
    product = _product(author, number, sequence, version)
    assert product.file_name == _NAMES[author].format(number, sequence, version)
    assert (product.number, product.sequence_number, product.month) == (number, sequence, None)
    assert (product.author, product.cadence) == (author.name, LONG)
    assert author in MISSIONS[product.mission].authors
    assert product.path.endswith(f"/{product.file_name}")
    assert product.uri == f"mast:HLSP/{author.name.lower()}/{product.path}"


@pytest.mark.parametrize(
    ("author", "number", "sequence", "folder"),
    [
        (TESS_SPOC, 33910247, 1, "s0001/target/0000/0000/3391/0247"),
        (QLP, 254113311, 13, "s0013/0000/0002/5411/3311"),
        (K2SFF, 221312395, 91, "c91/221300000/12395"),
        (K2SC, 211117077, 4, "c04/211100000"),
    ],
)
def test_folders_are_those_of_the_archive(
    author: Author, number: int, sequence: int, folder: str
) -> None:
    """Folders equal those of the archive's trees."""
    assert _product(author, number, sequence).path.rpartition("/")[0] == folder


@pytest.mark.slow
@given(author=_AUTHORS, sequences=st.lists(_SEQUENCES, max_size=9, unique=True))
def test_files_sort_in_time(author: Author, sequences: list[int]) -> None:
    """Files sort by campaign or sector, whatever their versions."""
    files = [_product(author, 7, sequence, 100 - sequence) for sequence in sequences]
    found = [file.sequence_number for file in sorted(files, key=lambda file: file.sort_key)]
    is_split = author in (K2SFF, K2SC)
    assert found == sorted(found, key=lambda n: (whole_campaign(n) if is_split else n, n))


@pytest.mark.slow
@given(author=_AUTHORS, sequence=_SEQUENCES, versions=st.sets(st.integers(0, 999), min_size=2))
def test_a_later_version_is_newer(author: Author, sequence: int, versions: set[int]) -> None:
    """A later version is newer even if its text sorts first."""
    files = [_product(author, 7, sequence, version) for version in versions]
    newest = _product(author, 7, sequence, max(versions))
    assert max(files) == newest


@pytest.mark.slow
@given(
    author=_AUTHORS,
    text=st.text()
    | st.from_regex(r"hlsp_qlp_tess_ffi_s\d{4}-\d{16}_tess_v\d+_llc\.fits", fullmatch=True)
    | st.from_regex(
        r"hlsp_k2sff_k2_lightcurve_\d{9}-c\d{2,3}_kepler_v\d+_llc\.fits", fullmatch=True
    ),
)
def test_other_names_are_no_products(author: Author, text: str) -> None:
    """A name that is read is written unchanged, and foreign digits are refused."""
    product = author.parse(text)
    assert product is None or (product.file_name == text and text.isascii())


@pytest.mark.parametrize("author", _NAMES, ids=lambda author: author.name)
@pytest.mark.parametrize("version", ["", "1000", "9" * 5000, "-1", "1/../2"])
def test_an_absurd_version_is_no_product(author: Author, version: str) -> None:
    """An absurd version is no product and no error, however many digits it has."""
    name = _NAMES[author].replace("{2:02d}", "{2}").format(7, 9, version)
    assert author.parse(name) is None


@pytest.mark.slow
@given(sector=st.integers(1, 9999), number=st.integers(1, 10**16 - 1))
def test_exposure_times_are_those_of_the_sector(sector: int, number: int) -> None:
    """Full-frame light curves have their sector's exposure time and their star's folder."""
    for author in (TESS_SPOC, QLP):
        product = _product(author, number, sector)
        assert product.exposure_s == ffi_exposure_s(sector)
        assert f"/{split_number(number)}/" in product.path
