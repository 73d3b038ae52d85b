"""What every test may use, and what no test may do: leave this machine, or touch its caches."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

_ARCHIVE_HOST = "mast.stsci.edu"
_ALL_SLOW = re.compile(r"^pytestmark = .*pytest\.mark\.slow\b", re.MULTILINE)

# Shared machines stall now and then, which says nothing about the code.
settings.register_profile("xenoscan", deadline=None)
settings.load_profile("xenoscan")


@pytest.fixture(scope="session")
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the name of one folder after the other, none of which exists."""
    root = tmp_path_factory.mktemp("caches")
    return (root / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, _caches: Iterator[Path]) -> None:
    # Not in tmp_path, since most tests need no folder.
    monkeypatch.setenv("XENOSCAN_CACHE_DIR", str(next(_caches)))


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Return the folder of real mission files, or skip the test."""
    folder = os.environ.get("XENOSCAN_REAL_FILES")
    if not folder:
        pytest.skip("XENOSCAN_REAL_FILES does not name a folder of real mission files")
    return Path(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that lets tests reach the live archive."""
    parser.addoption("--network", action="store_true", help="run the tests marked 'network' too")


def pytest_configure() -> None:
    """Let Ctrl-C interrupt, which tests send, even if whoever began this ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import modules all of whose tests are slow if no slow test is to run."""
    if "not slow" not in config.option.markexpr or collection_path.suffix != ".py":
        return None
    return True if _ALL_SLOW.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests that import lightkurve first, and skip those that need the live archive.

    Side by side, the former are run by one or two of the workers; otherwise each of them would
    take seconds to import it. The latter run if they are wanted and the archive is there.
    """
    items.sort(key=lambda item: item.get_closest_marker("lightkurve") is None)
    marked = [item for item in items if item.get_closest_marker("network")]
    if not marked:
        return
    reason = _why_no_network(config)
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=reason) if reason else pytest.mark.enable_socket)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """End with the counts alone on a line, after everything else that is reported."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        count = {outcome: len(reporter.getreports(outcome)) for outcome in _OUTCOMES}
        failed = count["failed"] + count["error"]
        reporter.write_line(
            f"{count['passed']} passed, {failed} failed, {count['skipped']} skipped"
        )


_OUTCOMES = ("passed", "failed", "error", "skipped")


def _why_no_network(config: pytest.Config) -> str | None:
    if not config.getoption("--network"):
        return "needs the live archive: run with --network"
    try:
        socket.create_connection((_ARCHIVE_HOST, 443), timeout=10).close()
    except OSError as error:
        return f"no internet: {_ARCHIVE_HOST} cannot be reached ({error})"
    return None
