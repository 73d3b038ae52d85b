"""Light curves that others than the missions made: high-level science products (HLSP)."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import MISSION_FLUXES, FileLayout, FluxColumns
from preprocessing.missions.kepler import EXPOSURES_S
from preprocessing.missions.sectors import ffi_exposure_s, split_number
from preprocessing.missions.splits import campaign_stamp

__all__ = ["K2SC", "K2SFF", "QLP", "SPOC_LAYOUT", "TESS_SPOC"]

#: HDUs and columns of TESS's own files (TESS Science Data Products Description Document,
#: EXP-TESS-ARC-ICD-TM-0014), which TESS-SPOC's are like.
SPOC_LAYOUT = FileLayout(
    table="LIGHTCURVE", fluxes=MISSION_FLUXES, extensions=("LIGHTCURVE", "APERTURE")
)

_TESS_SPOC_NAME = re.compile(
    r"hlsp_tess-spoc_tess_phot_(\d{16})-s(\d{4})_tess_v(\d{1,3})_lc\.fits", re.ASCII
)
_QLP_NAME = re.compile(r"hlsp_qlp_tess_ffi_s(\d{4})-(\d{16})_tess_v(\d{1,3})_llc\.fits", re.ASCII)
_K2SFF_NAME = re.compile(
    r"hlsp_k2sff_k2_lightcurve_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_llc\.fits", re.ASCII
)
_K2SC_NAME = re.compile(r"hlsp_k2sc_k2_llc_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_lc\.fits", re.ASCII)


def _tess_product(
    author: str, name: str, number: int, sector: int, version: int, folder: str
) -> Product:
    return Product(
        # Of two versions the later one counts.
        stamp=f"{sector:04d}.{version:03d}",
        number=number,
        mission="TESS",
        author=author,
        cadence=LONG,
        sequence_number=sector,
        month=None,
        exposure_s=ffi_exposure_s(sector),
        file_name=name,
        path=f"{folder}/{name}",
        uri=f"mast:HLSP/{author.lower()}/{folder}/{name}",
    )


def _parse_tess_spoc(name: str) -> Product | None:
    match = _TESS_SPOC_NAME.fullmatch(name)
    if match is None:
        return None
    number, sector = int(match[1]), int(match[2])
    folder = f"s{sector:04d}/target/{split_number(number)}"
    return _tess_product("TESS-SPOC", name, number, sector, int(match[3]), folder)


def _parse_qlp(name: str) -> Product | None:
    match = _QLP_NAME.fullmatch(name)
    if match is None:
        return None
    sector, number = int(match[1]), int(match[2])
    folder = f"s{sector:04d}/{split_number(number)}"
    return _tess_product("QLP", name, number, sector, int(match[3]), folder)


def _k2_product(author: str, match: re.Match[str]) -> Product:
    number, campaign, name = int(match[1]), int(match[2]), match[0]
    # Folders are of a hundred thousand numbers, and of one star each for K2SFF.
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
    )


def _parse_k2sff(name: str) -> Product | None:
    match = _K2SFF_NAME.fullmatch(name)
    return None if match is None else _k2_product("K2SFF", match)


def _parse_k2sc(name: str) -> Product | None:
    match = _K2SC_NAME.fullmatch(name)
    return None if match is None else _k2_product("K2SC", match)


#: Caldwell et al. 2020, RNAAS 4, 201: the mission's pipeline on full-frame images.
TESS_SPOC = Author("TESS-SPOC", "tess-spoc", (LONG,), _parse_tess_spoc, SPOC_LAYOUT)

#: Huang et al. 2020, RNAAS 4, 204. Errors are of the detrended flux, whose column was renamed
#: with sector 56, and which lightkurve takes for the raw flux, too
#: (https://github.com/lightkurve/lightkurve/issues/1083).
QLP = Author(
    "QLP",
    "qlp",
    (LONG,),
    _parse_qlp,
    FileLayout(
        table="LIGHTCURVE",
        fluxes={
            "sap": FluxColumns("SAP_FLUX", ("KSPSAP_FLUX_ERR", "DET_FLUX_ERR")),
            "kspsap": FluxColumns("KSPSAP_FLUX", ("KSPSAP_FLUX_ERR",), range(1, 56)),
            "det": FluxColumns("DET_FLUX", ("DET_FLUX_ERR",), range(56, 10_000)),
        },
        extensions=("LIGHTCURVE",),
        centroids=None,
        # Seen in one file only: that of another exposure time might say the same.
        states_exposure=False,
    ),
)

#: Vanderburg & Johnson 2014, PASP 126, 948. The first of its 21 apertures is the best.
K2SFF = Author(
    "K2SFF",
    "k2sff",
    (LONG,),
    _parse_k2sff,
    FileLayout(
        table="BESTAPER",
        fluxes={"fcor": FluxColumns("FCOR"), "fraw": FluxColumns("FRAW")},
        time="T",
        quality=None,
        centroids=None,
        is_double=True,
    ),
)

#: Aigrain et al. 2016, MNRAS 459, 2408. lightkurve cannot read its files, either.
K2SC = Author("K2SC", "k2sc", (LONG,), _parse_k2sc, None)
