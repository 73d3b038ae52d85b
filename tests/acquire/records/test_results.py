"""The CSV that logs outcomes is written, read and taken over, row by row."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import string
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.records.results import (
    COLUMNS,
    FIRST_COLUMNS,
    ResultsLog,
    encode_row,
    outcome_at,
    read_outcomes,
    row_offsets,
    rows_that_stay,
)
from preprocessing.core.errors import RunError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions.targets import parse_target
from tests.support.limits import files_of_at_most
from tests.support.scraping import outcome

_NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)
_COUNTS = st.integers(0, 10**9)
_OUTCOMES = st.builds(
    TargetOutcome,
    target_id=_NAMES,
    success=st.booleans(),
    n_points=_COUNTS,
    duration_days=st.integers(0, 10**7).map(lambda n: n / 1e4),
    filepath=_NAMES,
    error=st.text(string.ascii_letters + ",;\"'", max_size=30),
    download_time=st.integers(0, 10**7).map(lambda n: n / 1e3),
    timestamp=st.just("2026-01-02T03:04:05Z"),
    reason=st.sampled_from(Reason),
    quarters_found=_COUNTS,
    quarters_used=_COUNTS,
    quarters_failed=_COUNTS,
    bytes=_COUNTS,
    retries=_COUNTS,
    catalog_number=st.none() | _COUNTS,
    mission=st.sampled_from(["", "Kepler", "TESS"]),
    exposure_s=st.sampled_from([None, 20.0, 1765.5]),
    n_finite=_COUNTS,
    files_left_out=_COUNTS,
)


def _write(path: Path, *outcomes: TargetOutcome) -> bytes:
    log = ResultsLog(path)
    for one in outcomes:
        log.append(one)
    log.close()
    return path.read_bytes()


def test_columns_are_those_documented() -> None:
    """The first line of the CSV is a contract with whoever reads it."""
    assert ",".join(COLUMNS) == (
        "target_id,success,n_points,duration_days,filepath,error,download_time,timestamp,"
        "reason,quarters_found,quarters_used,quarters_failed,bytes,retries,"
        "catalog_number,mission,author,cadence,exposure_s,flux_column,n_finite,files_left_out"
    )


def test_a_file_of_version_0_2_keeps_its_columns(tmp_path: Path) -> None:
    """A run that goes on with an older file adds rows of the file's own columns, and reads both."""
    path = tmp_path / "results.csv"
    old = outcome("KIC 1")
    before = (",".join(FIRST_COLUMNS) + "\n").encode() + encode_row(old, FIRST_COLUMNS)
    path.write_bytes(before)
    content = _write(path, outcome("KIC 2", mission="Kepler", n_finite=9))
    assert content.startswith(before)
    with open(path, encoding="utf-8", newline="") as stream:
        assert {len(row) for row in csv.reader(stream)} == {len(FIRST_COLUMNS)}
    assert [o.target_id for o in read_outcomes(path)] == ["KIC 1", "KIC 2"]
    second = row_offsets(path)[parse_target("KIC 2").identity]
    found = outcome_at(path, second)
    assert found is not None
    assert (found.n_points, found.mission) == (1000, "")
    ResultsLog(path, {second}).close()
    assert path.read_bytes() == before


def test_a_row_of_another_width_than_its_file_is_refused(tmp_path: Path) -> None:
    """A row of the new columns in a file of the old ones is no outcome."""
    path = tmp_path / "results.csv"
    path.write_bytes((",".join(FIRST_COLUMNS) + "\n").encode() + encode_row(outcome("KIC 1")))
    with pytest.raises(RunError, match="22 cells, not 14"):
        list(read_outcomes(path))


@pytest.mark.slow
@given(st.lists(_OUTCOMES, max_size=5))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[TargetOutcome]
) -> None:
    """Reading the CSV returns the outcomes that were appended."""
    path = tmp_path_factory.mktemp("log") / "results.csv"
    _write(path, *outcomes)
    assert list(read_outcomes(path)) == outcomes


_HOSTILE = st.text(max_size=30) | st.sampled_from(
    ["=1+1", "+1", "-1", "@A1", "\t=1", "'=1", 'x","=1', "a\n=1", "a\r\nKIC 1,True", "\x1b[2J"]
)


