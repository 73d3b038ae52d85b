"""Faults come by script or by chance, at any time or in a window of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import UsageError
from preprocessing.simulator.calls import Call, CallKind
from preprocessing.simulator.faults.plan import Chance, FaultPlan, parse_fault


def _download(name: str) -> Call:
    return Call(CallKind.DOWNLOAD, name, name)


def _portal(content: str, service: str = "Mast.Caom.Filtered") -> Call:
    return Call(CallKind.PORTAL, service, content)


def _kind(plan: FaultPlan, call: Call, elapsed_s: float = 0.0) -> str | None:
    chosen = plan.choose(call, elapsed_s)
    return None if chosen is None else chosen.fault.kind


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


def test_script_of_one_kind_of_call() -> None:
    """Who asks for the size first meets with it when asking for the bytes."""
    plan = FaultPlan()
    plan.script("status-503", calls=CallKind.DOWNLOAD)
    head = Call(CallKind.HEAD, "a.fits", "a.fits")
    assert _kind(plan, head) is None
    assert _kind(plan, _download("a.fits")) == "status-503"


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


@pytest.mark.slow
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


def test_a_window_begins_and_ends() -> None:
    """In its window a chance is what it says, and outside of it there is none."""
    plan = FaultPlan()
    plan.add(Chance("cut", 1.0, 60, 660))
    times = [0, 59.9, 60, 300, 659.9, 660, 5000]
    kinds = [_kind(plan, _download("a.fits"), time) for time in times]
    assert kinds == [None, None, "cut", "cut", "cut", None, None]


def test_a_window_may_have_no_end() -> None:
    """Without an end it lasts."""
    plan = FaultPlan()
    plan.add(Chance("cut", 1.0, 60))
    kinds = [_kind(plan, _download("a.fits"), time) for time in (59, 60, 10**9)]
    assert kinds == [None, "cut", "cut"]


def test_executing_lasts_for_its_window() -> None:
    """A query that executes for minutes does so however often one asks."""
    plan = FaultPlan()
    plan.add(Chance("executing", 1.0, 0, 300))
    kinds = [_kind(plan, _portal("same question"), 20 * n) for n in range(16)]
    assert kinds == [*["executing"] * 15, None]


def test_a_chance_may_be_of_some_calls_only() -> None:
    """A pattern limits a chance to some calls."""
    plan = FaultPlan()
    plan.add(Chance("cut", 1.0, match="kplr1*"))
    assert _kind(plan, _download("kplr100.fits")) == "cut"
    assert _kind(plan, _download("kplr200.fits")) is None


def test_the_first_of_several_chances_that_comes_true_counts() -> None:
    """Only the first fault that comes true strikes, in the order of adding."""
    plan = FaultPlan()
    for chance in (Chance("cut", 1.0, 10, 20), Chance("stall", 1.0), Chance("reset", 1.0)):
        plan.add(chance)
    kinds = [_kind(plan, _download("a.fits"), time) for time in (5, 15, 25)]
    assert kinds == ["stall", "cut", "stall"]


def test_a_server_is_shut_where_all_connections_are_refused() -> None:
    """Certain refusal is a port that does not listen, and the plan knows its times."""
    plan = FaultPlan()
    heard: list[float] = []
    plan.listen(lambda: heard.append(plan.next_change_s(0)))
    assert plan.next_change_s(0) == math.inf
    for chance in (Chance("refused", 0.5, 5, 50), Chance("refused", 1.0, 10, 20)):
        plan.add(chance)
    assert heard == [math.inf, 10]
    assert [plan.is_shut(time) for time in (0, 9.9, 10, 19.9, 20)] == [
        *(False, False),
        *(True, True, False),
    ]
    assert [plan.next_change_s(time) for time in (0, 10, 20)] == [10, 20, math.inf]


@pytest.mark.parametrize(("start_s", "end_s"), [(10, 10), (10, 5), (-1, 5), (float("nan"), 5)])
def test_windows_that_are_none(start_s: float, end_s: float) -> None:
    """A window ends after its start, which is not before the server's."""
    with pytest.raises(UsageError, match="does not end after its start"):
        Chance("cut", 1.0, start_s, end_s)


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
    with pytest.raises(UsageError, match="does not end"):
        parse_fault("cut=1@60-60")
    for text in ("cut", "cut=", "cut=often", "", "cut=1@", "cut=1@60", "cut=1@a-b", "cut=1@-5"):
        with pytest.raises(UsageError, match="KIND=PROBABILITY"):
            parse_fault(text)
