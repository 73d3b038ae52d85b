"""PATHOS: stars of clusters, measured with the shape of the telescope's images of stars."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import IDENTITY_CARDS, FileLayout, FluxColumns
from preprocessing.missions.tess.hlsp_product import hlsp_product
from preprocessing.missions.tess.sectors import SECTOR_FOLDER

__all__ = ["PATHOS"]

_NAME = re.compile(
    r"hlsp_pathos_tess_lightcurve_tic-(\d{10,16})-s(\d{4})_tess_v(\d{1,3})_llc\.fits", re.ASCII
)
#: The flux fitted with the shape of a star's image, then that in apertures of 1 to 4 pixels.
_MEASURES = ("PSF", "AP1", "AP2", "AP3", "AP4")


def _parse(name: str) -> Product | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    number, sector, version = map(int, match.groups())
    if match[1] != f"{number:010d}":
        return None
    return hlsp_product("PATHOS", name, number, sector, version, f"s{sector:04d}")


#: Nardiello et al. 2019, MNRAS 490, 3806. All files of a sector are in one folder. Files give no
#: cadence numbers and no errors.
PATHOS = Author(
    "PATHOS",
    "pathos",
    (LONG,),
    "hlsp_pathos",
    _parse,
    FileLayout(
        table=None,
        fluxes={
            f"{measure.lower()}_{state.lower()}": FluxColumns(f"{measure}_FLUX_{state}")
            for measure in _MEASURES
            for state in ("COR", "RAW")
        },
        cadenceno=None,
        quality="DQUALITY",
        centroids=None,
        is_double=True,
        states_exposure=False,
        may_lack=IDENTITY_CARDS,
    ),
    ArchiveLayout(None, None, "hlsps/pathos", SECTOR_FOLDER),
    is_secondary=True,
    row_bytes=128,
)
