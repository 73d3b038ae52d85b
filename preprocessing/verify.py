"""Decide whether the bytes of one file are the product that was asked for, undamaged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from preprocessing.exceptions import CorruptProduct, WrongProduct
from preprocessing.fits_format import (
    ALL_ONES,
    BLOCK,
    Hdu,
    HeaderCards,
    ones_complement_sum,
    read_hdus,
)
from preprocessing.products import Product, nearest_stamp

__all__ = ["BY_CHECKSUM", "BY_STRUCTURE", "VerifiedFile", "verify_product"]

#: How a file was found undamaged: by the ones'-complement sum of every HDU, or, where
#: no HDU carries a CHECKSUM, by structure and size alone.
BY_CHECKSUM = "checksum"
BY_STRUCTURE = "structure"

#: Names of the three HDUs (Kepler Archive Manual, KDMC-10008-006, section 2.3.1).
_NAMES = ("PRIMARY", "LIGHTCURVE", "APERTURE")
_PADDING = bytes(BLOCK)
#: OBSMODE of the mission's files.
_OBSMODE = {"long": "long cadence", "short": "short cadence"}
#: Time 0 of BKJD, Barycentric Kepler Julian Date: BJD 2454833.0.
_BKJD_ZERO = datetime(2009, 1, 1, 12)
_BKJD_REFERENCE = 2454833
#: A generous bound, in days, against times that no date can express.
_LATEST_BKJD = 100_000


@dataclass(frozen=True)
class VerifiedFile:
    """A file that passed.

    Parameters
    ----------
    body : bytes
    primary, table : Hdu
        The primary HDU and the light-curve table.
    how : {'checksum', 'structure'}
        Which check it had.
    sha256 : str
        Of the whole file, in hexadecimal.
    """

    body: bytes
    primary: Hdu
    table: Hdu
    how: str
    sha256: str


def verify_product(body: bytes, product: Product) -> VerifiedFile:
    """Check a file's size, structure, checksums and identity.

    Parameters
    ----------
    body : bytes
        The whole file.
    product : Product
        What was asked for.

    Returns
    -------
    VerifiedFile

    Raises
    ------
    CorruptProduct
        Size, structure or a checksum is wrong, or some HDUs carry one and others do not.
    WrongProduct
        The file is sound, but of another star, quarter, month or cadence.

    Notes
    -----
    Mission files carry CHECKSUM but no DATASUM, for which
    ``astropy.io.fits.open(checksum=True)`` reports sound files as damaged. The sum over
    the whole HDU must be all ones (FITS standard 4.0, section 4.4.2.7).
    """
    hdus = read_hdus(body)
    for hdu in hdus:
        hdu.header.verify()
        # Bits that no checksum guards if there is none, and a sign of blocks that moved.
        if not _PADDING.startswith(body[hdu.data_start + hdu.data_size : hdu.end]):
            raise CorruptProduct("the padding behind some data is not zero")
    how = _verify_sums(body, hdus)
    table = _find_table(hdus)
    _verify_identity(hdus[0].header, table.header, product)
    return VerifiedFile(body, hdus[0], table, how, hashlib.sha256(body).hexdigest())


def _verify_sums(body: bytes, hdus: list[Hdu]) -> str:
    carriers = sum("CHECKSUM" in hdu.header for hdu in hdus)
    if carriers == 0:
        return BY_STRUCTURE
    # The archive's files carry it in every HDU or in none: one bit of the keyword is damaged.
    if carriers < len(hdus):
        raise CorruptProduct(f"only {carriers} of {len(hdus)} HDUs carry a CHECKSUM")
    view = memoryview(body)
    for number, hdu in enumerate(hdus):
        hdu.header.text("CHECKSUM")
        total = ones_complement_sum(view[hdu.start : hdu.end])
        if total != ALL_ONES:
            raise CorruptProduct(f"checksum of HDU {number} is {total:#010x}, not {ALL_ONES:#x}")
    return BY_CHECKSUM


def _find_table(hdus: list[Hdu]) -> Hdu:
    primary = hdus[0].header
    # The primary header need not have a name.
    names = (primary.get("EXTNAME", _NAMES[0]), *(hdu.header.get("EXTNAME") for hdu in hdus[1:]))
    if names != _NAMES:
        raise CorruptProduct(f"HDUs are {names}, not {_NAMES}")
    if primary.get("SIMPLE") is not True or primary.get("EXTEND", True) is not True:
        raise CorruptProduct("SIMPLE or EXTEND is not T: the file says that it is no such file")
    table = hdus[1]
    kind = [table.header.get(keyword) for keyword in ("XTENSION", "BITPIX", "NAXIS")]
    if kind != ["BINTABLE", 8, 2]:
        raise CorruptProduct("extension LIGHTCURVE is not a binary table")
    return table


def _verify_identity(primary: HeaderCards, table: HeaderCards, product: Product) -> None:
    expected = {
        "KEPLERID": product.kic,
        "QUARTER": product.quarter,
        "OBSMODE": _OBSMODE[product.cadence],
    }
    for keyword, value in expected.items():
        found = primary.get(keyword)
        # True and 1.0 equal 1, but are no star number.
        if type(found) is not type(value) or found != value:
            raise WrongProduct(f"{product.file_name}: {keyword} is {found!r}, not {value!r}")
    end = table.get("TSTOP")
    is_sound = table.get("BJDREFI") == _BKJD_REFERENCE
    if not is_sound or not isinstance(end, (int, float)) or not 0 < end < _LATEST_BKJD:
        raise CorruptProduct(f"{product.file_name}: TSTOP {end!r} does not say when it ends")
    # Barycentric time differs from UTC by less than ten minutes; stamps stand days apart.
    stamp = nearest_stamp(product.cadence, _BKJD_ZERO + timedelta(days=end))
    if stamp != product.stamp:
        raise WrongProduct(f"{product.file_name}: its data end as those of stamp {stamp} do")
