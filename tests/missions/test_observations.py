"""The rows of MAST say which star an observation is of, and which files it has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.core.file_record import FAILED
from preprocessing.core.reasons import Reason
from preprocessing.missions import MISSIONS
from preprocessing.missions.observations import (
    Observation,
    filters_of,
    holdings_filters,
    observations_in,
    product_of_row,
    promised_products,
    unlisted_file,
    unlisted_numbers,
)
from preprocessing.missions.recipe import make_recipe

_KEPLER, _K2, _TESS = make_recipe(), make_recipe("K2"), make_recipe("TESS")
_TESS_ID = "tess2018206045859-s0001-0000000025155310-0120-s"
_NAME = "ktwo206103150-c03_llc.fits"
#: Anything that JSON can hold, in place of a cell.
_CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none())


def _row(obs_id: object, target_name: object, obsid: object = "7") -> dict[str, Any]:
    return {"obsid": obsid, "obs_id": obs_id, "target_name": target_name}


def _observed(obsid: str, obs_id: str, number: int, cadence: str) -> Observation:
    named = MISSIONS["Kepler" if obs_id.startswith("kplr") else "TESS"].parse_observation_id(obs_id)
    assert named is not None and (named.number, named.cadence) == (number, cadence)
    return Observation(obsid, obs_id, number, named)


@pytest.mark.parametrize(
    ("recipe", "row", "expected"),
    [
        (_KEPLER, _row("kplr000757076_lc_Q0110", "x"), None),
        (
            _KEPLER,
            _row("kplr000757076_sc_Q001000000000000000", "x", 9),
            _observed("9", "kplr000757076_sc_Q001000000000000000", 757076, "short"),
        ),
        (
            _K2,
            _row("ktwo206103150-c03_lc", "ktwo206103150"),
            Observation("7", "ktwo206103150-c03_lc", 206103150, None),
        ),
        (
            _K2,
            _row("hlsp_k2sff_k2_lightcurve_206103150-c03_kepler_v1", "EPIC 206103150"),
            Observation("7", "hlsp_k2sff_k2_lightcurve_206103150-c03_kepler_v1", 206103150, None),
        ),
        (_TESS, _row(_TESS_ID, "25155310"), _observed("7", _TESS_ID, 25155310, "short")),
        (
            _TESS,
            _row(f"{_TESS_ID}_fast", "25155310"),
            _observed("7", f"{_TESS_ID}_fast", 25155310, "fast"),
        ),
        # Full-frame images, asteroids, and a row whose two columns name two stars.
        (_TESS, _row("tess-s0001-1-1", "TESS FFI"), None),
        (_TESS, _row(_TESS_ID, "25155311"), None),
        (_TESS, _row(_TESS_ID, "0"), None),
        (_TESS, _row(_TESS_ID, "12345678901234567"), None),
        (_TESS, _row(_TESS_ID, "\uff12\uff15"), None),
    ],
)
def test_whose_observation_it_is(
    recipe: Any, row: dict[str, Any], expected: Observation | None
) -> None:
    """The id names the star for Kepler, and the target name does for the others."""
    found = observations_in([row], recipe)
    assert found == ([] if expected is None else [expected])


@pytest.mark.slow
@given(
    recipe=st.sampled_from([_KEPLER, _K2, _TESS]), cells=st.lists(_CELLS, min_size=3, max_size=3)
)
def test_any_cells_are_an_observation_or_refused_by_name(recipe: Any, cells: list[Any]) -> None:
    """Any cells are an observation or refused by name."""
    try:
        found = observations_in([_row(*cells)], recipe)
    except ArchiveAnswerError as error:
        assert "has no number" in str(error)
        return
    for observation in found:
        assert observation.number > 0
        assert observation.obsid.isdecimal()


def test_an_observation_counts_once_and_only_of_stars_that_are_wanted() -> None:
    """An observation of a wanted star counts once, however often it is sent."""
    rows = [_row(_TESS_ID, "25155310", n) for n in (1, 2)]
    (found,) = observations_in(rows, _TESS)
    assert found.obsid == "1"
    assert observations_in(rows, _TESS, frozenset([25155310])) == [found]
    assert observations_in(rows, _TESS, frozenset([1])) == []


@pytest.mark.parametrize(("recipe", "most"), [(_KEPLER, 20), (_TESS, 2000)])
def test_far_too_many_observations_are_refused(recipe: Any, most: int) -> None:
    """Too many observations of one star are refused."""

    def rows(count: int) -> list[dict[str, Any]]:
        if recipe is _KEPLER:
            return [_row(f"kplr000000005_lc_Q{n:018b}", "x") for n in range(count)]
        return [_row(f"any-{n}", "5") for n in range(count)]

    assert len(observations_in(rows(most), recipe)) == most
    with pytest.raises(ArchiveAnswerError, match=r"far too many observations of [KT]IC 5"):
        observations_in(rows(most + 1), recipe)


def _promised(mission: str, obs_id: str) -> Sequence[str] | None:
    products = promised_products(Observation("7", obs_id, 1, None), MISSIONS[mission])
    return None if products is None else [product.file_name for product in products]


def test_which_files_an_id_promises() -> None:
    """Ids of Kepler and TESS tell their files, and the others do not."""
    assert _promised("TESS", _TESS_ID) == [f"{_TESS_ID}_lc.fits"]
    assert _promised("TESS", f"{_TESS_ID}_fast") == [f"{_TESS_ID}_fast-lc.fits"]
    assert _promised("Kepler", "kplr000757076_lc_Q010000000000000000") == [
        "kplr000757076-2009166043257_llc.fits"
    ]
    assert _promised("K2", "ktwo206103150-c03_lc") is None
    assert _promised("TESS", "hlsp_qlp_tess_ffi_s0013-0000000254113311_tess_v01_llc") is None


@pytest.mark.parametrize(
    ("uri", "counts"),
    [
        (f"mast:K2/url/elsewhere/{_NAME}", True),
        (f"mast:K2/url/elsewhere/{_NAME}?x", False),
        ("mast:K2/url/elsewhere/other.fits", False),
        (f"http://host/{_NAME}", False),
        (f"mast:K2/with blank/{_NAME}", False),
        (f"mast:K2/\n/{_NAME}", False),
        (f"mast:{'x' * 200}/{_NAME}", False),
        (None, False),
        (7, False),
    ],
)
def test_the_address_in_a_row_counts(uri: object, counts: bool) -> None:
    """An address counts if it is that file's and fits into an output."""
    product = product_of_row({"productFilename": _NAME, "dataURI": uri})
    assert product is not None
    expected = f"mast:K2/url/missions/k2/lightcurves/c3/206100000/03000/{_NAME}"
    assert product.uri == (uri if counts else expected)


