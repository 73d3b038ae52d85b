"""The portal answers Mashup requests from an archive's holdings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions.kepler import expected_products
from preprocessing.simulator.portal import (
    PortalError,
    PortalService,
    columns_config,
    error_envelope,
    parse_request,
)
from tests.support.fake_holdings import FakeHoldings, held_star

_STARS = (
    held_star(757076, ra_deg=290.0, dec_deg=44.0, quarters=(0, 1, 17)),
    held_star(757099, ra_deg=290.0, dec_deg=44.0 + 3 / 3600, quarters=(5,), short_quarters=(2, 5)),
    held_star(11442793, ra_deg=0.0001, dec_deg=-10.0),
    held_star(100000001, ra_deg=float("nan"), dec_deg=float("nan")),
)


@pytest.fixture
def portal() -> PortalService:
    """Return a portal of four stars, of which one has short cadence and one no position."""
    return PortalService(FakeHoldings(*_STARS, file_size=4321))


def _filtered(*filters: dict[str, Any], columns: str = "*", **more: Any) -> dict[str, Any]:
    params = {"columns": columns, "filters": list(filters)}
    return {"service": "Mast.Caom.Filtered", "params": params, "format": "json", **more}


def _around(position: str, *filters: dict[str, Any], columns: str = "*") -> dict[str, Any]:
    params = {"columns": columns, "filters": list(filters), "position": position}
    return {"service": "Mast.Caom.Filtered.Position", "params": params}


def _column(envelope: dict[str, Any], name: str) -> list[Any]:
    return [row[name] for row in envelope["data"]]


def test_observation_row_reads_as_masts(portal: PortalService) -> None:
    """A long-cadence observation has the values that lightkurve selects by."""
    wanted = {"paramName": "target_name", "values": ["kplr000757076"]}
    envelope = portal.invoke(_filtered(wanted))
    (row,) = envelope["data"]
    assert envelope["status"] == "COMPLETE"
    assert [field["name"] for field in envelope["fields"]] == list(row)
    assert row["obs_id"] == "kplr000757076_lc_Q110000000000000001"
    assert (row["project"], row["provenance_name"]) == ("Kepler", "Kepler")
    assert (row["obs_collection"], row["dataproduct_type"]) == ("Kepler", "timeseries")
    assert (row["t_exptime"], row["sequence_number"]) == (1800.0, None)
    assert (row["s_ra"], row["s_dec"]) == (290.0, 44.0)
    # The mission's first and last long-cadence days, in MJD.
    assert row["t_min"] == 54953.0375
    assert row["t_max"] == pytest.approx(56423.9, abs=0.1)


def test_obsid_is_an_integer_declared_a_string(portal: PortalService) -> None:
    """The obsid is an integer declared a string, as astroquery's join needs it."""
    envelope = portal.invoke(_filtered({"paramName": "obs_collection", "values": ["Kepler"]}))
    types = {field["name"]: field["type"] for field in envelope["fields"]}
    assert types["obsid"] == "string"
    assert all(type(obsid) is int for obsid in _column(envelope, "obsid"))
    assert len(set(_column(envelope, "obsid"))) == 5


def test_both_cadences_have_their_row(portal: PortalService) -> None:
    """A star with short cadence has two observations, told apart by the exposure time."""
    envelope = portal.invoke(_filtered({"paramName": "target_name", "values": ["kplr000757099"]}))
    assert _column(envelope, "t_exptime") == [1800.0, 60.0]
    assert _column(envelope, "obs_id")[1] == "kplr000757099_sc_Q003003000000000000"


def test_a_star_without_position_has_nulls(portal: PortalService) -> None:
    """An unknown position is null, because JSON has no NaN."""
    envelope = portal.invoke(_filtered({"paramName": "target_name", "values": ["kplr100000001"]}))
    assert _column(envelope, "s_ra") == [None]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({"paramName": "target_name", "values": ["kplr000757076", "kplr011442793", "x"]}, 2),
        ({"paramName": "target_name", "values": [], "freeText": "kplr0007%"}, 3),
        ({"paramName": "target_name", "values": [], "freeText": "*793"}, 1),
        ({"paramName": "target_name", "values": ["kplr011442793"], "freeText": "%076"}, 2),
        ({"paramName": "obs_id", "values": [], "freeText": "%_sc_%"}, 1),
        ({"paramName": "t_exptime", "values": [{"min": 59, "max": 61}]}, 1),
        ({"paramName": "t_exptime", "values": [{"min": 61, "max": None}]}, 4),
        ({"paramName": "calib_level", "values": ["2"]}, 5),
        ({"paramName": "calib_level", "values": ["3"]}, 0),
        ({"paramName": "sequence_number", "values": ["5"]}, 0),
        ({"paramName": "project", "values": ["KEPLER", "K2"], "separator": ";"}, 5),
        ({"paramName": "project", "values": ["TESS"]}, 0),
        ({"paramName": "provenance_name", "values": ["Kep"]}, 0),
        ({"paramName": "TARGET_NAME", "values": ["kplr000757076"]}, 1),
        ({"paramName": "obsid", "values": [str(2 * 757099 + 1)]}, 1),
        ({"paramName": "s_ra", "values": [{"min": 289, "max": 291}]}, 3),
    ],
)
def test_filters(portal: PortalService, wanted: dict[str, Any], rows: int) -> None:
    """Filter values are alternatives, ranges include their ends, and wildcards match cells."""
    assert len(portal.invoke(_filtered(wanted))["data"]) == rows


