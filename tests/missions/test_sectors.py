"""Sectors have the folders of the archive and the exposure times of their year."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions.tess.sectors import ffi_exposure_s, split_number, tic_folder

_TICS = st.integers(0, 10**16 - 1)


@given(sector=st.integers(1, 9999), number=_TICS)
def test_a_folder_spells_sector_and_number(sector: int, number: int) -> None:
    """A folder spells out sector and number, so no two stars share one."""
    first, *rest = tic_folder(sector, number).split("/")
    assert (first, "".join(rest)) == (f"s{sector:04d}", f"{number:016d}")
    assert split_number(number) == "/".join(rest)


@given(one=_TICS, other=_TICS)
def test_folders_sort_as_numbers_do(one: int, other: int) -> None:
    """Folders sort as their numbers do."""
    assert (split_number(one) < split_number(other)) is (one < other)


@pytest.mark.parametrize(
    ("sector", "exposure_s"), [(1, 1800), (26, 1800), (27, 600), (55, 600), (56, 200), (99, 200)]
)
def test_exposure_times(sector: int, exposure_s: float) -> None:
    """Full-frame exposure times follow the mission's phases."""
    assert ffi_exposure_s(sector) == exposure_s
