"""The mission's clock is gathered once, safely, and survives what may happen to its files."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from preprocessing.acquire.records.clocks import GatheredClocks, UnwrittenClocks
from preprocessing.core.clock import Clock, ClockReading
from preprocessing.core.clock_key import ClockKey
from preprocessing.fits.clock_files import (
    clock_files,
    clock_path,
    read_clock_file,
    remove_clock_parts,
)
from preprocessing.system.atomic import part_path
from tests.support.limits import files_of_at_most

_KEY = ClockKey("TESS", 120.0, 23, (3, 1))


def reading(*times: float, key: ClockKey = _KEY) -> ClockReading:
    clock = Clock(100, np.array(times, np.float64))
    return ClockReading(key.mission, key.exposure_s, key.sequence_number, key.detector, clock)


def times_in(folder: Path, key: ClockKey = _KEY) -> list[float]:
    found, clock = read_clock_file(clock_path(folder, key))
    assert (found, clock.first) == (key, 100)
    return [float(time) for time in clock.times]


def test_each_clock_has_a_file(tmp_path: Path) -> None:
    """Clocks of other CCDs are apart; what one run gathered, the next goes on with."""
    other = ClockKey("TESS", 120.0, 23, (3, 2))
    GatheredClocks(tmp_path).add(reading(1, np.nan))
    clocks = GatheredClocks(tmp_path)
    clocks.add(reading(np.nan, 2))
    clocks.add(reading(5, key=other))
    assert (times_in(tmp_path), times_in(tmp_path, other)) == ([1, 2], [5])
    assert len(list(clock_files(tmp_path))) == 2


def test_a_file_is_written_only_for_new_times(tmp_path: Path) -> None:
    """A star that says what is known already writes nothing."""
    clocks = GatheredClocks(tmp_path)
    clocks.add(reading(1, 2))
    clock_path(tmp_path, _KEY).unlink()
    clocks.add(reading(1, 2))
    assert list(clock_files(tmp_path)) == []


def test_stars_that_disagree_leave_a_cadence_without_a_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A cadence that files disagree about is counted in the log, and has no time for good."""
    GatheredClocks(tmp_path).add(reading(1, 2))
    clocks = GatheredClocks(tmp_path)
    with caplog.at_level(logging.WARNING):
        clocks.add(reading(1, np.nextafter(2, 3)))
        clocks.add(reading(1, 2))
    (message,) = caplog.messages
    assert "disagree about the time of 1 cadences" in message
    assert times_in(tmp_path) == [1, np.inf]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_file_is_gathered_again(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is damaged is named, not believed, and replaced by what the next file says."""
    GatheredClocks(tmp_path).add(reading(1, 2))
    path = clock_path(tmp_path, _KEY)
    content = bytearray(path.read_bytes())
    place = content.index(np.float64(2).tobytes())
    content[place + 3] ^= 1
    damaged: dict[str, bytes | bytearray] = {
        "cut": content[:-40],
        "flipped": content,
        "empty": b"",
        "foreign": b"PK or not",
    }
    path.write_bytes(damaged[damage])
    GatheredClocks(tmp_path).add(reading(3, 4))
    assert f"{path} is damaged" in caplog.text
    assert times_in(tmp_path) == [3, 4]


def test_memory_holds_some_clocks_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was forgotten is read again when another star needs it."""
    monkeypatch.setattr("preprocessing.acquire.records.clocks._MOST_BYTES", 20)
    clocks = GatheredClocks(tmp_path)
    keys = [ClockKey("Kepler", 1765.5, quarter) for quarter in range(4)]
    for time in (1.0, 2.0):
        for key in keys:
            clocks.add(reading(1.0, time, key=key))
    assert [times_in(tmp_path, key) for key in keys] == [[1, np.inf]] * 4


def test_a_full_disk_costs_no_star(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be written is logged, and written as soon as it can be."""
    clocks = GatheredClocks(tmp_path)
    with files_of_at_most(50):
        clocks.add(reading(1, 2))
    assert "cannot keep the mission's clock" in caplog.text
    assert list(tmp_path.iterdir()) == []
    clocks.add(reading(1, 2))
    assert times_in(tmp_path) == [1, 2]


def test_a_unit_says_what_is_new_as_far_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit leaves out what the disk has, and what has no room: a later unit says that."""
    monkeypatch.setattr("preprocessing.acquire.records.clocks._MOST_UNWRITTEN_BYTES", 16)
    keys = [ClockKey("Kepler", 1765.5, quarter) for quarter in range(3)]
    clocks = GatheredClocks(tmp_path)
    clocks.add(reading(1, 2, key=keys[0]))
    for later in keys[1:]:
        unit = UnwrittenClocks(tmp_path)
        for key in keys:
            unit.add(reading(1, 2, key=key))
        assert [said.sequence_number for said in unit.readings] == [later.sequence_number]
        clocks.add(unit.readings[0])
    assert [times_in(tmp_path, key) for key in keys] == [[1, 2]] * 3


def test_what_a_crash_left_is_removed(tmp_path: Path) -> None:
    """Half of a clock's file goes away, and nothing else does."""
    GatheredClocks(tmp_path).add(reading(1, 2))
    path = clock_path(tmp_path, _KEY)
    others = [tmp_path / ".mine.part", path]
    others[0].touch()
    part_path(path).write_bytes(b"half")
    remove_clock_parts(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
