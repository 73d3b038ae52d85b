"""The bytes of a light-curve file in the layout of Kepler and K2."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.format import padded_size
from preprocessing.simulator.synthesis.hdu_bytes import hdu_bytes
from preprocessing.simulator.synthesis.header_template import (
    HeaderTemplate,
    HeaderValue,
    column_dtype,
)
from preprocessing.simulator.synthesis.mission_header import (
    APERTURE,
    COLUMNS,
    LIGHT_CURVES,
    PRIMARY,
)

__all__ = [
    "LIGHT_CURVE_ROW",
    "MAX_APERTURE_PIXELS",
    "aperture_hdu",
    "file_size",
    "mission_file",
]

#: One row of the table LIGHTCURVE: 100 bytes.
LIGHT_CURVE_ROW = np.dtype(column_dtype(COLUMNS))

#: The most pixels that fit into one block, which is what the mission's apertures take. The size
#: of a file then depends on its number of rows alone.
MAX_APERTURE_PIXELS = 720

#: Bytes of a file without its table: headers of 2, 5 and 2 blocks, and the aperture's block.
_FIXED_SIZE = 28_800


def file_size(n_rows: int) -> int:
    """Return the size of a file in bytes.

    Parameters
    ----------
    n_rows : int
        Rows of its table.

    Examples
    --------
    >>> file_size(1021), file_size(4634)
    (132480, 492480)
    """
    return _FIXED_SIZE + padded_size(LIGHT_CURVE_ROW.itemsize * n_rows)


def mission_file(
    values: Mapping[str, HeaderValue],
    rows: NDArray[np.void],
    aperture: NDArray[np.int32],
    primary: HeaderTemplate = PRIMARY,
) -> bytes:
    """Return a light-curve file: primary header, light curve and aperture.

    Parameters
    ----------
    values : mapping
        Values of the header cards by keyword; None for an undefined value. A keyword that is
        in several headers has one value. This function fills in the lengths, the number of
        pixels and CHECKSUM itself.
    rows : ndarray, shape (n,), dtype `LIGHT_CURVE_ROW`
        The light-curve table.
    aperture : ndarray, shape (height, width)
        What each pixel was used for. Bit 1: collected; bit 2: in the optimal aperture.
    primary : HeaderTemplate, optional
        The primary header; Kepler's by default.

    Returns
    -------
    bytes
        The whole file, `file_size` bytes long, with a CHECKSUM in every header.

    Raises
    ------
    KeyError
        `values` lacks a keyword.
    ValueError
        The aperture is too large, or a value is too long for its card.
    """
    bands = 3 if "FITTYPE3" in values else 1
    return b"".join(
        (
            *hdu_bytes(primary, values),
            *hdu_bytes(LIGHT_CURVES[bands], {**values, "NAXIS2": len(rows)}, rows.tobytes()),
            *aperture_hdu(APERTURE, values, aperture),
        )
    )


def aperture_hdu(
    template: HeaderTemplate, values: Mapping[str, HeaderValue], aperture: NDArray[np.int32]
) -> tuple[bytes | bytearray, ...]:
    """Return the parts of the HDU that holds the aperture.

    Parameters
    ----------
    template : HeaderTemplate
        The header of the HDU.
    values : mapping
        Values of its cards by keyword, without the image's size and number of pixels.
    aperture : ndarray, shape (height, width)
        See `mission_file`.

    Raises
    ------
    ValueError
        The aperture is too large.
    """
    if aperture.size > MAX_APERTURE_PIXELS:
        raise ValueError(
            f"the aperture has {aperture.size} pixels, more than {MAX_APERTURE_PIXELS}"
        )
    height, width = aperture.shape
    image_values: dict[str, HeaderValue] = {
        "NAXIS1": width,
        "NAXIS2": height,
        "NPIXSAP": int(np.count_nonzero(aperture & 2)),
    }
    return hdu_bytes(template, {**values, **image_values}, aperture.astype(">i4").tobytes())
