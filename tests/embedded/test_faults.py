"""Faults spoil answers in known ways, and come by script or by chance."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.embedded.answers import Answer, Ending
from preprocessing.embedded.calls import Call, CallKind
from preprocessing.embedded.fault_kinds import FAULTS
from preprocessing.embedded.faults import Chance, FaultPlan, parse_fault
from preprocessing.embedded.scene import Scene
from preprocessing.exceptions import UsageError
from tests.embedded.fake_holdings import FakeHoldings

_ANSWER = Answer(200, "application/fits", b"0123456789", 10, {"ETag": "x"})
_NUMBERS = st.integers(0, 2**64 - 1)


def _download(name: str) -> Call:
    return Call(CallKind.DOWNLOAD, name, name)


def _portal(content: str, service: str = "Mast.Caom.Filtered") -> Call:
    return Call(CallKind.PORTAL, service, content)


def _scene(number: int = 0) -> Scene:
    return Scene(_download("a.fits"), FakeHoldings(), number, "http://127.0.0.1:80")


def _kind(plan: FaultPlan, call: Call) -> str | None:
    chosen = plan.choose(call)
    return None if chosen is None else chosen.fault.kind


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("status-500", 500, b"<html>"),
        ("status-503", 503, b"<html>"),
        ("status-429", 429, b"<html>"),
        ("html-200", 200, b"maintenance"),
        ("missing", 404, b"<html>"),
    ],
)
def test_pages_in_place_of_answers(kind: str, status: int, text: bytes) -> None:
    """The answer is an HTML page of its own status and length."""
    answer = FAULTS[kind].distort(_ANSWER, _scene())
    assert (answer.status, answer.length) == (status, len(answer.body))
    assert text in answer.body
    assert answer.content_type.startswith("text/html")


def test_too_many_requests_says_when_to_come_back() -> None:
    """Status 429 carries Retry-After."""
    assert FAULTS["status-429"].distort(_ANSWER, _scene()).headers["Retry-After"] == "1"


def test_portal_states() -> None:
    """The portal's own ways to fail are JSON under status 200."""
    error = json.loads(FAULTS["json-error"].distort(_ANSWER, _scene()).body)
    assert error["status"] == "ERROR"
    assert "kill state" in error["msg"]
    assert json.loads(FAULTS["executing"].distort(_ANSWER, _scene()).body)["status"] == "EXECUTING"


@pytest.mark.parametrize(("kind", "ending"), [("cut", Ending.CUT), ("stall", Ending.STALL)])
def test_bodies_that_stop_half_way(kind: str, ending: Ending) -> None:
    """Half of the body is sent, where the whole is announced."""
    answer = FAULTS[kind].distort(_ANSWER, _scene())
    assert (answer.body, answer.length, answer.ending) == (b"01234", 10, ending)


def test_reset() -> None:
    """Nothing is sent at all."""
    assert FAULTS["reset"].distort(_ANSWER, _scene()).ending is Ending.RESET


@given(body=st.binary(min_size=1, max_size=50), number=_NUMBERS)
def test_one_bit_is_flipped(body: bytes, number: int) -> None:
    """The body differs from the right one in one bit, and nothing else differs."""
    right = Answer(200, "application/fits", body, len(body))
    wrong = FAULTS["flip"].distort(right, _scene(number))
    difference = int.from_bytes(body, "big") ^ int.from_bytes(wrong.body, "big")
    assert bin(difference).count("1") == 1
    assert (wrong.length, wrong.status, wrong.ending) == (len(body), 200, Ending.WHOLE)


def test_script_befalls_the_next_calls_that_match() -> None:
    """A script lasts as often as it says, and leaves other files alone."""
    plan = FaultPlan()
    plan.script("cut", match="kplr000757076-*", times=2)
    calls = ["a.fits", "kplr000757076-1_llc.fits", "kplr000757076-2_llc.fits"]
    assert [_kind(plan, _download(name)) for name in calls] == [None, "cut", "cut"]
    assert _kind(plan, _download(calls[1])) is None


def test_script_may_last_for_ever() -> None:
    """Without a number of times it does not wear out."""
    plan = FaultPlan()
    plan.script("missing", times=None)
    assert {_kind(plan, _download("a.fits")) for _ in range(50)} == {"missing"}