@pytest.mark.slow
@given(name=_HOSTILE, error=_HOSTILE)
def test_no_text_forges_a_row_or_a_formula(
    tmp_path_factory: pytest.TempPathFactory, name: str, error: str
) -> None:
    """Any text stays in one row, starts no formula, and keeps its target's name."""
    path = tmp_path_factory.mktemp("log") / "results.csv"
    target = parse_target(name)
    content = _write(path, outcome(target.name, error=error), outcome("KIC 2"))
    assert content.count(b"\n") == 3
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [len(row) for row in rows] == [len(COLUMNS)] * 3
    assert all(cell[:1] not in tuple("=+-@\t\r") for row in rows for cell in row)
    first, second = read_outcomes(path)
    assert (first.target_id, second.target_id) == (target.name, "KIC 2")
    assert parse_target(first.target_id).identity == target.identity
    assert first.error.isprintable()


def test_a_long_error_can_be_read_again(tmp_path: Path) -> None:
    """An error of megabytes does not make the results unreadable."""
    path = tmp_path / "results.csv"
    _write(path, outcome("KIC 1", error="x" * 10**6))
    assert len(next(read_outcomes(path)).error) == 10_000


def test_guarded_cells_stay_guarded(tmp_path: Path) -> None:
    """Rows that stay are rewritten unchanged when others are dropped."""
    path = tmp_path / "results.csv"
    name = parse_target("=1+1").name
    content = _write(path, outcome("KIC 1"), outcome(name, error="@A1"))
    (place,) = (place for key, place in row_offsets(path).items() if key == 1)
    ResultsLog(path, {place}).close()
    assert path.read_bytes() == b"".join(content.splitlines(keepends=True)[::2])


@pytest.mark.slow
@given(cut=st.integers(1, 80))
def test_a_torn_last_line_is_left_out(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """A cut last row is ignored, and the rows before it are read."""
    path = tmp_path_factory.mktemp("log") / "results.csv"
    content = _write(path, outcome("KIC 1"), outcome("KIC 2"))
    path.write_bytes(content[:-cut])
    assert [o.target_id for o in read_outcomes(path)] == ["KIC 1"]


def test_length_and_digest_are_those_of_the_file(tmp_path: Path) -> None:
    """The checkpoint's length and digest are right at any time, for earlier rows too."""
    path = tmp_path / "results.csv"
    _write(path, outcome("KIC 1"))
    log = ResultsLog(path)
    for name in ("KIC 2", "KIC 3"):
        log.append(outcome(name))
        content = path.read_bytes()
        assert log.length == len(content)
        assert log.digest == hashlib.sha256(content).hexdigest()
    log.close()


def test_a_row_is_one_line(tmp_path: Path) -> None:
    """An archive's message of several lines stays in one row."""
    path = tmp_path / "results.csv"
    _write(path, outcome("KIC 1", error="first\nsecond\r\n third"))
    assert next(read_outcomes(path)).error == "first second third"
    assert len(path.read_bytes().splitlines()) == 2


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    """A blank line is no outcome, and no error."""
    path = tmp_path / "results.csv"
    path.write_bytes(_write(path, outcome("KIC 1")) + b"\n\n")
    assert len(list(read_outcomes(path))) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        ",".join(COLUMNS).encode() + b"\nKIC 1,True\n",
        ",".join(COLUMNS).encode() + b"\n" + b"\0" * 200 + b"\n",
        ",".join(COLUMNS).encode() + b'\n"' + b"x" * 200_000 + b"\n",
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    """A foreign file or a damaged row raises an error that names the file."""
    path = tmp_path / "results.csv"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"results\.csv"):
        list(read_outcomes(path))


