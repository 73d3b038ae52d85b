"""Bring files and the names in folders to disk, on file systems that can do that."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

__all__ = ["sync_file", "sync_folder"]

_log = logging.getLogger(__name__)

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
