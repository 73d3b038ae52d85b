"""The simulator's table access service has the truth about its stars."""

from __future__ import annotations

from io import BytesIO

import pytest
from astropy.io import fits

from preprocessing.simulator.portal import PortalService
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.simulator.tap import TableService
from tests.support.small_holdings import SmallHoldings

_SERVICE = TableService(SyntheticHoldings(30, k2_stars=3, tess_stars=3))


def test_its_tables_are_the_truth() -> None:
    """Every star of Kepler is in the stellar table, its planets and binaries in that of objects."""
    truth = SyntheticHoldings(30).truth()
    body = _SERVICE.answer("select count(*) from keplerstellar").body
    assert f"<TR><TD>{2 * len(truth)}</TD></TR>".encode() in body
    hosts = [row.number for row in truth if row.kind in ("planet", "eclipsing_binary")]
    body = _SERVICE.answer("select kepid from cumulative order by kepid").body
    assert b"".join(f"<TR><TD>{kic}</TD></TR>".encode() for kic in hosts) in body
    assert b'name="SYNTHETIC" value="true"' in body
    assert b'<FIELD name="kepid" datatype="long"/>' in body


def test_a_missing_value_is_an_empty_cell() -> None:
    """A missing value is an empty cell in a column with its unit."""
    kic = next(row.number for row in SyntheticHoldings(30).truth() if row.teff_k is None)
    body = _SERVICE.answer(f"select teff from keplerstellar where kepid={kic}").body
    assert b'<FIELD name="teff" datatype="double" unit="K"/>' in body
    assert b"<TR><TD></TD></TR>" in body


@pytest.mark.parametrize(
    "query",
    [
        None,
        "",
        "select",
        "select 1; select 2",
        "select * from nothing",
        "drop table cumulative",
        "insert into cumulative values (1, 'a', 'b')",
        "attach 'other.db' as other",
        "pragma table_info(cumulative)",
        "select load_extension('x')",
    ],
)
def test_what_is_no_query(query: str | None) -> None:
    """A malformed query is refused as the archive refuses it."""
    answer = _SERVICE.answer(query)
    if query == "":
        # Nothing asked, nothing answered.
        assert b"<TABLEDATA></TABLEDATA>" in answer.body
        return
    assert answer.status == 400
    assert b'<INFO name="QUERY_STATUS" value="ERROR">' in answer.body
    assert _SERVICE.answer("select count(*) from cumulative").status == 200


def test_of_other_files_there_are_no_tables() -> None:
    """An archive of files alone has no tables of its stars."""
    service = TableService(SmallHoldings(2))
    assert service.answer("select * from keplerstellar").status == 400
    assert service.answer("select table_name from TAP_SCHEMA.columns").status == 200


def test_the_noise_is_that_of_the_files() -> None:
    """CDPP of the table is near that in the headers of a star's light curves."""
    holdings = SyntheticHoldings(5)
    star = holdings.star(holdings.star_keys()[4])
    noises = []
    for product in star.products[5:9]:
        with fits.open(BytesIO(holdings.body(product))) as hdus:
            noises.append(hdus[1].header["CDPP6_0"])
    mean_square = sum(noise**2 for noise in noises) / len(noises)
    assert holdings.cdpp_ppm(star.number) == pytest.approx(mean_square**0.5, rel=0.02)


def test_every_mission_has_its_tables() -> None:
    """Every star with planets or eclipses has its object, and its number in the TIC."""
    holdings = SyntheticHoldings(1, k2_stars=30, tess_stars=30)
    service = TableService(holdings)
    for mission, table in (("K2", "k2pandc where default_flag=1"), ("TESS", "toi")):
        truth = [row for row in holdings.truth() if row.mission == mission]
        hosts = [row for row in truth if row.kind in ("planet", "eclipsing_binary")]
        body = service.answer(f"select count(*) from {table}").body
        assert f"<TD>{len(hosts)}</TD>".encode() in body
    assert b"<TD>30</TD>" in service.answer("select count(*) from k2targets").body


def test_the_input_catalog_of_tess() -> None:
    """The portal gives the rows of the stars that are asked for, by their numbers."""
    holdings = SyntheticHoldings(1, tess_stars=5)
    first, *_, last = (row for row in holdings.truth() if row.mission == "TESS")
    wanted = {"paramName": "ID", "values": [str(first.number), str(last.number), "12"]}
    request = {
        "service": "Mast.Catalogs.Filtered.Tic.Rows",
        "params": {"columns": "ID,Tmag,Teff", "filters": [wanted]},
    }
    assert PortalService(holdings).invoke(request)["data"] == [
        {"ID": str(row.number), "Tmag": row.kepmag, "Teff": row.teff_k} for row in (first, last)
    ]
