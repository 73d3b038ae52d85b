"""Scenes for faults, as the server would set them."""

from __future__ import annotations

from preprocessing.simulator.answers import Answer
from preprocessing.simulator.calls import Call, CallKind
from preprocessing.simulator.faults.fault_context import FaultContext
from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.holdings import Holdings
from tests.support.fake_holdings import FakeHoldings

__all__ = ["distort", "download_context", "portal_context"]


def distort(kind: str, answer: Answer, context: FaultContext | None = None) -> Answer:
    """Return what a kind of fault makes of an answer."""
    return FAULTS[kind].distort(answer, context or download_context())


def download_context(
    name: str = "a.fits",
    number: int = 0,
    holdings: Holdings | None = None,
    base_url: str = "http://127.0.0.1:80",
    moved: bool = False,
) -> FaultContext:
    """Return the context of a request for a file."""
    call = Call(CallKind.DOWNLOAD, name, name, f"/file?uri={name}", moved)
    return FaultContext(call, holdings or FakeHoldings(), number, base_url)


def portal_context(number: int = 0, kind: CallKind = CallKind.PORTAL) -> FaultContext:
    """Return the context of a search."""
    return FaultContext(Call(kind, "x", "x"), FakeHoldings(), number, "http://127.0.0.1:80")
