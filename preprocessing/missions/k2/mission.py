"""The K2 mission, and what distinguishes it from others."""

from __future__ import annotations

from preprocessing.core.errors import WrongProduct
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.product import LONG, SHORT, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.k2.campaigns import CAMPAIGN_FOLDER, campaign_mjd, nearest_half
from preprocessing.missions.k2.community import EVEREST, K2SFF
from preprocessing.missions.k2.file_names import (
    CAMPAIGNS,
    files_in,
    parse_file_name,
    possible_products,
    thousands_folder,
)
from preprocessing.missions.k2.known_tables import KNOWN_TABLES
from preprocessing.missions.k2.observations import TARGET_NAME, list_observations, parse_id
from preprocessing.missions.k2.refused import K2SC, K2VARCAT
from preprocessing.missions.k2.splits import CAMPAIGN_LETTER, HALVES, is_half
from preprocessing.missions.kepler.file_names import EXPOSURES_S
from preprocessing.missions.kepler.photometer import (
    OBSERVING_MODES,
    PHOTOMETER_FLAG_NAMES,
    PHOTOMETER_FLAGS,
    PHOTOMETER_LAYOUT,
    PHOTOMETER_STAR_CARDS,
    QUALITY_BITMASKS,
)
from preprocessing.missions.kepler.row_counts import SHORT_PER_LONG
from preprocessing.missions.mission import Mission, any_file
from preprocessing.missions.star_tables import ObjectTable, StarTables, StellarTable, Wanted

__all__ = ["K2"]

#: The engineering test's stars; apertures that no catalog lists, then the catalog's stars: those
#: that were observed have numbers between 201 and 252 million (Huber et al. 2016, ApJS 224, 2, and
#: the later campaigns' deliveries).
_NUMBER_RANGES = (range(60_000_000, 60_100_000), range(200_000_000, 252_000_000))
#: Far from all of them. File names have nine digits.
_SYNTHETIC_NUMBERS = range(900_000_001, 1_000_000_000)

#: The NASA Exoplanet Archive's tables (epic_hostname, epic_number), MAST (sci_ep_id), the lists of
#: observed targets by proposal (EPIC ID).
_ID_COLUMNS = (
    *("epicid", "epichostname", "epiccandname", "k2id", "sciepid"),
    *("eclipticplaneinputcatalog", "eclipticplaneinputcatalogid"),
)

_BJD_REFERENCE = 2454833
#: Julian Date of Modified Julian Date 0.
_JD_OF_MJD = 2_400_000.5


def _row_count(product: Product) -> int:
    start_mjd, end_mjd = campaign_mjd(product.sequence_number)
    rows = round((end_mjd - start_mjd) * 86_400 / EXPOSURES_S[LONG])
    return rows * (SHORT_PER_LONG if product.cadence == SHORT else 1)


def _check_end(product: Product, stated_number: object, end_d: float) -> None:
    if stated_number == product.sequence_number:
        return
    # The file covers half of a campaign but states the number of the whole.
    half = nearest_half(product.sequence_number, end_d + _BJD_REFERENCE - _JD_OF_MJD)
    if half != product.sequence_number:
        raise WrongProduct(f"{product.file_name}: its data end when C{half} ended")


def _promised_products(obs_id: str) -> None:
    """Return None, since no id tells whether both halves of a campaign have files."""


_OWN = Author(
    "K2",
    "k2",
    (LONG, SHORT),
    "ktwo",
    parse_file_name,
    PHOTOMETER_LAYOUT,
    ArchiveLayout(
        thousands_folder,
        "k2/public/lightcurves",
        "missions/k2/lightcurves",
        CAMPAIGN_FOLDER,
        is_sparse=True,
    ),
    possible_products=possible_products,
    files_in=files_in,
    doi="10.17909/T9WS3R",
)

