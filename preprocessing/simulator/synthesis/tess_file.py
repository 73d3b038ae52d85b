"""The bytes of a light-curve file in the layout of TESS's own files and of TESS-SPOC's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from preprocessing.simulator.synthesis.hdu_bytes import hdu_bytes
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.mission_file import aperture_hdu
from preprocessing.simulator.synthesis.tess_header import (
    TESS_APERTURE,
    TESS_PRIMARY,
    tess_light_curve,
)

__all__ = ["tess_file"]


def tess_file(
    values: Mapping[str, HeaderValue],
    rows: NDArray[np.void],
    aperture: NDArray[np.int32],
    camera: int,
    ccd: int,
) -> bytes:
    """Return a light-curve file: primary header, light curve and aperture.

    Parameters
    ----------
    values : mapping
        Values of the header cards: see `tess_values`.
    rows : ndarray, shape (n,), dtype `TESS_ROW`
        The light-curve table.
    aperture : ndarray, shape (height, width)
        What each pixel was used for: see `mission_file.mission_file`.
    camera, ccd : int
        The detector that the star fell on, 1 to 4 each.

    Returns
    -------
    bytes
        The whole file, as long as Kepler's file with as many rows (`mission_file.file_size`),
        with a CHECKSUM in every header.
    """
    table_values = {**values, "NAXIS2": len(rows)}
    return b"".join(
        (
            *hdu_bytes(TESS_PRIMARY, values),
            *hdu_bytes(tess_light_curve(camera, ccd), table_values, rows.tobytes()),
            *aperture_hdu(TESS_APERTURE, values, aperture),
        )
    )
