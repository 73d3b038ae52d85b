"""Segments keep pieces of tables on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocessing.catalog.segments import Segments, Table
from preprocessing.catalog.store import connect
from preprocessing.core.errors import ArchiveError

_TABLE = Table("stars", "star BIGINT, teff DOUBLE, name VARCHAR, spans INTEGER[]")
_ROWS = [
    (1, 5772.5, "a, b", [1, 2]),
    (2, None, 'say "no"\nor not', []),
    (3, 1e-300, "=1+1", [0]),
    (4, None, None, None),
]


def _keep(segments: Segments, piece: str, rows: Iterable[Sequence[Any]]) -> int:
    async def ask() -> Iterable[Sequence[Any]]:
        return rows

    return asyncio.run(segments.keep(_TABLE, piece, ask))


def _load(segments: Segments) -> list[tuple[Any, ...]]:
    connection = connect()
    n_rows, _ = segments.load(connection, _TABLE)
    rows = connection.execute("SELECT * FROM stars ORDER BY star").fetchall()
    connection.close()
    assert len(rows) == n_rows
    return rows


@pytest.fixture
def segments(tmp_path: Path) -> Segments:
    segments = Segments(tmp_path / "a [new] folder's pieces", "stars of a test")
    segments.open()
    return segments


def test_rows_come_back(segments: Segments) -> None:
    """Rows with commas, quotes, line ends, lists and gaps come back unchanged."""
    assert _keep(segments, "first", _ROWS[:2]) == 2
    assert _keep(segments, "second", _ROWS[1:]) == 3
    assert _load(segments) == _ROWS
    assert segments.count(_TABLE) == 5
    assert segments.numbers(_TABLE) == [1, 2, 3, 4]


def test_a_table_without_pieces(segments: Segments) -> None:
    """A table without pieces is empty and was never requested."""
    connection = connect()
    assert segments.load(connection, _TABLE) == (0, "")
    assert connection.execute("SELECT star, spans FROM stars").fetchall() == []


def test_a_piece_is_asked_for_once(segments: Segments, tmp_path: Path) -> None:
    """A piece is requested once, also by a resumed build, unless the build differs."""
    assert _keep(segments, "first", _ROWS) == 4
    again = Segments(tmp_path / "a [new] folder's pieces", "stars of a test")
    again.open()
    assert _keep(again, "first", []) == 4
    assert again.n_kept == 1
    other = Segments(tmp_path / "a [new] folder's pieces", "other stars")
    other.open()
    assert _keep(other, "first", []) == 0


def test_a_piece_that_cannot_be_had_is_none(segments: Segments) -> None:
    """Nothing is written for a piece that cannot be fetched."""

    async def ask() -> Iterable[Sequence[Any]]:
        raise ArchiveError("no")

    with pytest.raises(ArchiveError):
        asyncio.run(segments.keep(_TABLE, "first", ask))
    assert segments.count(_TABLE) == 0


def test_pieces_are_forgotten(segments: Segments) -> None:
    """Only the pieces of one table are forgotten."""
    _keep(segments, "first", _ROWS)
    segments.forget(Table("others", "star BIGINT"))
    assert segments.count(_TABLE) == 4
    segments.forget(_TABLE)
    assert segments.count(_TABLE) == 0


@pytest.mark.slow
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        max_size=5,
        unique=True,
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back(names: list[str], segments: Segments) -> None:
    """Any name that an archive gives an object comes back unchanged."""
    segments.forget(_TABLE)
    rows = [(number, None, name, [number]) for number, name in enumerate(names)]
    _keep(segments, "first", rows)
    assert _load(segments) == rows
