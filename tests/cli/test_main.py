"""The ``xenoscan`` command: which subcommand it runs, and what it says of mistakes."""

from __future__ import annotations

import errno
import inspect
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from preprocessing._version import __version__
from preprocessing.cli import cache_files, commands
from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def test_every_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`xenoscan --help` names every command with its summary."""
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for command in COMMANDS.values():
        assert f"{command.name} {command.summary}" in said


def test_every_command_is_defined_once() -> None:
    """No later definition of a command takes the place of a former one unseen."""
    assert inspect.getsource(commands).count("\n        Command(\n") == len(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help is grouped, fits a terminal of 80 columns, and says what the exit statuses mean."""
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: xenoscan {name} [options]")
    assert "\ngeneral:\n  -h, --help" in said
    assert max(map(len, said.splitlines())) <= 80
    # Groups have names of their own.
    assert "\noptions:" not in said and "\npositional arguments:" not in said


@pytest.mark.parametrize("words", [["--version"], ["download", "--version"]])
def test_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the version, with a command or without."""
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    assert capsys.readouterr().out == f"xenoscan {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a command: download, verify"),
        (["downlaod"], "unknown command 'downlaod': did you mean download?"),
        (["fetch"], "unknown command 'fetch': choose download"),
        (["--verson"], "--help shows the options"),
        (["download", "--wrokers", "2"], "--wrokers 2; did you mean --workers?"),
        (["download", "--wrokers=2"], "--wrokers=2; did you mean --workers?"),
        (["download", "--zzz"], "unrecognized arguments: --zzz (--help"),
        (["download", "--ids", "a", "--mission", "Keplr"], "did you mean Kepler?"),
        (["download", "--ids", "a", "--mission", "K-2"], "did you mean K2?"),
        (
            ["download", "--ids", "a", "--mission", "TESS", "--author", "spok"],
            "unknown author 'spok' of TESS: did you mean SPOC?",
        ),
        (["download", "--ids", "a", "--cadence", "shrot"], "did you mean short?"),
        (["download", "--ids", "a", "--quality", "harder"], "did you mean hard"),
        (["download", "--ids", "a", "--log-level", "inof"], "did you mean info?"),
        (["download", "--select", "sunlike"], "did you mean sun-like?"),
        (["catalog", "--mission", "tes"], "did you mean TESS?"),
        (["serve", "--fault", "nonsense=1"], "nonsense"),
        (["serve", "--port", "many"], "not a number from 0 to 65535"),
        (["verify"], "DIR"),
        (["check-setup", "--archive", "nowhere"], "unknown archive 'nowhere'"),
        (["clear-cache", "--al1"], "did you mean --all?"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mistake on the command line is told in one line that begins with the command's name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(words) == 2
    out, err = capsys.readouterr()
    if words[:1] != ["check-setup"]:
        assert out == ""
    assert err.count("\n") == 1, err
    name = f"xenoscan {words[0]}" if words and words[0] in COMMANDS else "xenoscan"
    assert err.startswith(f"{name}: ")
    assert said in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "package", "extra"),
    [
        (["catalog", "--archive", "embedded --stars 1"], "duckdb", "catalog"),
        (["catalog", "--archive", "embedded --stars 1"], "pyvo", "catalog"),
        (["download", "--select", "brightest", "--archive", "embedded"], "duckdb", "catalog"),
        (["check-setup"], "astropy", "check"),
        (["clear-cache"], "astropy", "check"),
    ],
)
def test_a_missing_extra_is_named(
    words: list[str],
    package: str,
    extra: str,
    tmp_path: Path,
) -> None:
    """A command whose packages are not installed says which extra brings them, with status 2."""
    code = (
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        "from preprocessing.cli.main import main\n"
        f"sys.exit(main({words!r}))\n"
    )
    done = _python("-c", code, cwd=tmp_path, variables={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"xenoscan {words[0]}: {package} is not installed, and this needs it:"
        f" pip install 'xenoscan[{extra}]'\n"
    )


@pytest.mark.slow
def test_a_package_of_the_base_is_no_extra(tmp_path: Path) -> None:
    """Where the installation itself is broken, the error is shown as it is."""
    code = (
        "import sys\n"
        "sys.modules['aiohttp'] = None\n"
        "from preprocessing.cli.main import main\n"
        "main(['download', '--targets', '1'])\n"
    )
    done = _python("-c", code, cwd=tmp_path, variables={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.slow
def test_the_package_is_the_command() -> None:
    """`python -m preprocessing` does the same as `xenoscan`."""
    done = _python("-m", "preprocessing", "--version")
    assert (done.returncode, done.stdout) == (0, f"xenoscan {__version__}\n")
    done = _python("-m", "preprocessing", "download")
    assert done.returncode == 2
    assert done.stderr.startswith("xenoscan download: say which targets")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_loads_no_network_library(name: str) -> None:
    """No command's help waits for the libraries that the command itself will need."""
    code = (
        "import sys\n"
        "from preprocessing.cli.main import main\n"
        f"try: main({[name, '--help'] if name else ['--help']!r})\n"
        "except SystemExit: pass\n"
        "heavy = {'aiohttp', 'astropy', 'duckdb', 'pyvo', 'lightkurve', 'scipy', 'shtab'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = _python("-c", code)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}])
def test_what_is_not_for_a_terminal_has_no_colors(variables: dict[str, str]) -> None:
    """Neither a pipe nor a user who sets NO_COLOR gets escape sequences."""
    for words in (["--help"], ["download", "--help"], ["downlaod"]):
        done = _python("-m", "preprocessing", *words, variables=variables)
        assert "\x1b" not in done.stdout + done.stderr


def _python(
    *words: str, cwd: Path = ROOT, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_working_directory_that_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that needs the working directory says in one line that it is gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["clear-cache", "--dry-run"]) == 1
    assert capsys.readouterr().err == (
        "xenoscan clear-cache: the working directory was removed: go to another, and call this"
        " again\n"
    )
    monkeypatch.chdir(tmp_path)


def test_what_no_command_foresaw(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever else the machine refuses is one line, too."""

    def refuse(caches: object, results: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "/mnt/data")

    monkeypatch.setattr(cache_files, "refuse_unsafe", refuse)
    assert main(["clear-cache", "--dry-run"]) == 1
    assert capsys.readouterr().err == "xenoscan clear-cache: /mnt/data: Input/output error\n"
