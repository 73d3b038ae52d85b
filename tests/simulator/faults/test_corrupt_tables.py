"""Searches can go wrong in JSON: states, columns and rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.simulator.answers import Answer, json_answer, text_answer
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.portal import PortalService
from preprocessing.simulator.resolver import ResolverService
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.fault_contexts import distort, download_context, portal_context

_HOLDINGS = FakeHoldings(held_star(757076), held_star(757099), held_star(11442793))
_NUMBERS = st.integers(0, 2**64 - 1)


def _search(*kics: int, columns: str = "*") -> Answer:
    filters = [{"paramName": "target_name", "values": [f"kplr{kic:09d}" for kic in kics]}]
    params = {"columns": columns, "filters": filters}
    return json_answer(
        PortalService(_HOLDINGS).invoke({"service": "Mast.Caom.Filtered", "params": params})
    )


def _products(kic: int) -> Answer:
    request = {"service": "Mast.Caom.Products", "params": {"obsid": str(2 * kic)}}
    return json_answer(PortalService(_HOLDINGS).invoke(request))


def _table(kind: str, answer: Answer, number: int = 0) -> dict[str, Any]:
    wrong = distort(kind, answer, portal_context(number))
    assert (wrong.status, wrong.length) == (200, len(wrong.body))
    table: dict[str, Any] = json.loads(wrong.body)
    return table


def test_states() -> None:
    """The portal's own failures are JSON under status 200."""
    error = _table("json-error", _search(757076))
    assert error["status"] == "ERROR"
    assert "kill state" in error["msg"]
    assert _table("executing", _search(757076))["status"] == "EXECUTING"


def test_truncated_json() -> None:
    """Truncated JSON has the announced length and cannot be parsed."""
    wrong = distort("json-cut", _search(757076), portal_context())
    assert wrong.length == len(wrong.body)
    with pytest.raises(ValueError, match=r"."):
        json.loads(wrong.body)


@pytest.mark.slow
@given(number=_NUMBERS)
@pytest.mark.parametrize("kind", ["column-renamed", "column-missing"])
@pytest.mark.parametrize("right", [_search(757076, 757099), _products(757076)])
def test_columns(kind: str, right: Answer, number: int) -> None:
    """One column is renamed or missing in every row, and all others are unchanged."""
    before, after = json.loads(right.body), _table(kind, right, number)
    (lost,) = set(before["data"][0]) - set(after["data"][0])
    new = set(after["data"][0]) - set(before["data"][0])
    assert len(new) == (kind == "column-renamed")
    assert {f["name"] for f in after["fields"]} == set(after["data"][0])
    for old_row, row in zip(before["data"], after["data"], strict=True):
        kept = {name: cell for name, cell in row.items() if name not in new}
        assert kept == {name: cell for name, cell in old_row.items() if name != lost}


def test_no_rows() -> None:
    """A star that exists is not found, and the columns are described as ever."""
    right = json.loads(_search(757076).body)
    table = _table("no-rows", _search(757076))
    assert (table["data"], table["fields"], table["status"]) == ([], right["fields"], "COMPLETE")
    assert table["paging"]["rowsTotal"] == table["paging"]["rows"] == 0


def test_no_rows_are_counted_as_none() -> None:
    """A request for the number of rows is answered with 0."""
    counted = _search(757076, columns="COUNT_BIG(*)")
    assert json.loads(counted.body)["data"] == [{"Column1": 1}]
    assert _table("no-rows", counted)["data"] == [{"Column1": 0}]


@pytest.mark.slow
@given(number=_NUMBERS)
def test_one_star_missing_from_a_batch(number: int) -> None:
    """All rows of one star are missing, and no others."""
    right = json.loads(_search(757076, 757099, 11442793).body)
    table = _table("star-missing", _search(757076, 757099, 11442793), number)
    names = {row["target_name"] for row in right["data"]}
    left = {row["target_name"] for row in table["data"]}
    assert len(names - left) == 1
    assert table["data"] == [row for row in right["data"] if row["target_name"] in left]
    assert table["paging"]["rows"] == len(table["data"])


def test_every_star_can_be_the_one_that_is_missing() -> None:
    """Chance decides which star is missing."""
    right = _search(757076, 757099, 11442793)
    left = {_table("star-missing", right, n)["data"][0]["target_name"] for n in range(3)}
    assert len(left) == 2


def test_the_only_star_missing() -> None:
    """No row of a single star is left."""
    assert _table("star-missing", _products(757076))["data"] == []


def test_an_empty_archive() -> None:
    """An empty archive has no rows, no position and no file."""
    assert _table("empty", _search(757076))["data"] == []
    place = json_answer(ResolverService(_HOLDINGS).resolve(["KIC 757076"]))
    nowhere = distort("empty", place, portal_context(kind=CallKind.RESOLVER))
    assert json.loads(nowhere.body)["resolvedCoordinate"] == []
    assert distort("empty", text_answer(200, "file"), download_context()).status == 404


@pytest.mark.parametrize("kind", ["column-renamed", "column-missing", "no-rows", "star-missing"])
@pytest.mark.parametrize(
    "content", [{"status": "ERROR", "msg": "", "fields": [], "data": []}, {"status": "COMPLETE"}]
)
def test_answers_without_rows_stay(kind: str, content: dict[str, Any]) -> None:
    """An answer without rows is returned unchanged."""
    answer = json_answer(content)
    assert distort(kind, answer, portal_context()) is answer
