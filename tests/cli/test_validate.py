"""``xenoscan validate`` as its users run it, and runs that are cut off."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from preprocessing.anomalies.schema import BASELINE, MODEL_FILE, RANKING
from preprocessing.cli.main import main
from preprocessing.dataset.tabulation import Run
from preprocessing.validation.schema import (
    SUMMARIES,
    TRIALS,
    VALIDATION_KEY,
    VALIDATION_VERSION,
)
from preprocessing.validation.table import stage
from preprocessing.validation.trial_sets import FALSE_ALARM_SETS
from tests.support.feature_stars import rows_of
from tests.support.validated_stars import N_QUIET, write_ranked

pytestmark = pytest.mark.slow

_TABLES = (TRIALS, *SUMMARIES)
#: Sets that the stars have light for, in short.
_SETS = ("injected", "planets", "unchanged", "white", "inverted", "bootstrapped")
_PLAN = stage.Plan(_SETS, 1, seed=3)


def run(*words: object) -> int:
    """Run the command."""
    return main(["validate", *map(str, words)])


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set that is ranked, to be copied."""
    root = tmp_path_factory.mktemp("validated") / "stars"
    write_ranked(root, tmp_path_factory.mktemp("invented"))
    return root


@pytest.fixture
def copied(ranked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ranked, tmp_path / "copied"))


