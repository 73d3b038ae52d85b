"""Search answers kept on disk, so that a second run needs no search."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from preprocessing.archives.base import StarFiles
from preprocessing.products import parse_file_name

__all__ = ["SearchCache"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Part of the file's name: another layout gets another file.
_LAYOUT = 2
#: How long an answer counts, in seconds: 30 days. The mission is over and its files are
#: final, but an archive's faults are not.
_LIFETIME_S = 30 * 86400.0
#: SQLite allows 999 variables in a statement of its oldest versions in use.
_KEYS_A_QUERY = 500

#: What a text that is no answer of ours may raise.
_NOT_READ = (KeyError, TypeError, ValueError, RecursionError)
#: What an answer may say: numbers of nine digits, quarters 0 to 17 with as many files as an
#: observation id can count, and separations in arcsec.
_LARGEST_KIC = 999_999_999
_KIC_KEY = re.compile(r"kic\d+", re.ASCII)
_LAST_QUARTER = 17
_MOST_UNLISTED = 9 * (_LAST_QUARTER + 1)
_FULL_TURN = 360 * 3600.0


class SearchCache:
    """One archive's answers by cadence and target; only those that found files are kept.

    That nothing was found is never kept: collections have vanished from MAST's search
    for a day (https://github.com/lightkurve/lightkurve/issues/1355).

    No run needs it, so that none stops for it: a damaged file is begun anew, and one
    that cannot be used is done without, each with a warning.

    Parameters
    ----------
    folder : Path
        Made if absent.
    archive : str
        Tells this archive's answers from those of others in the same folder.
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, folder: Path, archive: str, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / f"search-v{_LAYOUT}.sqlite"
        self._archive = archive
        self._clock = clock
        self._lock = threading.Lock()
        self._database = self._open()

    def stars(self, cadence: str, keys: Iterable[str]) -> dict[str, StarFiles]:
        """Return what is known of some targets, by their keys."""
        decoded = (
            (key, _decode_star(answer, key, cadence))
            for key, answer in self._answers(cadence, list(keys)).items()
        )
        return {key: star for key, star in decoded if star is not None}

    def store_stars(self, cadence: str, stars: Mapping[str, StarFiles]) -> None:
        """Keep answers, by the keys of their targets."""
        self._store(cadence, {key: _encode_star(star) for key, star in stars.items()})

    def holdings(self, cadence: str, prefix: str) -> list[int] | None:
        """Return the KIC numbers found under a name prefix, if they are known."""
        answers = self._answers(cadence, [f"holdings:{prefix}"])
        return next((_decode_kics(answer) for answer in answers.values()), None)

    def store_holdings(self, cadence: str, prefix: str, kics: list[int]) -> None:
        """Keep the KIC numbers found under a name prefix."""
        self._store(cadence, {f"holdings:{prefix}": {"kics": kics}})

    def close(self) -> None:
        """Close the file; afterwards nothing is known or kept."""
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
            _log.warning("search answers are not kept: cannot use %s: %s", self._path, error)
            return None

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, check_same_thread=False, timeout=30.0)
        try:
            with database:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute(
                    "CREATE TABLE IF NOT EXISTS answers (archive TEXT, cadence TEXT, key TEXT,"
                    " answer TEXT, found_at REAL, PRIMARY KEY (archive, cadence, key))"
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
        # The journal's own files go too: they belong to what was in the main one.
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _span(self) -> tuple[float, float]:
        """Return between which times an answer must have been found to count.

        One from the future counts too, as after a clock was set back, but not from any.
        """
        now = self._clock()
        return now - _LIFETIME_S, now + _LIFETIME_S

    def _use(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Return what work with the database gives, or something else if it cannot be done."""
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

    def _answers(self, cadence: str, keys: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(keys), _KEYS_A_QUERY):
            some = keys[start : start + _KEYS_A_QUERY]
            query = (
                "SELECT key, answer FROM answers WHERE archive = ? AND cadence = ?"
                f" AND found_at BETWEEN ? AND ? AND key IN ({','.join('?' * len(some))})"
            )
            variables = (self._archive, cadence, *self._span(), *some)
            nothing: list[tuple[str, str]] = []
            found.update(self._use(_reader(query, variables), nothing))
        return found

    def _store(self, cadence: str, answers: Mapping[str, Any]) -> None:
        now = self._clock()
        rows = [(self._archive, cadence, key, json.dumps(a), now) for key, a in answers.items()]
        statement = "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?)"
        self._use(lambda database: database.executemany(statement, rows), None)


def _reader(
    query: str, variables: tuple[Any, ...]
) -> Callable[[sqlite3.Connection], list[tuple[str, str]]]:
    return lambda database: database.execute(query, variables).fetchall()


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell a file that is no database from one that is locked, or on a full disk."""
    return type(error) is sqlite3.DatabaseError


def _encode_star(star: StarFiles) -> dict[str, Any]:
    return {
        "kic": star.kic,
        "files": [product.file_name for product in star.products],
        "unlisted_quarters": list(star.unlisted_quarters),
        "separation_arcsec": star.separation_arcsec,
    }


def _decode_star(text: str, key: str, cadence: str) -> StarFiles | None:
    """Return the star of an answer; None if it is not sound, so that it is asked for again."""
    try:
        answer = json.loads(text)
        kic, separation = answer["kic"], answer["separation_arcsec"]
        products = [parse_file_name(name) for name in answer["files"]]
        known = tuple(product for product in products if product is not None)
        unlisted = tuple(answer["unlisted_quarters"])
    except _NOT_READ:
        return None
    star = StarFiles(kic, known, unlisted, separation)
    is_sound = (
        _is_kic(kic)
        and (key == f"kic{kic}" or _KIC_KEY.fullmatch(key) is None)
        and len(known) == len(products) == len(set(known))
        and all((product.kic, product.cadence) == (kic, cadence) for product in known)
        and len(unlisted) <= _MOST_UNLISTED
        and all(type(quarter) is int and 0 <= quarter <= _LAST_QUARTER for quarter in unlisted)
        and (separation is None or (type(separation) is float and 0 <= separation < _FULL_TURN))
    )
    return star if is_sound else None


def _decode_kics(text: str) -> list[int] | None:
    try:
        kics = json.loads(text)["kics"]
    except _NOT_READ:
        return None
    is_sound = isinstance(kics, list) and all(map(_is_kic, kics)) and kics == sorted(set(kics))
    return kics if is_sound else None


def _is_kic(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST_KIC
