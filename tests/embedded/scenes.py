"""Scenes for faults, as the server would set them."""

from __future__ import annotations

from preprocessing.embedded.answers import Answer
from preprocessing.embedded.calls import Call, CallKind
from preprocessing.embedded.faults.fault_kinds import FAULTS
from preprocessing.embedded.faults.scene import Scene
from preprocessing.embedded.holdings import Holdings
from tests.embedded.fake_holdings import FakeHoldings

__all__ = ["distort", "download_scene", "portal_scene"]


def distort(kind: str, answer: Answer, scene: Scene | None = None) -> Answer:
    """Return what a kind of fault makes of an answer."""
    return FAULTS[kind].distort(answer, scene or download_scene())


def download_scene(
    name: str = "a.fits",
    number: int = 0,
    holdings: Holdings | None = None,
    base_url: str = "http://127.0.0.1:80",
    moved: bool = False,
) -> Scene:
    """Return the scene of a request for a file."""
    call = Call(CallKind.DOWNLOAD, name, name, f"/file?uri={name}", moved)
    return Scene(call, holdings or FakeHoldings(), number, base_url)


def portal_scene(number: int = 0, kind: CallKind = CallKind.PORTAL) -> Scene:
    """Return the scene of a search."""
    return Scene(Call(kind, "x", "x"), FakeHoldings(), number, "http://127.0.0.1:80")