def test_a_missing_log_is_refused(tmp_path: Path) -> None:
    """A missing CSV raises an error."""
    with pytest.raises(RunError, match="No such file"):
        list(read_outcomes(tmp_path / "results.csv"))


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(Reason)), max_size=12),
    st.sets(st.integers(1, 4)),
)
def test_a_target_keeps_its_last_row_unless_it_is_tried_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, Reason]], wanted: set[int]
) -> None:
    """A target keeps its last row unchanged unless it is tried again."""
    path = tmp_path_factory.mktemp("log") / "results.csv"
    outcomes = [
        outcome(f"KIC {kic}", reason=reason, n_points=number)
        for number, (kic, reason) in enumerate(rows)
    ]
    _write(path, *outcomes)
    last = {one.target_id: one for one in outcomes}
    again = {f"KIC {kic}" for kic in wanted}
    staying = [
        one
        for one in outcomes
        if one is last[one.target_id] and (one.is_final or one.target_id not in again)
    ]
    earlier = rows_that_stay(path, [parse_target(name) for name in again])
    ResultsLog(path, earlier.dropped).close()
    assert list(read_outcomes(path)) == staying
    assert earlier.done == {parse_target(one.target_id).number for one in staying}
    assert earlier.counts == Counter(str(one.reason) for one in staying)


def test_a_log_of_which_every_row_stays_is_not_written_anew(tmp_path: Path) -> None:
    """A CSV is rewritten only if rows change, and a torn end is removed."""
    path = tmp_path / "results.csv"
    content = _write(path, outcome("KIC 1"), outcome("KIC 2"))
    inode = path.stat().st_ino
    ResultsLog(path).close()
    assert (path.read_bytes(), path.stat().st_ino) == (content, inode)
    path.write_bytes(content + b"KIC 3,Tr")
    ResultsLog(path).close()
    assert path.read_bytes() == content
    path.write_bytes(b"")
    ResultsLog(path).close()
    assert path.read_bytes() == _write(tmp_path / "new.csv")


def test_an_outcome_is_found_by_where_its_row_begins(tmp_path: Path) -> None:
    """The later of two rows is found, and nothing is found where the file has shrunk."""
    path = tmp_path / "results.csv"
    _write(path, outcome("KIC 1", n_points=1), outcome("KIC 2"), outcome("KIC 1", n_points=3))
    places = row_offsets(path)
    found = outcome_at(path, places[1])
    assert found is not None and (found.target_id, found.n_points) == ("KIC 1", 3)
    path.write_bytes(path.read_bytes()[: places[1]])
    assert outcome_at(path, places[1]) is None


def _replace(path: Path) -> None:
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def _note_something(path: Path) -> None:
    with open(path, "a") as stream:
        stream.write("checked by me")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (_replace, "replaced"),
        (_note_something, "changed"),
        (lambda path: os.truncate(path, path.stat().st_size - 5), "changed"),
        (Path.unlink, "removed"),
    ],
)
def test_nothing_is_written_after_another_program(
    tmp_path: Path, change: Callable[[Path], None], word: str
) -> None:
    """The run ends when another program has written, and leaves that file alone."""
    path = tmp_path / "results.csv"
    log = ResultsLog(path)
    log.append(outcome("KIC 1"))
    change(path)
    found = path.read_bytes() if path.exists() else None
    with pytest.raises(RunError, match=rf"{path}.* was {word} by another program.*--resume"):
        log.append(outcome("KIC 2"))
    log.close()
    assert (path.read_bytes() if path.exists() else None) == found


def test_a_program_that_only_reads_is_no_obstacle(tmp_path: Path) -> None:
    """A reader does not disturb the run, however it opens or locks the file."""
    path = tmp_path / "results.csv"
    log = ResultsLog(path)
    with open(path, "rb") as reader:
        fcntl.flock(reader, fcntl.LOCK_EX)
        log.append(outcome("KIC 1"))
        assert reader.read() == path.read_bytes()
    log.close()
    assert [o.target_id for o in read_outcomes(path)] == ["KIC 1"]


def test_a_disk_that_fills_up_tears_no_row(tmp_path: Path) -> None:
    """A row that does not fit is removed, the reason is told, and the next one may fit."""
    path = tmp_path / "results.csv"
    log = ResultsLog(path)
    log.append(outcome("KIC 1"))
    before = path.read_bytes()
    with files_of_at_most(len(before) + 20), pytest.raises(OSError, match="File too large"):
        log.append(outcome("KIC 2"))
    assert path.read_bytes() == before
    log.append(outcome("KIC 3"))
    log.close()
    assert [o.target_id for o in read_outcomes(path)] == ["KIC 1", "KIC 3"]
