"""TESS: what tells it from other missions, and the grammar of its files."""

from __future__ import annotations

import re

from preprocessing.core.product import FAST, SHORT, Product
from preprocessing.missions.author import Author
from preprocessing.missions.hlsp import QLP, SPOC_LAYOUT, TESS_SPOC
from preprocessing.missions.mission import Mission
from preprocessing.missions.sectors import tic_folder

__all__ = ["TESS", "parse_file_name", "parse_observation_id"]

#: Synthetic stars have larger numbers: those of the TESS Input Catalog, version 8.2, have ten
#: digits (Paegert et al. 2021, arXiv:2108.04778).
LARGEST_REAL_TIC = 9_999_999_999

_EXPOSURES_S = {SHORT: 120.0, FAST: 20.0}
_OBSERVATION = r"tess(\d{13})-s(\d{4})-(\d{16})-(\d{4})-([a-z])"
_FILE_NAME = re.compile(rf"{_OBSERVATION}(_fast-lc|_lc)\.fits", re.ASCII)
_OBSERVATION_ID = re.compile(rf"{_OBSERVATION}(_fast)?", re.ASCII)


def parse_file_name(name: str) -> Product | None:
    """Return the product that a file name stands for, or None if it is no such name.

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
        # A sector that was processed again has a later stamp.
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
    )


def parse_observation_id(obs_id: str) -> Product | None:
    """Return the light curve of an observation, None if the id is of another form.

    Examples
    --------
    >>> parse_observation_id("tess2020238165205-s0029-0000000025155310-0193-a_fast").file_name
    'tess2020238165205-s0029-0000000025155310-0193-a_fast-lc.fits'
    """
    match = _OBSERVATION_ID.fullmatch(obs_id)
    if match is None:
        return None
    return parse_file_name(f"{obs_id}-lc.fits" if match[6] else f"{obs_id}_lc.fits")


TESS = Mission(
    name="TESS",
    telescope="TESS",
    instrument="TESS Photometer",
    catalog="TIC",
    number_keyword="TICID",
    target_names=("{}",),
    sequence="sector",
    # How many there will be, nobody knows yet; names of files have room for so many.
    sequence_numbers=range(1, 10_000),
    sequence_keyword="SECTOR",
    bjd_reference=2457000,
    # `lightkurve.utils.TessQualityFlags` (2.6.0), bits as in the TESS Science Data Products
    # Description Document (EXP-TESS-ARC-ICD-TM-0014), table 28.
    bitmasks={"none": 0, "default": 17087, "hard": 24319, "hardest": 65535},
    quality_column="TESS_QUALITY",
    detector_keywords=("CAMERA", "CCD"),
    cdpp_keywords=("CDPP0_5", "CDPP1_0", "CDPP2_0"),
    largest_real_number=LARGEST_REAL_TIC,
    authors=(
        Author("SPOC", "tess", (SHORT, FAST), parse_file_name, SPOC_LAYOUT, True),
        TESS_SPOC,
        QLP,
    ),
    star_cards=(
        ("CAMERA", "camera in the first file used"),
        ("CCD", "CCD in the first file used"),
        ("RA_OBJ", "[deg] right ascension"),
        ("DEC_OBJ", "[deg] declination"),
        ("EQUINOX", "equinox of celestial coordinate system"),
        ("RADESYS", "reference frame of celestial coordinates"),
        ("PMRA", "[mas/yr] RA proper motion"),
        ("PMDEC", "[mas/yr] Dec proper motion"),
        ("PMTOTAL", "[mas/yr] total proper motion"),
        ("TESSMAG", "[mag] TESS magnitude"),
        ("TEFF", "[K] effective temperature"),
        ("LOGG", "[cm/s2] log10 surface gravity"),
        ("MH", "[log10([M/H])] metallicity"),
        ("RADIUS", "[solar radii] stellar radius"),
        ("MASS", "[solar masses] stellar mass"),
        ("TICVER", "version of the TESS Input Catalog"),
    ),
)
