"""Light curves of TESS by other authors: high-level science products (HLSP)."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import MISSION_FLUXES, FileLayout, FluxColumns
from preprocessing.missions.tess.hlsp_product import hlsp_product
from preprocessing.missions.tess.quality import BITMASKS
from preprocessing.missions.tess.sectors import SECTOR_FOLDER, split_number

__all__ = ["QLP", "SPOC_LAYOUT", "TESS_SPOC"]

#: HDUs and columns of TESS's own files, which TESS-SPOC's files share (TESS Science Data Products
#: Description Document, EXP-TESS-ARC-ICD-TM-0014).
SPOC_LAYOUT = FileLayout(
    table="LIGHTCURVE",
    fluxes=MISSION_FLUXES,
    extensions=("LIGHTCURVE", "APERTURE"),
    time_correction="TIMECORR",
)

_TESS_SPOC_NAME = re.compile(
    r"hlsp_tess-spoc_tess_phot_(\d{16})-s(\d{4})_tess_v(\d{1,3})_lc\.fits", re.ASCII
)
_QLP_NAME = re.compile(r"hlsp_qlp_tess_ffi_s(\d{4})-(\d{16})_tess_v(\d{1,3})_llc\.fits", re.ASCII)
#: QLP's own flags since sector 56: bits 29 and 30, counted from 0. lightkurve's "hard" drops the
#: points of low precision (bit 30) alone. Up to sector 55 those have bit 12, which TESS's "hard"
#: drops anyway
#: (https://archive.stsci.edu/hlsps/qlp/hlsp_qlp_tess_ffi_all_tess_v1_data-prod-desc.pdf).
_OWN_FLAGS = 2**29 | 2**30
#: The sectors whose columns have other names
#: (https://github.com/lightkurve/lightkurve/issues/1083).
_RENAMED = range(56, 10_000)


def _parse_tess_spoc(name: str) -> Product | None:
    match = _TESS_SPOC_NAME.fullmatch(name)
    if match is None:
        return None
    number, sector = int(match[1]), int(match[2])
    folder = f"s{sector:04d}/target/{split_number(number)}"
    return hlsp_product("TESS-SPOC", name, number, sector, int(match[3]), folder)


def _parse_qlp(name: str) -> Product | None:
    match = _QLP_NAME.fullmatch(name)
    if match is None:
        return None
    sector, number = int(match[1]), int(match[2])
    folder = f"s{sector:04d}/{split_number(number)}"
    return hlsp_product("QLP", name, number, sector, int(match[3]), folder)


def _below_target(number: int) -> str:
    return f"target/{split_number(number)}"


#: Caldwell et al. 2020, RNAAS 4, 201: the mission's pipeline, run on full-frame images.
TESS_SPOC = Author(
    "TESS-SPOC",
    "tess-spoc",
    (LONG,),
    "hlsp_tess-spoc",
    _parse_tess_spoc,
    SPOC_LAYOUT,
    ArchiveLayout(_below_target, "mast/hlsp/tess-spoc", "hlsps/tess-spoc", SECTOR_FOLDER),
    doi="10.17909/t9-wpz1-8s54",
)

#: Huang et al. 2020, RNAAS 4, 204. The only errors are those of the detrended flux; lightkurve
#: uses them for every flux.
QLP = Author(
    "QLP",
    "qlp",
    (LONG,),
    "hlsp_qlp",
    _parse_qlp,
    FileLayout(
        table="LIGHTCURVE",
        fluxes={
            "sap": FluxColumns("SAP_FLUX", ("KSPSAP_FLUX_ERR", "DET_FLUX_ERR")),
            "kspsap": FluxColumns("KSPSAP_FLUX", ("KSPSAP_FLUX_ERR",), range(1, 56)),
            "det": FluxColumns("DET_FLUX", ("DET_FLUX_ERR",), _RENAMED),
            "sys_rm": FluxColumns("SYS_RM_FLUX", ("DET_FLUX_ERR",), _RENAMED),
        },
        extensions=("LIGHTCURVE",),
        centroids=None,
        # Known from one file only: files of other exposure times might state the same value.
        states_exposure=False,
    ),
    ArchiveLayout(split_number, "mast/hlsp/qlp", "hlsps/qlp", SECTOR_FOLDER),
    bitmasks={
        "qlp": BITMASKS["default"] | _OWN_FLAGS,
        "hard": BITMASKS["hard"] | _OWN_FLAGS,
        "hardest": BITMASKS["hardest"] | _OWN_FLAGS,
    },
    row_bytes=56,
    doi="10.17909/t9-r086-e880",
)
