"""What the light curves of K2 by other authors have in common: one file per campaign."""

from __future__ import annotations

import re
from collections.abc import Callable

from preprocessing.core.product import LONG, Product
from preprocessing.missions.k2.splits import CAMPAIGN_LETTER, campaign_position, campaign_stamp
from preprocessing.missions.kepler.file_names import EXPOSURES_S

__all__ = ["hlsp_product", "hundred_thousand", "star_folder"]


def hundred_thousand(number: int) -> str:
    """Return the folder that holds a hundred thousand star numbers.

    Examples
    --------
    >>> hundred_thousand(221312395)
    '221300000'
    """
    return f"{number:09d}"[:4] + "00000"


def star_folder(number: int) -> str:
    """Return the folder of a star below that of a hundred thousand numbers.

    Examples
    --------
    >>> star_folder(221312395)
    '221300000/12395'
    """
    return f"{hundred_thousand(number)}/{f'{number:09d}'[4:]}"


def hlsp_product(
    author: str,
    match: re.Match[str],
    version: int,
    *,
    below: Callable[[int], str],
    tree: str = "",
) -> Product:
    """Return the product of an author's file.

    Parameters
    ----------
    author : str
        The author's name in MAST's column ``provenance_name``.
    match : re.Match
        The file's name, with the star's number and the campaign as its first two groups.
    version : int
        The version of the author's files.
    below : callable
        Returns a star's folder below that of the campaign.
    tree : str, optional
        The folder of all files in MAST's addresses; the author's name by default.
    """
    number, campaign, name = int(match[1]), int(match[2]), match[0]
    path = f"c{match[2]}/{below(number)}/{name}"
    return Product(
        # The later of two versions sorts last.
        stamp=f"{campaign_stamp(campaign)}.{version:03d}",
        number=number,
        mission="K2",
        author=author,
        cadence=LONG,
        sequence_number=campaign,
        month=None,
        exposure_s=EXPOSURES_S[LONG],
        file_name=name,
        path=path,
        uri=f"mast:HLSP/{tree or author.lower()}/{path}",
        position=campaign_position(campaign),
        letter=CAMPAIGN_LETTER,
    )
