"""Light curves of K2 by other authors: high-level science products (HLSP)."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import FileLayout, FluxColumns
from preprocessing.missions.k2.campaigns import CAMPAIGN_FOLDER
from preprocessing.missions.k2.splits import (
    CAMPAIGN_LETTER,
    campaign_position,
    campaign_stamp,
)
from preprocessing.missions.kepler.file_names import EXPOSURES_S

__all__ = ["K2SC", "K2SFF"]

_K2SFF_NAME = re.compile(
    r"hlsp_k2sff_k2_lightcurve_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_llc\.fits", re.ASCII
)
_K2SC_NAME = re.compile(r"hlsp_k2sc_k2_llc_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_lc\.fits", re.ASCII)


def _k2_product(author: str, match: re.Match[str]) -> Product:
    number, campaign, name = int(match[1]), int(match[2]), match[0]
    # A folder holds a hundred thousand numbers; K2SFF has one folder per star below it.
    folder = f"c{match[2]}/{match[1][:4]}00000"
    if author == "K2SFF":
        folder = f"{folder}/{match[1][4:]}"
    return Product(
        stamp=f"{campaign_stamp(campaign)}.{int(match[3]):03d}",
        number=number,
        mission="K2",
        author=author,
        cadence=LONG,
        sequence_number=campaign,
        month=None,
        exposure_s=EXPOSURES_S[LONG],
        file_name=name,
        path=f"{folder}/{name}",
        uri=f"mast:HLSP/{author.lower()}/{folder}/{name}",
        position=campaign_position(campaign),
        letter=CAMPAIGN_LETTER,
    )


def _parse_k2sff(name: str) -> Product | None:
    match = _K2SFF_NAME.fullmatch(name)
    return None if match is None else _k2_product("K2SFF", match)


def _parse_k2sc(name: str) -> Product | None:
    match = _K2SC_NAME.fullmatch(name)
    return None if match is None else _k2_product("K2SC", match)


def _own_folder(number: int) -> str:
    digits = f"{number:09d}"
    return f"{digits[:4]}00000/{digits[4:]}"


#: Vanderburg & Johnson 2014, PASP 126, 948. The first of its 21 apertures is the best one. The
#: public bucket does not have these files.
K2SFF = Author(
    "K2SFF",
    "k2sff",
    (LONG,),
    "hlsp_k2sff",
    _parse_k2sff,
    FileLayout(
        table="BESTAPER",
        fluxes={"fcor": FluxColumns("FCOR"), "fraw": FluxColumns("FRAW")},
        time="T",
        quality=None,
        centroids=None,
        is_double=True,
    ),
    ArchiveLayout(_own_folder, None, "hlsps/k2sff", CAMPAIGN_FOLDER, is_sparse=True),
    # A file has 21 such tables: the best aperture, and the table of each of 20 apertures.
    row_bytes=21 * 38,
)

#: Aigrain et al. 2016, MNRAS 459, 2408. lightkurve cannot read these files either.
K2SC = Author("K2SC", "k2sc", (LONG,), "hlsp_k2sc", _parse_k2sc, None)
