"""Search answers kept on disk, so that a second run needs no search."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from preprocessing.archives.base import StarFiles
from preprocessing.config import Recipe
from preprocessing.missions import Product, parse_file_name

__all__ = ["SearchCache"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Part of the file's name: another layout gets another file.
_LAYOUT = 3
#: How long an answer counts, in seconds: 30 days. The mission is over and its files are
#: final, but an archive's faults are not.
_LIFETIME_S = 30 * 86400.0
#: SQLite allows 999 variables in a statement of its oldest versions in use.
_KEYS_A_QUERY = 500

#: What a text that is no answer of ours may raise.
_NOT_READ = (KeyError, TypeError, ValueError, RecursionError)
#: What an answer may say: numbers of sixteen digits, quarters 0 to 17 with as many files as an
#: observation id can count, and separations in arcsec.
_LARGEST_NUMBER = 10**16 - 1
_NUMBER_KEY = re.compile(r"(?:kic|epic|tic)\d+", re.ASCII)
_LAST_QUARTER = 17
_MOST_UNLISTED = 9 * (_LAST_QUARTER + 1)
_FULL_TURN = 360 * 3600.0


class SearchCache:
    """One archive's answers by what was asked for and target; only those that found files are kept.

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

    def stars(self, recipe: Recipe, keys: Iterable[str]) -> dict[str, StarFiles]:
        """Return what is known of some targets, by their keys."""
        decoded = (
            (key, _decode_star(answer, key, recipe))
            for key, answer in self._answers(_question(recipe), list(keys)).items()
        )
        return {key: star for key, star in decoded if star is not None}

    def store_stars(self, recipe: Recipe, stars: Mapping[str, StarFiles]) -> None:
        """Keep answers, by the keys of their targets."""
        self._store(_question(recipe), {key: _encode_star(star) for key, star in stars.items()})

    def holdings(self, recipe: Recipe, prefix: str) -> list[int] | None:
        """Return the stars found under a name prefix, if they are known."""
        answers = self._answers(_question(recipe), [f"holdings:{prefix}"])
        return next((_decode_numbers(answer) for answer in answers.values()), None)

    def store_holdings(self, recipe: Recipe, prefix: str, numbers: list[int]) -> None:
        """Keep the stars found under a name prefix."""
        self._store(_question(recipe), {f"holdings:{prefix}": {"numbers": numbers}})

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

    def _answers(self, question: str, keys: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(keys), _KEYS_A_QUERY):
            some = keys[start : start + _KEYS_A_QUERY]
            query = (
                "SELECT key, answer FROM answers WHERE archive = ? AND question = ?"
                f" AND found_at BETWEEN ? AND ? AND key IN ({','.join('?' * len(some))})"
            )
            variables = (self._archive, question, *self._span(), *some)
            nothing: list[tuple[str, str]] = []
            found.update(self._use(_reader(query, variables), nothing))
        return found

    def _store(self, question: str, answers: Mapping[str, Any]) -> None:
        now = self._clock()
        rows = [(self._archive, question, key, json.dumps(a), now) for key, a in answers.items()]
        statement = "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?)"
        self._use(lambda database: database.executemany(statement, rows), None)


def _reader(
    query: str, variables: tuple[Any, ...]
) -> Callable[[sqlite3.Connection], list[tuple[str, str]]]:
    return lambda database: database.execute(query, variables).fetchall()


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell a file that is no database from one that is locked, or on a full disk."""
    return type(error) is sqlite3.DatabaseError


def _question(recipe: Recipe) -> str:
    """Return what an answer depends on, besides the target."""
    parts = (recipe.mission, recipe.author, recipe.cadence, recipe.sequence_numbers)
    return "/".join(parts)


def _encode_star(star: StarFiles) -> dict[str, Any]:
    return {
        "number": star.number,
        "author": star.author,
        "cadence": star.cadence,
        "files": [[product.file_name, product.uri] for product in star.products],
        "left_out": [[product.file_name, product.uri] for product in star.left_out],
        "unlisted_quarters": list(star.unlisted_quarters),
        "separation_arcsec": star.separation_arcsec,
    }


def _decode_star(text: str, key: str, recipe: Recipe) -> StarFiles | None:
    """Return the star of an answer; None if it is not sound, so that it is asked for again."""
    try:
        answer = json.loads(text)
        star = StarFiles(
            answer["number"],
            tuple(map(_product, answer["files"])),
            answer["author"],
            answer["cadence"],
            tuple(answer["unlisted_quarters"]),
            answer["separation_arcsec"],
            tuple(map(_product, answer["left_out"])),
        )
    except _NOT_READ:
        return None
    return star if _is_sound(star, key, recipe) else None


def _product(entry: list[str]) -> Product:
    name, uri = entry
    product = parse_file_name(name)
    if product is None or not isinstance(uri, str):
        raise ValueError(name)
    return replace(product, uri=uri)


def _is_sound(star: StarFiles, key: str, recipe: Recipe) -> bool:
    kinds = {(author.name, cadence) for author, cadence in recipe.candidates}
    whose = f"{recipe.facts.catalogue.lower()}{star.number}"
    files, unlisted = (*star.products, *star.left_out), star.unlisted_quarters
    separation = star.separation_arcsec
    return (
        _is_number(star.number)
        and (key == whose or _NUMBER_KEY.fullmatch(key) is None)
        and (star.author, star.cadence) in kinds
        and len(files) == len(set(files))
        and all(
            (p.number, p.author, p.cadence) == (star.number, star.author, star.cadence)
            for p in files
        )
        and len(unlisted) <= _MOST_UNLISTED
        and all(type(quarter) is int and 0 <= quarter <= _LAST_QUARTER for quarter in unlisted)
        and (separation is None or (type(separation) is float and 0 <= separation < _FULL_TURN))
    )


def _decode_numbers(text: str) -> list[int] | None:
    try:
        numbers = json.loads(text)["numbers"]
    except _NOT_READ:
        return None
    is_sound = (
        isinstance(numbers, list)
        and all(map(_is_number, numbers))
        and numbers == sorted(set(numbers))
    )
    return numbers if is_sound else None


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST_NUMBER
