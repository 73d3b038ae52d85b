"""The command ``xenoscan pack``: what it says, its exit status, and kills at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from preprocessing import open_dataset
from preprocessing.cli.main import main
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.tables import sky_cells
from tests.support.held_lock import run_in_progress
from tests.support.packing import contents, packed_curves, write_dataset, write_results, write_star

_STARS = tuple(757076 + 31 * n for n in range(16))

pytestmark = pytest.mark.slow


def run(*words: str) -> int:
    return main(["pack", *words])


def test_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The summary counts what was packed, and names what is missing; the status is 0."""
    places = write_dataset(tmp_path, _STARS[:3])
    rows = [{"target_id": "KIC 5", "success": False, "reason": "no_data", "catalog_number": 5}]
    write_results(places, rows)
    assert run(str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path} is packed: 3 light curves. 3 of them were read now; 1 files were" in out
    assert "Targets without a light curve: 1 (KIC 5)." in out
    assert run(str(tmp_path), "--quiet", "--jobs", "2") == 0
    assert capsys.readouterr().out == ""


def test_damaged_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged FITS file is named with what to do, and the status is 1."""
    places = write_dataset(tmp_path, _STARS[:3])
    path = places.lightcurves / f"KIC_{_STARS[0]}.fits"
    path.write_bytes(path.read_bytes()[:-2880])
    assert run(str(tmp_path), "--quiet") == 1
    out = capsys.readouterr().out
    assert out.startswith(f"not packed: {path}: ")
    assert f"xenoscan verify {tmp_path} --repair" in out


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there or no data set, and a bad number, are one line and status 2."""
    for words, message in (
        ((str(tmp_path / "x"),), "there is no folder"),
        ((str(tmp_path),), "is no data set"),
        ((str(tmp_path), "--jobs", "0"), "not a number of processes"),
        ((), "required"),
    ):
        assert run(*words) == 2
        err = capsys.readouterr().err
        assert message in err
        assert len(err.splitlines()) == 1


