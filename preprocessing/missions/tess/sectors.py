"""The folders and the full-frame exposure times of TESS's sectors."""

from __future__ import annotations

import re

__all__ = ["SECTOR_FOLDER", "SECTOR_LETTER", "ffi_exposure_s", "split_number", "tic_folder"]

#: Names of the folders of sectors in trees of files.
SECTOR_FOLDER = re.compile(r"s(\d{4})", re.ASCII)
#: The letter before a sector's number in its label.
SECTOR_LETTER = "S"

#: Full-frame images were taken every 30 minutes in the prime mission, every 10 minutes in the
#: first extended mission and every 200 seconds since
#: (https://heasarc.gsfc.nasa.gov/docs/tess/the-tess-extended-mission.html).
_LAST_OF_1800_S, _LAST_OF_600_S = 26, 55


def ffi_exposure_s(sector: int) -> float:
    """Return the time between two full-frame images of a sector, in seconds."""
    if sector <= _LAST_OF_1800_S:
        return 1800.0
    return 600.0 if sector <= _LAST_OF_600_S else 200.0


def split_number(number: int) -> str:
    """Return a TIC number as nested folders of four digits each.

    Examples
    --------
    >>> split_number(25155310)
    '0000/0000/2515/5310'
    """
    digits = f"{number:016d}"
    return "/".join(digits[start : start + 4] for start in range(0, 16, 4))


def tic_folder(sector: int, number: int) -> str:
    """Return the folder of a star's files in a sector, below the folder of all light curves."""
    return f"s{sector:04d}/{split_number(number)}"
