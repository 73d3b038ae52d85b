"""The list of a catalog's files: which cells they hold, their sizes, and their digests."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.packed_folder import partitions_of
from preprocessing.core.remote_path import Location
from preprocessing.system.atomic import size_and_sha256, write_atomically
from preprocessing.tables.sky_cells import Cell

__all__ = [
    "FileList",
    "ListedFile",
    "file_list_of",
    "file_list_text",
    "list_path",
    "listed",
    "read_file_list",
]


@dataclass(frozen=True)
class ListedFile:
    """A Parquet file as it was written, from the first byte to the last of its footer.

    Parameters
    ----------
    bytes : int
        Its size.
    sha256 : str
        Its digest, in hexadecimal.
    """

    bytes: int
    sha256: str


def listed(path: Path) -> ListedFile:
    """Read a file in full, and return its size and digest.

    Parameters
    ----------
    path : Path
        The file.
    """
    with open(path, "rb") as stream:
        return ListedFile(*size_and_sha256(stream))


def list_path(catalog: Path) -> Path:
    """Return the path of a catalog's list; HATS asks for its first two columns."""
    return catalog / "partition_info.csv"


def read_file_list(catalog: Path) -> dict[Cell, ListedFile]:
    """Read the list of a catalog's files.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.

    Raises
    ------
    CorruptProduct
        The list cannot be read, or is that of an older version, without digests.
    OSError
        From the file system.
    """
    path = list_path(catalog)
    return file_list_of(path.read_bytes(), path)


def file_list_of(content: bytes, path: Location) -> dict[Cell, ListedFile]:
    """Return what a list says.

    Parameters
    ----------
    content : bytes
        Its text.
    path : Path or RemotePath
        Where it is.

    Raises
    ------
    CorruptProduct
        The text cannot be read, or is that of an older version, without digests.
    """
    try:
        return {
            Cell(int(row["Norder"]), int(row["Npix"])): ListedFile(int(row["bytes"]), row["sha256"])
            for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
        }
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise CorruptProduct(f"{path} cannot be read: {error}") from error


def file_list_text(files: Mapping[Cell, ListedFile]) -> bytes:
    r"""Return the text of a list.

    Examples
    --------
    >>> file_list_text({Cell(0, 3): ListedFile(9, "ab")})
    b'Norder,Npix,bytes,sha256\n0,3,9,ab\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("Norder", "Npix", "bytes", "sha256"))
    for cell, file in files.items():
        writer.writerow((cell.order, cell.number, file.bytes, file.sha256))
    return text.getvalue().encode()


class FileList:
    """The list of a catalog's files, which is kept while they are written.

    Parameters
    ----------
    catalog : Path
        The folder of the catalog.

    Attributes
    ----------
    catalog : Path
        The folder of the catalog.
    files : dict of Cell to ListedFile
        What it lists; nothing if it cannot be read.
    """

    def __init__(self, catalog: Path) -> None:
        self.catalog = catalog
        self.files: dict[Cell, ListedFile] = {}
        self._written_ns = 0
        with suppress(CorruptProduct, FileNotFoundError):
            self.files = read_file_list(catalog)
            self._written_ns = os.stat(list_path(catalog)).st_mtime_ns

    def add(self, cell: Cell, file: ListedFile) -> None:
        """List a file that was written, or written again."""
        self.files[cell] = file
        write_atomically(list_path(self.catalog), file_list_text(self.files))

    def has(self, cell: Cell) -> bool:
        """Tell whether the file of a cell is the one that is listed.

        Nothing is read if size and time say so. A file that is newer than the list was written
        by a run that was killed, or changed, or copied: its digest decides.
        """
        path, known = partitions_of(self.catalog) / cell.file, self.files.get(cell)
        facts = os.stat(path)
        if known is None or facts.st_size != known.bytes:
            return False
        return facts.st_mtime_ns <= self._written_ns or listed(path) == known
