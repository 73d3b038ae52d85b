"""The bytes of a light-curve file in the mission's layout."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from preprocessing.embedded.mission_header import (
    APERTURE,
    COLUMNS,
    LIGHT_CURVES,
    PRIMARY,
    HeaderTemplate,
    HeaderValue,
)
from preprocessing.fits_format import encode_checksum, ones_complement_sum, padded_size

__all__ = ["LIGHT_CURVE_ROW", "MAX_APERTURE_PIXELS", "file_size", "mission_file"]

_DTYPES = {"D": ">f8", "E": ">f4", "J": ">i4"}

#: One row of the table LIGHTCURVE: 100 bytes.
LIGHT_CURVE_ROW = np.dtype([(name, _DTYPES[form]) for name, form, *_ in COLUMNS])

#: Pixels that an aperture may have without taking a second block, as the mission's do
#: not: the size of a file depends on its rows alone.
MAX_APERTURE_PIXELS = 720

#: Bytes of a file without its table: headers of 2, 5 and 2 blocks, and the aperture's.
_FIXED_SIZE = 28_800

_UNSIGNED = "0" * 16


def file_size(n_rows: int) -> int:
    """Return the size of a file in bytes.

    Examples
    --------
    >>> file_size(1021), file_size(4634)
    (132480, 492480)
    """
    return _FIXED_SIZE + padded_size(LIGHT_CURVE_ROW.itemsize * n_rows)


def mission_file(
    values: Mapping[str, HeaderValue], rows: NDArray[np.void], aperture: NDArray[np.int32]
) -> bytes:
    """Return a light-curve file: primary header, light curve and aperture.

    Parameters
    ----------
    values : mapping
        What the header cards say; None for an undefined value. Cards of the same name
        in several headers say the same. Lengths, the number of pixels and CHECKSUM are
        filled in here.
    rows : ndarray, shape (n,), dtype `LIGHT_CURVE_ROW`
        The table.
    aperture : ndarray, shape (height, width)
        What each pixel was used for: 1 collected, 2 in the optimal aperture.

    Returns
    -------
    bytes
        As long as `file_size` says, with a CHECKSUM in every header.

    Raises
    ------
    KeyError
        `values` lacks a keyword.
    ValueError
        The aperture is too large, or a value for its card.
    """
    if aperture.size > MAX_APERTURE_PIXELS:
        raise ValueError(f"an aperture of {aperture.size} pixels, more than {MAX_APERTURE_PIXELS}")
    height, width = aperture.shape
    table_values: dict[str, HeaderValue] = {"NAXIS2": len(rows), "CHECKSUM": _UNSIGNED}
    image_values: dict[str, HeaderValue] = {
        "NAXIS1": width,
        "NAXIS2": height,
        "NPIXSAP": int(np.count_nonzero(aperture & 2)),
        "CHECKSUM": _UNSIGNED,
    }
    bands = 3 if "FITTYPE3" in values else 1
    primary_values = {**values, "CHECKSUM": _UNSIGNED}
    return b"".join(
        (
            *_hdu(PRIMARY, primary_values, b""),
            *_hdu(LIGHT_CURVES[bands], {**values, **table_values}, rows.tobytes()),
            *_hdu(APERTURE, {**values, **image_values}, aperture.astype(">i4").tobytes()),
        )
    )


def _hdu(
    template: HeaderTemplate, values: Mapping[str, HeaderValue], content: bytes
) -> tuple[bytearray, bytes, bytes]:
    """Return a header with its checksum, its data, and their padding."""
    header = template.fill(values)
    total = ones_complement_sum(content, ones_complement_sum(memoryview(header)))
    place = header.rindex(_UNSIGNED.encode("ascii"))
    header[place : place + len(_UNSIGNED)] = encode_checksum(total).encode("ascii")
    return header, content, bytes(padded_size(len(content)) - len(content))