def test_filters_narrow_each_other(portal: PortalService) -> None:
    """A row must pass every filter."""
    envelope = portal.invoke(
        _filtered(
            {"paramName": "target_name", "values": [], "freeText": "kplr000757%"},
            {"paramName": "t_exptime", "values": [{"min": 0, "max": 100}]},
        )
    )
    assert _column(envelope, "target_name") == ["kplr000757099"]


@given(size=st.integers(1, 7), free_text=st.sampled_from(["kplr%", "kplr0%", "none%"]))
def test_pages_put_together_are_the_whole(size: int, free_text: str) -> None:
    """No row is lost, doubled or moved, whatever the page size."""
    portal = PortalService(FakeHoldings(*_STARS))
    wanted = {"paramName": "target_name", "values": [], "freeText": free_text}
    whole = portal.invoke(_filtered(wanted))["data"]
    page, pages, rows = 0, 1, []
    while page < pages:
        envelope = portal.invoke(_filtered(wanted, pagesize=size, page=page + 1))
        page, pages = envelope["paging"]["page"], envelope["paging"]["pagesFiltered"]
        assert envelope["paging"]["rows"] == len(envelope["data"]) <= size
        assert envelope["paging"]["rowsFiltered"] == len(whole)
        rows += envelope["data"]
    assert rows == whole


def test_a_page_beyond_the_last_is_empty(portal: PortalService) -> None:
    """Asking too far is no error."""
    wanted = {"paramName": "project", "values": ["Kepler"]}
    envelope = portal.invoke(_filtered(wanted, pagesize=2, page=9))
    assert (envelope["data"], envelope["paging"]["pagesFiltered"]) == ([], 3)


def test_columns_can_be_chosen(portal: PortalService) -> None:
    """A list of columns gives those alone, in that order."""
    wanted = {"paramName": "target_name", "values": ["kplr000757076"]}
    envelope = portal.invoke(_filtered(wanted, columns="obs_id, s_ra"))
    assert [field["name"] for field in envelope["fields"]] == ["obs_id", "s_ra"]
    assert list(envelope["data"][0]) == ["obs_id", "s_ra"]


def test_rows_can_be_counted(portal: PortalService) -> None:
    """COUNT_BIG(*) gives one number, in the column that MAST gives it in."""
    wanted = {"paramName": "project", "values": ["Kepler"]}
    assert portal.invoke(_filtered(wanted, columns="COUNT_BIG(*)"))["data"] == [{"Column1": 5}]


def test_distance_is_in_arcsec_nearest_first(portal: PortalService) -> None:
    """The radius is in degrees, the separation in arcsec, in order of separation."""
    envelope = portal.invoke(_around(f"290.0, 44.0, {4 / 3600}"))
    names = ["kplr000757076", "kplr000757099", "kplr000757099"]
    assert _column(envelope, "target_name") == names
    assert _column(envelope, "distance") == pytest.approx([0.0, 3.0, 3.0], abs=1e-6)


def test_lightkurves_smallest_circle_finds_the_star(portal: PortalService) -> None:
    """A search within 1e-4 arcsec of a star's own position finds it and no other."""
    envelope = portal.invoke(_around("290.0, 44.0, 2.777777777777778e-08"))
    assert _column(envelope, "target_name") == ["kplr000757076"]


def test_a_circle_reaches_across_zero_hours(portal: PortalService) -> None:
    """Right ascensions of 359.9999 and 0.0001 degrees are neighbors."""
    envelope = portal.invoke(_around("359.9999, -10.0, 0.001"))
    assert _column(envelope, "distance") == pytest.approx([0.709], abs=1e-3)


def test_position_and_filters_go_together(portal: PortalService) -> None:
    """Filters apply within the circle, also one on the separation."""
    short = {"paramName": "t_exptime", "values": [{"min": 0, "max": 100}]}
    far = {"paramName": "distance", "values": [{"min": 1, "max": 10}]}
    assert len(portal.invoke(_around("290.0, 44.0, 0.01", short))["data"]) == 1
    assert len(portal.invoke(_around("290.0, 44.0, 0.01", far))["data"]) == 2


