"""TESS Data for Asteroseismology (TASOC): light corrected by basis vectors or by an ensemble."""

from __future__ import annotations

import re

from preprocessing.core.product import FAST, LONG, SHORT, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import IDENTITY_CARDS, FileLayout, FluxColumns
from preprocessing.missions.tess.hlsp_product import hlsp_product
from preprocessing.missions.tess.quality import BITMASKS
from preprocessing.missions.tess.sectors import SECTOR_FOLDER, split_number

__all__ = ["TASOC"]

_NAME = re.compile(
    r"hlsp_tasoc_tess_(?:ffi|tpf)_tic(\d{11,16})-s(\d{4})-cam[1-4]-ccd[1-4]-c(\d{4})_tess_v(\d{2})"
    r"_(cbv|ens)-lc\.fits(?:\.gz)?",
    re.ASCII,
)
#: By the seconds between two rows in a file's name.
_CADENCES = {20: FAST, 120: SHORT, 200: LONG, 600: LONG, 1800: LONG}


def _parse(name: str) -> Product | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    number, sector, exposure_s, version = map(int, match.groups()[:4])
    if exposure_s not in _CADENCES or match[1] != f"{number:011d}":
        return None
    return hlsp_product(
        "TASOC",
        name,
        number,
        sector,
        version,
        f"s{sector:04d}/c{exposure_s:04d}/{split_number(number)}",
        cadence=_CADENCES[exposure_s],
        exposure_s=float(exposure_s),
        variant=match[5],
    )


def _corrected(variant: str) -> FluxColumns:
    return FluxColumns("FLUX_CORR", ("FLUX_CORR_ERR",), variant=variant)


#: Handberg et al. 2021, AJ 162, 170; Lund et al. 2021, ApJS 257, 53. Most sectors have two files,
#: corrected by co-trending basis vectors and by an ensemble of neighbors. Flags are TASOC's own,
#: not those of TESS (PIXEL_QUALITY); lightkurve drops no row of them.
TASOC = Author(
    "TASOC",
    "tasoc",
    (LONG, SHORT, FAST),
    "hlsp_tasoc",
    _parse,
    FileLayout(
        table="LIGHTCURVE",
        fluxes={
            "cbv": _corrected("cbv"),
            "ens": _corrected("ens"),
            "raw": FluxColumns("FLUX_RAW", ("FLUX_RAW_ERR",)),
        },
        is_double=True,
        states_exposure=False,
        may_lack=IDENTITY_CARDS,
    ),
    ArchiveLayout(
        split_number,
        None,
        "hlsps/tasoc",
        SECTOR_FOLDER,
        branches=tuple(f"c{exposure_s:04d}/{{}}" for exposure_s in _CADENCES),
    ),
    bitmasks=dict.fromkeys(BITMASKS, 0),
    is_secondary=True,
    row_bytes=108,
)
