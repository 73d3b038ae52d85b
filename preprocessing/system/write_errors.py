"""What the user can do about a file that cannot be written."""

from __future__ import annotations

import errno

from preprocessing.system.open_files import OUT_OF_FILES_ADVICE, is_out_of_files

__all__ = ["remedy"]

_IS_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_IS_PROTECTED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_IS_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})
#: The folder is of another machine, or of a program, that lost it or does not answer.
_IS_CUT_OFF = frozenset(
    {
        errno.ESTALE,
        errno.ENOTCONN,
        errno.ESHUTDOWN,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.ETIMEDOUT,
    }
)
_IS_BROKEN = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO})


def remedy(error: OSError, option: str = "") -> str:
    """Return what to do about an error of the file system, as the beginning of a sentence.

    Parameters
    ----------
    error : OSError
        Why a file cannot be written.
    option : str, optional
        The option that chooses another place for it, if there is one.

    Examples
    --------
    >>> remedy(OSError(errno.ENOSPC, "No space left on device"), "--output")
    'Make room, or choose another --output'
    """
    if is_out_of_files(error):
        return OUT_OF_FILES_ADVICE
    return _first_aid(error) + (f", or choose another {option}" if option else "")


def _first_aid(error: OSError) -> str:
    if error.errno in _IS_FULL:
        return "Make room"
    if error.errno == errno.EFBIG:
        return "Allow larger files (ulimit -f unlimited)"
    if error.errno in _IS_PROTECTED:
        return "Make the folder writable"
    if error.errno in _IS_GONE:
        return "Find out what removed it"
    if error.errno in _IS_CUT_OFF:
        return "Mount the folder again"
    if error.errno in _IS_BROKEN:
        return "Check the disk"
    return "Put that right"
