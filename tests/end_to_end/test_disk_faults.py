"""A run survives disks that fill up, are read-only, or go away."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.simulator.server import ArchiveThread
from tests.support.scraping import Place, Scrape, StartArchive, wait_until
from tests.support.small_holdings import SmallHoldings

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(60)
_KICS = _HOLDINGS.star_keys()


@pytest.fixture
def server(archive: StartArchive) -> ArchiveThread:
    """Serve 120 files, each after a moment, so that runs have a middle."""
    return archive(_HOLDINGS, latency_s=0.03, portal_latency_s=0.0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Make a disk of its own, just large enough for a run to start."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=72m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _targets(server: ArchiveThread) -> tuple[str, ...]:
    return ("--targets", str(len(_KICS)), "--archive", server.base_url, "--workers", "4")


def _fill(disk: Path) -> Path:
    """Leave not a byte of a disk."""
    ballast = disk / "ballast"
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, bytes(2**16))
    except OSError:
        return ballast
    finally:
        os.close(descriptor)


def _begun(place: Place) -> bool:
    return place.results.exists() and len(place.rows()) >= 4


def _whole(tmp_path: Path, server: ArchiveThread) -> dict[str, bytes]:
    place = Place(tmp_path / "whole")
    assert place.scrape(*_targets(server), "--quiet") == 0
    return place.outputs()


def _ends_with_one_line(err: str) -> bool:
    """Tell whether a run says one thing, beside the warning that it cannot keep the clock."""
    lines = [line for line in err.splitlines() if "cannot keep the mission's clock" not in line]
    return len(lines) == 1


def test_a_full_disk(tmp_path: Path, small_disk: Path, server: ArchiveThread) -> None:
    """A full disk is one line with status 1, and --resume finishes once there is room."""
    place = Place(small_disk / "run")
    run = place.start(*_targets(server))
    wait_until(lambda: _begun(place))
    ballast = _fill(small_disk)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert _ends_with_one_line(err), err
    assert "No space left on device" in err
    assert "--resume" in err
    assert place.results.read_bytes().endswith(b"\n")
    assert not list(place.root.rglob("*.part"))
    done = len(place.rows())
    ballast.unlink()
    # An output may be finished when the run ends before its row.
    assert done <= len(place.outputs()) < len(_KICS)
    assert place.scrape(*_targets(server), "--resume", "--quiet") == 0
    assert len(place.rows()) == len(_KICS)
    assert place.outputs() == _whole(tmp_path, server)


def test_a_full_disk_of_the_records(
    tmp_path: Path, small_disk: Path, server: ArchiveThread
) -> None:
    """A full disk for the records alone ends the run in the same way."""
    place = Place(small_disk / "records")
    place.raw = tmp_path / "raw"
    run = place.start(*_targets(server))
    wait_until(lambda: _begun(place))
    ballast = _fill(small_disk)
    _, err = run.communicate(timeout=60)
    ballast.unlink()
    assert run.returncode == 1
    assert _ends_with_one_line(err), err
    assert "cannot write the" in err
    assert place.results.read_bytes().endswith(b"\n")
    assert "--resume" in err
    assert place.scrape(*_targets(server), "--resume", "--quiet") == 0
    assert sorted(row["target_id"] for row in place.rows()) == [f"KIC {kic}" for kic in _KICS]
    assert place.outputs() == _whole(tmp_path, server)


def test_an_output_folder_that_is_removed(scrape: Scrape, server: ArchiveThread) -> None:
    """The run ends with one line, and resuming fetches only what is not recorded."""
    run = scrape.start(*_targets(server))
    wait_until(lambda: _begun(scrape))
    while scrape.raw.exists():
        # A file may come while the folder is emptied.
        shutil.rmtree(scrape.raw, ignore_errors=True)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert len(err.splitlines()) == 1
    assert str(scrape.raw) in err
    before = len(scrape.rows())
    assert scrape(*_targets(server), "--resume", "--quiet") == 0
    assert len(scrape.outputs()) == len(_KICS) - before
    assert len(scrape.rows()) == len(_KICS)


def test_results_that_another_program_saves(tmp_path: Path, server: ArchiveThread) -> None:
    """The run ends with one line when an editor saves the results, and nothing is fetched twice."""
    place = Place(tmp_path)
    run = place.start(*_targets(server))
    wait_until(lambda: _begun(place))
    saved = tmp_path / "saved.csv"
    shutil.copyfile(place.results, saved)
    saved.replace(place.results)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert len(err.splitlines()) == 1
    assert "was replaced by another program" in err
    done = {path.stem for path in place.raw.glob("*.fits")}
    before = server.log.files.copy()
    assert place.scrape(*_targets(server), "--resume", "--quiet") == 0
    assert sorted(row["target_id"] for row in place.rows()) == [f"KIC {kic}" for kic in _KICS]
    again = {name[4:13] for name in server.log.files - before}
    assert not {stem.removeprefix("KIC_") for stem in done} & again


def test_a_read_only_disk(
    small_disk: Path, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """A read-only path is one line with status 2."""
    here, there = Place(small_disk / "here"), Place(small_disk.parent / "there")
    here.root.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for option in here.options():
        assert there.scrape(*_targets(server), option) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "Read-only file system" in line
        assert str(here.root) in line
    assert server.log.requests["download"] == 0
