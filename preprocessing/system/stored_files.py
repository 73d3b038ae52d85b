"""Files as they are, in gzip files, and in bundles; read within limits."""

from __future__ import annotations

import logging
import os
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.system.plain_files import open_plain

__all__ = [
    "Bundle",
    "BundledFile",
    "GzippedFile",
    "PlainFile",
    "StoredFile",
    "ZipBundle",
    "ZippedFile",
    "is_gzip",
    "read_unpacked",
    "unpack_gzip",
]

_log = logging.getLogger(__name__)

#: Limits against files that unpack to more than they could hold. The longest light curves, of 20
#: seconds for a sector, take 12 MB.
_LARGEST_FILE = 2**28
#: A bundle may unpack to this many bytes, or to this many times its size: gzip makes FITS files
#: three to ten times smaller.
_LARGEST_BUNDLE, _LARGEST_RATIO = 2**30, 100
#: The longest name or extended header in a bundle. `tarfile` would read gigabytes.
_LONGEST_HEADER = 2**20
#: Bytes of a bundle between two points from which unpacking can begin. Each takes 32 kB of memory.
_SPACING = 2**24
#: Bytes that are unpacked at a time.
_BUFFER = 2**18

_GZIP = ".gz"
#: gzip's header, and the most by which it makes the first bytes of a file longer.
_GZIP_OVERHEAD = 2**12
_GZIP_MAGIC = b"\x1f\x8b"
#: Tells `zlib` to expect gzip's header and to check its checksum.
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class StoredFile(Protocol):
    """A file, wherever it is stored."""

    @property
    def name(self) -> str:
        """The file's own name, without folders and without gzip's ending."""

    @property
    def where(self) -> str:
        """Where it is stored, for people."""

    def size(self) -> int:
        """Return its size in bytes, unpacked.

        Raises
        ------
        CorruptProduct, OSError
            It cannot be unpacked or read.
        """

    def read(self, most: int | None = None) -> bytes:
        """Return its content, or its first bytes.

        Parameters
        ----------
        most : int, optional
            How many bytes are enough; all if not given.

        Raises
        ------
        CorruptProduct, OSError
            It cannot be unpacked or read.
        """


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file in a folder.

    Parameters
    ----------
    path : str
        Its path.
    """

    path: str

    @property
    def name(self) -> str:
        """See `StoredFile`."""
        return os.path.basename(self.path)

    @property
    def where(self) -> str:
        """See `StoredFile`."""
        return self.path

    def size(self) -> int:
        """See `StoredFile`."""
        return os.stat(self.path).st_size

    def read(self, most: int | None = None) -> bytes:
        """See `StoredFile`."""
        with open_plain(self.path) as stream:
            return stream.read(-1 if most is None else most)


@dataclass(frozen=True, slots=True)
class BundledFile:
    """A file in a tar bundle.

    Parameters
    ----------
    bundle : Bundle
        The bundle.
    member : str
        Its name there, with folders.
    offset, length : int
        Where its content begins in the unpacked bundle, and its size, in bytes.
    """

    bundle: Bundle
    member: str
    offset: int
    length: int

    @property
    def name(self) -> str:
        """See `StoredFile`."""
        return os.path.basename(self.member)

    @property
    def where(self) -> str:
        """See `StoredFile`."""
        return f"{self.bundle.path}: {self.member}"

    def size(self) -> int:
        """See `StoredFile`."""
        return self.length

    def read(self, most: int | None = None) -> bytes:
        """See `StoredFile`."""
        size = self.length if most is None else min(most, self.length)
        return self.bundle.read(self.offset, size)


@dataclass(frozen=True, slots=True)
class GzippedFile:
    """A file with gzip's ending, though a browser may have unpacked it.

    Parameters
    ----------
    packed : PlainFile, BundledFile or ZippedFile
        The file as it is stored.
    """

    packed: PlainFile | BundledFile | ZippedFile

    @property
    def name(self) -> str:
        """See `StoredFile`."""
        return self.packed.name[: -len(_GZIP)]

    @property
    def where(self) -> str:
        """See `StoredFile`."""
        return self.packed.where

    def size(self) -> int:
        """See `StoredFile`."""
        return len(self.read())

    def read(self, most: int | None = None) -> bytes:
        """See `StoredFile`."""
        return read_unpacked(self.packed, most)


def is_gzip(body: bytes) -> bool:
    """Tell from its first bytes whether gzip packed a file."""
    return body.startswith(_GZIP_MAGIC)


def read_unpacked(file: StoredFile, most: int | None = None) -> bytes:
    """Return the content of a file, or its first bytes, unpacked if gzip packed it.

    Parameters
    ----------
    file : StoredFile
        The file, whatever the ending of its name.
    most : int, optional
        How many bytes are enough; all if not given.

    Raises
    ------
    CorruptProduct, OSError
        It cannot be unpacked or read.
    """
    content = file.read(None if most is None else most + _GZIP_OVERHEAD)
    return unpack_gzip(content, file.where, most) if is_gzip(content) else content[:most]


def unpack_gzip(packed: bytes, where: str, most: int | None = None) -> bytes:
    """Return what gzip packed, or its first bytes.

    Parameters
    ----------
    packed : bytes
        The packed bytes. Only their beginning is needed for the first bytes.
    where : str
        Where they came from, for the errors.
    most : int, optional
        How many bytes are enough; all if not given.

    Raises
    ------
    CorruptProduct
        They are damaged, or unpack to more than any light curve.
    """
    unpacked = bytearray()
    limit = _LARGEST_FILE if most is None else most
    while packed and len(unpacked) < limit:
        stream = zlib.decompressobj(_GZIP_WINDOW)
        try:
            unpacked += stream.decompress(packed, limit - len(unpacked) + 1)
        except zlib.error as error:
            raise CorruptProduct(f"{where} cannot be unpacked: {error}") from error
        if most is None and not stream.eof:
            ending = "is cut off" if len(unpacked) <= limit else f"has more than {limit} bytes"
            raise CorruptProduct(f"{where} cannot be unpacked: it {ending}")
        # gzip files may be appended to each other.
        packed = stream.unused_data
    return bytes(unpacked[:most])


class Bundle:
    """A tar file, which gzip may have packed. Several threads may read from it.

    Parameters
    ----------
    path : str
        The bundle.

    Raises
    ------
    OSError
        It cannot be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        size = os.stat(path).st_size
        self._limit = size
        with open_plain(path) as stream:
            is_packed = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        if is_packed:
            # Imported here: few directories hold a bundle.
            from indexed_gzip import IndexedGzipFile

            self._limit = max(_LARGEST_BUNDLE, _LARGEST_RATIO * size)
            self._stream: BinaryIO | _Reopened = IndexedGzipFile(
                path, spacing=_SPACING, buffer_size=_BUFFER
            )
        else:
            self._stream = _Reopened(path)

    def files(self) -> Iterator[BundledFile]:
        """Yield the regular files in the bundle, up to where it is damaged or absurdly long.

        Nothing is written to disk, so that a member's path does no harm.
        """
        try:
            limited = cast(BinaryIO, _Limited(self._stream, self._limit))
            with tarfile.open(fileobj=limited, mode="r:") as tar:
                while (member := tar.next()) is not None:
                    # Otherwise `tarfile` keeps all of them.
                    tar.members = []  # type: ignore[attr-defined]
                    if member.isfile() and not member.issparse() and member.size <= _LARGEST_FILE:
                        yield BundledFile(self, member.name, member.offset_data, member.size)
                self._stream.seek(tar.offset)
                # `tarfile` says nothing of a header that is cut off or damaged.
                if self._stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
                    raise tarfile.ReadError("it is damaged or cut off")
        except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
            _log.warning("%s: not read any further: %s", self.path, error, extra=EVERY_TIME)

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the unpacked bundle.

        Parameters
        ----------
        offset, size : int
            Where they begin, and how many there are.

        Raises
        ------
        CorruptProduct
            The bundle ends before, or cannot be unpacked.
        OSError
            It cannot be read.
        """
        with self._lock:
            self._stream.seek(offset)
            content = self._stream.read(size)
        if len(content) < size:
            raise CorruptProduct(f"{self.path} ends at byte {offset + len(content)}")
        return content


@dataclass(frozen=True, slots=True)
class ZippedFile:
    """A file in a zip bundle.

    Parameters
    ----------
    bundle : ZipBundle
        The bundle.
    member : str
        Its name there, with folders.
    length : int
        Its size in bytes, unpacked.
    """

    bundle: ZipBundle
    member: str
    length: int

    @property
    def name(self) -> str:
        """See `StoredFile`."""
        return os.path.basename(self.member)

    @property
    def where(self) -> str:
        """See `StoredFile`."""
        return f"{self.bundle.path}: {self.member}"

    def size(self) -> int:
        """See `StoredFile`."""
        return self.length

    def read(self, most: int | None = None) -> bytes:
        """See `StoredFile`."""
        return self.bundle.read(self.member, self.length if most is None else most)


class ZipBundle:
    """A zip file, such as MAST's portal gives. Several threads may read from it.

    Parameters
    ----------
    path : str
        The bundle.

    Raises
    ------
    OSError
        It cannot be read.
    zipfile.BadZipFile
        It is no zip file, or is cut off.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        open_plain(path).close()
        self._zip = zipfile.ZipFile(path)

    def files(self) -> Iterator[ZippedFile]:
        """Yield the files in the bundle; nothing is written to disk."""
        for member in self._zip.infolist():
            if not member.is_dir() and member.file_size <= _LARGEST_FILE:
                yield ZippedFile(self, member.filename, member.file_size)

    def read(self, member: str, size: int) -> bytes:
        """Return the first bytes of a file in the bundle.

        Parameters
        ----------
        member : str
            The file's name.
        size : int
            How many bytes are enough.

        Raises
        ------
        CorruptProduct
            The file cannot be unpacked, or its checksum is wrong.
        OSError
            The bundle cannot be read.
        """
        try:
            with self._lock, self._zip.open(member) as stream:
                return stream.read(size)
        # Of an encrypted file, `zipfile` says so in a RuntimeError.
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise CorruptProduct(f"{self.path}: {member} cannot be unpacked: {error}") from error


class _Reopened:
    """A file that is open only while it is read, so that a thousand bundles need no handles."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._offset = 0

    def tell(self) -> int:
        return self._offset

    def seek(self, offset: int) -> int:
        self._offset = offset
        return offset

    def read(self, size: int) -> bytes:
        with open(self._path, "rb") as stream:
            stream.seek(self._offset)
            content = stream.read(size)
        self._offset += len(content)
        return content


class _Limited:
    """A stream in which `tarfile` neither reads nor goes further than it should."""

    def __init__(self, stream: BinaryIO | _Reopened, limit: int) -> None:
        self._stream = stream
        self._limit = limit

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int) -> int:
        if offset > self._limit:
            raise tarfile.ReadError(f"it claims to have more than {self._limit} bytes")
        return self._stream.seek(offset)

    def read(self, size: int) -> bytes:
        if size > _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self._stream.read(size)
