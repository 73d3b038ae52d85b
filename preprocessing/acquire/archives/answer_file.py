"""Cache an archive's answers in an SQLite file that every run can do without."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["AnswerFile"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: SQLite allows 999 variables in a statement of its oldest versions in use.
_KEYS_A_QUERY = 500


class AnswerFile:
    """Cached answers of one archive, by question and key.

    A broken cache never stops a run. A damaged file is replaced, and an unusable one is ignored;
    both are logged as warnings.

    Parameters
    ----------
    path : Path
        The SQLite file. It and its folder are made if absent.
    archive : str
        Identifies this archive's answers; other archives may share the file.
    lifetime_s : float
        How long an answer stays valid, in seconds.
    clock : callable
        Returns the seconds since 1970.
    """

    def __init__(
        self,
        path: Path,
        archive: str,
        lifetime_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._archive = archive
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._lock = threading.Lock()
        self._database = self._open()

    def answers(self, question: str, keys: Iterable[str]) -> dict[str, str]:
        """Return the cached answers to a question, by key; keys without one are left out."""
        wanted = list(keys)
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _KEYS_A_QUERY):
            some = wanted[start : start + _KEYS_A_QUERY]
            query = (
                "SELECT key, answer FROM answers WHERE archive = ? AND question = ?"
                f" AND found_at BETWEEN ? AND ? AND key IN ({','.join('?' * len(some))})"
            )
            variables = (self._archive, question, *self._span(), *some)
            nothing: list[tuple[str, str]] = []
            found.update(self._use(_reader(query, variables), nothing))
        return found

    def store(self, question: str, answers: Mapping[str, str]) -> None:
        """Cache answers to a question, by key."""
        now = self._clock()
        rows = [(self._archive, question, key, answer, now) for key, answer in answers.items()]
        statement = "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?)"
        self._use(lambda database: database.executemany(statement, rows), None)

    def close(self) -> None:
        """Close the file. From then on nothing is found or stored."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _open(self) -> sqlite3.Connection | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._connect()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                _log.warning("%s is damaged (%s): begun anew", self._path, error)
                self._remove()
                return self._connect()
        except (OSError, sqlite3.Error) as error:
            _log.warning("answers are not kept: cannot use %s: %s", self._path, error)
            return None

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, check_same_thread=False, timeout=30.0)
        try:
            with database:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute(
                    "CREATE TABLE IF NOT EXISTS answers (archive TEXT, question TEXT, key TEXT,"
                    " answer TEXT, found_at REAL, PRIMARY KEY (archive, question, key))"
                    " WITHOUT ROWID"
                )
                database.execute(
                    "DELETE FROM answers WHERE found_at NOT BETWEEN ? AND ?", self._span()
                )
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _remove(self) -> None:
        # The journal files belong to the content of the main file, so they go too.
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _span(self) -> tuple[float, float]:
        """Return the earliest and the latest time of a valid answer.

        Answers from the near future are valid too: the clock may have been set back.
        """
        now = self._clock()
        return now - self._lifetime_s, now + self._lifetime_s

    def _use(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Return the result of some work with the database, or `otherwise` if that fails."""
        with self._lock:
            if self._database is None:
                return otherwise
            try:
                with self._database:
                    return work(self._database)
            except sqlite3.DatabaseError as error:
                _log.warning("%s is not used any more in this run: %s", self._path, error)
                self._database.close()
                self._database = None
                if _is_damage(error):
                    self._remove()
                return otherwise


def _reader(
    query: str, variables: tuple[Any, ...]
) -> Callable[[sqlite3.Connection], list[tuple[str, str]]]:
    return lambda database: database.execute(query, variables).fetchall()


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the file is damaged, rather than locked or on a full disk."""
    return type(error) is sqlite3.DatabaseError
