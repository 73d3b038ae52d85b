"""The TESS mission, and what distinguishes it from others."""

from __future__ import annotations

from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.product import FAST, SHORT, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.mission import Mission, any_file
from preprocessing.missions.star_tables import ObjectTable, PortalTable, StarTables, Wanted
from preprocessing.missions.tess.community import QLP, SPOC_LAYOUT, TESS_SPOC
from preprocessing.missions.tess.data_alerts import DATA_ALERTS
from preprocessing.missions.tess.eleanor import GSFC_ELEANOR_LITE
from preprocessing.missions.tess.file_names import parse_file_name
from preprocessing.missions.tess.known_tables import KNOWN_TABLES
from preprocessing.missions.tess.observations import (
    TARGET_NAME,
    list_observations,
    parse_id,
    promised_products,
)
from preprocessing.missions.tess.pathos import PATHOS
from preprocessing.missions.tess.quality import BITMASKS, FLAG_NAMES, FLAGS
from preprocessing.missions.tess.sectors import SECTOR_FOLDER, SECTOR_LETTER, split_number
from preprocessing.missions.tess.tasoc import TASOC
from preprocessing.missions.tess.tglc import TGLC

__all__ = ["TESS"]

#: ExoFOP (TIC ID), the NASA Exoplanet Archive's table of objects of interest (tid) and of planets
#: (tic_id), the lists of observed targets by sector (TICID), and QLP (TIC_ID).
_ID_COLUMNS = ("ticid", "tid", "tessticid", "tessinputcatalog", "tessinputcatalogid")

#: Numbers of the TESS Input Catalog, version 8.2, have at most ten digits (Paegert et al. 2021,
#: arXiv:2108.04778).
_NUMBER_RANGE = range(1, 10_000_000_000)
#: Far from them. File names have sixteen digits.
_SYNTHETIC_NUMBERS = range(90_000_000_001, 100_000_000_000)

#: Days that the files of a sector cover: the mean of sectors 12, 23, 38, 50, 51 and 52.
_SECTOR_DAYS = 26.1


def _row_count(product: Product) -> int:
    return round(_SECTOR_DAYS * 86_400 / product.exposure_s)


_OWN = Author(
    "SPOC",
    "tess",
    (SHORT, FAST),
    "tess",
    parse_file_name,
    SPOC_LAYOUT,
    ArchiveLayout(split_number, "tess/public/tid", "missions/tess/tid", SECTOR_FOLDER),
    names_tell=True,
    doi="10.17909/t9-nmc8-f686",
)

_STAR_TABLES = StarTables(
    magnitude=("tmag", "magnitude in TESS's band"),
    counts={
        SHORT: ("nsectors", "sectors of 120 s cadence"),
        FAST: ("nfast", "sectors of 20 s cadence"),
    },
    stellar=PortalTable(
        "TIC",
        # The first service returns rows. The second is documented to return counts, but has been
        # seen to return rows as well (https://mast.stsci.edu/api/v0/_services.html).
        ("Mast.Catalogs.Filtered.Tic.Rows", "Mast.Catalogs.Filtered.Tic"),
        # https://mast.stsci.edu/api/v0/_t_i_cfields.html
        ("ID", "ra", "dec", "Tmag", "Teff", "logg", "MH", "rad", "mass"),
    ),
    objects=ObjectTable(
        "toi",
        (Wanted("tid", "int"), Wanted("toi", "text"), Wanted("tfopwg_disp", "text")),
        # Codes of the TESS follow-up working group for confirmed planets, known planets,
        # candidates, ambiguous candidates, false positives and false alarms
        # (https://exoplanetarchive.ipac.caltech.edu/docs/API_TOI_columns.html).
        {
            "CP": "CONFIRMED",
            "KP": "CONFIRMED",
            "PC": "CANDIDATE",
            "APC": "CANDIDATE",
            "FP": "FALSE POSITIVE",
            "FA": "FALSE POSITIVE",
        },
    ),
)

TESS = Mission(
    name="TESS",
    telescope="TESS",
    instrument="TESS Photometer",
    catalog="TIC",
    catalog_digits=16,
    name_prefixes=("tic", "tess"),
    id_columns=_ID_COLUMNS,
    resolver_name="TIC",
    number_keyword="TICID",
    target_names=(TARGET_NAME,),
    sequence="sector",
    sequence_letter=SECTOR_LETTER,
    # The mission goes on; file names have four digits.
    sequence_numbers=range(1, 10_000),
    sequence_keyword="SECTOR",
    is_ongoing=True,
    bjd_reference=2457000,
    bitmasks=BITMASKS,
    quality_column="TESS_QUALITY",
    detector_keywords=("CAMERA", "CCD"),
    # Measured in sector 1: clocks of CCDs of one camera differ by 0.02 s each, those of cameras by
    # half a second.
    has_clock_per_detector=True,
    cdpp_keywords=("CDPP0_5", "CDPP1_0", "CDPP2_0"),
    cdpp_scales=("half an hour", "1 hour", "2 hours"),
    authors=(_OWN, TESS_SPOC, QLP, TGLC, GSFC_ELEANOR_LITE, TASOC, PATHOS, DATA_ALERTS),
    refused_authors={
        "cdips": "its light curves are in magnitudes, which a median does not normalize, and are"
        " named by Gaia numbers"
    },
    instrument_lines=(
        # An orbit about the Earth (TESS Instrument Handbook, section 3.1). Desaturations come at
        # other times in each sector.
        InstrumentLine.of_periods("orbit", 13.7, 13.7),
    ),
    flags=FLAGS,
    flag_names=FLAG_NAMES,
    place_form="camera {} CCD {}",
    magnitude_keyword="TESSMAG",
    # TESS Instrument Handbook, sections 6.2 and 7.4: scattered light at the start of an orbit, and
    # momentum dumps.
    faults=("step", "ramp", "glitch", "dumps"),
    # A year of 13 sectors (same, section 3.1).
    sequences_a_year=13,
    row_count=_row_count,
    parse_observation_id=parse_id,
    promised_products=promised_products,
    list_observations=list_observations,
    star_tables=_STAR_TABLES,
    known_tables=KNOWN_TABLES,
    number_ranges=(_NUMBER_RANGE,),
    synthetic_numbers=_SYNTHETIC_NUMBERS,
    any_file=any_file(r"tess\d{13}-s\d{4}(?:-s\d{4})?-", 16, "tess"),
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
