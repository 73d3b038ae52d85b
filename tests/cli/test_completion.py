"""The shells themselves complete command lines as we tell them to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from preprocessing.cli.main import main

#: Asks bash what it offers for a command line, as pressing Tab would.
_BASH = """
source "$1"; shift
function=$(complete -p xenoscan | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
"$function" xenoscan "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Path:
    """Return a file with what `xenoscan completion SHELL` prints, if the shell is there."""
    shell: str = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert main(["completion", shell]) == 0
    path = tmp_path / f"xenoscan.{shell}"
    path.write_text(capsys.readouterr().out)
    return path


@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("do", {"download"}),
        ("download --mis", {"--mission"}),
        ("download --mission K", {"Kepler", "K2"}),
        ("download --author TE", {"TESS-SPOC"}),
        ("download --cadence ", {"long", "short", "fast"}),
        ("download --select sun", {"sun-like"}),
        ("download --log-level w", {"warning"}),
        ("download --dataset ", {"folder"}),
        ("download --target-list ", {"file.csv", "folder"}),
        ("verify ", {"folder"}),
        ("catalog --mission T", {"TESS"}),
        ("serve --mirror ", {"folder"}),
        ("completion ", {"bash", "zsh", "fish"}),
    ],
)
def test_bash_offers_what_fits(script: Path, words: str, offered: set[str], tmp_path: Path) -> None:
    """Commands, options, their values, folders and files are completed where they belong."""
    place = tmp_path / "place"
    (place / "folder").mkdir(parents=True)
    (place / "file.csv").touch()
    # Split so that a blank at the end means an empty word.
    called = ["bash", "-c", _BASH, "bash", str(script), "xenoscan", *words.split(" ")]
    done = subprocess.run(called, cwd=place, capture_output=True, text=True, timeout=60, check=True)
    assert {line.rstrip("/") for line in done.stdout.split()} == offered, done.stderr


@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_fish_offers_what_fits(script: Path) -> None:
    """Words of a mission are offered with what the option means."""
    code = f"source {script}; complete -C 'xenoscan download --mission '"
    done = subprocess.run(
        ["fish", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} >= {"Kepler", "K2", "TESS"}


@pytest.mark.slow
@pytest.mark.parametrize("script", ["zsh"], indirect=True)
def test_zsh_takes_it(script: Path) -> None:
    """The function is registered for the command by a plain `eval`."""
    code = f'autoload -U compinit; compinit -u; eval "$(cat {script})"; print $_comps[xenoscan]'
    done = subprocess.run(
        ["zsh", "-f", "-c", code],
        env={"HOME": str(script.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "_shtab_xenoscan", done.stderr
