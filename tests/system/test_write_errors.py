"""The advice fits the error: only a full disk needs room."""

from __future__ import annotations

import errno
import os

import pytest

from preprocessing.system.write_errors import remedy


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Make room, or choose another --output"),
        (errno.EDQUOT, "Make room, or choose another --output"),
        (errno.EFBIG, "Allow larger files (ulimit -f unlimited), or choose another --output"),
        (errno.ESTALE, "Mount the folder again, or choose another --output"),
        (errno.ENOTCONN, "Mount the folder again, or choose another --output"),
        (errno.EROFS, "Make the folder writable, or choose another --output"),
        (errno.EACCES, "Make the folder writable, or choose another --output"),
        (errno.ENOENT, "Find out what removed it, or choose another --output"),
        (errno.EIO, "Check the disk, or choose another --output"),
        (errno.EMFILE, "Raise the limit (ulimit -n) or use fewer --workers"),
        (errno.ELOOP, "Put that right, or choose another --output"),
    ],
)
def test_advice_by_error(number: int, advice: str) -> None:
    """Each kind of error has its own remedy."""
    assert remedy(OSError(number, os.strerror(number)), "--output") == advice


def test_advice_without_an_option() -> None:
    """Where no option chooses another place, none is named."""
    assert remedy(OSError(errno.ENOSPC, "full")) == "Make room"
