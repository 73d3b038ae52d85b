"""A real browser that looks at a page, and what it must not say while it does."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest

from preprocessing.report.dashboard.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["accessibility_problems", "dashboard", "open_browser", "watched_page"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_START_S = 30
#: Until a page shows what it is asked for, on a busy machine.
_PATIENCE_MS = 60_000
#: What keeps people from using a page; the rest is advice.
_GRAVE = ("serious", "critical")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium without a window, or skip the test; nothing is downloaded."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"none of {', '.join(_NAMES)} is installed")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        # Chromium's sandbox does not work for root, as whom containers run.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def dashboard(root: Path) -> Iterator[str]:
    """Serve a data set in a thread; yield the address."""
    told: Queue[str | BaseException] = Queue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with serving(root) as address:
            told.put(address)
            await stop.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            told.put(error)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    address = told.get(timeout=_START_S)
    if isinstance(address, BaseException):
        raise address
    try:
        yield address
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_START_S)


@contextmanager
def watched_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """Open an empty page; whatever the console complains of fails the test at the end."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: _complain(complaints, said.type, said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def _complain(complaints: list[str], kind: str, text: str) -> None:
    # A refusal that the page puts into words is in the console too.
    is_refusal = text.endswith("status of 400 (Bad Request)")
    if kind in ("error", "warning") and not is_refusal:
        complaints.append(f"{kind}: {text}")


def accessibility_problems(page: Page) -> list[str]:
    """Return what axe finds that is serious or worse, a line for each element."""
    from axe_playwright_python.sync_playwright import Axe

    # Of what is no violation, one element suffices; ours have no frames in them.
    options = {"resultTypes": ["violations"], "iframes": False}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} ({node.get('failureSummary', '')[:200]})"
        for rule in found
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]