def test_cone_takes_three_numbers(portal: PortalService) -> None:
    """The plain cone search finds the same circle."""
    params = {"ra": 290.0, "dec": 44.0, "radius": 0.01}
    assert len(portal.invoke({"service": "Mast.Caom.Cone", "params": params})["data"]) == 3


def test_products_of_several_observations(portal: PortalService) -> None:
    """A list of obsids gives the files of each, and an unknown one gives none."""
    params = {"obsid": f"{2 * 757076},{2 * 757099 + 1}, 424242424"}
    envelope = portal.invoke({"service": "Mast.Caom.Products", "params": params})
    assert [field["name"] for field in envelope["fields"]] == list(envelope["data"][0])
    assert len(envelope["data"]) == 3 + 6
    long, short = envelope["data"][0], envelope["data"][-1]
    assert long["description"] == "Lightcurve Long Cadence (CLC) - Q0"
    assert long["dataURI"] == (
        "mast:KEPLER/url/missions/kepler/lightcurves/0007/000757076/"
        "kplr000757076-2009131105131_llc.fits"
    )
    assert (long["productSubGroupDescription"], long["size"]) == ("LLC", 4321)
    assert short["description"] == "Lightcurve Short Cadence (CSC) - Q5"
    assert (short["productType"], short["productSubGroupDescription"]) == ("SCIENCE", "SLC")


def test_products_carry_their_observations_id(portal: PortalService) -> None:
    """Lightkurve joins the two tables by obs_id, and that id promises just these files."""
    observations = portal.invoke(_filtered({"paramName": "project", "values": ["Kepler"]}))
    for row in observations["data"]:
        params = {"obsid": str(row["obsid"])}
        products = portal.invoke({"service": "Mast.Caom.Products", "params": params})
        assert set(_column(products, "obs_id")) == {row["obs_id"]}
        promised = expected_products(row["obs_id"])
        assert promised is not None
        assert _column(products, "productFilename") == [p.file_name for p in promised]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"service": "Mast.Nothing", "params": {}}, "unknown service 'Mast.Nothing'"),
        ({"service": ["x"], "params": {}}, "unknown service"),
        ({"service": "Mast.Caom.Filtered", "params": 3}, "params must be an object"),
        (_filtered({"paramName": "nope", "values": ["1"]}), "Invalid column name 'nope'"),
        (_filtered({"paramName": "project", "values": []}), "neither values nor freeText"),
        (_filtered({"paramName": "project", "values": [{"min": 1}]}), "not numeric"),
        (_filtered({"paramName": "s_ra", "values": ["east"]}), "'east' is not a number"),
        (_filtered(columns="obs_id,nope"), "Invalid column name 'nope'"),
        ({**_filtered(), "params": {"filters": "x"}}, "filters must be a list"),
        (_filtered(page=0), "page 0 is not"),
        (_filtered(pagesize="many"), "pagesize 'many' is not"),
        ({**_filtered(), "format": "votable"}, "unknown format 'votable'"),
        (_around("290 44 0.1"), "is not 'ra, dec, radius'"),
        (_around("290, north, 0.1"), "is not a number"),
        ({"service": "Mast.Caom.Cone", "params": {"ra": 1}}, "dec None is not a number"),
        ({"service": "Mast.Caom.Products", "params": {"obsid": "kplr1"}}, "is not a number"),
        ({"service": "Mast.Caom.Products", "params": {}}, "obsid '' is not a number"),
    ],
)
def test_malformed_requests(portal: PortalService, request_: dict[str, Any], message: str) -> None:
    """A malformed request gets a description, never a Python error."""
    with pytest.raises(PortalError, match=message):
        portal.invoke(request_)


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "null", '"x"'])
def test_requests_that_are_no_json_object(text: str | None) -> None:
    """A request that is no JSON object is refused."""
    with pytest.raises(PortalError):
        parse_request(text)


def test_error_envelope_has_what_clients_read() -> None:
    """The status is ERROR, and the message is in msg."""
    envelope = error_envelope("no")
    assert (envelope["status"], envelope["msg"]) == ("ERROR", "no")


def test_columns_config_describes_every_column_of_a_row(portal: PortalService) -> None:
    """A filter on a column that is absent there would be refused by astroquery."""
    config = columns_config("Mast.Caom.Cone")
    row = portal.invoke(_around("290.0, 44.0, 0.01"))["data"][0]
    assert set(config) == set(row)
    assert config["t_exptime"]["vot.datatype"] == "double"
    assert config["project"]["separator"] == ";"
    assert "separator" not in config["target_name"]
    assert columns_config("Mast.Nothing") == {}
