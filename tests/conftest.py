"""What the tests of the package share: runs that ended, to be looked at and resumed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from preprocessing.system import run_lock
from tests.support.finished_run import FinishedRun, finished_run


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
