"""There is one list of missions and authors, and each file name is asked of one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.product import FAST, LONG, SHORT
from preprocessing.missions import MISSIONS, Author, Mission, author_of, parse_file_name
from tests.support.mission_samples import SAMPLES

_NAMES = {
    "Kepler": "kplr011904151-2010009091648_llc.fits",
    "K2": "ktwo206103150-c03_slc.fits",
    "K2SFF": "hlsp_k2sff_k2_lightcurve_221312395-c92_kepler_v1_llc.fits",
    "K2SC": "hlsp_k2sc_k2_llc_211117077-c04_kepler_v2_lc.fits",
    "SPOC": "tess2020238165205-s0029-0000000025155310-0193-a_fast-lc.fits",
    "TESS-SPOC": "hlsp_tess-spoc_tess_phot_0000000033910247-s0001_tess_v1_lc.fits",
    "QLP": "hlsp_qlp_tess_ffi_s0013-0000000254113311_tess_v01_llc.fits",
    **{
        name: SAMPLES[name]
        for name in ("KEPSEISMIC", "EVEREST", "TGLC", "GSFC-ELEANOR-LITE", "TASOC", "PATHOS")
    },
    "K2VARCAT": "hlsp_k2varcat_k2_lightcurve_202059697-c00_kepler_v2_llc.fits",
    "TESS-DATA-ALERTS": "hlsp_tess-data-alerts_tess_phot_00281541555-s02_tess_v1_lc.fits",
}
_AUTHORS = [author for mission in MISSIONS.values() for author in mission.authors]


def test_every_author_is_recognized_by_its_names() -> None:
    """Each author's file names are recognized by that author alone."""
    assert {author.name for author in _AUTHORS} == set(_NAMES)
    for author in _AUTHORS:
        for name, file_name in _NAMES.items():
            product = author.parse(file_name)
            assert (product is not None) is (name == author.name)
            if product is not None:
                number = product.number or 7
                assert parse_file_name(file_name, number) == replace(product, number=number)
                assert author_of(product) is author


@pytest.mark.slow
@given(
    name=st.sampled_from(list(_NAMES.values())),
    place=st.integers(0, 80),
    cut=st.integers(0, 5),
    filler=st.text(max_size=5),
)
def test_a_changed_name_is_of_the_same_author_or_of_none(
    name: str, place: int, cut: int, filler: str
) -> None:
    """A changed name gives a product of the same author, or None."""
    changed = name[:place] + filler + name[place + cut :]
    product = parse_file_name(changed)
    if product is not None:
        assert product.file_name == changed
        assert "/" not in changed and ".." not in product.path
        assert product.path.endswith(f"/{changed}")


@pytest.mark.parametrize("name", sorted(set(_NAMES.values()) - {SAMPLES["TGLC"]}))
def test_nobody_has_files_of_a_star_without_a_number(name: str) -> None:
    """No catalog has a star 0."""
    product = parse_file_name(name)
    assert product is not None
    digits = next(run for run in re.findall(r"\d{9,}", name) if int(run) == product.number)
    assert parse_file_name(name.replace(digits, "0" * len(digits))) is None


@given(st.text())
def test_any_text_is_a_product_or_none(text: str) -> None:
    """Any text is a product or None, without an error."""
    for beginning in ("", "kplr", "ktwo", "tess", "hlsp", "hlsp_qlp_", "hlsp_k2sff"):
        assert parse_file_name(beginning + text) is None


@pytest.mark.parametrize("mission", MISSIONS.values(), ids=lambda mission: mission.name)
def test_what_is_said_of_a_mission_fits_together(mission: Mission) -> None:
    """A mission's own author comes first, and names hold the star's number."""
    own = mission.authors[0]
    assert own.layout is not None
    assert mission.author_named[own.name.lower()] is own
    assert "nobody" not in mission.author_named
    assert mission.sequence_table == f"{mission.sequence.upper()}S"
    assert all(form.format(757076).endswith("757076") for form in mission.target_names)
    assert set(mission.bitmasks) == {"none", "default", "hard", "hardest"}
    assert len({keyword for keyword, _ in mission.star_cards}) == len(mission.star_cards)
    # lightkurve masks rows a second time by a column of this name.
    masked = {"SAP_QUALITY", "QUALITY"} if mission.telescope == "TESS" else {"SAP_QUALITY"}
    assert mission.quality_column not in masked


@pytest.mark.parametrize("author", _AUTHORS, ids=lambda author: author.name)
def test_what_is_said_of_an_author_fits_together(author: Author) -> None:
    """An author's cadences are known, and its first flux is lightkurve's."""
    assert author.cadences and set(author.cadences) <= {LONG, SHORT, FAST}
    assert author.collection == author.collection.lower()
    if author.layout is not None:
        columns = list(chain(*((f.flux, *f.errors) for f in author.layout.fluxes.values())))
        assert all(column == column.strip() != "" for column in columns)
        assert author.layout.extensions is None or author.layout.table in author.layout.extensions


def test_a_name_with_another_catalogs_number_needs_to_be_told_whose_it_is() -> None:
    """A name with Gaia's number is a product only of a star that is known otherwise."""
    name = SAMPLES["TGLC"]
    assert parse_file_name(name) is None
    product = parse_file_name(name, 389023759)
    assert product is not None
    assert (product.number, product.label) == (389023759, "S1")
    # Others' names count, whatever is believed.
    other = parse_file_name(_NAMES["QLP"], 7)
    assert other is not None and other.number == 254113311


def test_every_real_file_is_of_somebody(real_files: Path) -> None:
    """Every real file has an author, unless its name bears no number."""
    paths = sorted(real_files.glob("*/*/*.fits"))
    unknown = [path.name for path in paths if parse_file_name(path.name) is None]
    assert len(paths) - len(unknown) >= 50
    assert all(name.startswith("hlsp_cdips_") for name in unknown)
