"""The names of TESS's own files, made by its Science Processing Operations Center (SPOC)."""

from __future__ import annotations

import re

from preprocessing.core.product import FAST, SHORT, Product
from preprocessing.missions.tess.sectors import SECTOR_LETTER, tic_folder

__all__ = ["OBSERVATION", "parse_file_name"]

_EXPOSURES_S = {SHORT: 120.0, FAST: 20.0}
#: The start of file names and of observation ids.
OBSERVATION = r"tess(\d{13})-s(\d{4})-(\d{16})-(\d{4})-([a-z])"
_FILE_NAME = re.compile(rf"{OBSERVATION}(_fast-lc|_lc)\.fits", re.ASCII)


def parse_file_name(name: str) -> Product | None:
    """Return the product for a file name, or None if the name has another form.

    Parameters
    ----------
    name : str
        The file's name without folders.

    Examples
    --------
    >>> product = parse_file_name("tess2018206045859-s0001-0000000025155310-0120-s_lc.fits")
    >>> product.label, product.cadence
    ('S1', 'short')
    >>> product.path
    's0001/0000/0000/2515/5310/tess2018206045859-s0001-0000000025155310-0120-s_lc.fits'
    """
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        return None
    sector, number = int(match[2]), int(match[3])
    cadence = FAST if match[6] == "_fast-lc" else SHORT
    return Product(
        # A reprocessed sector has a later stamp.
        stamp=match[1],
        number=number,
        mission="TESS",
        author="SPOC",
        cadence=cadence,
        sequence_number=sector,
        month=None,
        exposure_s=_EXPOSURES_S[cadence],
        file_name=name,
        path=f"{tic_folder(sector, number)}/{name}",
        uri=f"mast:TESS/product/{name}",
        position=sector,
        letter=SECTOR_LETTER,
    )