_STAR_TABLES = StarTables(
    magnitude=("kepmag", "magnitude in Kepler's band"),
    counts={
        LONG: ("ncampaigns", "campaigns of long cadence"),
        SHORT: ("nshort", "campaigns of short cadence"),
    },
    stellar=StellarTable(
        # The stars of the Ecliptic Plane Input Catalog that K2 observed (Huber et al. 2016).
        conditions={"k2targets": ""},
        columns=(
            Wanted("epic_number", "int"),
            Wanted("ra", unit="deg"),
            Wanted("dec", unit="deg"),
            Wanted("k2_kepmag", unit="mag"),
            Wanted("k2_teff", unit="K"),
            Wanted("k2_logg", unit="dex(cm/s2)"),
            Wanted("k2_metfe", unit="dex"),
            Wanted("k2_rad", unit="R_sun"),
            Wanted("k2_mass", unit="M_sun"),
            # The table has no such column; only the headers of light curves give the noise.
            Wanted("cdpp", unit="ppm"),
        ),
        # Numbers of the Ecliptic Plane Input Catalog start at 201 million; lower ones belong to
        # apertures that no catalog lists.
        bounds=tuple(1_000_000 * million for million in range(200, 253)),
    ),
    objects=ObjectTable(
        "k2pandc",
        (Wanted("epic_hostname", "text"), Wanted("pl_name", "text"), Wanted("disposition", "text")),
        {
            "CONFIRMED": "CONFIRMED",
            "CANDIDATE": "CANDIDATE",
            "FALSE POSITIVE": "FALSE POSITIVE",
            "REFUTED": "FALSE POSITIVE",
        },
        # An object has one row per paper; this selects the default one.
        condition="default_flag=1",
    ),
)

K2 = Mission(
    name="K2",
    telescope="Kepler",
    instrument="Kepler Photometer",
    catalog="EPIC",
    catalog_digits=9,
    name_prefixes=("epic", "ktwo"),
    id_columns=_ID_COLUMNS,
    resolver_name="K2",
    number_keyword="KEPLERID",
    # Other authors use other forms than the mission.
    target_names=(TARGET_NAME, "EPIC {}", "{}"),
    sequence="campaign",
    sequence_letter=CAMPAIGN_LETTER,
    sequence_numbers=(*range(20), *(campaign for campaign in CAMPAIGNS if is_half(campaign))),
    sequence_keyword="CAMPAIGN",
    sequence_parts=HALVES,
    bjd_reference=_BJD_REFERENCE,
    bitmasks=QUALITY_BITMASKS,
    quality_column="QUALITY",
    detector_keywords=("CHANNEL", "MODULE"),
    cdpp_keywords=("CDPP3_0", "CDPP6_0", "CDPP12_0"),
    cdpp_scales=("3 hours", "6 hours", "12 hours"),
    authors=(_OWN, K2SFF, EVEREST, K2SC, K2VARCAT),
    star_cards=tuple(card for card in PHOTOMETER_STAR_CARDS if card[0] != "SKYGROUP"),
    instrument_lines=(
        # The roll about the boresight between two firings of the thrusters (Howell et al. 2014,
        # PASP 126, 398), and twice its time.
        InstrumentLine("roll", 4.08, 4.08),
        InstrumentLine("half roll", 2.04, 2.04),
    ),
    flags=PHOTOMETER_FLAGS,
    flag_names=PHOTOMETER_FLAG_NAMES,
    place_form="channel {}",
    magnitude_keyword="KEPMAG",
    # Those of Kepler, the roll, and resaturated wheels (Howell et al. 2014, PASP 126, 398).
    faults=("step", "ramp", "rolling band", "glitch", "sawtooth", "dumps"),
    row_count=_row_count,
    parse_observation_id=parse_id,
    promised_products=_promised_products,
    list_observations=list_observations,
    observing_modes=OBSERVING_MODES,
    check_end=_check_end,
    star_tables=_STAR_TABLES,
    known_tables=KNOWN_TABLES,
    number_ranges=_NUMBER_RANGES,
    synthetic_numbers=_SYNTHETIC_NUMBERS,
    any_file=any_file("ktwo", 9, "k2"),
)
