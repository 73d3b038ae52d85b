"""A server with tables and observations that a test writes down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.support.raw_server import http_answer, raw_server

__all__ = ["HandMade", "serve"]

Row = Mapping[str, Any]
_SCHEMA = "select table_name,column_name from TAP_SCHEMA.columns"


@dataclass
class HandMade:
    """What the server has.

    Parameters
    ----------
    tables : mapping of str to sequence of Row
        Of the table access service. It knows no conditions: every row is in the answer to a
        query that has none, or whose condition `takes`.
    observations : callable
        From the filters of a search to its rows, by name of column.
    stars : mapping of int to Row
        The rows of the TESS Input Catalog, by number.
    takes : callable
        From a condition and a row to whether the row meets it.
    tic_services : sequence of str
        That are there.
    asked : list of str
        Queries and services, as they came.
    """

    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    observations: Callable[[Mapping[str, Any]], Sequence[Row]] = lambda filters: ()
    stars: Mapping[int, Row] = field(default_factory=dict)
    takes: Callable[[str, Row], bool] = lambda condition, row: True
    tic_services: Sequence[str] = ("Mast.Catalogs.Filtered.Tic.Rows",)
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def serve(archive: HandMade) -> AsyncIterator[str]:
    """Serve on a free port; yield the address."""

    async def reply(request: bytes, writer: asyncio.StreamWriter) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        address = urlsplit(head.split(b" ", 2)[1].decode())
        if address.path == "/TAP/sync":
            writer.write(http_answer(_tap(archive, parse_qs(address.query)["QUERY"][0])))
        elif address.path == "/api/v0/invoke":
            answer = _portal(archive, json.loads(parse_qs(body.decode())["request"][0]))
            writer.write(http_answer(json.dumps(answer).encode()))
        else:
            writer.write(http_answer(b"hand-made\n"))

    async with raw_server(reply) as (url, _):
        yield url


def _portal(archive: HandMade, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    service = asked["service"]
    filters = {entry["paramName"]: entry for entry in asked["params"]["filters"]}
    archive.asked.append(service)
    if service == "Mast.Caom.Filtered":
        return {"status": "COMPLETE", "data": list(archive.observations(filters))}
    if service not in archive.tic_services:
        return {"status": "ERROR", "msg": f"unknown service {service}"}
    numbers = map(int, filters["ID"]["values"])
    return {"status": "COMPLETE", "data": [archive.stars[n] for n in numbers if n in archive.stars]}


def _tap(archive: HandMade, query: str) -> bytes:
    archive.asked.append(query)
    if query.startswith(_SCHEMA):
        rows: list[Row] = [
            {"table_name": table.upper(), "column_name": column}
            for table, content in archive.tables.items()
            for column in content[0]
        ]
        return _votable(("table_name", "column_name"), rows)
    before, _, condition = query.partition(" where ")
    names, _, table = before.removeprefix("select ").partition(" from ")
    content = {name.lower(): rows for name, rows in archive.tables.items()}
    own = content[table.strip('"').lower()]
    rows = [row for row in own if not condition or archive.takes(condition, row)]
    if names == "count(*) as n":
        return _votable(("n",), [{"n": len(rows)}])
    return _votable(names.split(","), rows)


def _votable(names: Sequence[str], rows: Sequence[Row]) -> bytes:
    fields = "".join(f'<FIELD name="{n}" {_type([row[n] for row in rows])}/>' for n in names)
    cells = "".join(
        "<TR>" + "".join(f"<TD>{escape(_text(row[n]))}</TD>" for n in names) + "</TR>"
        for row in rows
    )
    return (
        '<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f'<RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}<DATA>'
        f"<TABLEDATA>{cells}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


def _type(values: Sequence[Any]) -> str:
    if any(isinstance(value, str) for value in values):
        return 'datatype="char" arraysize="*"'
    is_real = any(isinstance(value, float) for value in values)
    return 'datatype="double"' if is_real else 'datatype="long"'


def _text(value: Any) -> str:
    return "" if value is None else str(value)
