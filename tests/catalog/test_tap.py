"""Questions to a table access service get a checked answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from preprocessing.catalog.tap import Tap
from preprocessing.core.errors import ArchiveAnswerError, ArchiveError
from preprocessing.missions.star_tables import Wanted
from preprocessing.network.http_client import HttpClient
from preprocessing.network.retry import RetryPolicy
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.raw_server import http_answer, raw_server, said

_HOLDINGS = SyntheticHoldings(40)
_ONCE = RetryPolicy(retries=0)
_DR25 = "st_delivname='q1_q17_dr25_stellar'"


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveThread]:
    with ArchiveThread(_HOLDINGS) as server:
        yield server


@asynccontextmanager
async def _client(url: str, policy: RetryPolicy = _ONCE, **arguments: Any) -> AsyncIterator[Tap]:
    async with HttpClient(1, use_proxies=False) as http:
        yield Tap(http, f"{url}/TAP", policy, **arguments)


@pytest.fixture
async def tap(server: ArchiveThread) -> AsyncIterator[Tap]:
    async with _client(server.base_url) as tap:
        yield tap


async def test_what_there_is(tap: Tap) -> None:
    """The service lists its tables and columns, and says that its stars are synthetic."""
    schema = await tap.schema()
    assert schema.is_synthetic
    assert schema.tables["cumulative"] >= {"kepid", "kepoi_name", "koi_disposition"}
    assert "prot" in schema.tables["j/apjs/211/24/table1"]
    assert await tap.count("keplerstellar", _DR25) == len(_HOLDINGS.star_keys())
    assert await tap.count("keplerstellar", "") > len(_HOLDINGS.star_keys())


async def test_rows_in_the_order_of_the_columns(tap: Tap) -> None:
    """Rows follow the order of the columns, with None for a missing value or column."""
    wanted = (Wanted("kepid", "int"), Wanted("nothing"), Wanted("teff", unit="K"))
    there = frozenset({"kepid", "teff"})
    rows = await tap.rows("keplerstellar", _DR25, wanted, there)
    assert rows == [(row.number, None, row.teff_k) for row in _HOLDINGS.truth()]
    assert await tap.rows("keplerstellar", "kepid < 0", wanted, there) == []


async def test_a_query_that_is_none(tap: Tap) -> None:
    """A malformed query is refused."""
    with pytest.raises(ArchiveError, match="400"):
        await tap.count("no_table", "")


def _votable(fields: str, rows: str, status: str = "OK") -> bytes:
    return (
        '<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f'<RESOURCE type="results"><INFO name="QUERY_STATUS" value="{status}"/><TABLE>{fields}'
        f"<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


async def _ask(body: bytes, *wanted: Wanted, status: str = "200 OK") -> list[tuple[object, ...]]:
    """Return what a service's answer is taken for."""
    answer = http_answer(body, "Content-Type: application/x-votable+xml", status=status)
    async with raw_server(said(answer)) as (url, _), _client(url) as tap:
        return await tap.rows("t", "", wanted, frozenset(column.name for column in wanted))


async def test_values_that_are_none() -> None:
    """Empty, NaN, infinite and non-numeric values become None."""
    fields = (
        '<FIELD name="KEPID" datatype="long"><VALUES null="-99"/></FIELD>'
        '<FIELD name="teff" datatype="double" unit="K"/>'
        '<FIELD name="note" datatype="char" arraysize="*"/>'
        '<FIELD name="mass" datatype="char" arraysize="*"/>'
    )
    rows = "".join(
        f"<TR><TD>{number}</TD><TD>{teff}</TD><TD>{note}</TD><TD>{mass}</TD></TR>"
        for number, teff, note, mass in (
            (7, 5772, "a", "1.5"),
            (-99, "", "", ""),
            (8, "NaN", " ", "n/a"),
            (9, "+Inf", "b ", "1e999"),
        )
    )
    wanted = (
        Wanted("kepid", "int"),
        Wanted("teff", unit="K"),
        Wanted("note", "text"),
        Wanted("mass"),
    )
    assert await _ask(_votable(fields, rows), *wanted) == [
        (7, 5772.0, "a", 1.5),
        (None, None, None, None),
        (8, None, None, None),
        (9, None, "b", None),
    ]


@pytest.mark.parametrize(
    ("unit", "wanted", "value"),
    [
        ("", "R_sun", 2.0),
        ("solar", "R_sun", 2.0),
        ("Rsun", "R_sun", 2.0),
        ("solRad", "R_sun", 2.0),
        ("jupiterRad", "R_sun", 2 * 0.10276),
        ("arcmin", "deg", 2 / 60),
        ("cm/s**2", "dex(cm/s2)", 2.0),
        ("mags", "mag", 2.0),
    ],
)
async def test_units(unit: str, wanted: str, value: float) -> None:
    """The archive's spellings of units are known, and other units are converted."""
    fields = f'<FIELD name="x" datatype="double" unit="{unit}"/>'
    body = _votable(fields, "<TR><TD>2</TD></TR>")
    assert await _ask(body, Wanted("x", unit=wanted)) == [(pytest.approx(value, rel=1e-3),)]


async def test_a_unit_that_nobody_knows(caplog: pytest.LogCaptureFixture) -> None:
    """Values with an unknown unit are kept as they are, with a warning."""
    body = _votable('<FIELD name="x" datatype="double" unit="furlong"/>', "<TR><TD>2</TD></TR>")
    with caplog.at_level(logging.WARNING):
        assert await _ask(body, Wanted("x", unit="R_sun")) == [(2.0,)]
    assert "column x has the unit furlong, read as R_sun" in caplog.text


_FIELD = '<FIELD name="x" datatype="double"/>'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "200 OK"),
        (b"<html>Down for maintenance</html>", "200 OK"),
        (b"ERROR<br>ORA-00942: table or view does not exist", "200 OK"),
        (b"no", "500 Internal Server Error"),
        (b"no", "404 Not Found"),
        (_votable(_FIELD, "<TR><TD>2</TD></TR>")[:-60], "200 OK"),
        (_votable("", "", status="ERROR"), "200 OK"),
    ],
)
async def test_answers_that_are_none(body: bytes, status: str) -> None:
    """One line says what was asked, and which service failed."""
    with pytest.raises(ArchiveError, match=r"\A[^\n]*select[ +]x[ +]from[ +]t[^\n]*\Z"):
        await _ask(body, Wanted("x"), status=status)


async def test_half_an_answer_is_none() -> None:
    """A truncated answer or one without a column is refused."""
    body = _votable(_FIELD, "<TR><TD>2</TD></TR>", status="OVERFLOW")
    with pytest.raises(ArchiveAnswerError, match="the answer is incomplete"):
        await _ask(body, Wanted("x"))
    with pytest.raises(ArchiveAnswerError, match="lacks the column y"):
        await _ask(_votable(_FIELD, "<TR><TD>2</TD></TR>"), Wanted("y"))


async def test_it_is_asked_again() -> None:
    """A transient failure is tried again after a pause."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    good = http_answer(_votable(_FIELD, "<TR><TD>2</TD></TR>"))
    bad = http_answer(b"busy", status="503 Service Unavailable")
    policy = RetryPolicy(retries=2)
    async with (
        raw_server(said(bad, bad, good)) as (url, requests),
        _client(url, policy, sleep=sleep) as tap,
    ):
        assert await tap.rows("t", "", (Wanted("x"),), frozenset({"x"})) == [(2.0,)]
    assert len(requests) == 3
    assert len(pauses) == 2
