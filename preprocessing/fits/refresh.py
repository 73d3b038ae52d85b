"""Tell from a file's first bytes whether the archive has a newer version than the one used."""

from __future__ import annotations

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.file_record import FileRecord
from preprocessing.fits.format import (
    ALL_ONES,
    BLOCK,
    ones_complement_sum,
    read_hdu,
)
from preprocessing.fits.product_identity import unpacked, verify_owner
from preprocessing.missions import Product

__all__ = ["HEADER_BYTES", "is_newer"]

#: Bytes to request. A mission file's primary header takes two blocks (58 cards); allow for more.
HEADER_BYTES = 4 * BLOCK


def is_newer(head: bytes, record: FileRecord, product: Product) -> bool:
    """Compare the version in a file's primary header with the version that was used.

    The mission raises DATA_REL with each delivery, and PROCVER names the build of its
    pipeline, so a reprocessed file differs in one of them. The file's size does not help: it
    depends only on the number of rows.

    Parameters
    ----------
    head : bytes
        At least the first `HEADER_BYTES` of the archive's file.
    record : FileRecord
        The file that was used.
    product : Product
        The file that was requested.

    Returns
    -------
    bool
        True for a later data release, or another pipeline version of the same release. False
        for an earlier release, and if the file used before stated no version.

    Raises
    ------
    CorruptProduct
        The bytes are not the start of a FITS file, are damaged, or state no version.
    WrongProduct
        They are the start of another file.
    """
    head = unpacked(head, product, HEADER_BYTES)
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
    # Authors other than the missions state their version only in the file's name.
    return bool(record.procver) and header.text("PROCVER") != record.procver