def test_run_in_progress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data set that a run writes to is refused, with status 2, and nothing is written."""
    places = write_dataset(tmp_path, _STARS[:1])
    with run_in_progress(places):
        assert run(str(tmp_path)) == 2
        assert "another run is writing" in capsys.readouterr().err
        assert contents(tmp_path) == {}
    assert run(str(tmp_path), "--quiet") == 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_kills_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """After kill -9 at random moments, the next run completes the same bytes."""
    monkeypatch.setattr(sky_cells, "MOST_STARS", 2)
    cells = "preprocessing.tables.sky_cells"
    program = f"import {cells} as c; c.MOST_STARS = 2; from preprocessing.cli.main import main"
    chance = random.Random(jobs)
    write_dataset(tmp_path / "whole", _STARS)
    places = write_dataset(tmp_path / "killed", _STARS[:8])

    def command(root: Path) -> list[str]:
        words = ["pack", str(root), "--jobs", str(jobs), "--quiet"]
        return [sys.executable, "-c", f"{program}; raise SystemExit(main({words}))"]

    assert run(str(tmp_path / "whole"), "--quiet") == 0
    for attempt in range(2):
        if attempt == 1:
            for number in _STARS[8:]:
                write_star(places.lightcurves, number)
        process = subprocess.Popen(command(places.root))
        wanted = chance.randint(1, 3) + len(_files(places.root))
        deadline = time.monotonic() + 60
        while process.poll() is None and len(_files(places.root)) < wanted:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.kill()
        process.wait()
        # Whatever has its final name can be read in full.
        for path in _files(places.root):
            assert path.stat().st_size
        packed_curves(places.root)
    assert run(str(places.root), "--quiet") == 0
    assert contents(places.root) == contents(tmp_path / "whole")


def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C ends the work after the file in hand, leaves nothing unfinished, and is status 130."""
    write_dataset(tmp_path, _STARS)
    program = (
        "import preprocessing.tables.sky_cells as c; c.MOST_STARS = 1;"
        " from preprocessing.cli.main import main;"
        f" raise SystemExit(main(['pack', {str(tmp_path)!r}]))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not _files(tmp_path):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "xenoscan pack: interrupted\n" in err
    assert err.count("\n") == 2 and "another Ctrl-C skips the report" in err
    assert not list(tmp_path.rglob("*.part"))
    assert not list(tmp_path.rglob(".*.lock"))
    assert 0 < len(_files(tmp_path)) < len(_STARS)
    assert run(str(tmp_path), "--quiet") == 0
    assert len(packed_curves(tmp_path)) == len(_STARS)


def _files(root: Path) -> list[Path]:
    return list(partition_files(PackedFolder(root).curves))


def test_processes_give_the_same_bytes(tmp_path: Path) -> None:
    """With several processes, the packed data set is the same."""
    for name, jobs in (("one", "1"), ("two", "2")):
        write_dataset(tmp_path / name, _STARS)
        assert run(str(tmp_path / name), "--jobs", jobs, "--quiet") == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_full_disk(tmp_path: Path) -> None:
    """A file system without room ends the run in one line with what to do, and status 1."""
    write_dataset(tmp_path, _STARS)
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        " from preprocessing.cli.main import main;"
        f" raise SystemExit(main(['pack', {str(tmp_path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert f"cannot pack {tmp_path}" in line
    assert "the same command goes on" in line
    assert run(str(tmp_path), "--quiet") == 0


def test_verify_and_repair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command `verify` names a damaged packed file, and `--repair` writes it again."""
    places = write_dataset(tmp_path, _STARS[:3])
    write_results(places, [])
    assert run(str(tmp_path), "--quiet") == 0
    before = contents(tmp_path)
    [path] = _files(tmp_path)
    body = bytearray(path.read_bytes())
    body[5000] ^= 1
    path.write_bytes(body)
    for words in ((), ("--repair",)):
        assert main(["verify", str(tmp_path), *words]) == 1
        assert f"damaged: {path}: " in capsys.readouterr().out
    # The card has the chain of the manifest, to which the repair added a line.
    after = contents(tmp_path)
    assert {**after, "README.md": b""} == {**before, "README.md": b""}
    main(["verify", str(tmp_path)])
    assert "All of the packed data set is sound." in capsys.readouterr().out


def test_missing_extra(tmp_path: Path) -> None:
    """Without pyarrow, the line says which extra brings it, and the status is 2."""
    write_dataset(tmp_path, _STARS[:1])
    program = (
        "import sys; sys.modules['pyarrow'] = None; from preprocessing.cli.main import main;"
        f" raise SystemExit(main(['pack', {str(tmp_path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert done.returncode == 2
    assert "pip install 'xenoscan[dataset]'" in done.stderr


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        ("local:0", "no number of processes"),
        ("http://head:8786", "no address of a scheduler"),
        ("tcp://", "no address of a scheduler"),
        ("nosuch.yaml", "give local:N"),
    ],
)
def test_no_cluster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cluster: str, message: str
) -> None:
    """What names no cluster is one line with status 2."""
    root = str(write_dataset(tmp_path, _STARS[:1]).root)
    assert run(root, "--cluster", cluster) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


class TestCopies:
    """``--to``: a copy in an object store, here in one that is in memory."""

    def test_brings_a_copy_up_to_date(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The summary says what was sent, and what was there."""
        places = write_dataset(tmp_path, _STARS[:2])
        for sent, kept in ((2, 0), (2, 0)):
            assert run(str(tmp_path), "--to", "memory://copies/mine/") == 0
            out = capsys.readouterr().out
            # This store has no digests, and the star that came is in the one file.
            assert f"memory://copies/mine is up to date: {sent} files were sent" in out
            assert f"{kept} were there, 0 were removed" in out
            write_star(places.lightcurves, _STARS[2])
        assert len(open_dataset("memory://copies/mine")) == 3
        assert run(str(tmp_path), "--to", "memory://copies/mine") == 0
        assert "0 files were sent (0.0 MB), 2 were there" in capsys.readouterr().out

    def test_places_that_cannot_be(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A wrong place is one line and status 2, before anything is packed."""
        write_dataset(tmp_path, _STARS[:1])
        for words, message in (
            ((str(tmp_path), "--to", "copies"), "takes a URL"),
            ((str(tmp_path), "--to", "s3:/copies"), "lost a slash"),
            ((str(tmp_path), "--to", "nonsense://copies/mine"), "not known"),
            (("s3://copies/mine",), "pack a folder of this machine"),
        ):
            assert run(*words) == 2
            err = capsys.readouterr().err
            assert message in err and len(err.splitlines()) == 1
        assert contents(tmp_path) == {}
        assert main(["verify", "s3://copies/mine"]) == 2
        assert main(["download", "--dataset", "s3://copies/mine", "--targets", "1"]) == 2
        assert not Path("s3:").exists()

    def test_a_store_that_fails(
        self,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A store that does not answer is one line and status 1."""
        from s3fs import S3FileSystem

        monkeypatch.setattr(S3FileSystem, "retries", 1)
        for name, value in (("ENDPOINT_URL", "http://127.0.0.1:9"), ("MAX_ATTEMPTS", "1")):
            monkeypatch.setenv(f"AWS_{name}", value)
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            monkeypatch.setenv(f"AWS_{name}", "test")
        S3FileSystem.clear_instance_cache()
        write_dataset(tmp_path, _STARS[:1])
        assert run(str(tmp_path), "--to", "s3://copies/mine") == 1
        err = capsys.readouterr().err
        assert "cannot bring s3://copies/mine up to date: s3://copies/mine" in err
        assert len(err.splitlines()) == 1
