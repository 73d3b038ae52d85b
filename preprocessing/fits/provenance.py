"""What vouches for an outcome: the output as it was written, and every file behind it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from preprocessing.core.file_record import FileRecord

__all__ = ["OutputFile", "Provenance", "size_and_sha256"]

_CHUNK = 2**20


@dataclass(frozen=True)
class OutputFile:
    """An output as it was written.

    Parameters
    ----------
    name : str
        In the output folder.
    bytes : int
    sha256 : str
    """

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What an outcome was made of.

    Parameters
    ----------
    number : int
        The star's number in the mission's catalog.
    output : OutputFile or None
    quarters : tuple of FileRecord
        One for each file that the archive promises, in the order of the QUARTERS table.
    is_new : bool
        Whether this run wrote the output; if not, it stands as an earlier one left it.
    same_as : str
        The target that has the output and the quarters, if this is another name of its
        star; else empty.
    author, cadence : str
        Of its files.
    left_out : tuple of str
        Names of files of the same author that were not to be stitched with these.
    """

    number: int
    output: OutputFile | None = None
    quarters: tuple[FileRecord, ...] = ()
    is_new: bool = True
    same_as: str = ""
    author: str = ""
    cadence: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def lacks_fetch_times(self) -> bool:
        """Whether it does not say of a file that was taken over when it was fetched."""
        return any(record.taken_over and record.fetched is None for record in self.quarters)


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
