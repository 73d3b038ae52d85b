"""Rounds become medians, ratios and answers, and a comparison runs from end to end."""

from __future__ import annotations

import doctest
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import profiling, report
from benchmarks.__main__ import main
from benchmarks.archive import Conditions, Counts
from benchmarks.compare import Results
from benchmarks.contenders import CONTENDERS, lksearch_version
from benchmarks.experiments import EXPERIMENTS, Entry, Experiment, Question
from benchmarks.measure import Measured
from benchmarks.mirror import make_mirror
from benchmarks.report import Figure, Goal
from benchmarks.trial import Outcome, run_trial

_OURS, _OURS_AT_16 = Entry("xenoscan", 4, 10), Entry("xenoscan", 16, 10)
_CURL, _SERIAL = Entry("curl", 16, 10), Entry("lksearch", 1, 10)


def _outcome(entry: Entry, wall_s: float, charged_s: float = 0.0) -> Outcome:
    return Outcome(
        contender=entry.contender,
        connections=entry.connections,
        stars=entry.stars,
        files=17 * entry.stars,
        measured=Measured(status=0, wall_s=wall_s, cpu_s=2.0, peak_rss_mb=90.0),
        charged_s=charged_s,
        right=entry.stars,
        claimed=entry.stars,
        counts=Counts({"download": 340, "head": 170, "Mast.Caom.Filtered": 1}, 4, 4, 4),
        complaint="",
    )


def _results(walls_s: dict[Entry, Sequence[float]], *questions: Question) -> Results:
    experiment = Experiment("some", "Some", Conditions(), tuple(walls_s), questions)
    rounds = [
        {
            (entry.contender, entry.connections): _outcome(entry, wall_s)
            for entry, wall_s in zip(walls_s, of_round, strict=True)
        }
        for of_round in zip(*walls_s.values(), strict=True)
    ]
    return Results(experiment, tuple(rounds), {})


def test_the_figures_of_an_outcome() -> None:
    """Rates count the wall time and charges, and other figures are by star and file."""
    outcome = _outcome(_OURS, wall_s=4.0, charged_s=1.0)
    assert outcome.stars_per_s == 2
    assert outcome.cpu_ms_per_star == 200
    assert outcome.requests_per_file == 3


def test_ratios_are_of_the_same_round() -> None:
    """A ratio compares runs of one round, at equal connections or our first."""
    results = _results(
        {_OURS: [1, 2], _OURS_AT_16: [1, 1], _CURL: [0.5, 2], _SERIAL: [10, 10]},
    )
    assert results.advantages(_CURL) == [0.5, 2]
    assert results.advantages(_SERIAL) == [10, 5]


def test_questions_are_answered_round_by_round() -> None:
    """An answer is a figure with a value a round; it meets its goal by the median."""

    def wall_s(outcomes: object) -> float:
        assert isinstance(outcomes, dict)
        return float(outcomes["xenoscan", 4].measured.wall_s)

    results = _results({_OURS: [1, 9, 2]}, Question(Goal("wall time, s", 2), wall_s))
    (figure,) = results.figures()
    assert figure.values == (1, 9, 2)
    assert figure.is_met


def test_questions_about_who_was_skipped_are_left_out() -> None:
    """Without the peers there is no figure that needs them, and those of our own stay."""
    (experiment,) = (e for e in EXPERIMENTS if e.name == "cpu-bound")
    results = Results(experiment, _results({_OURS: [1.0]}).rounds, {"curl": "not installed"})
    texts = [figure.goal.text for figure in results.figures()]
    assert "requests a file" in texts
    assert not [text for text in texts if "usual design" in text or "aria2c" in text]


def test_a_goal_that_is_missed_is_said_to_be() -> None:
    """The table shows goal, median and range, and whether the one meets the other."""
    text = report.goals_table([Figure(Goal("rate", 40, at_least=True), (39.0, 41.0, 30.0))])
    assert "| ≥ 40 | 39.0 (30.0-41.0) | no  |" in text


@pytest.mark.parametrize("module", [report, profiling])
def test_the_examples_hold(module: ModuleType) -> None:
    """The examples in docstrings hold."""
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed


@pytest.mark.parametrize(("experiment", "runs"), [("cpu-bound", 3), ("tls", 1)])
def test_a_comparison_runs_from_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], experiment: str, runs: int
) -> None:
    """Two stars come out complete and right, and the report has them as table, JSON and plot."""
    folders = [f"--data={tmp_path / 'data'}", f"--results={tmp_path / 'results'}"]
    chosen = ["--only", experiment, "--contenders", "xenoscan"]
    assert main(["compare", "--quick", "--rounds", "1", *chosen, *folders]) == 0
    assert capsys.readouterr().out.count("2 of 2") == runs
    record = json.loads((tmp_path / "results" / "compare.json").read_text())
    (measured,) = record["compare"]["experiments"]
    assert [outcome["right"] for outcome in measured["rounds"][0]] == [2] * runs
    assert (tmp_path / "results" / "compare.png").stat().st_size > 0
    # Runs leave nothing behind but the stars.
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["mirror-17"]


@pytest.mark.parametrize("tool", ["aria2c", "curl"])
def test_the_floor_keeps_its_connections(tmp_path: Path, tool: str) -> None:
    """The tools that only fetch get every file once, over no more connections than asked for."""
    contender = CONTENDERS[tool]
    if reason := contender.missing():
        pytest.skip(reason)
    outcome = run_trial(contender, 2, make_mirror(tmp_path, 2), Conditions(), tmp_path)
    assert (outcome.right, outcome.claimed) == (2, 2)
    assert outcome.requests_per_file == 1
    assert outcome.counts.connections <= 2


def test_a_peer_that_is_not_there_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report says why a peer was not run."""
    lksearch_version.cache_clear()
    monkeypatch.setenv("XENOSCAN_LKSEARCH_PYTHON", "/no/such/python")
    assert "no environment has lksearch" in str(CONTENDERS["lksearch"].missing())
    lksearch_version.cache_clear()
