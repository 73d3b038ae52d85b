"""A run that was killed, interrupted or out of room can be resumed without a loss."""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import signal
import subprocess
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from preprocessing.missions import LONG
from preprocessing.simulator.server import ArchiveThread
from tests.support.scraping import Place, Scrape, StartArchive, everything_below, wait_until
from tests.support.small_holdings import SmallHoldings

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(40)
_KICS = _HOLDINGS.star_keys()
_FILES = {kic: [p.file_name for p in _HOLDINGS.products(kic) if p.cadence == LONG] for kic in _KICS}


@pytest.fixture
def server(archive: StartArchive) -> ArchiveThread:
    """Serve 80 files, each after a moment, so that runs have a middle."""
    return archive(_HOLDINGS, latency_s=0.03, portal_latency_s=0.0)


def _targets(server: ArchiveThread, count: int = len(_KICS)) -> tuple[str, ...]:
    return ("--targets", str(count), "--archive", server.base_url)


def _sent(server: ArchiveThread) -> int:
    return sum(server.log.files.values())


def _end(run: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = run.communicate(timeout=60)
    return run.returncode, err


def test_five_kills_lose_nothing(tmp_path: Path, server: ArchiveThread) -> None:
    """Resuming after kill -9 at several moments gives the outputs of an undisturbed run."""
    whole, place = Place(tmp_path / "whole"), Place(tmp_path / "killed")
    assert whole.scrape(*_targets(server), "--quiet") == 0
    done: dict[str, int] = {}
    # The archive may be eight files ahead of the records. One run is killed later than that.
    for attempt, n_files in enumerate((5, 18, 4, 9, 6)):
        wanted = _sent(server) + n_files
        run = place.start(*_targets(server), *["--resume"][: min(attempt, 1)])
        wait_until(lambda n=wanted: _sent(server) >= n)  # type: ignore[misc]
        run.kill()
        _end(run)
        finished = [int(row["target_id"][4:]) for row in place.rows()]
        assert len(set(finished)) == len(finished)
        counts = {name: server.log.files[name] for kic in finished for name in _FILES[kic]}
        assert {name: counts[name] for name in done} == done, "fetched twice"
        done = counts
        if attempt % 2:
            with open(place.results, "ab") as stream:
                stream.write(f"KIC {_KICS[-1]},Tr".encode())
    assert 0 < len(done) < 2 * len(_KICS)
    assert place.scrape(*_targets(server), "--resume", "--quiet") == 0
    assert {name: server.log.files[name] for name in done} == done
    assert sorted(row["target_id"] for row in place.rows()) == [f"KIC {kic}" for kic in _KICS]
    assert place.outputs() == whole.outputs()
    assert not list(tmp_path.rglob("*.part"))


def test_resuming_with_nothing_to_do(tmp_path: Path, server: ArchiveThread) -> None:
    """A finished run fetches nothing and changes no row, even if its outputs were moved."""
    place = Place(tmp_path)
    assert place.scrape(*_targets(server, 5), "--quiet") == 0
    rows, before = place.rows(), _sent(server)
    assert place.scrape(*_targets(server, 5), "--resume", "--quiet") == 0
    place.raw.rename(tmp_path / "elsewhere")
    assert place.scrape(*_targets(server, 5), "--resume", "--quiet") == 0
    assert place.rows() == rows
    assert _sent(server) == before


def test_only_passing_failures_are_tried_again(scrape: Scrape, server: ArchiveThread) -> None:
    """Resuming tries transient failures again and leaves 'no data' alone."""
    bad = _FILES[_KICS[1]][0]
    server.faults.script("flip", match=bad, times=2)
    ids = ("--ids", f"KIC {_KICS[0]},KIC {_KICS[1]},KIC 757076", "--archive", server.base_url)
    assert scrape(*ids, "--retries", "0", "--quiet") == 1
    assert scrape.row(f"KIC {_KICS[1]}")["reason"] == "partial"
    before, no_data = server.log.files.copy(), scrape.row("KIC 757076")
    assert scrape(*ids, "--resume", "--quiet") == 1
    assert dict(server.log.files - before) == {bad: 1}
    assert scrape.row(f"KIC {_KICS[1]}")["reason"] == "complete"
    assert scrape.row("KIC 757076") == no_data
    assert len(scrape.rows()) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on(
    tmp_path: Path, server: ArchiveThread, number: int
) -> None:
    """An interrupted run ends with status 130, a checkpoint, how to resume, and a report."""
    place = Place(tmp_path)
    run = place.start(*_targets(server))
    wait_until(lambda: _sent(server) >= 8)
    run.send_signal(number)
    status, err = _end(run)
    assert status == 130
    assert "Interrupted. To go on: python " in err
    assert "--resume\n" in err
    assert list(tmp_path.rglob("*report.html"))
    rows = place.rows()
    assert 0 < len(rows) < len(_KICS)
    assert place.noted()["counts"] == {"complete": len(rows)}
    assert place.noted()["results"]["bytes"] == place.results.stat().st_size
    assert not list(tmp_path.rglob("*.part"))
    assert place.scrape(*_targets(server), "--resume", "--quiet") == 0
    assert len(place.rows()) == len(_KICS)


@pytest.mark.parametrize("with_nohup", [False, True])
def test_a_closed_terminal_ends_the_run_in_order(
    tmp_path: Path, server: ArchiveThread, with_nohup: bool
) -> None:
    """A closed terminal ends the run in order, and a run under nohup continues."""
    place = Place(tmp_path)
    ours, its = pty.openpty()

    def in_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        # Not as whoever started the tests has it: perhaps with nohup.
        signal.signal(signal.SIGHUP, signal.SIG_IGN if with_nohup else signal.SIG_DFL)

    with open(tmp_path / "said", "wb") as said:
        streams: dict[str, Any]
        streams = {"stdout": said, "stderr": said} if with_nohup else {"stdout": its, "stderr": its}
        run = place.start(
            *_targets(server),
            stdin=its,
            **streams,
            start_new_session=True,
            preexec_fn=in_terminal,
        )
    os.close(its)
    wait_until(lambda: _sent(server) >= 8)
    os.close(ours)
    assert run.wait(timeout=60) == (0 if with_nohup else 130)
    rows = place.rows()
    assert place.noted()["counts"] == {"complete": len(rows)}
    assert (len(rows) == len(_KICS)) == with_nohup
    assert not list(tmp_path.rglob("*.part"))
    assert not list(tmp_path.rglob("*.lock"))
    assert place.scrape(*_targets(server), "--resume", "--quiet") == 0
    assert len(place.rows()) == len(_KICS)


def test_a_run_that_was_stopped_for_a_while_goes_on(scrape: Scrape, server: ArchiveThread) -> None:
    """A process stopped for longer than --timeout gives up no star."""
    run = scrape.start(*_targets(server), "--timeout", "1", "--retries", "0")
    wait_until(lambda: _sent(server) >= 8)
    run.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    run.send_signal(signal.SIGCONT)
    assert _end(run)[0] == 0
    assert [row["reason"] for row in scrape.rows()] == ["complete"] * len(_KICS)
    assert set(server.log.files.values()) == {1}


def test_a_second_run_refuses_until_the_first_is_dead(
    scrape: Scrape, server: ArchiveThread, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second run names the first and refuses, until the first is dead."""
    run = scrape.start(*_targets(server), "--quiet")
    wait_until(lambda: _sent(server) >= 4)
    assert scrape(*_targets(server), "--resume", "--quiet") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"another run is writing to {scrape.raw} (--output): process {run.pid} on " in line
    assert run.poll() is None
    run.kill()
    _end(run)
    assert scrape(*_targets(server), "--resume", "--quiet") == 0
    assert len(scrape.rows()) == len(_KICS)


def test_a_second_interrupt_leaves_at_once(tmp_path: Path, server: ArchiveThread) -> None:
    """A second interrupt ends the run at once, and its records stay intact."""
    server.faults.script("stall", match=_FILES[_KICS[0]][0], times=None)
    place = Place(tmp_path)
    with open(tmp_path / "err", "wb") as stream:
        run = place.start(*_targets(server), stderr=stream)
    wait_until(lambda: len(place.rows()) > 2 if place.results.exists() else False)
    run.send_signal(signal.SIGINT)
    wait_until(lambda: b"Stopping" in (tmp_path / "err").read_bytes())
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    assert _end(run)[0] == 130
    assert time.monotonic() - began < 3
    assert place.results.read_bytes().endswith(b"\n")


def test_a_disk_that_fills_up(tmp_path: Path, server: ArchiveThread) -> None:
    """A full disk is one line with status 1, and the run finishes once there is room."""
    place = Place(tmp_path / "run")

    def no_room() -> None:
        # Python ignores SIGXFSZ, so that writing beyond fails as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    run = place.start(*_targets(server, 5), "--quiet", preexec_fn=no_room)
    status, err = _end(run)
    assert status == 1
    assert "Traceback" not in err
    assert "cannot write" in err.splitlines()[-1]
    assert "--resume" in err.splitlines()[-1]
    assert not list(place.root.rglob("*.part"))
    assert place.noted()["counts"] == {}
    assert place.scrape(*_targets(server, 5), "--resume", "--quiet") == 0
    assert len(place.outputs()) == 5


def test_few_open_files_make_few_workers(scrape: Scrape, server: ArchiveThread) -> None:
    """A low limit on open files means fewer workers, and the run says so."""
    command = scrape.command(*_targets(server, 12), "--workers", "16")
    few_files = ["sh", "-c", 'ulimit -n 40; exec "$@"', "sh"]
    run = subprocess.run([*few_files, *command], stderr=subprocess.PIPE, text=True, timeout=60)
    assert run.returncode == 0
    assert "too few files for 16 workers: lowered to 2" in run.stderr
    assert server.log.peak_in_flight <= 2
    assert [row["reason"] for row in scrape.rows()] == ["complete"] * 12


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux lowers others' limits")
def test_running_out_of_open_files_costs_no_target(scrape: Scrape, server: ArchiveThread) -> None:
    """Running out of open files ends the run with one line and blames no target."""
    run = scrape.start(*_targets(server), "--workers", "8", "--retries", "0", "--quiet")
    wait_until(lambda: _sent(server) >= 8)
    resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (8, 8))
    status, err = _end(run)
    assert status == 1
    # The gathered clock may be the first that lacks a file: that is a warning, and ends nothing.
    assert len([line for line in err.splitlines() if "the mission's clock" not in line]) == 1
    assert "Too many open files. Raise the limit (ulimit -n)" in err
    assert {row["reason"] for row in scrape.rows()} <= {"complete"}
    assert scrape(*_targets(server), "--resume", "--quiet") == 0
    assert len(scrape.rows()) == len(_KICS)


def test_an_archive_that_is_down_on_resume_loses_nothing(
    scrape: Scrape, server: ArchiveThread
) -> None:
    """Earlier outputs stay if the archive is down on resume."""
    server.faults.script("flip", match=_FILES[_KICS[0]][1], times=2)
    assert scrape(*_targets(server, 2), "--retries", "0", "--quiet") == 1
    outputs = scrape.outputs()
    server.faults.script("status-500", match="kplr*", times=None)
    assert scrape(*_targets(server, 2), "--resume", "--retries", "0", "--quiet") == 1
    assert set(scrape.outputs()) == set(outputs)
    assert {n: len(c) for n, c in scrape.outputs().items()} == {
        n: len(c) for n, c in outputs.items()
    }
    assert everything_below(scrape.raw)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_archive_is_asked_what_it_has(
    archive: StartArchive, scrape: Scrape, number: signal.Signals
) -> None:
    """A signal before the first target ends the run with a line and status 130."""
    server = archive(SmallHoldings(5), portal_latency_s=30.0)
    run = scrape.start("--targets", "2", "--archive", server.base_url)
    wait_until(lambda: server.log.in_flight > 0)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "interrupted before any target was begun" in err
