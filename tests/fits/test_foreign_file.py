"""What this program wrote is told from what others left under the name of an output."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.table import Table

from preprocessing.fits.foreign_file import foreign_file, is_leftover, is_output
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions.recipe import Recipe
from preprocessing.system.atomic import part_path
from tests.support.sample_files import FIRST_QUARTER, make_file


def _write_output(path: Path) -> None:
    quarter = stitch_file(make_file(), FIRST_QUARTER, Recipe())
    writer = StitchedWriter(path, Recipe(), FIRST_QUARTER.exposure_s)
    writer.describe_star(quarter.star)
    writer.append(quarter.rows)
    writer.finish([quarter.record], None)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    path = tmp_path / "KIC_757076.fits"
    _write_output(path)
    return path


def _text(path: Path) -> None:
    path.write_text("my notes on this star\n")


def _nothing(path: Path) -> None:
    path.write_bytes(b"")


def _zipped(path: Path) -> None:
    path.write_bytes(gzip.compress(path.read_bytes()))


def _mission_file(path: Path) -> None:
    path.write_bytes(make_file())


def _table_saved_again(path: Path) -> None:
    table = Table.read(path, hdu=1)
    path.unlink()
    table.write(path, format="fits")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere.fits")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_text, "a file of 22 bytes that begins with b'my notes on this'"),
        (_nothing, "empty"),
        (_zipped, "a file of 4040 bytes that gzip packed"),
        (_mission_file, "a file of "),
        (_table_saved_again, "a file of "),
        (_folder, "a folder"),
        (_pipe, "a pipe"),
        (_dangling_link, "a link to a file that is absent"),
    ],
)
def test_what_others_made_is_foreign(output: Path, make: Callable[[Path], None], said: str) -> None:
    """Whatever another program left under an output's name is told, and said in words."""
    make(output)
    found = foreign_file(output)
    assert found is not None
    assert found.startswith(said)


def test_a_file_that_may_not_be_read_is_foreign(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read counts as somebody else's."""

    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("preprocessing.system.plain_files.open_without_waiting", refuse)
    assert foreign_file(output) == "a file that cannot be read (Permission denied)"
    assert not is_output(output)


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content,
        _cut,
        lambda content: content[:2880],
        _flipped(0),
        _flipped(4 * 80),
        _flipped(4 * 80 + 12),
        _flipped(5 * 80 + 12),
        _flipped(20_000),
    ],
)
def test_an_output_stays_ours_when_it_is_damaged(
    output: Path, damage: Callable[[bytes], bytes]
) -> None:
    """A damaged or cut output may be made anew: it is no other program's file."""
    output.write_bytes(damage(output.read_bytes()))
    assert foreign_file(output) is None
    assert is_output(output)


def test_nothing_is_not_foreign(tmp_path: Path) -> None:
    """Where there is no file, none is in the way."""
    assert foreign_file(tmp_path / "absent.fits") is None
    assert not is_output(tmp_path / "absent.fits")


@pytest.mark.parametrize(
    ("content", "expected"), [(b"", True), (bytes(14_400), True), (b"half a song", False)]
)
def test_leftovers_are_told_from_other_unfinished_files(
    tmp_path: Path, content: bytes, expected: bool
) -> None:
    """An empty or blank part is a leftover of ours; another program's download is not."""
    path = tmp_path / ".KIC_1.fits.part"
    path.write_bytes(content)
    assert is_leftover(path) is expected


def test_an_unfinished_output_is_marked(tmp_path: Path) -> None:
    """An output says from its first byte on that this program writes it."""
    path = tmp_path / "KIC_757076.fits"
    writer = StitchedWriter(path, Recipe(), FIRST_QUARTER.exposure_s)
    assert is_output(part_path(path))
    assert is_leftover(part_path(path))
    writer.discard()
