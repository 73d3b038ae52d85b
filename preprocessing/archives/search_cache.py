"""Search answers kept on disk, so that a second run needs no search."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from preprocessing.archives.base import StarFiles
from preprocessing.products import parse_file_name

__all__ = ["SearchCache"]

#: Part of the file's name: another layout gets another file.
_LAYOUT = 1
#: How long an answer counts, in seconds: 30 days. The mission is over and its files are
#: final, but an archive's faults are not.
_LIFETIME_S = 30 * 86400.0
#: SQLite allows 999 variables in a statement of its oldest versions in use.
_KEYS_A_QUERY = 500


class SearchCache:
    """One archive's answers by cadence and target; only those that found files are kept.

    That nothing was found is never kept: collections have vanished from MAST's search
    for a day (https://github.com/lightkurve/lightkurve/issues/1355).

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
        folder.mkdir(parents=True, exist_ok=True)
        self._archive = archive
        self._clock = clock
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            folder / f"search-v{_LAYOUT}.sqlite", check_same_thread=False, timeout=30.0
        )
        with self._database:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS answers (archive TEXT, cadence TEXT, key TEXT,"
                " answer TEXT, found_at REAL, PRIMARY KEY (cadence, key)) WITHOUT ROWID"
            )

    def stars(self, cadence: str, keys: Iterable[str]) -> dict[str, StarFiles]:
        """Return what is known of some targets, by their keys."""
        return {
            key: _decode_star(answer) for key, answer in self._answers(cadence, list(keys)).items()
        }

    def store_stars(self, cadence: str, stars: Mapping[str, StarFiles]) -> None:
        """Keep answers, by the keys of their targets."""
        self._store(cadence, {key: _encode_star(star) for key, star in stars.items()})

    def holdings(self, cadence: str, prefix: str) -> list[int] | None:
        """Return the KIC numbers found under a name prefix, if they are known."""
        answers = self._answers(cadence, [f"holdings:{prefix}"])
        return next((answer["kics"] for answer in answers.values()), None)

    def store_holdings(self, cadence: str, prefix: str, kics: list[int]) -> None:
        """Keep the KIC numbers found under a name prefix."""
        self._store(cadence, {f"holdings:{prefix}": {"kics": kics}})

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _answers(self, cadence: str, keys: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        oldest = self._clock() - _LIFETIME_S
        for start in range(0, len(keys), _KEYS_A_QUERY):
            some = keys[start : start + _KEYS_A_QUERY]
            query = (
                "SELECT key, answer FROM answers WHERE archive = ? AND cadence = ?"
                f" AND found_at > ? AND key IN ({','.join('?' * len(some))})"
            )
            with self._lock:
                rows = self._database.execute(
                    query, (self._archive, cadence, oldest, *some)
                ).fetchall()
            found.update((key, json.loads(answer)) for key, answer in rows)
        return found

    def _store(self, cadence: str, answers: Mapping[str, Any]) -> None:
        now = self._clock()
        rows = [(self._archive, cadence, key, json.dumps(a), now) for key, a in answers.items()]
        with self._lock, self._database:
            self._database.executemany("INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?)", rows)


def _encode_star(star: StarFiles) -> dict[str, Any]:
    return {
        "kic": star.kic,
        "files": [product.file_name for product in star.products],
        "unlisted_quarters": list(star.unlisted_quarters),
        "separation_arcsec": star.separation_arcsec,
    }


def _decode_star(answer: Mapping[str, Any]) -> StarFiles:
    products = [parse_file_name(name) for name in answer["files"]]
    return StarFiles(
        kic=answer["kic"],
        products=tuple(product for product in products if product is not None),
        unlisted_quarters=tuple(answer["unlisted_quarters"]),
        separation_arcsec=answer["separation_arcsec"],
    )
