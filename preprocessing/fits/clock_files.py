"""Keep what the missions' files say of their clocks: one small file for each clock.

A file's first line is the SHA-256 of the rest, in hexadecimal; the second says which clock it is,
in JSON; the times follow, as little-endian float64.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from preprocessing.core.clock import Clock
from preprocessing.core.clock_key import ClockKey
from preprocessing.core.errors import CorruptProduct
from preprocessing.system.atomic import PART_SUFFIX, make_folder, write_atomically

__all__ = ["clock_files", "clock_path", "read_clock_file", "remove_clock_parts", "write_clock_file"]


def clock_path(folder: Path, key: ClockKey) -> Path:
    """Return the file of one clock.

    Examples
    --------
    >>> clock_path(Path("clock"), ClockKey("TESS", 120.0, 23, (3, 1))).name
    'tess-23-3-1-120.0s.clock'
    """
    numbers = "-".join(map(str, (key.sequence_number, *key.detector)))
    return folder / f"{key.mission.lower()}-{numbers}-{key.exposure_s!r}s.clock"


def clock_files(folder: Path) -> Iterator[Path]:
    """Yield the files of all clocks in a folder, sorted by name."""
    yield from sorted(folder.glob("[!.]*.clock"))


def remove_clock_parts(folder: Path) -> None:
    """Remove what a crash left of files of clocks that were being written.

    Raises
    ------
    OSError
        The file system cannot remove it.
    """
    for path in folder.glob(f".*.clock{PART_SUFFIX}"):
        path.unlink(missing_ok=True)


def write_clock_file(folder: Path, key: ClockKey, clock: Clock) -> None:
    """Write the file of one clock, whole or not at all.

    Raises
    ------
    OSError
        The file system cannot write.
    """
    about = {**asdict(key), "first": clock.first}
    content = json.dumps(about).encode() + b"\n" + clock.times.astype("<f8").tobytes()
    make_folder(folder)
    write_atomically(clock_path(folder, key), _digest(content) + b"\n" + content)


def read_clock_file(path: Path) -> tuple[ClockKey, Clock]:
    """Read the file of one clock.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    FileNotFoundError
        There is none.
    OSError
        It cannot be read.
    """
    digest, _, content = path.read_bytes().partition(b"\n")
    if digest != _digest(content):
        raise CorruptProduct(f"{path} is damaged: its digest is wrong")
    line, _, times = content.partition(b"\n")
    about = json.loads(line)
    clock = Clock(about.pop("first"), np.frombuffer(times, "<f8").astype(np.float64))
    return ClockKey(**{**about, "detector": tuple(about["detector"])}), clock


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
