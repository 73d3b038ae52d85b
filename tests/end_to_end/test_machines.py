"""The commands work on machines as they are: without streams, a home directory, or an archive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.limits import files_of_at_most
from tests.support.scraping import PROGRAM, Place, Scrape, environment
from tests.support.small_holdings import SmallHoldings

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(2)
_EMBEDDED = ("--archive", "embedded --stars 3 --quarters 2", "--targets", "2")
#: Runs a command as a user without an entry in the list of users.
_NOBODY = """
import os, pwd, sys
def getpwuid(number): raise KeyError(number)
pwd.getpwuid = getpwuid
from preprocessing.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of two stars, which needs no process to be served."""
    folder = tmp_path_factory.mktemp("files")
    for kic in _HOLDINGS.star_keys():
        for product in _HOLDINGS.products(kic):
            (folder / product.file_name).write_bytes(_HOLDINGS.body(product))
    return folder


def _xenoscan(
    folder: Path, redirections: str, *words: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a shell runs it, with redirections such as ``>&-``."""
    command = [sys.executable, "-m", "preprocessing", *words]
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirections}', "sh", *command],
        cwd=folder,
        env=env or environment(PYTHONPATH=str(PROGRAM.parents[1])),
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("redirections", "is_embedded"),
    [
        (">&-", False),
        ("2>&-", False),
        (">&- 2>&-", False),
        ("<&- >&- 2>&-", True),
        (">/dev/full 2>/dev/full", False),
    ],
)
def test_without_standard_streams(
    tmp_path: Path, files: Path, redirections: str, is_embedded: bool
) -> None:
    """A run whose streams are closed, or lead to a full disk, does its work all the same."""
    archive = _EMBEDDED if is_embedded else ("--archive", str(files))
    done = _xenoscan(tmp_path, redirections, "download", *archive, "--dataset", "stars")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "stars/lightcurves").glob("*.fits"))) == 2
    done = _xenoscan(tmp_path, redirections, "verify", "stars")
    assert (done.returncode, done.stderr) == (0, "")
    assert _xenoscan(tmp_path, redirections, "nonsense").returncode == 2


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("completion", "bash")])
@pytest.mark.parametrize(
    ("redirections", "said"),
    [
        (">&-", ""),
        ("| true", ""),
        (">/dev/full", "cannot write to standard output: No space left on device\n"),
    ],
)
def test_nobody_reads_the_help(
    tmp_path: Path, words: tuple[str, ...], redirections: str, said: str
) -> None:
    """What only prints ends in order when there is nobody to read it."""
    done = _xenoscan(tmp_path, redirections, *words)
    assert (done.returncode, done.stderr) == (0, said)


def test_a_script_without_streams(tmp_path: Path, files: Path) -> None:
    """The scripts of the repository need no streams either."""
    command = Place(tmp_path).command("--archive", str(files), "--targets", "2")
    done = subprocess.run(["sh", "-c", '"$@" >&- 2>&-', "sh", *command], timeout=120)
    assert done.returncode == 0
    assert len(Place(tmp_path).outputs()) == 2


@pytest.mark.parametrize(
    ("words", "home"),
    [
        (("download", *_EMBEDDED, "--dataset", "stars"), None),
        (("download", *_EMBEDDED, "--dataset", "stars"), "/nonexistent"),
        (("clear-cache", "--dry-run"), None),
        (("clear-cache", "--dry-run"), "/nonexistent"),
        (("check-setup", "--output", "check"), "/nonexistent"),
        (("catalog", "--archive", "embedded --stars 5", "--output", "stars.parquet"), None),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else str(words),
)
def test_without_a_home_directory(tmp_path: Path, words: tuple[str, ...], home: str | None) -> None:
    """A user whom the system does not know, or who has no folder, can do everything."""
    env = {name: value for name, value in environment().items() if name in ("PATH", "TMPDIR")}
    env["PYTHONPATH"] = str(PROGRAM.parents[1])
    if home is not None:
        env["HOME"] = home
    done = subprocess.run(
        [sys.executable, "-c", _NOBODY, *words],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("~*"))


def test_no_color(tmp_path: Path) -> None:
    """With NO_COLOR no command prints an escape sequence, not even at a terminal."""
    env = environment(PYTHONPATH=str(PROGRAM.parents[1]), NO_COLOR="1", TERM="xterm-256color")
    for words in (("--help",), ("download", "--help"), ("nonsense",)):
        reader, writer = os.openpty()
        subprocess.run(
            [sys.executable, "-m", "preprocessing", *words],
            cwd=tmp_path,
            env=env,
            stdout=writer,
            stderr=writer,
            timeout=60,
        )
        os.close(writer)
        assert b"\x1b" not in _read_all(reader)


def _read_all(reader: int) -> bytes:
    shown = b""
    try:
        while piece := os.read(reader, 65536):
            shown += piece
    except OSError:
        # Linux says so where the other end of a terminal is closed.
        pass
    os.close(reader)
    return shown


@pytest.mark.parametrize(
    "words", [("--ids", "KIC 1"), ("--targets", "3"), ("--ids", "KIC 1", "--dry-run")]
)
def test_an_archive_out_of_reach(tmp_path: Path, words: tuple[str, ...]) -> None:
    """An archive that never answers cannot be reached; the message names a dead proxy."""
    env = environment(PYTHONPATH=str(PROGRAM.parents[1]), https_proxy="127.0.0.1:9", no_proxy="")
    download = ("download", "--dataset", "stars", "--retries", "0", *words)
    done = _xenoscan(tmp_path, "", *download, env=env)
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("xenoscan"))
    assert re.search(
        r"mast cannot be reached: .*the proxy http://127.0.0.1:9 \(https_proxy\)", line
    )
    assert "What is recorded stays" not in line


def test_files_of_limited_size(
    scrape: Scrape, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit on the size of files is named, and nobody is told to make room."""
    archive = ("--archive", str(files))
    with files_of_at_most(20_000):
        assert scrape(*archive, "--quiet") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "File too large. Allow larger files (ulimit -f unlimited), or choose" in line
    assert "ake room" not in line
    assert scrape(*archive, "--quiet", "--resume") == 0


def test_a_program_without_standard_error(tmp_path: Path) -> None:
    """A program that wants a bar, but has nowhere to show it, downloads all the same."""
    program = (
        "from preprocessing import download\n"
        "download(1, 'stars', archive='embedded --stars 1 --quarters 1', progress=True)\n"
    )
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(PROGRAM.parents[1])),
        timeout=60,
    )
    assert done.returncode == 0
    assert (tmp_path / "stars" / "download_results.csv").exists()
