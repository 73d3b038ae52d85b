"""The names and paths of K2's own files."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, SHORT, Product
from preprocessing.missions.k2.splits import (
    CAMPAIGN_LETTER,
    HALVES,
    campaign_position,
    campaign_stamp,
)
from preprocessing.missions.kepler.file_names import EXPOSURES_S

__all__ = [
    "CAMPAIGNS",
    "files_in",
    "k2_folder",
    "k2_product",
    "parse_file_name",
    "possible_products",
    "thousands_folder",
]

#: Campaign numbers in file names. Campaigns 9, 10 and 11 were interrupted halfway; each half has
#: its own files.
CAMPAIGNS = (*range(9), 91, 92, 101, 102, 111, 112, *range(12, 20))

_SUFFIX = {LONG: "llc", SHORT: "slc"}
_CADENCE_OF_SUFFIX = {suffix: cadence for cadence, suffix in _SUFFIX.items()}
_FILE_NAME = re.compile(r"ktwo(\d{9})-c(\d{2,3})_(llc|slc)\.fits", re.ASCII)


def k2_folder(number: int, campaign: int) -> str:
    """Return the folder of a star's files, below the folder of all light curves.

    Parameters
    ----------
    number : int
        The star's number in EPIC.
    campaign : int
        One of `CAMPAIGNS`.

    Examples
    --------
    >>> k2_folder(206003187, 3)
    'c3/206000000/03000'
    """
    return f"c{campaign}/{thousands_folder(number)}"


def thousands_folder(number: int) -> str:
    """Return the folder, below a campaign's, that holds a thousand star numbers.

    Parameters
    ----------
    number : int
        The star's number in EPIC.

    Examples
    --------
    >>> thousands_folder(206003187)
    '206000000/03000'
    """
    digits = f"{number:09d}"
    return f"{digits[:4]}00000/{digits[4:6]}000"


def k2_product(number: int, campaign: int, cadence: str) -> Product:
    """Return the file of a star in a campaign.

    Parameters
    ----------
    number : int
        The star's number in EPIC.
    campaign : int
        One of `CAMPAIGNS`.
    cadence : {'long', 'short'}
        The file's cadence.

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
        position=campaign_position(campaign),
        letter=CAMPAIGN_LETTER,
    )


def parse_file_name(name: str) -> Product | None:
    """Return the product for a file name, or None if the name has another form.

    Parameters
    ----------
    name : str
        The file's name without folders.

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


def files_in(number: int, campaign: int) -> tuple[Product, ...]:
    """Return every file that a star may have in a campaign.

    Parameters
    ----------
    number : int
        The star's number in EPIC.
    campaign : int
        The campaign, which stands for both of its halves if it was interrupted.

    Examples
    --------
    >>> [product.file_name for product in files_in(206003187, 3)]
    ['ktwo206003187-c03_llc.fits', 'ktwo206003187-c03_slc.fits']
    >>> len(files_in(206003187, 9))
    4
    """
    return tuple(
        k2_product(number, part, cadence)
        for part in HALVES.get(campaign, (campaign,))
        if part in CAMPAIGNS
        for cadence in (LONG, SHORT)
    )
