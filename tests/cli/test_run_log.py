"""The log file records everything, and the terminal shows each kind of warning once."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from preprocessing.cli.run_log import close_log, log_path, open_log

_LOG = logging.getLogger("preprocessing.acquire.runs.pipeline")


def test_a_kind_of_warning_is_said_once_and_logged_always(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal shows the first warning of a kind, and the file has all of them."""
    path = tmp_path / "logs" / "results.log"
    open_log(path, "info")
    for name in ("KIC 1", "KIC 2", "KIC 3"):
        _LOG.warning("%s: no progress", name)
    _LOG.warning("another wording")
    _LOG.info("only for the file")
    _LOG.debug("for nobody")
    close_log()
    said = capsys.readouterr().err.splitlines()
    assert said == ["WARNING: KIC 1: no progress", "WARNING: another wording"]
    logged = path.read_text().splitlines()
    assert len(logged) == 5
    assert logged[2].endswith("WARNING KIC 3: no progress")


@pytest.mark.parametrize(("level", "count"), [("error", 0), ("warning", 1), ("debug", 2)])
def test_the_level_is_of_the_file(tmp_path: Path, level: str, count: int) -> None:
    """The option `--log-level` decides what goes to the file."""
    open_log(tmp_path / "a.log", level)
    _LOG.warning("w")
    _LOG.debug("d")
    close_log()
    assert len((tmp_path / "a.log").read_text().splitlines()) == count


def test_a_log_is_appended_to(tmp_path: Path) -> None:
    """A resumed run continues the log of the first."""
    for text in ("first", "second"):
        open_log(log_path(tmp_path / "results.csv"), "info")
        _LOG.info(text)
        close_log()
    assert len((tmp_path / "results.log").read_text().splitlines()) == 2


def test_after_the_end_nothing_is_logged(tmp_path: Path) -> None:
    """Closing the log removes its handlers."""
    open_log(tmp_path / "a.log", "info")
    close_log()
    _LOG.info("late")
    assert (tmp_path / "a.log").read_text() == ""
    assert logging.getLogger("preprocessing").handlers == []


def test_no_text_of_others_makes_a_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Foreign text starts no line of its own and does not control the terminal."""
    open_log(tmp_path / "a.log", "info")
    said = "\r\n2026-01-01 00:00:00,000 INFO KIC 1: complete\x1b[2J\x07\u202e"
    _LOG.warning("the archive said %s", said)
    try:
        raise ValueError(said)
    except ValueError:
        _LOG.exception("a traceback")
    close_log()
    for text in ((tmp_path / "a.log").read_text(), capsys.readouterr().err):
        assert all(character.isprintable() or character == "\n" for character in text)
        first, second, *trace = text.splitlines()
        assert "complete\\x1b[2J\\x07\\u202e" in first
        assert second.endswith("a traceback")
        assert trace
        assert all(line.startswith("    ") for line in trace)


def test_an_entry_has_an_end(tmp_path: Path) -> None:
    """A message of megabytes is cut."""
    open_log(tmp_path / "a.log", "info")
    _LOG.info("the archive said %s", "x" * 10**6)
    close_log()
    assert (tmp_path / "a.log").stat().st_size < 2500


def test_a_log_that_cannot_be_written_is_done_without(capsys: pytest.CaptureFixture[str]) -> None:
    """A log that cannot be written causes no message of its own."""
    open_log(Path("/dev/full"), "info")
    try:
        logging.getLogger("preprocessing.test").info("a star is done")
    finally:
        close_log()
    assert capsys.readouterr().err == ""
