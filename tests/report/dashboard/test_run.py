"""The dashboard says how far a run is, and tells it what the page asks."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.run_state import (
    Command,
    CommandAnswer,
    ControlCommand,
    RunState,
    RunStatus,
    read_commands,
)
from preprocessing.report.dashboard import record_counts, run_routes
from preprocessing.report.dashboard.record_counts import RecordCounts
from preprocessing.system.waiting import utc_now
from tests.report.dashboard.conftest import Browse

pytestmark = pytest.mark.slow


def _line(target: str, *files: tuple[str, str], reason: str = "complete", **more: object) -> str:
    quarters = [
        {"label": label, "status": "failed" if why else "used", "reason": why}
        for label, why in files
    ]
    output = {"name": f"{target}.fits"} if any(not why for _, why in files) else None
    line = {"kind": "target", "target": target, "reason": reason, "output": output}
    return json.dumps({**line, "quarters": quarters, **more}, separators=(",", ":")) + "\n"


_MANIFEST = (
    '{"kind":"run","mode":"new"}\n'
    + _line("KIC 1", ("Q9", ""), ("Q10", ""))
    + _line("KIC 2", ("Q9", "corrupt"), ("Q10", ""), reason="partial")
    + _line("KIC 3", ("Q9", "timeout"), reason="timeout")
    + _line("Kepler-3", same_as="KIC 3")
    + '{"kind":"target","target":"damaged\n'
)


async def test_a_run_that_is_alive(root: Path, browse: Browse) -> None:
    """Status, history, quarters and failures are those of the records, and a command is written."""
    places = DatasetFolder(root)
    places.manifest.write_text(_MANIFEST)
    status = RunStatus("2026-11-30T00:00:00Z", utc_now(), total=3, done=2, seconds_left=None)
    (places.checkpoints / "run_status.json").write_text(status.to_json())
    early = RunStatus("2026-11-30T00:00:00Z", "2026-11-30T00:00:10Z", done=1)
    history = early.to_history() + status.to_history() + '{"run": "torn'
    (places.checkpoints / "run_history.jsonl").write_text(history)
    async with browse(root) as browser:
        run = await browser.get("api/run")
        assert run["alive"] and run["status"]["total"] == 3 and run["status"]["state"] == "running"
        assert run["failures"] == {"timeout": 1} and run["records_read"] == 1.0
        nine, ten = run["quarters"]
        assert nine == {
            **{"quarter": 9, "label": "Q9", "expected": 3, "complete": 1, "failed": 2},
            **{"reasons": {"corrupt": 1, "timeout": 1}},
            "where": "list_contains(failed_files, 'Q9')",
        }
        assert (ten["quarter"], ten["complete"], ten["failed"]) == (10, 2, 0)
        assert run["retry_command"] == f"xenoscan download --dataset '{root}' --retry-failed"
        times = [one["time"] for one in await browser.get("api/run/history")]
        assert times == [early.time, status.time]
        (latest,) = await browser.get("api/run/history?since=2026-11-30T00:00:11Z")
        assert latest["done"] == 2

        sent = await browser.post("api/control", {"command": "pause"}, 202)
        written = ControlCommand.from_json((places.checkpoints / "control.json").read_bytes())
        assert (written.id, written.command) == (sent["id"], Command.PAUSE)
        await browser.post("api/control", {"command": "go-on"}, 202)
        told, _ = read_commands((places.checkpoints / "control.json").read_bytes())
        assert [one.command for one in told] == [Command.PAUSE, Command.GO_ON]
        ended = RunStatus(time=utc_now(), state=RunState.ENDED)
        (places.checkpoints / "run_status.json").write_text(ended.to_json())
        assert not (await browser.get("api/run"))["alive"]
        await browser.post("api/control", {"command": "go-on"}, 409)


async def test_commands_wait_for_their_answers(root: Path, browse: Browse) -> None:
    """None is dropped before its answer; when too many wait, the next is refused with a reason."""
    folder = DatasetFolder(root).checkpoints
    status = RunStatus("2026-11-30T00:00:00Z", utc_now())
    control = folder / "control.json"
    control.write_text(ControlCommand("of an earlier run", Command.PAUSE).to_json())
    os.utime(control, (0, 0))
    (folder / "run_status.json").write_text(status.to_json())

    def waiting() -> list[str]:
        return [one.id for one in read_commands(control.read_bytes())[0]]

    async with browse(root) as browser:
        sent = [
            (await browser.post("api/control", {"command": "pause"}, 202))["id"] for _ in range(10)
        ]
        assert waiting() == sent
        refused = await browser.post("api/control", {"command": "go-on"}, 409)
        assert "10 commands" in refused["error"] and "wait for the run's answer" in refused["error"]
        answer = CommandAnswer(sent[7], "pause", "it is paused already", utc_now())
        (folder / "run_status.json").write_text(replace(status, answers=(answer,)).to_json())
        last = await browser.post("api/control", {"command": "go-on"}, 202)
        assert waiting() == [*sent[8:], last["id"]]


async def test_a_run_that_ends_while_it_is_told_something(
    root: Path, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tells it learns that it has ended, although the command was written."""
    path = DatasetFolder(root).checkpoints / "run_status.json"
    status = RunStatus("2026-11-30T00:00:00Z", utc_now())
    path.write_text(status.to_json())

    def write_and_end(control: Path, content: bytes) -> None:
        control.write_bytes(content)
        path.write_text(replace(status, state=RunState.ENDED).to_json())

    monkeypatch.setattr(run_routes, "write_atomically", write_and_end)
    async with browse(root) as browser:
        refused = await browser.post("api/control", {"command": "retry-failed"}, 409)
        assert "no run of" in refused["error"]


def test_a_manifest_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what was added is read; a target that was tried again counts once, as it is now."""
    path = DatasetFolder(tmp_path).manifest
    path.write_text(_MANIFEST)
    counts = RecordCounts(tmp_path)
    counts.look()
    half = _line("KIC 3", ("Q9", ""))
    with path.open("a") as stream:
        stream.write(half[:30])
        stream.flush()
        counts.look()
        assert counts.failures() == {"timeout": 1}
        stream.write(half[30:])
    counts.look()
    assert counts.failures() == {}
    assert [(one.label, one.complete, one.failed) for one in counts.quarters()] == [
        ("Q9", 2, 1),
        ("Q10", 2, 0),
    ]
    # A new data set under the same name.
    path.unlink()
    path.write_text(_line("KIC 9", ("Q1", "")))
    counts.look()
    assert [one.label for one in counts.quarters()] == ["Q1"]
    # One look takes a fraction of a second, however long the manifest is.
    monkeypatch.setattr(record_counts, "_LOOK_S", 0.0)
    patient = RecordCounts(tmp_path)
    patient.look()
    assert patient.share_read == 0.0
