"""Find the FITS files that changed since they were packed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.dataset.packing.file_list import listed
from preprocessing.dataset.packing.fits_folder import FitsStar
from preprocessing.dataset.packing.state import Existing

__all__ = ["PackedFits", "doubtful", "has_changed"]


@dataclass(frozen=True)
class PackedFits:
    """A FITS file that may be another than the one that was packed.

    Parameters
    ----------
    path : Path
        The file.
    bytes : int
        The size of the file that was packed.
    sha256 : str
        Its digest.
    """

    path: Path
    bytes: int
    sha256: str


def doubtful(folder: Path, stars: Sequence[FitsStar], existing: Existing) -> Iterator[PackedFits]:
    """Yield the FITS files that must be read to tell whether they are those that were packed.

    Parameters
    ----------
    folder : Path
        The folder of the FITS files.
    stars : sequence of FitsStar
        Those that are there.
    existing : Existing
        What is packed.
    """
    there = {star.name: star for star in stars}
    for partition in existing.partitions.values():
        facts = partition.facts
        for name, n_bytes, sha256 in zip(
            facts.fits_files, facts.fits_bytes, facts.fits_sha256, strict=True
        ):
            star, known = there.get(name), existing.listed.get(name)
            if star is None:
                continue
            if known is None or known.fits_modified_ns is None:
                # A run that was killed packed it, and did not come to the table of stars.
                is_same = star.bytes == n_bytes and star.modified_ns <= partition.written_ns
            else:
                was = known.fits_bytes, known.fits_modified_ns
                is_same = (star.bytes, star.modified_ns) == was
            if not is_same:
                yield PackedFits(folder / name, n_bytes, sha256)


def has_changed(file: PackedFits) -> tuple[str, bool]:
    """Return the name of a file, and whether it is another than the one that was packed.

    Parameters
    ----------
    file : PackedFits
        The file, and what was packed.
    """
    try:
        found = listed(file.path)
    except OSError:
        # Reading it to pack it says what is wrong.
        return file.path.name, True
    return file.path.name, (found.bytes, found.sha256) != (file.bytes, file.sha256)
