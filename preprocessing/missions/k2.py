"""K2: what tells it from other missions, and the grammar of its files."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, SHORT, Product
from preprocessing.missions.author import Author
from preprocessing.missions.hlsp import K2SC, K2SFF
from preprocessing.missions.kepler import (
    EXPOSURES_S,
    PHOTOMETER_LAYOUT,
    PHOTOMETER_STAR_CARDS,
    QUALITY_BITMASKS,
)
from preprocessing.missions.mission import Mission
from preprocessing.missions.splits import campaign_stamp, is_half

__all__ = [
    "CAMPAIGNS",
    "K2",
    "k2_folder",
    "k2_product",
    "parse_file_name",
    "possible_products",
    "thousands_folder",
]

#: As file names have them: campaigns 9, 10 and 11 were stopped and begun anew half way, and
#: have files of their own for each half.
CAMPAIGNS = (*range(9), 91, 92, 101, 102, 111, 112, *range(12, 20))
#: Where the Ecliptic Plane Input Catalog ends (Huber et al. 2016, ApJS 224, 2, and its later
#: campaigns); synthetic stars have larger numbers.
LARGEST_REAL_EPIC = 299_999_999

_SUFFIX = {LONG: "llc", SHORT: "slc"}
_CADENCE_OF_SUFFIX = {suffix: cadence for cadence, suffix in _SUFFIX.items()}
_FILE_NAME = re.compile(r"ktwo(\d{9})-c(\d{2,3})_(llc|slc)\.fits", re.ASCII)


def k2_folder(number: int, campaign: int) -> str:
    """Return the folder of a star's files of a campaign, below that of all light curves.

    Examples
    --------
    >>> k2_folder(206003187, 3)
    'c3/206000000/03000'
    """
    return f"c{campaign}/{thousands_folder(number)}"


def thousands_folder(number: int) -> str:
    """Return the folder, below a campaign's, that a star shares with a thousand numbers.

    Examples
    --------
    >>> thousands_folder(206003187)
    '206000000/03000'
    """
    digits = f"{number:09d}"
    return f"{digits[:4]}00000/{digits[4:6]}000"


def k2_product(number: int, campaign: int, cadence: str) -> Product:
    """Return the file of a star and campaign.

    Parameters
    ----------
    number : int
        In the Ecliptic Plane Input Catalog.
    campaign : int
        One of `CAMPAIGNS`.
    cadence : {'long', 'short'}

    Examples
    --------
    >>> k2_product(206003187, 3, "short").path
    'c3/206000000/03000/ktwo206003187-c03_slc.fits'
    """
    name = f"ktwo{number:09d}-c{campaign:02d}_{_SUFFIX[cadence]}.fits"
    path = f"{k2_folder(number, campaign)}/{name}"
    return Product(
        stamp=campaign_stamp(campaign),
        number=number,
        mission="K2",
        author="K2",
        cadence=cadence,
        sequence_number=campaign,
        month=None,
        exposure_s=EXPOSURES_S[cadence],
        file_name=name,
        path=path,
        uri=f"mast:K2/url/missions/k2/lightcurves/{path}",
    )


def parse_file_name(name: str) -> Product | None:
    """Return the product that a file name stands for, or None if it is no such name.

    Examples
    --------
    >>> parse_file_name("ktwo206103150-c03_llc.fits").label
    'C3'
    """
    match = _FILE_NAME.fullmatch(name)
    if match is None or int(match[2]) not in CAMPAIGNS:
        return None
    product = k2_product(int(match[1]), int(match[2]), _CADENCE_OF_SUFFIX[match[3]])
    return product if product.file_name == name else None


def possible_products(number: int) -> tuple[Product, ...]:
    """Return every long-cadence file that a star may have."""
    return tuple(k2_product(number, campaign, LONG) for campaign in CAMPAIGNS)


K2 = Mission(
    name="K2",
    telescope="Kepler",
    instrument="Kepler Photometer",
    catalog="EPIC",
    number_keyword="KEPLERID",
    # Community products are not all named as the mission's are.
    target_names=("ktwo{:09d}", "EPIC {}", "{}"),
    sequence="campaign",
    sequence_numbers=(*range(20), *(campaign for campaign in CAMPAIGNS if is_half(campaign))),
    sequence_keyword="CAMPAIGN",
    bjd_reference=2454833,
    bitmasks=QUALITY_BITMASKS,
    quality_column="QUALITY",
    detector_keywords=("CHANNEL", "MODULE"),
    cdpp_keywords=("CDPP3_0", "CDPP6_0", "CDPP12_0"),
    largest_real_number=LARGEST_REAL_EPIC,
    authors=(
        Author("K2", "k2", (LONG, SHORT), parse_file_name, PHOTOMETER_LAYOUT),
        K2SFF,
        K2SC,
    ),
    star_cards=tuple(card for card in PHOTOMETER_STAR_CARDS if card[0] != "SKYGROUP"),
)
