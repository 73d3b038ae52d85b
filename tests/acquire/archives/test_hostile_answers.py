"""Tests of hostile JSON: whatever an archive sends is used or refused with a known error."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.archives.mast import MastArchive
from preprocessing.acquire.archives.resolver import Resolver
from preprocessing.core.errors import ArchiveAnswerError, TargetError
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import Target, parse_target
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer
from tests.support.raw_server import Reply, http_answer, raw_server

_KIC = 757076
_ROW: dict[str, Any] = {
    "obsid": "9000123",
    "obs_id": f"kplr{_KIC:09d}_sc_Q002000000000000000",
    "target_name": f"kplr{_KIC:09d}",
    "s_ra": 290.0,
    "s_dec": 44.0,
}
_PRODUCT: dict[str, Any] = {
    "obs_id": _ROW["obs_id"],
    "productFilename": f"kplr{_KIC:09d}-2009201121230_slc.fits",
}


def _answer(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"status": "COMPLETE", "data": list(rows), "paging": {"pagesFiltered": 1}}


#: What the archive answers, by the last word of the service.
_SOUND: dict[str, Any] = {
    "Filtered": _answer(_ROW),
    "Position": _answer(_ROW),
    "Products": _answer(_PRODUCT),
    "resolver": {"resolvedCoordinate": [{"searchString": "kepler-1", "ra": 290.0, "decl": 44.0}]},
}
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [10**400, -(10**400), 1e308, "1e400", "COMPLETE", "\x1b[2J", "../x", "9" * 5000, 2**63]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every part of a JSON value."""
    yield path
    if not isinstance(value, (dict, list)):
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _places(part, (*path, key))


_PLACES = [(service, path) for service, sound in _SOUND.items() for path in _places(sound)]


def _replaced(sound: Any, path: Sequence[Any], poison: Any) -> Any:
    if not path:
        return poison
    answer = copy.deepcopy(sound)
    part = answer
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = poison
    return answer


def _serve(answers: dict[str, Any]) -> Reply:
    bodies = {service: http_answer(json.dumps(a).encode()) for service, a in answers.items()}

    async def reply(request: bytes, writer: asyncio.StreamWriter) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        service = "resolver"
        if head.startswith(b"POST"):
            service = json.loads(parse_qs(body.decode())["request"][0])["service"].split(".")[-1]
        writer.write(bodies[service])

    return reply


async def _search(answers: dict[str, Any], targets: Sequence[Target]) -> int:
    """Search, and return how many requests that took; what is refused is refused by name."""
    async with raw_server(_serve(answers)) as (url, requests), HttpClient(1) as http:
        archive = MastArchive(http, url, Resolver(http, url), identity="x")
        try:
            found = await archive.search(targets, make_recipe(cadence="short"), Transfer())
        except ArchiveAnswerError as error:
            assert len(str(error)) < 1000
            return len(requests)
    assert set(found) == {target.key for target in targets}
    for answer in found.values():
        assert isinstance(answer, (StarFiles, TargetError))
        if isinstance(answer, StarFiles):
            assert {product.number for product in answer.products} <= {answer.number}
            assert answer.n_expected <= 64 + 9 * 18
    return len(requests)


_TARGETS = (parse_target(f"KIC {_KIC}"), parse_target("Kepler-1"))


async def test_the_answers_that_are_poisoned_below_are_sound() -> None:
    """The unchanged answers find a star by number and by name in five requests."""
    assert await _search(_SOUND, _TARGETS) == 5


@pytest.mark.slow
@settings(max_examples=120, derandomize=True, database=None)
@given(place=st.sampled_from(_PLACES), poison=_JSON)
def test_any_json_in_any_place(place: tuple[str, tuple[Any, ...]], poison: Any) -> None:
    """JSON of any shape raises only known errors and costs only a few requests."""
    service, path = place
    if poison == "EXECUTING":
        return
    answers = {**_SOUND, service: _replaced(_SOUND[service], path, poison)}
    assert asyncio.run(_search(answers, _TARGETS)) <= 100


@pytest.mark.parametrize("column", ["obs_id", "productFilename", "obsid", "searchString", "msg"])
async def test_a_deep_value_in_a_column(column: str) -> None:
    """A deeply nested value is not spelled out in an error."""
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    answers = copy.deepcopy(_SOUND)
    for answer in answers.values():
        for row in answer.get("data", answer.get("resolvedCoordinate")):
            row[column] = deep
    assert await _search(answers, _TARGETS) <= 5


@pytest.mark.slow
async def test_a_million_products_of_one_star() -> None:
    """A repeated product counts once, and the missing one is still reported."""
    answers = {**_SOUND, "Products": _answer(*[_PRODUCT] * 100_000)}
    async with raw_server(_serve(answers)) as (url, _), HttpClient(1) as http:
        archive = MastArchive(http, url, Resolver(http, url), identity="x")
        found = await archive.search(_TARGETS[:1], make_recipe(cadence="short"), Transfer())
    star = found[_TARGETS[0].key]
    assert isinstance(star, StarFiles)
    assert (len(star.products), star.unlisted_numbers) == (1, (2,))


async def test_stars_that_nobody_asked_for() -> None:
    """Stars that nobody asked for cost no request, however many the archive adds."""
    others = [{**_ROW, "obs_id": f"kplr{kic:09d}_sc_Q002000000000000000"} for kic in range(1, 5000)]
    assert await _search({**_SOUND, "Filtered": _answer(_ROW, *others)}, _TARGETS[:1]) == 2


async def test_observations_of_one_star_without_end() -> None:
    """More observations than a star can have are refused before their files are requested."""
    rows = [{**_ROW, "obs_id": f"kplr{_KIC:09d}_sc_Q{n:018d}"} for n in range(5000)]
    assert await _search({**_SOUND, "Filtered": _answer(*rows)}, _TARGETS[:1]) == 1


async def test_observations_without_a_form_fill_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of malformed observations cause a single warning."""
    rows = [{**_ROW, "obs_id": "x" * 1000}] * 5000
    await _search({**_SOUND, "Filtered": _answer(*rows)}, _TARGETS[:1])
    (record,) = (r for r in caplog.records if r.levelname == "WARNING")
    assert len(record.getMessage()) < 300


@pytest.mark.parametrize("position", [(1e300, 0.0), (-1.0, 0.0), (0.0, 91.0), (float("nan"), 0.0)])
async def test_a_position_outside_of_the_sky(position: tuple[float, float]) -> None:
    """A position that is not on the sky counts as no position."""
    entry = {"searchString": "kepler-1", "ra": position[0], "decl": position[1]}
    answers = {**_SOUND, "resolver": {"resolvedCoordinate": [entry]}}
    assert await _search(answers, _TARGETS[1:]) == 1
