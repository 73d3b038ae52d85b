"""Read Parquet files of this machine and of object stores; the last footers are kept."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, TypeVar

import pyarrow.parquet as pq

from preprocessing.core.remote_path import Location, RemotePath
from preprocessing.network.object_store import open_object, store_errors

__all__ = ["Streams", "read_footer", "read_parquet"]

_T = TypeVar("_T")
#: Footers of files, and open objects of each thread, that are kept.
_KEPT = 16


def read_footer(path: Location, streams: Streams) -> pq.FileMetaData:
    """Return the footer of a file, which is read once.

    Parameters
    ----------
    path : Path or RemotePath
        The file. If another has taken its name on this machine, that one's footer is read.
    streams : Streams
        Keeps what is open.
    """
    if isinstance(path, RemotePath):
        with store_errors(path):
            return streams.opened(path).footer
    facts = os.stat(path)
    return _footer(path, facts.st_ino, facts.st_size, facts.st_mtime_ns)


@lru_cache(_KEPT)
def _footer(path: Path, inode: int, size: int, modified_ns: int) -> pq.FileMetaData:
    return pq.read_metadata(path)


@dataclass(frozen=True)
class _OpenObject:
    """An object that is open, and its footer."""

    stream: IO[bytes]
    footer: pq.FileMetaData


class Streams(threading.local):
    """The objects that a thread has open in a store: to open one takes two requests.

    They hold no connection, and are not taken along where the process is forked or pickled.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, RemotePath], _OpenObject] = OrderedDict()

    def opened(self, path: RemotePath) -> _OpenObject:
        """Return an open object."""
        key = os.getpid(), path
        if key not in self._kept:
            stream = open_object(path)
            self._kept[key] = _OpenObject(stream, pq.read_metadata(stream))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def forget(self, path: RemotePath) -> None:
        """Open an object anew when it is asked for next."""
        self._kept.pop((os.getpid(), path), None)


def read_parquet(
    path: Location,
    read: Callable[[pq.ParquetFile], _T],
    streams: Streams,
    *,
    check_pages: bool,
) -> _T:
    """Return what a function reads from a Parquet file.

    Parameters
    ----------
    path : Path or RemotePath
        The file. Of an object, only the byte ranges are fetched that are needed.
    read : callable
        Given the open file. It is called again if an object was replaced meanwhile.
    streams : Streams
        Keeps what is open.
    check_pages : bool
        Whether to check the checksum of each page that is read.
    """
    if isinstance(path, Path):
        with pq.ParquetFile(
            path,
            metadata=read_footer(path, streams),
            page_checksum_verification=check_pages,
            memory_map=False,
        ) as file:
            return read(file)
    with store_errors(path):
        try:
            return _read_object(path, read, streams, check_pages)
        except Exception as error:
            streams.forget(path)
            # fsspec's word for an object that is another one now.
            if type(error).__name__ != "FileExpired":
                raise
        return _read_object(path, read, streams, check_pages)


def _read_object(
    path: RemotePath, read: Callable[[pq.ParquetFile], _T], streams: Streams, check_pages: bool
) -> _T:
    opened = streams.opened(path)
    with pq.ParquetFile(
        opened.stream,
        metadata=opened.footer,
        page_checksum_verification=check_pages,
        # Ranges that lie side by side are one request.
        pre_buffer=True,
    ) as file:
        return read(file)
