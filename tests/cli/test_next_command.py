"""The command that tries again what failed can be pasted, and does that."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from preprocessing.cli.main import main
from preprocessing.core.run_state import RunState, RunStatus
from preprocessing.missions import LONG
from preprocessing.simulator.server import ArchiveThread
from tests.support.small_holdings import SmallHoldings

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(3)
_IDS = ",".join(f"KIC {kic}" for kic in _HOLDINGS.star_keys())


def test_the_command_of_the_summary_tries_failed_stars_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is pasted needs no other option, whatever blanks are in names, and completes the run."""
    monkeypatch.chdir(tmp_path)
    products = _HOLDINGS.products(_HOLDINGS.star_keys()[0])
    bad = next(product.file_name for product in products if product.cadence == LONG)
    with ArchiveThread(_HOLDINGS) as server:
        server.faults.script("flip", match=bad, times=2)
        words = ["download", "--dataset", "my stars", "--archive", server.base_url, "--ids", _IDS]
        assert main([*words, "--retries", "0"]) == 1
        out = capsys.readouterr().out
        assert "2 complete, 1 partial, 0 failed (66% complete)" in out
        assert "  partial: 1 (missing files: 1 corrupt)" in out
        (line,) = [line for line in out.splitlines() if line.startswith("To try the 1 incomplete")]
        command = shlex.split(line.partition(": ")[2])
        again = command[command.index("download") :]
        assert again == ["download", "--dataset", "my stars", "--retry-failed"]
        assert main(again) == 0
        out = capsys.readouterr().out
    assert "To try" not in out and "2 were done before" in out


def test_json_alone_goes_to_standard_output(tmp_path: Path) -> None:
    """Another program reads objects and nothing else; the last one says that the run ended."""
    with ArchiveThread(_HOLDINGS) as server:
        words = ["download", "--dataset", "a", "--archive", server.base_url, "--ids", _IDS]
        done = subprocess.run(
            [sys.executable, "-m", "preprocessing", *words, "--progress", "json"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    found = [RunStatus.from_json(line) for line in done.stdout.splitlines()]
    assert (found[-1].state, found[-1].complete, found[-1].done) == (RunState.ENDED, 3, 3)
    assert "3 complete, 0 partial, 0 failed" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["seconds_left"] is None
    assert found[-1] == RunStatus.from_json(
        (tmp_path / "a" / "checkpoints" / "run_status.json").read_text()
    )