def test_scripts_come_in_their_order() -> None:
    """The second script begins where the first has worn out."""
    plan = FaultPlan()
    plan.script("status-503")
    plan.script("reset", times=2)
    kinds = [_kind(plan, _download("a.fits")) for _ in range(4)]
    assert kinds == ["status-503", "reset", "reset", None]


def test_script_matches_a_portal_service() -> None:
    """A pattern for the portal is a service's name."""
    plan = FaultPlan()
    plan.script("json-error", match="Mast.Caom.Products")
    assert _kind(plan, _portal("x")) is None
    assert _kind(plan, _portal("x", "Mast.Caom.Products")) == "json-error"


def test_faults_befall_only_what_they_can() -> None:
    """A portal's state does not befall a download, nor a missing file the portal."""
    plan = FaultPlan(dict.fromkeys(("json-error", "executing"), 1.0))
    assert _kind(plan, _download("a.fits")) is None
    assert _kind(FaultPlan({"missing": 1.0, "flip": 1.0}), _portal("x")) is None
    head = Call(CallKind.HEAD, "a.fits", "a.fits")
    assert _kind(FaultPlan({"cut": 1.0, "flip": 1.0, "stall": 1.0}), head) is None


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 1.0])
def test_chance_is_the_probability(probability: float) -> None:
    """Of many calls the given share is befallen."""
    plan = FaultPlan({"cut": probability}, seed=1)
    hits = sum(plan.choose(_download(f"{n}.fits")) is not None for n in range(2000))
    assert hits / 2000 == pytest.approx(probability, abs=0.04)


@given(seed=st.integers(0, 100), order=st.permutations(range(12)))
def test_chance_does_not_depend_on_the_order_of_calls(seed: int, order: list[int]) -> None:
    """The n-th request for a file fares alike whatever was asked between."""
    names = [f"{n % 4}.fits" for n in order]
    mixed, sorted_ = (
        FaultPlan({"cut": 0.4, "flip": 0.4}, seed=seed),
        FaultPlan({"cut": 0.4, "flip": 0.4}, seed=seed),
    )
    fates: dict[str, list[object]] = {}
    for name in names:
        fates.setdefault(name, []).append(mixed.choose(_download(name)))
    for name in sorted(fates):
        assert [sorted_.choose(_download(name)) for _ in fates[name]] == fates[name]


def test_another_try_has_another_chance() -> None:
    """A file that failed once may come through the next time."""
    plan = FaultPlan({"cut": 0.5})
    assert {_kind(plan, _download("a.fits")) for _ in range(40)} == {None, "cut"}


def test_executing_ends() -> None:
    """A query that keeps executing by chance is answered after three times."""
    plan = FaultPlan({"executing": 1.0})
    kinds = [_kind(plan, _portal("same question")) for _ in range(8)]
    assert kinds == [*["executing"] * 3, None, *["executing"] * 3, None]


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_probabilities_out_of_range(probability: float) -> None:
    """A probability outside of 0 to 1 is refused."""
    with pytest.raises(UsageError, match="not between 0 and 1"):
        FaultPlan({"cut": probability})


def test_unknown_kinds() -> None:
    """An unknown kind is refused with a list of those there are."""
    with pytest.raises(UsageError, match=r"'gremlin'.*status-503"):
        FaultPlan({"gremlin": 0.1})
    with pytest.raises(UsageError, match="gremlin"):
        FaultPlan().script("gremlin")


def test_faults_are_read_from_the_command_line() -> None:
    """A fault is a kind and a probability."""
    assert parse_fault("status-503=0.25") == Chance("status-503", 0.25)
    assert parse_fault("cut=1@60-660.5") == Chance("cut", 1.0, 60.0, 660.5)
    assert parse_fault("cut=1@60-") == Chance("cut", 1.0, 60.0)
    for text in ("cut", "cut=", "cut=often", "", "cut=1@", "cut=1@60", "cut=1@a-b", "cut=1@-5"):
        with pytest.raises(UsageError, match="KIND=PROBABILITY"):
            parse_fault(text)
