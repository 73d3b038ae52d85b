"""``xenoscan rank`` as its users run it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from preprocessing.anomalies.classes import CLASSES, UNEXPLAINED
from preprocessing.anomalies.table import stage
from preprocessing.cli.main import main
from tests.support.feature_stars import rows_of
from tests.support.ranked_stars import DIPPER, Change, write_tables

_WHY = ("flagged_by", "features", "shares", "why")
#: Columns that are filled in for stars at the top of any list.
_REASONS = {
    *(f"{name}{end}" for name in _WHY for end in ("", "_unexplained")),
    "agrees",
    "similar",
}
_TABLES = {"ranking.parquet", "baseline.parquet", "ranking_model.npz"}


def run(*words: object) -> int:
    """Run the command."""
    return main(["rank", *map(str, words)])


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that is ranked."""
    root = tmp_path_factory.mktemp("ranked")
    write_tables(root)
    assert run(root, "--quiet") == 0
    return root


def test_strangest_first(ranked: Path) -> None:
    """The star that dims is first in both lists, with the reason in words."""
    rows = rows_of(ranked / "ranking.parquet")
    assert [row["rank"] for row in rows] == list(range(1, 151))
    first = rows[0]
    assert (first["kic"], first["rank_unexplained"]) == (DIPPER, 1)
    assert first["is_flagged"]
    assert first["is_flagged_unexplained"]
    assert first["class"] == "irregular dips"
    text = first["why"] + first["why_unexplained"]
    assert "times the noise" in text
    assert len(first["similar"].split("+")) == 5
    assert first["baseline"] == "strange"
    assert {row["class"] for row in rows} <= {UNEXPLAINED, *(one.name for one in CLASSES)}


def test_same_bytes(ranked: Path, tmp_path: Path) -> None:
    """The same stars and the same seed give the same bytes."""
    write_tables(tmp_path)
    assert run(tmp_path, "--quiet") == 0
    for name in _TABLES:
        assert (tmp_path / name).read_bytes() == (ranked / name).read_bytes()


