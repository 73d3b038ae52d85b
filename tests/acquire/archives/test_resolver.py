"""Names become positions, thirty a request, and unknown names are left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.archives.resolver import Resolver, separation_arcsec
from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.raw_server import http_answer, json_answers, raw_server, said

_STARS = [held_star(n, ra_deg=280 + n / 10, names=(f"Kepler {n}",)) for n in range(1, 72)]


async def test_thirty_names_a_request() -> None:
    """All names are resolved with as few requests as possible."""
    async with ArchiveSimulator(FakeHoldings(*_STARS)) as server, HttpClient(1) as http:
        names = [name for star in _STARS for name in star.names]
        found = await Resolver(http, server.base_url).resolve(names, Transfer())
        assert found == {f"Kepler {s.number}": (s.ra_deg, s.dec_deg) for s in _STARS}
        assert server.log.requests["resolver"] == 3


async def test_no_names_no_request() -> None:
    """An empty list of names causes no request."""
    async with ArchiveSimulator(FakeHoldings(*_STARS)) as server, HttpClient(1) as http:
        assert await Resolver(http, server.base_url).resolve([], Transfer()) == {}
        assert server.log.requests == {}


async def test_spellings_and_unknown_names() -> None:
    """Case and underscores do not matter, and unknown names get no answer."""
    async with ArchiveSimulator(FakeHoldings(*_STARS)) as server, HttpClient(1) as http:
        names = ["Kepler_1", "KEPLER 1", "no such star", "Kepler 2"]
        found = await Resolver(http, server.base_url).resolve(names, Transfer())
    assert sorted(found) == ["KEPLER 1", "Kepler 2", "Kepler_1"]
    assert found["Kepler_1"] == found["KEPLER 1"]


async def _resolve(answer: object) -> dict[str, tuple[float, float]]:
    async with raw_server(json_answers(answer)) as (url, _), HttpClient(1) as http:
        return await Resolver(http, url).resolve(["Kepler-10"], Transfer())


async def test_first_of_two_answers() -> None:
    """The first of two positions counts, and answers to other names are ignored."""
    entries = [
        {"searchString": "Kepler-10", "ra": "285.5", "decl": 50},
        {"searchString": "kepler-10", "ra": 1, "decl": 2},
        {"searchString": "other", "ra": 1, "decl": 2},
    ]
    assert await _resolve({"resolvedCoordinate": entries}) == {"Kepler-10": (285.5, 50.0)}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"resolvedCoordinate": None},
        {"resolvedCoordinate": ["kepler-10"]},
        {"resolvedCoordinate": [{"searchString": "kepler-10"}]},
        {"resolvedCoordinate": [{"searchString": "kepler-10", "ra": None, "decl": 1}]},
        {"resolvedCoordinate": [{"searchString": "kepler-10", "ra": "east", "decl": 1}]},
        {"resolvedCoordinate": [{"searchString": "kepler-10", "ra": float("nan"), "decl": 1}]},
    ],
)
async def test_odd_answers(answer: object) -> None:
    """A malformed answer counts as the archive's failure."""
    with pytest.raises(ArchiveAnswerError, match="cannot read the answer"):
        await _resolve(answer)


async def test_html() -> None:
    """A web page instead of an answer counts as the archive's failure."""
    async with raw_server(said(http_answer(b"<html>"))) as (url, _), HttpClient(1) as http:
        with pytest.raises(ArchiveAnswerError, match="not JSON"):
            await Resolver(http, url).resolve(["Kepler-10"], Transfer())


@pytest.mark.slow
@given(
    ra=st.floats(0, 360),
    dec=st.floats(-89, 89),
    dra=st.floats(-0.01, 0.01),
    ddec=st.floats(-0.01, 0.01),
)
def test_separation_is_astropys(ra: float, dec: float, dra: float, ddec: float) -> None:
    """The separation equals astropy's, is symmetric, and holds across 0 h."""
    from astropy import units
    from astropy.coordinates import SkyCoord

    here = SkyCoord(ra, dec, unit=units.deg)
    there = SkyCoord(ra + dra, dec + ddec, unit=units.deg)
    angle = separation_arcsec(ra, dec, ra + dra, dec + ddec)
    assert angle == pytest.approx(here.separation(there).arcsec, abs=1e-6)
    assert angle == pytest.approx(separation_arcsec(ra + dra, dec + ddec, ra, dec), abs=1e-9)
