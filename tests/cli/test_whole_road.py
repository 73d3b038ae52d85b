"""The command ``xenoscan all``: every stage once, whatever ends it, and what it says at the end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessing.cli.call import Call
from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.main import main
from preprocessing.cli.settings_file import read_options
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import StartArchive

_STARS = 3
_TABLES = ("features", "candidates", "vetting", "events", "dispositions")
#: Runs the command, and kills it when a function was called so many times.
_KILLED = """
import importlib, os, signal, sys

from preprocessing.cli.main import main

module, _, path = sys.argv[1].partition(":")
owner = importlib.import_module(module)
*outer, name = path.split(".")
for one in outer:
    owner = getattr(owner, one)
called, left = getattr(owner, name), int(sys.argv[2])

def kill(*args, **options):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return called(*args, **options)

setattr(owner, name, kill)
main(sys.argv[3:])
"""
_PART = "preprocessing.tables.stage_tables:StageTables.add_part"
#: In the middle of each stage that keeps what is done (the ranking is made anew): what is called
#: there, and how often in a run before it is killed.
_KILLS = {
    "download": ("preprocessing.fits.writer:publish", 1),
    "known objects": ("preprocessing.catalog.known_build:write_known_objects", 0),
    "features": (_PART, 1),
    "vet": (_PART, _STARS),
}


@pytest.fixture
def survey(archive: StartArchive) -> ArchiveThread:
    """Serve a few stars of one quarter."""
    return archive(SyntheticHoldings(_STARS, survey=True))


def _words(root: Path, server: ArchiveThread) -> list[str]:
    where = ["--archive", server.base_url, "--targets", str(_STARS), "--workers", "1"]
    return ["all", "--dataset", str(root), *where]


def _computed(out: str) -> list[tuple[int, int]]:
    """Return how many rows of features, then of vetting, were computed, and how many stayed."""
    told = re.findall(r"(?:features|vetting)\.parquet has .*: (\d+) were .*and (\d+) stayed", out)
    return [(int(now), int(before)) for now, before in told]


def _table(path: Path) -> pa.Table:
    """Return a table but for the processor time, which is never the same."""
    table = pq.read_table(path)
    return table.drop_columns([name for name in table.column_names if name == "cpu_ms"])


@pytest.mark.slow
def test_a_kill_at_any_stage(
    tmp_path: Path, survey: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """After kill -9 in each stage nothing is done twice, and what cannot be done is told last."""
    words, said, sent = _words(tmp_path / "killed", survey), dict[str, str](), dict[str, int]()
    for stage, (place, calls) in _KILLS.items():
        command = [sys.executable, "-c", _KILLED, place, str(calls), *words]
        command += ["--resume"] if said else []
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        assert ended.returncode == -signal.SIGKILL, (stage, ended.stderr)
        said[stage], sent[stage] = ended.stdout, sum(survey.log.files.values())
    assert "1 were done before" in said["known objects"]
    assert sorted(survey.log.files.values()) == [1, 1, 2], "but for the file of the kill, once"
    capsys.readouterr()
    assert main([*words, "--resume"]) == 1
    out, err = capsys.readouterr()
    assert sum(survey.log.files.values()) == sent["known objects"]
    assert _computed(said["vet"]) == [(2, 1)]
    assert _computed(out) == [(0, 3), (2, 1)]
    tables, ranking = err.splitlines()
    assert "not all tables of known objects could be had" in tables, "so few stars fill no table"
    place = str(tmp_path / "killed")
    assert ranking.startswith(f"xenoscan all: xenoscan rank {place} cannot be done: 3 stars are")
    assert ranking.endswith("What the other stages made stays")
    assert main([*words, "--resume"]) == 1
    assert _computed(capsys.readouterr().out) == [(0, 3), (0, 3)]
    assert main([*_words(tmp_path / "whole", survey), "--quiet"]) == 1
    for name in _TABLES:
        file = f"{name}.parquet"
        assert _table(tmp_path / "killed" / file) == _table(tmp_path / "whole" / file), name
    assert not (tmp_path / "killed" / "ranking.parquet").exists()


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        ([], "", "say where everything goes: --dataset DIR"),
        (["--dataset", "new"], "", "say which targets"),
        (["--dataset", "new", "--targets", "3"], "[vet]\nknwon = 'a'", "did you mean known?"),
        (["--dataset", "new", "--targets", "3"], "[rank]\ntop = 'a'", "top must be a whole number"),
        (["--dataset", "new", "--targets", "3", "--model", "m"], "", "--model"),
    ],
)
def test_bad_usage(
    words: list[str],
    settings: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake, also in the options of a later stage, is told in one line before all stages."""
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "mine.toml"
    mine.write_text(settings)
    assert main(["all", *words, "--config", str(mine)]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def test_settings_of_the_download_are_those_of_the_road(tmp_path: Path) -> None:
    """What the first run wrote into the data set's folder holds for the road too."""
    (tmp_path / "xenoscan.toml").write_text(
        "quiet = true\n[download]\narchive = 'here'\nworkers = 7\noutput = 'x'\n"
        "[all]\nworkers = 9\n"
    )
    call = Call("xenoscan all", ("--dataset", str(tmp_path), "--resume"), ("xenoscan",), ())
    given = read_options(COMMANDS["all"], call, looks_around=False)
    assert (given.archive, given.workers, given.quiet) == ("here", 9, True)
    assert not hasattr(given, "output")
