"""The Kepler mission, and what distinguishes it from others."""

from __future__ import annotations

from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.product import LONG, SHORT
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.kepler.file_names import (
    LONG_STAMPS,
    QUARTER_LETTER,
    alternative_products,
    check_end,
    files_in,
    parse_file_name,
    possible_products,
    star_folder,
)
from preprocessing.missions.kepler.kepseismic import KEPSEISMIC
from preprocessing.missions.kepler.known_tables import KNOWN_TABLES
from preprocessing.missions.kepler.observations import (
    TARGET_NAME,
    expected_products,
    list_observations,
    parse_id,
)
from preprocessing.missions.kepler.photometer import (
    OBSERVING_MODES,
    PHOTOMETER_FLAG_NAMES,
    PHOTOMETER_FLAGS,
    PHOTOMETER_LAYOUT,
    PHOTOMETER_STAR_CARDS,
    QUALITY_BITMASKS,
)
from preprocessing.missions.kepler.row_counts import kepler_row_count
from preprocessing.missions.mission import Mission, any_file
from preprocessing.missions.star_tables import ObjectTable, StarTables, StellarTable, Wanted

__all__ = ["KEPLER"]

#: The Kepler Input Catalog (https://archive.stsci.edu/kepler/kic10/). Custom apertures have numbers
#: above 100,000,000 instead of a star's, such as 100001645
#: (https://forum.stsci.edu/discussion/136/custom-apertures).
_NUMBER_RANGES = (range(1, 13_161_030), range(100_000_000, 100_100_000))
#: Far from both. File names have nine digits.
_SYNTHETIC_NUMBERS = range(900_000_001, 1_000_000_000)

#: The NASA Exoplanet Archive's tables (kepid), MAST (sci_kepler_id, kic_kepler_id), and the
#: catalog of flare stars of Davenport 2016 (kicnum).
_ID_COLUMNS = (
    *("kepid", "keplerid", "kickeplerid", "scikeplerid", "kid"),
    *("keplerinputcatalog", "keplerinputcatalogid"),
)

_OWN = Author(
    "Kepler",
    "kepler",
    (LONG, SHORT),
    "kplr",
    parse_file_name,
    PHOTOMETER_LAYOUT,
    ArchiveLayout(star_folder, "kepler/public/lightcurves", "missions/kepler/lightcurves"),
    names_tell=True,
    possible_products=possible_products,
    files_in=files_in,
    alternatives=alternative_products,
    doi="10.17909/T9488N",
)

_STAR_TABLES = StarTables(
    magnitude=("kepmag", "magnitude in Kepler's band"),
    counts={
        LONG: ("nquarters", "quarters of long cadence"),
        SHORT: ("nshort", "months of short cadence"),
    },
    stellar=StellarTable(
        # Possible tables with the delivery q1_q17_dr25_stellar (Mathur et al. 2017, ApJS 229,
        # 30; 200,038 stars). When the archive moved from its old API to TAP, the delivery became
        # part of a table with all deliveries, and a table of its own, both with other names
        # (https://exoplanetarchive.ipac.caltech.edu/docs/TAP/usingTAP.html).
        conditions={
            "keplerstellar": "st_delivname='q1_q17_dr25_stellar'",
            "q1_q17_dr25_ks": "",
            "q1_q17_dr25_stellar": "",
        },
        columns=(
            Wanted("kepid", "int"),
            Wanted("ra", unit="deg"),
            Wanted("dec", unit="deg"),
            Wanted("kepmag", unit="mag"),
            Wanted("teff", unit="K"),
            Wanted("logg", unit="dex(cm/s2)"),
            Wanted("feh", unit="dex"),
            Wanted("radius", unit="R_sun"),
            Wanted("mass", unit="M_sun"),
            Wanted("rrmscdpp06p0", unit="ppm"),
        ),
        # Numbers of the Kepler Input Catalog end at 13161029.
        bounds=tuple(1_000_000 * million for million in range(1, 14)),
        is_required=True,
    ),
    objects=ObjectTable(
        "cumulative",
        (Wanted("kepid", "int"), Wanted("kepoi_name", "text"), Wanted("koi_disposition", "text")),
        {name: name for name in ("CONFIRMED", "CANDIDATE", "FALSE POSITIVE")},
        is_required=True,
    ),
)

KEPLER = Mission(
    name="Kepler",
    telescope="Kepler",
    instrument="Kepler Photometer",
    catalog="KIC",
    catalog_digits=9,
    name_prefixes=("kic", "kplr"),
    id_columns=_ID_COLUMNS,
    resolver_name="KEPLER",
    number_keyword="KEPLERID",
    target_names=(TARGET_NAME,),
    sequence="quarter",
    sequence_letter=QUARTER_LETTER,
    sequence_numbers=range(len(LONG_STAMPS)),
    sequence_keyword="QUARTER",
    bjd_reference=2454833,
    bitmasks=QUALITY_BITMASKS,
    quality_column="QUALITY",
    detector_keywords=("CHANNEL", "MODULE"),
    cdpp_keywords=("CDPP3_0", "CDPP6_0", "CDPP12_0"),
    cdpp_scales=("3 hours", "6 hours", "12 hours"),
    authors=(_OWN, KEPSEISMIC),
    star_cards=PHOTOMETER_STAR_CARDS,
    instrument_lines=(
        # A quarter, and an orbit about the Sun (Kepler Data Characteristics Handbook,
        # KSCI-19040-005, chapter 5). When the wheels were desaturated, about every three days,
        # each file's own gaps tell.
        InstrumentLine.of_periods("quarter", 93.0, 93.0),
        InstrumentLine.of_periods("year", 372.5, 372.5),
    ),
    # Stars come back to a channel with rolling bands after a year in orbit: false candidates pile
    # up at 372 d (Thompson et al. 2018, ApJS 235, 38, section 3.2).
    flagged_lines=(InstrumentLine.of_periods("rolling_band", 360.0, 385.0),),
    flags=PHOTOMETER_FLAGS,
    flag_names=PHOTOMETER_FLAG_NAMES,
    place_form="channel {}",
    magnitude_keyword="KEPMAG",
    # Jenkins et al. 2010, ApJ 713, L87 (steps, settling); Van Cleve & Caldwell 2016,
    # KSCI-19033-002, section 6.7 (rolling bands).
    faults=("step", "ramp", "rolling band", "glitch"),
    # The telescope rolls by 90 degrees each quarter (Kepler Archive Manual, section 2.1).
    sequences_a_year=4,
    # About every three days (Kepler Data Characteristics Handbook, KSCI-19040-005, chapter 5).
    desaturation_d=3.0,
    row_count=kepler_row_count,
    parse_observation_id=parse_id,
    promised_products=expected_products,
    list_observations=list_observations,
    # Small enough that no answer comes near the portal's limit of about 500,000 rows.
    holdings_prefixes=(
        *(f"kplr{million:03d}" for million in range(14)),
        *(f"kplr{digit}" for digit in range(1, 10)),
    ),
    # A star has one per cadence, and a few more if some were reprocessed.
    most_observations=20,
    observing_modes=OBSERVING_MODES,
    check_end=check_end,
    star_tables=_STAR_TABLES,
    known_tables=KNOWN_TABLES,
    number_ranges=_NUMBER_RANGES,
    synthetic_numbers=_SYNTHETIC_NUMBERS,
    any_file=any_file("kplr", 9, "kepler"),
)
