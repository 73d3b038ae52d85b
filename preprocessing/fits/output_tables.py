"""The two tables of an output: the stitched light curve, and the files it was made from."""

from __future__ import annotations

from functools import cache

import numpy as np

from preprocessing.missions import Mission

__all__ = ["row_dtype", "sequence_dtype"]


@cache
def row_dtype(mission: Mission, is_double: bool) -> np.dtype[np.void]:
    """Return the type of a row in the table LIGHTCURVE.

    Its size is a multiple of four bytes, so that the checksum can be added up piece by piece.

    Parameters
    ----------
    mission : Mission
        Names the columns for quality flags and sequence numbers.
    is_double : bool
        Whether the author's flux has 64 bits.
    """
    flux = ">f8" if is_double else ">f4"
    return np.dtype(
        [
            ("TIME", ">f8"),
            ("FLUX", flux),
            ("FLUX_ERR", flux),
            (mission.quality_column, ">i4"),
            ("CADENCENO", ">i4"),
            (mission.sequence_keyword, ">i4"),
            ("CENTROID_COL", ">f8"),
            ("CENTROID_ROW", ">f8"),
        ]
    )


@cache
def sequence_dtype(mission: Mission) -> np.dtype[np.void]:
    """Return the type of a row in the table QUARTERS, CAMPAIGNS or SECTORS.

    The table has one row for each file that the star should have.

    Parameters
    ----------
    mission : Mission
        Names the columns for sequence numbers, detector and noise.
    """
    return np.dtype(
        [
            (mission.sequence_keyword, ">i2"),
            ("MONTH", ">i2"),
            ("FILENAME", "S80"),
            ("URI", "S160"),
            ("BYTES", ">i4"),
            ("SHA256", "S64"),
            ("VERIFIED", "S10"),
            ("DATA_REL", ">i2"),
            ("PROCVER", "S68"),
            *((keyword, ">i2") for keyword in mission.detector_keywords),
            ("ROWSREAD", ">i4"),
            ("ROWSNOTM", ">i4"),
            ("ROWSMASK", ">i4"),
            ("ROWSKEPT", ">i4"),
            ("ROWSFIN", ">i4"),
            ("MEDIAN", ">f8"),
            *((keyword, ">f4") for keyword in mission.cdpp_keywords),
            ("CROWDSAP", ">f4"),
            ("FLFRCSAP", ">f4"),
            ("STATUS", "S6"),
            ("REASON", "S16"),
        ]
    )