@pytest.fixture(scope="module")
def validated(ranked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same data set when it is validated."""
    root = Path(shutil.copytree(ranked, tmp_path_factory.mktemp("whole") / "stars"))
    stage.validate_dataset(Run(root), _PLAN)
    return root


def _bytes(root: Path) -> dict[str, bytes]:
    return {name: (root / f"{name}.parquet").read_bytes() for name in _TABLES}


def test_trials(validated: Path) -> None:
    """Each trial has what was put in and what was found; light as it is has its former score."""
    trials = rows_of(validated / f"{TRIALS}.parquet")
    ranking = {row["fits_file"]: row for row in rows_of(validated / f"{RANKING}.parquet")}
    assert [row["set"] for row in trials] == ["injected"] * 7 + list(_SETS[1:])
    assert len({row["class"] for row in trials if row["set"] == "injected"}) == 7
    for row in trials:
        own = ranking[row["fits_file"]]
        assert (row["kic"], row["magnitude"]) == (own["kic"], 12.5)
        has_signal = row["set"] in ("injected", "planets")
        assert has_signal == (row["kind"] is not None) == (row["depth_ppm"] is not None)
        assert 1 <= row["rank"] <= N_QUIET + 1
    (same,) = (row for row in trials if row["set"] == "unchanged")
    own = ranking[same["fits_file"]]
    assert same["score"] == own["score"]
    assert same["score_unexplained"] == own["score_unexplained"]
    assert (same["class_found"], same["labels"]) == (own["class"], own["labels"])


def test_summaries(validated: Path) -> None:
    """Every summary counts the trials, and says what it was made from."""
    about = pq.read_schema(validated / f"{TRIALS}.parquet").metadata
    assert about[VALIDATION_KEY.encode()] == VALIDATION_VERSION.encode()
    for name in SUMMARIES:
        assert pq.read_schema(validated / f"{name}.parquet").metadata == about
    recall = rows_of(validated / "validation_recall.parquet")
    (balanced,) = (r for r in recall if r["class"] == "balanced" and r["strength"] == "all")
    assert balanced["trials"] == 7
    alarms = rows_of(validated / "validation_false_alarms.parquet")
    assert [row["set"] for row in alarms] == [*(n for n in FALSE_ALARM_SETS if n in _SETS), "all"]
    for row in alarms:
        assert row["trials"] == (2 if row["set"] == "all" else 1)
        assert row["flagged_low"] <= row["flagged_rate"] <= row["flagged_high"]
    completeness = rows_of(validated / "validation_completeness.parquet")
    assert sum(row["trials"] for row in completeness) == 8


def _cut_off(
    n: int, seen: list[str]
) -> Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]:
    """Return what runs some units, notes their trials, and then is killed."""

    def run_units(function: Callable[[Any], Any], units: Iterable[Any], /) -> Iterator[Any]:
        for number, unit in enumerate(units):
            if number == n:
                raise KeyboardInterrupt
            seen.extend(trial.key for trial in unit.trials)
            yield function(unit)

    return run_units


def test_a_run_that_is_killed_goes_on(
    copied: Path, validated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No trial is made twice, the last units may come first, and the bytes are the same."""
    monkeypatch.setattr(stage, "_TRIALS_A_UNIT", 5)
    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        stage.validate_dataset(Run(copied, run_units=_cut_off(1, seen)), _PLAN)
    assert not (copied / f"{TRIALS}.parquet").exists()
    # A part that was half written when the power went is none.
    parts = copied / "checkpoints" / TRIALS
    (parts / "00000009.parquet").write_bytes(b"PAR1")

    def backwards(function: Callable[[Any], Any], units: Iterable[Any], /) -> Iterator[Any]:
        return _cut_off(-1, seen)(function, list(units)[::-1])

    done = stage.validate_dataset(Run(copied, run_units=backwards), _PLAN)
    assert (done.n_trials, done.n_computed) == (12, 7)
    assert len(seen) == len(set(seen)) == 12
    assert _bytes(copied) == _bytes(validated)
    assert not parts.exists()


def test_a_recomputation_that_is_killed_goes_on(
    validated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cut off run made again is not made once more, and counts for no other run."""
    root = Path(shutil.copytree(validated, tmp_path / "again"))
    plan = stage.Plan(("white", "unchanged"), 1, seed=3)
    monkeypatch.setattr(stage, "_TRIALS_A_UNIT", 1)
    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        stage.validate_dataset(Run(root, True, run_units=_cut_off(1, seen)), plan)
    assert _bytes(root) == _bytes(validated)
    rest = Run(root, True, run_units=_cut_off(-1, seen))
    assert stage.validate_dataset(rest, plan).n_computed == 1
    assert sorted(seen) == ["unchanged//0", "white//0"]
    trials = rows_of(root / f"{TRIALS}.parquet")
    assert trials == [
        row for row in rows_of(validated / f"{TRIALS}.parquet") if row["set"] in plan.sets
    ]
    assert stage.validate_dataset(rest, plan).n_computed == 2, "it was asked for again"


def test_more_trials(validated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More trials, or other sets, keep those that are done; another seed never mixes with them."""
    root = Path(shutil.copytree(validated, tmp_path / "more"))
    before = rows_of(root / f"{TRIALS}.parquet")
    words = root, "--only", "white", "--only", "scrambled", "--trials"
    assert run(*words, 2, "--seed", 3) == 0
    out = capsys.readouterr().out
    assert "13 trials in 20 quiet stars: 1 were made now" in out
    assert "No trial of scrambled: no quiet star has enough quarters" in out
    after = rows_of(root / f"{TRIALS}.parquet")
    assert [row for row in after if row["number"] == 0] == before
    kept = _bytes(root)
    assert run(*words, 2, "--seed", 4) == 2
    assert "is of another seed, model or version than this run: --recompute" in (
        capsys.readouterr().err
    )
    assert _bytes(root) == kept
    assert run(*words, 1, "--seed", 3, "--quiet") == 0
    assert _bytes(root) == kept, "fewer trials leave what there is, and what is said of it"
    assert run(*words, 1, "--seed", 4, "--recompute", "--quiet") == 0
    assert len(rows_of(root / f"{TRIALS}.parquet")) == 1
    assert capsys.readouterr().out == ""


def test_model_from_elsewhere(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signals go into stars that would be in a baseline, if another model ranked them."""
    model = (copied / MODEL_FILE).rename(tmp_path / "model.npz")
    (copied / f"{BASELINE}.parquet").unlink()
    words = copied, "--only", "unchanged", "--trials", 1
    assert run(*words) == 2
    assert "or name --model" in capsys.readouterr().err
    assert run(*words, "--model", model) == 0
    said = re.search(r"1 trials in (\d+) quiet stars", capsys.readouterr().out)
    assert said is not None
    assert N_QUIET / 2 <= int(said[1]) < N_QUIET


def test_bad_usage(ranked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mistakes get one clear line and exit status 2, and nothing is written."""
    for words, message in (
        ((), "name the folder of a data set"),
        ((tmp_path / "nowhere",), "there is no folder"),
        ((ranked / f"{RANKING}.parquet",), "there is no folder"),
        ((ranked, "--model", tmp_path / "none"), "cannot read the model"),
        ((ranked, "--trials", "0"), "--trials is a number from 1"),
        ((ranked, "--seed", "-1"), "--seed is a whole number"),
        ((ranked, "--only", "wite"), "there is no set of trials 'wite'; did you mean white?"),
    ):
        assert run(*words) == 2
        err = capsys.readouterr().err
        assert message in err
        assert len(err.splitlines()) == 1
    assert not list(ranked.glob("validation*"))


def _lacks(*names: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    return change


def _said(name: str, key: str, value: str) -> Callable[[Path], object]:
    """Return what gives a table another statement about itself."""

    def change(root: Path) -> None:
        path = root / f"{name}.parquet"
        table = pq.read_table(path)
        about = {**table.schema.metadata, key.encode(): value.encode()}
        pq.write_table(table.replace_schema_metadata(about), path)

    return change


def _fewer(root: Path) -> None:
    path = root / f"{BASELINE}.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(11), path)


def _somebody_elses(root: Path) -> None:
    (root / f"{TRIALS}.parquet").write_text("my trials")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_lacks("features.parquet"), "run xenoscan features"),
        (_lacks("candidates.parquet"), "candidates.parquet, which is not there: run xenoscan feat"),
        (
            _lacks("dispositions.parquet"),
            "dispositions.parquet, which is not there: run xenoscan vet",
        ),
        (_lacks("vetting.parquet"), "run xenoscan vet"),
        (_lacks("ranking.parquet"), "run xenoscan rank"),
        (_lacks("baseline.parquet"), "run xenoscan rank"),
        (_lacks(MODEL_FILE), "run xenoscan rank"),
        (_said("features", "xenoscan_feature_set", "1"), "of version 1"),
        (_said(RANKING, "xenoscan_ranking", "0"), "of version 0"),
        (_said(RANKING, "model_sha256", "0"), "was made with another model than"),
        (_fewer, "has 9 quiet stars, and 10 are needed"),
        (_somebody_elses, "is not a table of this program"),
    ],
)
def test_what_cannot_be_validated(
    change: Callable[[Path], object],
    words: str,
    copied: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot be validated is refused in one line, and nothing is written."""
    change(copied)
    before = sorted(copied.rglob("*"))
    assert run(copied, "--trials", 1) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1
    lock = copied / ".xenoscan_tables.lock"
    assert [path for path in sorted(copied.rglob("*")) if path != lock] == [
        path for path in before if path != lock
    ]
