"""What a page reads of the records of runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.outcomes import COLUMNS
from preprocessing.core.reasons import Reason
from preprocessing.report.html.records import quarters
from preprocessing.report.html.records.outcomes import read_outcome_records
from preprocessing.report.html.records.quarters import FileState, read_manifest_records
from preprocessing.report.html.records.runs import read_commands, read_runs


def line(target: str, reason: str, **files: str) -> str:
    """Return a line of a manifest; files are given as Q4="timeout", and used if empty."""
    quarters = [
        {"label": label, "status": "failed" if why else "used", "reason": why, "data_rel": 25}
        for label, why in files.items()
    ]
    record = {"kind": "target", "target": target, "reason": reason, "quarters": quarters}
    return json.dumps(record, separators=(",", ":")) + "\n"


def test_states_of_files(tmp_path: Path) -> None:
    """The last line of a star counts, quarters are in time order, and the worst is named."""
    path = tmp_path / "manifest.jsonl"
    path.write_text(
        '{"kind":"run","time":"2026-01-01T00:00:00Z","arguments":["--ids","1"]}\n'
        + line("KIC 1", "partial", Q10="timeout", Q2="timeout")
        + line("KIC 2", "partial", Q2="", Q9="not_found", Q10="corrupt")
        + line("KIC 3", "timeout")
        + line("KIC 4", "no_data")
        + line("KIC 1", "partial", Q2="", Q10="timeout")
        + '{"kind":"target","target":"KIC 5","quar'
    )
    found = read_manifest_records(path)
    assert [one.label for one in found.quarters] == ["Q2", "Q9", "Q10"]
    no, yes, gone, bad, unknown = (
        FileState.NOT_OBSERVED,
        FileState.COMPLETE,
        FileState.MISSING,
        FileState.FAILED,
        FileState.UNKNOWN,
    )
    assert found.states.tolist() == [
        [yes, no, bad],
        [yes, gone, bad],
        [unknown] * 3,
        [no] * 3,
    ]
    assert found.worst is not None
    assert (found.worst.label, dict(found.worst.reasons)) == ("Q10", {"timeout": 1, "corrupt": 1})
    assert (found.n_unread, len(found.runs), dict(found.releases)) == (1, 1, {"25": 5})


def test_stars_are_counted_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state of each star is in its own row, however many stars are counted at once."""
    path = tmp_path / "manifest.jsonl"
    lines = [line(f"KIC {n}", "x", **{f"Q{n % 5}": "", "Q7": "corrupt"}) for n in range(11)]
    path.write_text("".join(lines) + line("KIC 11", "timeout"))
    whole = read_manifest_records(path)
    monkeypatch.setattr(quarters, "_BLOCK", 3)
    found = read_manifest_records(path)
    np.testing.assert_array_equal(found.states, whole.states)
    assert found.quarters == whole.quarters
    assert found.states[:, -1].tolist() == [FileState.FAILED] * 11 + [FileState.UNKNOWN]


def test_no_quarter_is_worst_where_all_is_there(tmp_path: Path) -> None:
    """A data set without a failure has no worst quarter."""
    path = tmp_path / "manifest.jsonl"
    path.write_text(line("KIC 1", "complete", Q2="", Q3=""))
    found = read_manifest_records(path)
    assert found.worst is None
    assert (found.states == FileState.COMPLETE).all()


def test_outcomes_are_counted(tmp_path: Path) -> None:
    """Outcomes are counted once a target, and those that another try may change are told apart."""
    path = tmp_path / "results.csv"
    rows = [
        ("KIC 1", "timeout", ""),
        ("KIC 1", "complete", ""),
        ("'=KIC 2", "partial", "Q4 not_found"),
        ("KIC 3", "partial", "Q4 timeout; Q5 not_found"),
        ("KIC 4", "invented", ""),
    ]
    texts = [",".join(COLUMNS)]
    for target, reason, error in rows:
        values = {"target_id": target, "reason": reason, "error": error, "quarters_found": "3"}
        texts.append(",".join(values.get(name, "1") for name in COLUMNS))
    path.write_text("\n".join([*texts, "KIC 5,torn"]))
    found = read_outcome_records(path)
    assert (found.n_targets, found.n_failed, found.n_unread) == (3, 0, 1)
    partial = next(one for one in found.reasons if one.reason is Reason.PARTIAL)
    assert (partial.n, partial.n_final, partial.named) == (2, 1, ("=KIC 2", "KIC 3"))
    assert found.n_files_found == 9
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CorruptProduct, match="no results CSV"):
        read_outcome_records(path)


def test_runs_follow_each_other(tmp_path: Path) -> None:
    """Lines of several runs are told apart, and what is torn or of another kind is left out."""
    lines = [
        {"run": "a", "seconds": 10.0, "done": 3},
        {"run": "b", "seconds": 10.0, "done": 1, "state": "outage"},
        {"run": "a", "seconds": 20.0, "done": 5, "new": [1]},
    ]
    text = "\n".join(map(json.dumps, lines))
    (tmp_path / "run_history.jsonl").write_text(f'{text}\n[1]\n{{"run": "c", "sec')
    runs = read_runs(tmp_path)
    assert [(run.name, run.last.done) for run in runs] == [("a", 5), ("b", 1)]
    assert read_runs(tmp_path / "nowhere") == ()
    commands = tmp_path / "commands.jsonl"
    commands.write_text('{"command":"vet","arguments":["a b"],"seconds":2.5}\n7\n{"command":"ra')
    (one,) = read_commands(commands)
    assert (one.name, one.words, one.seconds) == ("vet", ("a b",), 2.5)


def test_labels_are_bounded(tmp_path: Path) -> None:
    """A manifest of countless labels costs no more memory than one of many."""
    path = tmp_path / "manifest.jsonl"
    with path.open("w") as stream:
        for first in range(0, 3000, 100):
            files = {f"Q{first + n}": "" for n in range(100)}
            stream.write(line(f"KIC {first}", "complete", **files))
    found = read_manifest_records(path)
    assert found.states.shape == (30, 1000)
    assert found.states.dtype == np.uint8
    assert found.n_unread == 2000


def test_records_of_other_programs_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    """What lacks members, or has lists in their places, is counted and fails nothing."""
    path = tmp_path / "manifest.jsonl"
    files = [
        {"label": "Q1", "status": "used"},
        {"label": ["Q2"], "status": {"is": "used"}, "reason": [], "data_rel": [25]},
        {"label": "Q1", "status": "failed", "reason": "corrupt", "procver": "synthetic"},
        "Q3",
    ]
    record = {"kind": "target", "target": "KIC 1", "reason": "partial", "quarters": files}
    path.write_text(json.dumps(record, separators=(",", ":")) + "\n" + line("KIC 2", "x", Q1=""))
    found = read_manifest_records(path)
    assert [one.label for one in found.quarters] == ["Q1", "['Q2']"]
    # The worst of several files of a quarter counts.
    assert found.states.tolist() == [[FileState.FAILED, FileState.FAILED], [FileState.COMPLETE, 0]]
    assert found.quarters[0].reasons == {"corrupt": 1}
    assert found.releases == {"[25]": 1, "25": 1} and found.is_synthetic


def test_kinds_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest of countless reasons costs no more memory than one of many."""
    monkeypatch.setattr(quarters, "_MOST_KINDS", 4)
    path = tmp_path / "manifest.jsonl"
    path.write_text("".join(line(f"KIC {n}", "partial", Q1=f"reason {n}") for n in range(9)))
    found = read_manifest_records(path)
    assert found.n_unread == 6 and sum(found.quarters[0].reasons.values()) == 3
