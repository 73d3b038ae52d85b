"""Write files so that a reader sees all of a file or none of it, even after a power cut."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "PART_SUFFIX",
    "append_whole",
    "file_sha256",
    "make_folder",
    "not_through_links",
    "open_part",
    "part_path",
    "publish",
    "remove_leftovers",
    "remove_part",
    "replacing",
    "size_and_sha256",
    "sync_file",
    "sync_folder",
    "write_atomically",
    "write_synced",
]

_log = logging.getLogger(__name__)

#: Ending of a file that is still being written.
PART_SUFFIX = ".part"
#: Bytes that are hashed at a time.
_CHUNK = 2**20
_LEFTOVER = re.compile(rf"\..*\.fits{re.escape(PART_SUFFIX)}", re.DOTALL)
#: What file systems answer that cannot sync a file: see fsync(2) of Linux and macOS, and the
#: "somewhat random" numbers of shares (https://github.com/restic/restic/pull/3752).
_FILE_REFUSED = frozenset(
    {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTTY}
)
#: The same for a folder that is there, but that some systems cannot even open. Samba and VirtualBox
#: answer EINVAL (https://github.com/facebook/rocksdb/issues/2929,
#: https://github.com/ipfs/go-ds-flatfs/issues/28), macOS on a share ENOENT (restic, as above); the
#: others are from PostgreSQL's ``fsync_fname`` (src/common/file_utils.c).
_FOLDER_REFUSED = _FILE_REFUSED | {
    *(errno.EBADF, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ENOENT),
}

#: Devices of which a folder was synced before.
_able: set[int] = set()
#: Devices of which it was said that they cannot sync.
_known_unable: set[int] = set()


def part_path(path: Path) -> Path:
    """Return the hidden name, in the same folder, that `path` has while it is being written.

    Parameters
    ----------
    path : Path
        The file's final name.

    Examples
    --------
    >>> part_path(Path("raw/KIC_757076.fits")).name
    '.KIC_757076.fits.part'
    """
    return path.with_name(f".{path.name}{PART_SUFFIX}")


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents, and sync their names to disk.

    Parameters
    ----------
    folder : Path
        The folder to create. An existing folder is left as it is.

    Raises
    ------
    OSError
        The file system cannot create the folder, or a file has its name.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def open_part(path: Path) -> BinaryIO:
    """Open the new, empty file in which `path` is written until it is complete.

    Parameters
    ----------
    path : Path
        The final name. The file opened is `part_path(path)`; one left there is replaced.

    Raises
    ------
    OSError
        The file system cannot create the file.
    """
    return _open_new(part_path(path))


def not_through_links(path: str, flags: int) -> int:
    """Open a file but refuse a symbolic link; pass this to `open` as its `opener`.

    Parameters
    ----------
    path : str
        The file to open.
    flags : int
        Flags of `os.open`, as `open` passes them.

    Raises
    ------
    OSError
        The path is a symbolic link, or the file cannot be opened.
    """
    # Windows has no such flag, and lets few users create links.
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def publish(part: Path, path: Path) -> None:
    """Rename a written and synced file to its final name, and sync the folder.

    Parameters
    ----------
    part : Path
        The file as it was written.
    path : Path
        Its final name, in the same folder. An older file of that name is replaced.

    Raises
    ------
    OSError
        The file system cannot rename the file or sync the folder.
    """
    os.replace(part, path)
    sync_folder(path.parent)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content replaces a file in one step when the block ends.

    A crash, or an error in the block, leaves the old content untouched.

    Parameters
    ----------
    path : Path
        The file to replace or create.

    Raises
    ------
    OSError
        The file system cannot write, sync or rename the file.
    """
    part = part_path(path)
    try:
        with _synced(part) as stream:
            yield stream
        publish(part, path)
    except BaseException:
        # On a full disk, the space of the unfinished file is needed for the records.
        with suppress(OSError):
            remove_part(path)
        raise


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and sync its content to disk.

    Call this before the file is renamed: a name that reaches the disk before its content
    would show an empty file after a power cut.

    Parameters
    ----------
    path : Path
        The file. An older file of that name is removed first.
    content : bytes
        The whole content.

    Raises
    ------
    OSError
        The file system cannot write or sync the file.
    """
    with _synced(path) as stream:
        stream.write(content)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file's content in one step that a crash cannot tear.

    Parameters
    ----------
    path : Path
        The file to replace or create.
    content : bytes
        The whole new content.

    Raises
    ------
    OSError
        The file cannot be written; the old content is still there.
    """
    with replacing(path) as stream:
        stream.write(content)


