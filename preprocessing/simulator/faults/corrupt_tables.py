"""Faults of the portal and the resolver: errors in their JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from preprocessing.simulator.answers import Answer, json_answer
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.downloads import not_found
from preprocessing.simulator.faults.fault_context import FaultContext
from preprocessing.simulator.portal import error_envelope

__all__ = [
    "column_missing",
    "column_renamed",
    "empty_archive",
    "executing",
    "json_cut",
    "json_error",
    "no_rows",
    "star_missing",
]

Table = dict[str, Any]

#: As reported in https://github.com/lightkurve/lightkurve/issues/449.
_KILL_STATE = "Cannot continue the execution because the session is in the kill state."
#: Columns that every client needs. No table has all of them.
_ESSENTIAL = ("obs_id", "obsid", "obsID", "target_name", "dataURI", "productFilename")
#: The column that identifies a star's rows, in observations and in products.
_STAR_COLUMNS = ("target_name", "obsID")
#: The portal's answer to ``COUNT_BIG(*)`` is a row with this one column.
_COUNT = "Column1"


def json_error(answer: Answer, context: FaultContext) -> Answer:
    """Report the status ERROR, with HTTP status 200."""
    return json_answer(error_envelope(_KILL_STATE))


def executing(answer: Answer, context: FaultContext) -> Answer:
    """Report that the query is still being executed."""
    return json_answer({"status": "EXECUTING", "msg": ""})


def json_cut(answer: Answer, context: FaultContext) -> Answer:
    """Send half of the JSON; Content-Length agrees with what is sent."""
    body = answer.body[: len(answer.body) // 2]
    return replace(answer, body=body, length=len(body))


def column_renamed(answer: Answer, context: FaultContext) -> Answer:
    """Rename a column that clients need."""
    table = _read(answer)
    name = _essential_column(table, context.number)
    return answer if name is None else json_answer(_with_column(table, name, f"{name}_v2"))


def column_missing(answer: Answer, context: FaultContext) -> Answer:
    """Leave out a column that clients need."""
    table = _read(answer)
    name = _essential_column(table, context.number)
    return answer if name is None else json_answer(_with_column(table, name, None))


def no_rows(answer: Answer, context: FaultContext) -> Answer:
    """Report that nothing was found."""
    table = _read(answer)
    if "resolvedCoordinate" in table:
        return json_answer({**table, "resolvedCoordinate": []})
    if [field["name"] for field in table.get("fields", ())] == [_COUNT]:
        return json_answer({**table, "data": [{_COUNT: 0}]})
    return json_answer(_with_rows(table, [])) if table.get("data") else answer


def star_missing(answer: Answer, context: FaultContext) -> Answer:
    """Leave out the rows of one star, even if it is the only one."""
    table = _read(answer)
    rows = table.get("data") or [{}]
    column = next((name for name in _STAR_COLUMNS if name in rows[0]), None)
    if column is None:
        return answer
    stars = sorted({row[column] for row in rows})
    left_out = stars[context.number % len(stars)]
    return json_answer(_with_rows(table, [row for row in rows if row[column] != left_out]))


def empty_archive(answer: Answer, context: FaultContext) -> Answer:
    """Answer as an empty archive: no rows, no positions, no files."""
    if context.call.kind in (CallKind.PORTAL, CallKind.RESOLVER):
        return no_rows(answer, context)
    return not_found()


def _read(answer: Answer) -> Table:
    content = json.loads(answer.body)
    return content if isinstance(content, dict) else {}


def _essential_column(table: Table, number: int) -> str | None:
    rows = table.get("data") or [{}]
    present = [name for name in _ESSENTIAL if name in rows[0]]
    return present[number % len(present)] if present else None


def _with_column(table: Table, name: str, new_name: str | None) -> Table:
    def rename(entries: Mapping[str, Any]) -> dict[str, Any]:
        changed = ((new_name if key == name else key, value) for key, value in entries.items())
        return {key: value for key, value in changed if key is not None}

    types = rename({field["name"]: field["type"] for field in table["fields"]})
    fields = [{"name": key, "type": kind} for key, kind in types.items()]
    return {**table, "fields": fields, "data": [rename(row) for row in table["data"]]}


def _with_rows(table: Table, rows: list[Any]) -> Table:
    lost = len(table["data"]) - len(rows)
    paging = {
        key: value - lost if key.startswith("rows") else value
        for key, value in table["paging"].items()
    }
    return {**table, "data": rows, "paging": paging}
