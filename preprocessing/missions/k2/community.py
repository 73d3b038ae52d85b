"""Light curves of K2 by other authors: high-level science products (HLSP)."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import IDENTITY_CARDS, FileLayout, FluxColumns
from preprocessing.missions.k2.campaigns import CAMPAIGN_FOLDER
from preprocessing.missions.k2.hlsp_product import hlsp_product, star_folder

__all__ = ["EVEREST", "K2SFF"]

_K2SFF_NAME = re.compile(
    r"hlsp_k2sff_k2_lightcurve_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_llc\.fits", re.ASCII
)
_EVEREST_NAME = re.compile(
    r"hlsp_everest_k2_llc_(\d{9})-c(\d{2,3})_kepler_v(\d{1,2}\.\d)_lc\.fits", re.ASCII
)


def _parse_k2sff(name: str) -> Product | None:
    match = _K2SFF_NAME.fullmatch(name)
    if match is None:
        return None
    return hlsp_product("K2SFF", match, int(match[3]), below=star_folder)


def _parse_everest(name: str) -> Product | None:
    match = _EVEREST_NAME.fullmatch(name)
    if match is None:
        return None
    version = int(match[3].replace(".", ""))
    return hlsp_product("EVEREST", match, version, tree="everest/v2", below=star_folder)


def _refusal_of_everest(product: Product) -> str | None:
    if not product.file_name.endswith("_v1.0_lc.fits"):
        return None
    return (
        f"{product.file_name} is of EVEREST's first release, which has neither quality flags nor"
        " cadence numbers, and which lightkurve does not read: get release 2.0 from MAST"
    )


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
    ArchiveLayout(star_folder, None, "hlsps/k2sff", CAMPAIGN_FOLDER, is_sparse=True),
    # A file has 21 such tables: the best aperture, and the table of each of 20 apertures.
    row_bytes=21 * 38,
)

#: Luger et al. 2018, AJ 156, 99; columns as https://luger.dev/everest/fitsfiles.html and the
#: package everest-pipeline 2.0 (fits.py) write them. Errors are those of the raw flux, which
#: lightkurve does not read with another. Rows without a time get one between those of their
#: neighbors, at either end of a file the nearest row's (k2.py of the package). Flags of EVEREST's
#: own are bits 22 to 26, counted from 0, beyond all bitmasks of the mission.
EVEREST = Author(
    "EVEREST",
    "everest",
    (LONG,),
    "hlsp_everest",
    _parse_everest,
    FileLayout(
        table=None,
        fluxes={
            "flux": FluxColumns("FLUX"),
            "fcor": FluxColumns("FCOR"),
            "fraw": FluxColumns("FRAW", ("FRAW_ERR",)),
        },
        cadenceno="CADN",
        centroids=None,
        is_double=True,
        states_exposure=False,
        may_lack=IDENTITY_CARDS,
        repeats_times=True,
    ),
    ArchiveLayout(star_folder, None, "hlsps/everest/v2", CAMPAIGN_FOLDER, is_sparse=True),
    refusal=_refusal_of_everest,
    is_secondary=True,
    row_bytes=52,
)
