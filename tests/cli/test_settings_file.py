"""Options from TOML files, and how they go together with the command line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from preprocessing.cli.call import Call
from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.main import main
from preprocessing.cli.settings_file import read_options
from preprocessing.core.errors import UsageError
from scripts import xenoscan_scraper


def _options(
    *words: str, command: str = "download", looks_around: bool = True
) -> argparse.Namespace:
    call = Call(f"xenoscan {command}", words, ("xenoscan",), ("xenoscan",))
    return read_options(COMMANDS[command], call, looks_around=looks_around)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings file of the working directory, which is not there yet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "xenoscan.toml"


def test_the_command_line_counts_most(settings: Path, tmp_path: Path) -> None:
    """An option comes from the command line, else from --config, else from the data set's file."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "xenoscan.toml").write_text("workers = 1\nretries = 1\ntimeout = 1\n")
    (tmp_path / "mine.toml").write_text("workers = 2\nretries = 2\n")
    given = _options("--dataset", "d", "--config", "mine.toml", "--workers", "3")
    assert (given.workers, given.retries, given.timeout) == (3, 2, 1.0)
    assert given.mission == "Kepler"


def test_the_file_of_the_working_directory_is_read(settings: Path) -> None:
    """Without --config and --dataset, `xenoscan` reads xenoscan.toml; the scripts do not."""
    settings.write_text("workers = 7\n")
    assert _options().workers == 7
    assert _options(looks_around=False).workers == 4
    (settings.parent / "d").mkdir()
    assert _options("--dataset", "d").workers == 4


def test_every_type_of_option(settings: Path) -> None:
    """Numbers, texts, switches and lists have the types that TOML gives them."""
    settings.write_text(
        "workers = 2\nmax-rate = 5\ntimeout = 2.5\nquiet = true\nkeep-files = '~/raw'\n"
        "select = ['mix', 'mine.csv']\nlog-level = 'debug'\nids = 'Kepler-10, ☉'\n"
    )
    given = _options()
    assert (given.workers, given.max_rate, given.timeout, given.quiet) == (2, 5.0, 2.5, True)
    assert given.keep_files == Path.home() / "raw"
    assert (given.select, given.log_level) == (["mix", "mine.csv"], "debug")
    assert given.ids == "Kepler-10, ☉"
    settings.write_text("[serve]\nport = 0\nfault = ['stall=0.1', 'flip=0.2']\nlatency = 0.5\n")
    given = _options(command="serve")
    assert (given.port, given.fault, given.latency) == (0, ["stall=0.1", "flip=0.2"], 0.5)
    assert _options("--fault", "reset=1", command="serve").fault == ["reset=1"]


def test_a_table_is_for_one_command(settings: Path) -> None:
    """What is outside of tables holds for every command that has such an option."""
    settings.write_text(
        "archive = 'embedded'\nport = 9\n[download]\nmission = 'TESS'\n[catalog]\nmission = 'K2'\n"
    )
    assert (_options().archive, _options().mission) == ("embedded", "TESS")
    given = _options(command="catalog")
    assert (given.archive, given.mission) == ("embedded", "K2")


def test_a_list_on_the_command_line_replaces_the_one_of_the_file(settings: Path) -> None:
    """Options that exclude each other do so on the command line, not across it and a file."""
    settings.write_text("target-list = 'stars.csv'\n")
    assert _options().target_list == "stars.csv"
    given = _options("--ids", "Kepler-10")
    assert (given.target_list, given.ids) == (None, "Kepler-10")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"misson = 'K2'", "unknown option 'misson': did you mean mission?"),
        (b"max_rate = 5", "unknown option 'max_rate': did you mean max-rate?"),
        (b"[download]\nport = 1", "unknown option 'port'"),
        (b"help = true", "unknown option 'help'"),
        (b"dataset = 'd'", "unknown option 'dataset'"),
        (b"[downlaod]", "unknown table [downlaod]: did you mean download?"),
        (b"[tool.xenoscan]", "unknown table [tool]"),
        (b"workers = '4'", 'workers must be a whole number, not "4"'),
        (b"workers = 4.5", "workers must be a whole number, not 4.5"),
        (b"workers = true", "workers must be a whole number, not true"),
        (b"timeout = 'long'", 'timeout must be a number, not "long"'),
        (b"mission = 5", "mission must be text in quotes, not 5"),
        (b"quiet = 'yes'", 'quiet must be true or false, not "yes"'),
        (b"quiet = 1", "quiet must be true or false, not 1"),
        (b"select = [1]", "select must be text in quotes, not 1"),
        (b"mission = 2009-05-02", "mission must be text in quotes, not"),
        (b"log-level = 'inof'", "did you mean info?"),
        (b"workers =", "it is not TOML: "),
        (b"workers = 1\nworkers = 2", "it is not TOML: "),
        (b"mission = '\xff'", "it is not UTF-8 text"),
        (b"mission = 'K\xc3\xa9pler'", "unknown mission 'K\u00e9pler'"),
        (b"workers = 0", "workers must be at least 1"),
    ],
)
def test_a_wrong_file_is_one_line_and_status_2(
    content: bytes, said: str, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in a settings file is named with the file, and nothing is done."""
    settings.write_bytes(content)
    assert main(["download", "--targets", "1", "--archive", "embedded"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert err.startswith("xenoscan download: ")
    assert said in err
    assert [path.name for path in settings.parent.iterdir()] == ["xenoscan.toml"]


def test_a_file_that_is_not_there(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--config` with a missing file, or a folder, is one line and status 2, for scripts too."""
    assert main(["verify", ".", "--config", "gone.toml"]) == 2
    assert "cannot read gone.toml: No such file" in capsys.readouterr().err
    assert xenoscan_scraper.main(["--config", "."]) == 2
    assert capsys.readouterr().err == "xenoscan_scraper.py: cannot read .: Is a directory\n"


def test_a_path_in_a_home_directory_that_is_not_there(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder named ~ is made for a user without a home directory."""
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    settings.write_text('output = "~/stars"\n')
    with pytest.raises(UsageError, match="output = ~/stars: this user has no home directory"):
        _options()
