"""Tell from the first bytes of a file whether the archive's version is newer than the one used."""

from __future__ import annotations

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.file_record import FileRecord
from preprocessing.fits.format import (
    ALL_ONES,
    BLOCK,
    ones_complement_sum,
    read_hdu,
)
from preprocessing.fits.verify import verify_owner
from preprocessing.missions import Product

__all__ = ["HEADER_BYTES", "is_newer"]

#: The primary header of a mission file has 58 cards, in two blocks; there is room for more.
HEADER_BYTES = 4 * BLOCK


def is_newer(head: bytes, record: FileRecord, product: Product) -> bool:
    """Compare the version that a file's primary header states with the one that was used.

    The mission raised DATA_REL with each delivery, and PROCVER names the build of the
    pipeline, so that a file that was processed again differs in one of them. Its size
    tells nothing: it follows from the number of rows alone.

    Parameters
    ----------
    head : bytes
        The first `HEADER_BYTES` of the archive's file, or more.
    record : FileRecord
        Of the file that was used.
    product : Product
        What was asked for.

    Returns
    -------
    bool
        True for a later data release, or another pipeline version of the same one. An
        earlier release is not newer, and neither is a file of which none was stated before.

    Raises
    ------
    CorruptProduct
        It is not the beginning of a FITS file, is damaged, or states no version.
    WrongProduct
        It is the beginning of another file.
    """
    if not head.startswith(b"SIMPLE  ="):
        raise CorruptProduct(f"not the beginning of a FITS file: {head[:16]!r}")
    primary = read_hdu(head, 0)
    header = primary.header
    if "CHECKSUM" in header and ones_complement_sum(head[: primary.end]) != ALL_ONES:
        raise CorruptProduct("the checksum of the primary header is wrong")
    verify_owner(header, product)
    if record.data_rel is not None:
        release = header.integer("DATA_REL")
        if release != record.data_rel:
            return release > record.data_rel
    # Others than the missions state their version in the file's name alone.
    return bool(record.procver) and header.text("PROCVER") != record.procver
