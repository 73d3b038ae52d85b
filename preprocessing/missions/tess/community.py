"""Light curves of TESS by other authors: high-level science products (HLSP)."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import MISSION_FLUXES, FileLayout, FluxColumns
from preprocessing.missions.tess.sectors import (
    SECTOR_FOLDER,
    SECTOR_LETTER,
    ffi_exposure_s,
    split_number,
)

__all__ = ["QLP", "SPOC_LAYOUT", "TESS_SPOC"]

#: HDUs and columns of TESS's own files, which TESS-SPOC's files share (TESS Science Data Products
#: Description Document, EXP-TESS-ARC-ICD-TM-0014).
SPOC_LAYOUT = FileLayout(
    table="LIGHTCURVE", fluxes=MISSION_FLUXES, extensions=("LIGHTCURVE", "APERTURE")
)

_TESS_SPOC_NAME = re.compile(
    r"hlsp_tess-spoc_tess_phot_(\d{16})-s(\d{4})_tess_v(\d{1,3})_lc\.fits", re.ASCII
)
_QLP_NAME = re.compile(r"hlsp_qlp_tess_ffi_s(\d{4})-(\d{16})_tess_v(\d{1,3})_llc\.fits", re.ASCII)
#: QLP's flag for points of low precision since sector 56: bit 31. Up to sector 55 it is bit 13,
#: which lightkurve's "hard" drops anyway
#: (https://archive.stsci.edu/hlsps/qlp/hlsp_qlp_tess_ffi_all_tess_v1_data-prod-desc.pdf).
_LOW_PRECISION = 2**30


def _tess_product(
    author: str, name: str, number: int, sector: int, version: int, folder: str
) -> Product:
    return Product(
        # The later of two versions sorts last.
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
        position=sector,
        letter=SECTOR_LETTER,
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
)

#: Huang et al. 2020, RNAAS 4, 204. The only errors are those of the detrended flux; lightkurve
#: uses them for the raw flux too. Its columns were renamed with sector 56
#: (https://github.com/lightkurve/lightkurve/issues/1083).
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
            "det": FluxColumns("DET_FLUX", ("DET_FLUX_ERR",), range(56, 10_000)),
        },
        extensions=("LIGHTCURVE",),
        centroids=None,
        # Known from one file only: files of other exposure times might state the same value.
        states_exposure=False,
    ),
    ArchiveLayout(split_number, "mast/hlsp/qlp", "hlsps/qlp", SECTOR_FOLDER),
    bitmasks={"hard": _LOW_PRECISION, "hardest": _LOW_PRECISION},
    row_bytes=56,
)
