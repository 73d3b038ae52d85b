"""The log file beside the results, and what of it is said at the terminal."""

from __future__ import annotations

import io
import logging
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from preprocessing.system.atomic import make_folder, not_through_links
from preprocessing.system.live_lines import write_above
from preprocessing.system.printable import printable

__all__ = ["close_log", "is_log", "log_path", "open_log"]

#: How an entry begins.
_EXAMPLE = b"2026-11-30 12:21:35,123 INFO"
_ENTRY = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+( |$)", re.MULTILINE)
_ROOT = logging.getLogger("preprocessing")


def log_path(results_path: Path) -> Path:
    """Return where the log of a run is: beside the results.

    Examples
    --------
    >>> log_path(Path("download_results.csv")).name
    'download_results.log'
    """
    return results_path.with_suffix(".log")


def is_log(head: bytes) -> bool:
    """Tell whether a file that begins like this is the log of a run.

    Examples
    --------
    >>> is_log(b"2026-11-30 12:21:35,123 INFO 2 targets"), is_log(b"2026-1"), is_log(b"my notes")
    (True, True, False)
    """
    # A power cut may leave a part of the first entry.
    return _ENTRY.search(head + _EXAMPLE[len(head) :]) is not None


def open_log(path: Path | None, level: str) -> None:
    """Send messages to a file, and the first of each kind of warning to the terminal.

    Parameters
    ----------
    path : Path or None
        Appended to; None for no file.
    level : str
        Of what goes to the file: ``debug``, ``info``, ``warning`` or ``error``.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    _ROOT.setLevel(logging.DEBUG)
    if path is not None:
        make_folder(path.parent)
        to_file = _LogFile(path, encoding="utf-8")
        to_file.setLevel(level.upper())
        to_file.setFormatter(_OneLineFormatter("%(asctime)s %(levelname)s %(message)s"))
        _ROOT.addHandler(to_file)
    to_terminal = _TerminalHandler(logging.WARNING)
    to_terminal.addFilter(_FirstOfEachKind())
    to_terminal.setFormatter(_OneLineFormatter("%(levelname)s: %(message)s"))
    _ROOT.addHandler(to_terminal)


def close_log() -> None:
    """Send messages nowhere any more."""
    for handler in list(_ROOT.handlers):
        _ROOT.removeHandler(handler)
        handler.close()


class _OneLineFormatter(logging.Formatter):
    """Makes one line of a message, whatever it quotes, so that nobody can forge another."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        # Indented, the lines of a traceback are no entries of their own.
        return "\n".join(
            f"    {printable(line)}" for line in super().formatException(ei).split("\n")
        )


class _LogFile(logging.FileHandler):
    """Does without what cannot be written: no run ends for its log, nor buries its last words.

    Appends to a file of this name, not to what a link of this name points to.
    """

    def _open(self) -> io.TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=not_through_links)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with suppress(OSError):
            super().close()


class _TerminalHandler(logging.Handler):
    """Writes above what shows the progress, not through it."""

    def emit(self, record: logging.LogRecord) -> None:
        # The log file has it, if the terminal is gone.
        with suppress(OSError):
            text = self.format(record)
            if not write_above(text):
                tqdm.write(text, file=sys.stderr)


class _FirstOfEachKind(logging.Filter):
    """Lets one message of each wording pass, or all; the log file has them all."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "every_time", False):
            return True
        if record.msg in self._seen:
            return False
        self._seen.add(record.msg)
        return True
