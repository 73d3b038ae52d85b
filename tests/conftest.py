"""What the tests of the package share: a simulator, the command, and a run that ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.server import ArchiveThread
from preprocessing.system import run_lock
from tests.support.finished_run import FinishedRun, finished_run
from tests.support.scraping import Scrape, StartArchive


@pytest.fixture
def archive() -> Iterator[StartArchive]:
    """Return what starts a simulator: ``archive(holdings, latency_s=0.1)``.

    The options are those of `ArchiveSimulator`. Each one runs until the test ends.
    """
    with ExitStack() as stack:

        def start(holdings: Holdings, **options: Any) -> ArchiveThread:
            return stack.enter_context(ArchiveThread(holdings, **options))

        yield start


@pytest.fixture
def scrape(tmp_path: Path) -> Scrape:
    """Return the command in a place of its own, which has the outputs and records afterwards."""
    return Scrape(tmp_path)


@pytest.fixture(scope="module")
def ended_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FinishedRun]:
    """Make a small run, which `finished` gives back as it was."""
    with finished_run(tmp_path_factory.mktemp("finished") / "run") as run:
        yield run


@pytest.fixture
def finished(ended_run: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> FinishedRun:
    """Return a run as it was when it ended, for a test that touches what it left."""
    monkeypatch.setattr(run_lock, "CONFIRM_DELAY_S", 0.0)
    ended_run.restore()
    return ended_run
