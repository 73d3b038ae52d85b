"""A key says which star, of which mission."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import MISSIONS, Product, parse_file_name
from preprocessing.missions.star_keys import key_of_product, mission_of_key
from preprocessing.missions.targets import star_key


@given(st.sampled_from(sorted(MISSIONS)), st.integers(1, 10**16 - 1))
def test_a_key_leads_back(name: str, number: int) -> None:
    """A key gives back the mission and the number that it was made from."""
    mission = MISSIONS[name]
    assert mission_of_key(star_key(mission.catalog, number)) == (mission, number)


@pytest.mark.parametrize(
    ("name", "mission"),
    [
        ("kplr000000042-2009166043257_llc.fits", "Kepler"),
        ("ktwo000000042-c13_llc.fits", "K2"),
        ("hlsp_k2sff_k2_lightcurve_000000042-c13_kepler_v1_llc.fits", "K2"),
        ("hlsp_qlp_tess_ffi_s0026-0000000000000042_tess_v01_llc.fits", "TESS"),
    ],
)
def test_files_of_a_star_have_its_key(name: str, mission: str) -> None:
    """All files of a star have its key, whoever made them."""
    product = parse_file_name(name)
    assert isinstance(product, Product)
    assert mission_of_key(key_of_product(product)) == (MISSIONS[mission], 42)


@pytest.mark.parametrize("key", [0, -1])
def test_what_is_no_key(key: int) -> None:
    """A malformed key belongs to no star."""
    with pytest.raises(KeyError):
        mission_of_key(key)
