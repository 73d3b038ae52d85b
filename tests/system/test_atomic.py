"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.system.atomic import (
    make_folder,
    part_path,
    publish,
    remove_leftovers,
    write_atomically,
)
from tests.support.limits import files_of_at_most


def test_content_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    """A file has its new content, and no other file is beside it."""
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    """Where the new content cannot be written, the old one is still there."""
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    part_path(path).mkdir()
    with pytest.raises(OSError):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


def test_publishing_renames_within_the_folder(tmp_path: Path) -> None:
    """A published part appears under its final name only."""
    path = tmp_path / "a.fits"
    part_path(path).write_bytes(b"x")
    publish(part_path(path), path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.fits"]


def test_only_leftovers_are_removed(tmp_path: Path) -> None:
    """Hidden parts of ours are removed; others, outputs and visible files stay."""
    stay = [".KIC_4.fits.part", ".hidden", "KIC_2.fits", "mine.part"]
    for name in (".KIC_1.fits.part", ".KIC_3.fits.part", *stay):
        (tmp_path / name).write_bytes(b"")
    assert remove_leftovers(tmp_path, lambda path: path.name != stay[0]) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == stay


def test_folders_are_made_with_those_around_them(tmp_path: Path) -> None:
    """Missing folders are made, existing ones stay, and a file in the way is an error."""
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    (folder / "file").touch()
    make_folder(folder)
    assert (folder / "file").exists()
    with pytest.raises(OSError, match="file"):
        make_folder(folder / "file" / "c")


def test_an_error_leaves_the_old_content_alone(tmp_path: Path) -> None:
    """On a full disk, too, nothing is left beside it."""
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    with files_of_at_most(10), pytest.raises(OSError, match="File too large"):
        write_atomically(path, bytes(100))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
