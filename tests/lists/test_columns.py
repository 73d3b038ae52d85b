"""Columns with stars are known by what services and authors call them."""

from __future__ import annotations

import pytest

from preprocessing.lists.columns import StarColumns, plain_name
from preprocessing.missions import MISSIONS


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("TIC ID", "ticid"),
        (' "Tic_Id" ', "ticid"),
        ("#KIC", "kic"),
        ("KIC (int)", "kic"),
        ("RA (J2000) [deg]", "ra"),
        ("kepid_1", "kepid"),
        ("kepid_x", "kepid"),
        ("Sector_12", "sector12"),
        ("[deg]", ""),
    ],
)
def test_plain_names(name: str, plain: str) -> None:
    """Case, blanks, punctuation, units and endings of joined tables do not matter."""
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    ("header", "mission", "index"),
    [
        (["ID", "TIC"], "TESS", 1),
        (["tic_id", "kepid"], "Kepler", 1),
        (["tic_id", "kepid"], "TESS", 0),
        (["tic_id", "kepid"], "K2", 1),
        (["tic_id", "hostname"], "Kepler", 1),
        (["pl_name", "tic number"], "TESS", 1),
        (["ra", "dec"], "TESS", None),
        (["kepid", "3"], "Kepler", 0),
        (["KIC", "8644288"], "Kepler", None),
        (["a,kepid"], "Kepler", None),
        ([], "Kepler", None),
    ],
)
def test_which_column_is_taken(header: list[str], mission: str, index: int | None) -> None:
    """The mission's own column is preferred, then general ones, then another mission's."""
    assert StarColumns(MISSIONS[mission]).index_in(header) == index


def test_the_catalog_of_a_column() -> None:
    """A column that names a catalog states it; in others, numbers are the mission's."""
    columns = StarColumns(MISSIONS["TESS"])
    assert (columns.catalog_of("KIC_ID"), columns.catalog_of("target")) == ("KIC", "TIC")
    assert columns.states_catalog("EPIC ID") and not columns.states_catalog("ID")


def test_a_chosen_column_is_found_exactly_first() -> None:
    """The exact name wins over another that differs in case only."""
    assert StarColumns(MISSIONS["TESS"], "id").index_in(["ID", "id"]) == 1
    assert StarColumns(MISSIONS["TESS"], "Id").index_in(["x", "ID"]) == 1
    assert StarColumns(MISSIONS["TESS"], "2").position == 1
    assert StarColumns(MISSIONS["TESS"], "0").position is None
