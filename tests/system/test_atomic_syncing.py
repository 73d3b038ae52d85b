"""Writing goes on where a file system cannot sync, and ends where a disk fails."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from preprocessing.system import atomic
from preprocessing.system.atomic import write_atomically

#: What takes the place of `os.fsync`: told a descriptor's kind, it may raise.
Refuse = Callable[[bool, int], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Return what makes `os.fsync` fail for folders, or for files, with an error number."""
    monkeypatch.setattr(atomic, "_able", set())
    monkeypatch.setattr(atomic, "_known_unable", set())

    def choose(is_folder: bool, number: int) -> None:
        def fsync(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode) == is_folder:
                raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fsync)

    return choose


@pytest.mark.parametrize(
    ("is_folder", "number"),
    [
        *((True, number) for number in (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EIO)),
        *((False, number) for number in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)),
    ],
)
def test_a_file_system_that_cannot_sync(
    tmp_path: Path, refuse: Refuse, caplog: pytest.LogCaptureFixture, is_folder: bool, number: int
) -> None:
    """A share of Samba, WSL or VirtualBox is written to, with one warning for all files."""
    refuse(is_folder, number)
    for name in ("a", "b", "c"):
        write_atomically(tmp_path / name, name.encode())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        name: name for name in ("a", "b", "c")
    }
    (warning,) = caplog.messages
    assert "cannot sync " + ("folders" if is_folder else "files") in warning
    assert os.strerror(number) in warning


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_disk_that_fails(tmp_path: Path, refuse: Refuse, is_folder: bool) -> None:
    """An error of a disk that could sync before ends the writing."""
    write_atomically(tmp_path / "before", b"")
    refuse(is_folder, errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_atomically(tmp_path / "after", b"")


def test_a_folder_that_cannot_be_read(tmp_path: Path, refuse: Refuse) -> None:
    """A folder into which one may write, but not look, is written to."""

    def cannot_open(path: Path, flags: int) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", cannot_open)
        atomic.sync_folder(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A folder that was removed is an error."""
    with pytest.raises(FileNotFoundError):
        atomic.sync_folder(tmp_path / "gone")