@pytest.mark.slow
@given(row=st.fixed_dictionaries({"productFilename": _CELLS}, optional={"dataURI": _CELLS}))
def test_any_row_is_a_light_curve_or_something_else(row: dict[str, Any]) -> None:
    """Any row is a light curve or something else, without an error."""
    product = product_of_row(row)
    assert product is None or product.file_name == row["productFilename"]


def test_files_that_are_counted_and_not_listed() -> None:
    """Only Kepler counts unlisted files, by quarter."""
    observation = _observed("7", "kplr000757076_sc_Q003100000000000000", 757076, "short")
    (product,) = promised_products(
        _observed("7", "kplr000757076_sc_Q000100000000000000", 757076, "short"),
        MISSIONS["Kepler"],
    ) or (product_of_row({"productFilename": "kplr000757076-2009322144938_slc.fits"}),)
    assert product is not None
    assert list(unlisted_numbers(observation, [product])) == [2, 2, 2]
    assert list(unlisted_numbers(observation, [])) == [2, 2, 2, 3]
    assert list(unlisted_numbers(Observation("7", "any", 25155310, None), [])) == []


_OF_TESS = ["SPOC", "TESS-SPOC", "QLP", "TGLC", "GSFC-ELEANOR-LITE", "TASOC", "PATHOS"]


@pytest.mark.parametrize(
    ("options", "authors"),
    [
        ({"mission": "TESS"}, ["SPOC"]),
        ({"mission": "TESS", "author": "any"}, _OF_TESS),
        ({"mission": "TESS", "author": "any", "flux": "sap"}, _OF_TESS[:3]),
        ({"mission": "K2", "author": "any"}, ["K2", "K2SFF", "EVEREST"]),
        ({"author": "any"}, ["Kepler", "KEPSEISMIC"]),
        ({"mission": "K2", "author": "k2sc"}, ["K2SC"]),
        ({}, ["Kepler"]),
    ],
)
def test_filters_name_mission_and_authors(options: dict[str, Any], authors: list[str]) -> None:
    """Filters name only the requested mission and authors."""
    recipe = make_recipe(**options)
    by_name = {entry["paramName"]: entry["values"] for entry in filters_of(recipe)}
    assert by_name["project"] == [recipe.mission_name]
    assert by_name["provenance_name"] == authors
    json.dumps(filters_of(recipe))


def test_holdings_are_listed_in_parts() -> None:
    """Holdings are listed in named parts, and only the wanted ones."""
    for mission in MISSIONS:
        parts = [part for part, _ in holdings_filters(make_recipe(mission))]
        assert len(parts) == len(set(parts)) > 10
    for mission, numbers, expected in (
        ("TESS", (1, 5), ["1", "5"]),
        ("K2", (9,), ["9"]),
        ("K2", (92, 12), ["9", "12"]),
    ):
        recipe = make_recipe(mission, sequence_numbers=numbers)
        assert [part for part, _ in holdings_filters(recipe)] == expected


def test_campaigns_and_sectors_are_asked_for_as_lightkurve_asks() -> None:
    """Sequence numbers are sent as words, and halves under both their numbers."""
    for mission, number, words in (("TESS", 5, ["5"]), ("K2", 9, ["9", "91", "92"])):
        recipe = make_recipe(mission, sequence_numbers=[number])
        ((_, entry),) = holdings_filters(recipe)
        assert entry == {"paramName": "sequence_number", "values": words}


def test_an_unlisted_file_is_counted_without_a_name() -> None:
    """A file that the archive promises without naming it is counted."""
    record = unlisted_file(MISSIONS["Kepler"], 9)
    assert (record.label, record.file_name, record.uri) == ("Q9", "", "")
    assert (record.status, record.reason) == (FAILED, Reason.NOT_FOUND)
