"""TESS-Gaia Light Curves (TGLC): stars by the number that Gaia gave them."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import FileLayout, FluxColumns
from preprocessing.missions.tess.hlsp_product import hlsp_product
from preprocessing.missions.tess.sectors import SECTOR_FOLDER, split_number

__all__ = ["TGLC"]

_NAME = re.compile(
    r"hlsp_tglc_tess_ffi_gaiaid-([1-9]\d{0,18})-s(\d{4})-cam([1-4])-ccd([1-4])_tess_v(\d{1,3})"
    r"_llc\.fits",
    re.ASCII,
)
#: Numbers of Gaia are divided into folders without their last five digits
#: (the scripts at https://archive.stsci.edu/hlsp/tglc).
_DIGITS_OF_A_FOLDER = 100_000


def _parse(name: str) -> Product | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    gaia, sector, camera, ccd, version = map(int, match.groups())
    below = split_number(gaia // _DIGITS_OF_A_FOLDER)
    folder = f"s{sector:04d}/cam{camera}-ccd{ccd}/{below}"
    return hlsp_product("TGLC", name, 0, sector, version, folder)


#: Han & Brandt 2023, AJ 165, 71. The header gives one error per sector and flux, which lightkurve
#: does not read either. TIMEDEL is the sector's length divided by the number of rows, gaps
#: included. Files of version 2 have cadence number 0 in every row.
TGLC = Author(
    "TGLC",
    "tglc",
    (LONG,),
    "hlsp_tglc",
    _parse,
    FileLayout(
        table="LIGHTCURVE",
        fluxes={
            "cal_psf": FluxColumns("cal_psf_flux"),
            "cal_aper": FluxColumns("cal_aper_flux"),
            "psf": FluxColumns("psf_flux"),
            "aperture": FluxColumns("aperture_flux"),
        },
        time="time",
        cadenceno="cadence_num",
        counts_cadences=False,
        quality="TESS_flags",
        centroids=None,
        states_exposure=False,
        number_type=str,
    ),
    ArchiveLayout(None, "mast/hlsp/tglc", "hlsps/tglc", SECTOR_FOLDER),
    names_star=False,
    is_secondary=True,
    row_bytes=36,
)