def append_whole(stream: BinaryIO, content: bytes, length: int) -> None:
    """Append to a file, or leave it as it was: other programs should find whole lines.

    Parameters
    ----------
    stream : file
        Open for appending, without a buffer.
    content : bytes
        What to append.
    length : int
        The file's length before.

    Raises
    ------
    OSError
        Not all of it could be written: the disk is full, for instance.
    """
    written = 0
    try:
        while written < len(content):
            # When only a part fits, the next try tells why.
            count = stream.write(content[written:])
            if not count:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written += count
    except OSError as error:
        with suppress(OSError):
            stream.truncate(length)
        raise OSError(error.errno, error.strerror, stream.name) from error


def remove_part(path: Path) -> None:
    """Remove what a crash left of a file that was being written.

    Parameters
    ----------
    path : Path
        The final name that the file would have had.

    Raises
    ------
    OSError
        The file system cannot remove it.
    """
    part_path(path).unlink(missing_ok=True)


def remove_leftovers(folder: Path, is_ours: Callable[[Path], bool]) -> int:
    """Remove the outputs that an interrupted run was writing.

    Parameters
    ----------
    folder : Path
        The folder of the outputs.
    is_ours : callable
        Tells whether this program wrote a file whose name is that of an unfinished output.

    Returns
    -------
    int
        How many files were removed.
    """
    with os.scandir(folder) as entries:
        named = [folder / entry.name for entry in entries if _LEFTOVER.fullmatch(entry.name)]
    leftovers = list(filter(is_ours, named))
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _open_new(path: Path) -> BinaryIO:
    # Remove whatever has the name: a leftover that another run may have open, or a link
    # that someone left in the folder and that would let us overwrite another file.
    path.unlink(missing_ok=True)
    # Mode "x" fails if the name was taken meanwhile, and never follows a link (POSIX, open()).
    return open(path, "x+b")


@contextmanager
def _synced(path: Path) -> Iterator[BinaryIO]:
    with _open_new(path) as stream:
        yield stream
        stream.flush()
        sync_file(stream.fileno())


def size_and_sha256(stream: BinaryIO) -> tuple[int, str]:
    """Return the length in bytes and the SHA-256 of the rest of a stream.

    Nearly all of the time the interpreter's lock is free for other threads.

    Raises
    ------
    OSError
        From the file system.

    Examples
    --------
    >>> import io
    >>> size, digest = size_and_sha256(io.BytesIO(b"abc"))
    >>> size, digest[:8]
    (3, 'ba7816bf')
    """
    digest, size = hashlib.sha256(), 0
    chunk = memoryview(bytearray(_CHUNK))
    while count := stream.readinto(chunk):  # type: ignore[attr-defined]  # of files, not of BinaryIO
        digest.update(chunk[:count])
        size += count
    return size, digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    OSError
        From the file system.
    """
    with open(path, "rb") as stream:
        return size_and_sha256(stream)[1]


def sync_file(descriptor: int) -> None:
    """Bring an open file's content to disk; warn once if its file system cannot do that.

    Parameters
    ----------
    descriptor : int
        Of the file.

    Raises
    ------
    OSError
        The disk cannot write it.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _FILE_REFUSED:
            raise
        _warn(os.fstat(descriptor).st_dev, "files", error)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk; warn once if its file system cannot do that.

    Parameters
    ----------
    folder : Path
        The folder.

    Raises
    ------
    OSError
        The folder is not there, or the disk cannot write it.
    """
    if os.name == "nt":
        # Windows cannot open a folder to sync it; NTFS journals the rename.
        return
    device = os.stat(folder).st_dev
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # WSL answers EIO for every folder of a share (https://github.com/microsoft/WSL/issues/2557).
        # Where folders could be synced before, that means a failing disk.
        is_always = error.errno == errno.EIO and device not in _able
        if error.errno not in _FOLDER_REFUSED and not is_always:
            raise
        _warn(device, f"folders such as {folder}", error)
    else:
        _able.add(device)


def _warn(device: int, what: str, error: OSError) -> None:
    if device not in _known_unable:
        _known_unable.add(device)
        _log.warning(
            "this file system cannot sync %s (%s): after a power cut, see with xenoscan verify"
            " whether something was lost",
            what,
            error.strerror,
        )