def test_the_data_set_lists_the_command(ranked: Path) -> None:
    """The folder of the data set says which command ranked it, and that once."""
    (line,) = (ranked / "checkpoints/commands.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (record["command"], record["arguments"]) == ("rank", [str(ranked), "--quiet"])
    assert record["status"] == 0


def test_the_data_set_lists_commands_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that failed on the way is listed with its status; one that changed nothing is not."""
    write_tables(tmp_path)
    assert run(tmp_path, "--jobs", 0) == 2
    assert not (tmp_path / "checkpoints").exists()

    def is_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stage, "_write", is_full)
    assert run(tmp_path, "--quiet") == 1
    (line,) = (tmp_path / "checkpoints/commands.jsonl").read_text().splitlines()
    assert json.loads(line)["status"] == 1


def test_saved_model(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A saved model ranks a few stars, each as it did among many."""
    write_tables(tmp_path, n=3)
    assert run(tmp_path, "--model", ranked / "ranking_model.npz") == 0
    assert "Ranked by a saved model of Kepler." in capsys.readouterr().out
    many = {row["kic"]: row["score"] for row in rows_of(ranked / "ranking.parquet")}
    few = rows_of(tmp_path / "ranking.parquet")
    assert len(few) == 3
    assert all(row["score"] == many[row["kic"]] for row in few)
    names = {row["name"] for row in few}
    assert all(set(row["similar"].split("+")) == names - {row["name"]} for row in few)
    assert not (tmp_path / "ranking_model.npz").exists()


def test_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run says who is quiet, what it lacks, and who is strange and why."""
    write_tables(tmp_path)
    assert run(tmp_path, "--top", 2) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Baseline: ")
    assert "of 150, chosen by labels and features" in lines[0]
    assert any("run xenoscan catalog" in line for line in lines)
    assert any("Only 150 stars" in line for line in lines)
    assert any(line.startswith(f"   1  KIC {DIPPER}") for line in lines)
    after = lines[lines.index(next(line for line in lines if line.startswith("   1"))) :]
    after = [line for line in after if not line.startswith("Report: ")]
    assert max(map(len, after)) <= 80
    assert "times the noise" in after[1]


def _remove(*names: str) -> Change:
    def change(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        for name in names:
            features[name] = features[f"{name}_reason"] = None

    return change


def _all_rotate(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
    vetting["is_rotation"] = True


def _nobody_has(name: str, reason: str) -> Change:
    def change(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        features[name], features[f"{name}_reason"] = None, reason

    return change


@pytest.mark.parametrize(
    ("n", "change", "words"),
    [
        (99, None, "99 stars are too few"),
        (150, _all_rotate, "only 0 of 150 stars are quiet"),
        (150, _remove("freq_main"), "has no freq_main, and no reason"),
        (150, _nobody_has("freq_main", "no_peak"), "no star has a value of freq_main (no_peak)"),
        (150, _nobody_has("stat_skew", "too_short"), "no star has a value of stat_skew"),
        (150, _nobody_has("temp_restless", "flat"), "no star has a value of temp_restless (flat)"),
    ],
)
def test_what_cannot_be_ranked(
    n: int, change: Change | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be ranked is refused in one line, and nothing is written."""
    write_tables(tmp_path, n, change)
    assert run(tmp_path) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1
    assert not _TABLES.intersection(path.name for path in tmp_path.iterdir())


def test_a_feature_that_no_star_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Light may be too short for one feature, and stars may have no event: both are said."""

    def change(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        _nobody_has("temp_restless", "too_short")(number, features, vetting)
        _nobody_has("transit_shape", "no_events")(number, features, vetting)

    write_tables(tmp_path, change=change)
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    assert "No star has temp_restless (too_short)" in out
    assert "No star has transit_shape (no_events)" in out


def test_features_that_were_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Labels of other features than those that are there rank nothing: vet comes first."""
    write_tables(tmp_path)
    vetting = (tmp_path / "vetting.parquet").read_bytes()
    write_tables(tmp_path, change=lambda _, features, __: features.update(stat_skew=0.1))
    (tmp_path / "vetting.parquet").write_bytes(vetting)
    assert run(tmp_path) == 2
    text = "vetting.parquet was not made from features.parquet as it is now: run xenoscan vet"
    assert text in capsys.readouterr().err
    assert not _TABLES.intersection(path.name for path in tmp_path.iterdir())


def test_bad_usage(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mistakes get one clear line and exit status 2."""
    text = tmp_path / "model.npz"
    text.write_text("no model")
    (tmp_path / "empty").mkdir()
    elsewhere = tmp_path / "labels.csv"
    elsewhere.write_text("kic,label\n5,known\n")
    for words, message in (
        ((), "name the folder of a data set"),
        ((tmp_path / "nowhere",), "there is no folder"),
        ((tmp_path / "empty",), "run xenoscan features"),
        ((ranked, "--model", text), "no model that xenoscan rank wrote"),
        ((ranked, "--model", tmp_path / "none"), "cannot read the model"),
        ((ranked, "--shares", "70"), "--shares is two numbers"),
        ((ranked, "--jobs", "0"), "--jobs is a number of threads"),
        ((ranked, "--compare-with", text), "no model that xenoscan rank wrote"),
        ((ranked, "--labels", text), "no columns of stars and labels"),
        ((ranked, "--labels", tmp_path / "none"), "cannot read the file of labels"),
        ((ranked, "--labels", elsewhere), "call no star of this data set interesting"),
        ((ranked, "--seed", "-1"), "--seed is a whole number"),
        (("--explain", "eclipze"), "did you mean"),
    ):
        assert run(*words) == 2
        err = capsys.readouterr().err
        assert message in err
        assert len(err.splitlines()) == 1


def test_another_mission(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model of stars of another cadence is refused."""

    def fast(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        features["cadence_s"] = 120.0

    write_tables(tmp_path, 5, fast)
    assert run(tmp_path, "--model", ranked / "ranking_model.npz") == 2
    assert "cadence long, and these stars are short" in capsys.readouterr().err


def test_labels(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Labels of a person change the learned rank, and leave all that was there before."""
    write_tables(tmp_path)
    before = {row["kic"]: row for row in rows_of(ranked / "ranking.parquet")}
    by_rank = sorted(before, key=lambda kic: int(before[kic]["rank_unexplained"]))
    labels = {by_rank[0]: "artifact", by_rank[4]: "interesting", by_rank[7]: "unsure"}
    file = tmp_path / "labels.csv"
    rows = [f"{kic},{label}," for kic, label in labels.items()]
    file.write_text("\n".join(["kic,label,note", *rows, "5,known,elsewhere"]))
    assert run(tmp_path, "--labels", file) == 0
    out = capsys.readouterr().out
    assert "Your labels: 1 artifact, 1 interesting, 1 unsure." in out
    assert "do not count, of stars that are not in the data set: 1." in out
    after = {row["kic"]: row for row in rows_of(tmp_path / "ranking.parquet")}
    for kic, row in after.items():
        changed = {name for name in row if row[name] != before[kic][name]}
        assert changed <= {"rank_learned", "score_learned", "own_label"} | _REASONS
        assert row["own_label"] == labels.get(kic)
    assert after[by_rank[4]]["rank_learned"] == 1
    assert after[by_rank[0]]["rank_learned"] == len(after)
    assert sorted(row["rank_learned"] for row in after.values()) == list(range(1, 151))
    assert all(row["rank_learned"] is None for row in before.values())
    assert run(tmp_path, "--labels", file, "--jobs", 16, "--quiet") == 0
    assert {row["kic"]: row for row in rows_of(tmp_path / "ranking.parquet")} == after


def test_drift(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Usual stars are compared with those of another model, of whatever quarters or mission."""

    def restless(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        features["stat_white"] = (features["stat_white"] or 0.0) + 2.0

    write_tables(tmp_path, change=restless)
    other = ranked / "ranking_model.npz"
    assert run(tmp_path, "--compare-with", other) == 0
    assert f"differ from those of {other} (Kepler, long cadence) in " in capsys.readouterr().out
    assert run(tmp_path, "--compare-with", tmp_path / "ranking_model.npz") == 0
    assert "Usual stars are as in " in capsys.readouterr().out


def test_stars_unlike_all_of_the_model(
    ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If a saved model flags most stars, the run says so, and in what they differ."""

    def elsewhere(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        for name in ("stat_white", "stat_skew", "resid_acf", "temp_acf_1d", "freq_slope"):
            features[name] = 30.0

    write_tables(tmp_path, 20, elsewhere)
    assert run(tmp_path, "--model", ranked / "ranking_model.npz") == 0
    out = capsys.readouterr().out
    assert "20 of 20 stars are flagged: all of them together differ from the baseline" in out


def _fast_from(first: int) -> Change:
    def change(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        features["cadence_s"] = 58.8 if number >= DIPPER + first else 1765.5

    return change


def test_few_stars_of_another_cadence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Few stars of a cadence have no score, and change none of the others'."""
    write_tables(tmp_path, 153, _fast_from(150))
    assert run(tmp_path) == 0
    assert "Stars of short cadence have no score: 3 (too_few_of_cadence" in capsys.readouterr().out
    rows = rows_of(tmp_path / "ranking.parquet")
    assert [row["rank"] for row in rows] == [*range(1, 151), None, None, None]
    assert {row["cadence_class"] for row in rows[:150]} == {"long"}
    for row in rows[150:]:
        assert (row["baseline"], row["cadence_class"]) == ("too_few_of_cadence", "short")
        assert row["score"] is row["is_flagged"] is row["similar"] is None
        assert row["class"]
    quiet = rows_of(tmp_path / "baseline.parquet")
    assert [row["kic"] for row in quiet] == [DIPPER + number for number in range(153)]

    def other(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        _fast_from(150)(number, features, vetting)
        features["stat_white"] = (features["stat_white"] or 0) + 9 * (number >= DIPPER + 150)

    write_tables(tmp_path, 153, other)
    assert run(tmp_path, "--model", tmp_path / "ranking_model.npz", "--quiet") == 0
    again = rows_of(tmp_path / "ranking.parquet")
    assert [row["score"] for row in again] == [row["score"] for row in rows]
    assert {row["baseline"] for row in again} == {"other_model", "other_cadence"}


def test_two_cadences(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each cadence class is measured against its own quiet stars, and ranks are those of all."""

    def change(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        _fast_from(160)(number, features, vetting)
        features["stat_white"] = (features["stat_white"] or 0) + 9 * (number >= DIPPER + 160)

    write_tables(tmp_path, 300, change)
    labels = tmp_path / "labels.csv"
    labels.write_text(f"kic,label\n{DIPPER + 5},interesting\n")
    assert run(tmp_path, "--labels", labels) == 0
    out = capsys.readouterr().out
    assert "Stars of long cadence:" in out
    assert "Stars of short cadence:" in out
    assert "no score" not in out
    rows = rows_of(tmp_path / "ranking.parquet")
    assert [row["rank"] for row in rows] == list(range(1, 301))
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    fast = [row for row in rows if row["cadence_class"] == "short"]
    assert len(fast) == 140
    # Among long ones, all of these would be as far off as can be.
    assert sum(row["is_flagged"] for row in fast) < 40
    names = {row["name"] for row in fast}
    assert all(set(row["similar"].split("+")) <= names for row in fast if row["similar"])
    assert all(row["rank_learned"] is None for row in fast)
    assert sum(row["rank_learned"] is not None for row in rows) == 160
    assert run(tmp_path, "--model", tmp_path / "ranking_model_short.npz", "--quiet") == 0
    again = {row["kic"]: row["score"] for row in rows_of(tmp_path / "ranking.parquet")}
    assert all(again[row["kic"]] == row["score"] for row in fast)


def test_drift_between_quarters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If the stars of one quarter differ as a whole, the run says in what."""

    def change(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        features["stat_white"] = (features["stat_white"] or 0) + 1.5 * (number < DIPPER + 140)

    write_tables(tmp_path, 400, change)
    lines = [
        json.dumps(
            {
                "kind": "target",
                "output": {"name": f"KIC_{DIPPER + one}.fits"},
                "quarters": [
                    {"label": "Q9" if one < 140 else "Q10", "status": "used"},
                    {"label": "Q1", "status": "used" if one == 399 else "failed"},
                ],
            },
            separators=(",", ":"),
        )
        for one in range(400)
    ]
    manifest = tmp_path / "download_results_manifest.jsonl"
    manifest.write_text("\n".join(['{"kind":"run"}', *lines, '{"kind":"target", torn']))
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    assert re.search(r"Those of Q9 alone differ from the baseline in .* stat_white \+", out)
    assert "Those of Q1 alone" not in out


def test_few_quiet_among_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Many stars of which few are quiet have an uncertain limit, too."""

    def rotates(number: int, features: dict[str, Any], vetting: dict[str, Any]) -> None:
        vetting["is_rotation"] = number >= DIPPER + 90

    write_tables(tmp_path, 1000, rotates)
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    assert re.search(r"Only \d\d quiet stars: the rarest percent", out)


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """Every class and every column has a definition."""
    assert run("--explain") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CLASSES) + 1
    for name in ("eclipse", "unexplained", "rank_unexplained", "similar"):
        assert run("--explain", name) == 0
        assert capsys.readouterr().out.startswith(name)


def test_seed(ranked: Path, tmp_path: Path) -> None:
    """Another seed changes the forest, and hardly the ranks."""
    write_tables(tmp_path)
    assert run(tmp_path, "--quiet", "--seed", 8) == 0
    first, other = (
        {row["kic"]: row["score"] for row in rows_of(root / "ranking.parquet")}
        for root in (ranked, tmp_path)
    )
    pairs = np.array([[first[kic], other[kic]] for kic in first])
    assert np.any(pairs[:, 0] != pairs[:, 1])
    assert np.corrcoef(pairs.T)[0, 1] > 0.95
