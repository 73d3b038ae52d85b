"""GSFC-ELEANOR-LITE: full-frame light curves of the package eleanor, in its short format."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import IDENTITY_CARDS, FileLayout, FluxColumns
from preprocessing.missions.tess.hlsp_product import hlsp_product
from preprocessing.missions.tess.quality import BITMASKS
from preprocessing.missions.tess.sectors import SECTOR_FOLDER, split_number

__all__ = ["GSFC_ELEANOR_LITE"]

_NAME = re.compile(
    r"hlsp_gsfc-eleanor-lite_tess_ffi_s(\d{4})-(\d{16})_tess_v(\d{1,3})\.0_lc\.fits", re.ASCII
)
#: Flags of eleanor: bits 17 and 18, counted from 0, which lightkurve's "hardest" drops as well.
_OWN_FLAGS = 2**17 | 2**18


def _parse(name: str) -> Product | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    sector, number, version = map(int, match.groups())
    folder = f"s{sector:04d}/{split_number(number)}"
    return hlsp_product("GSFC-ELEANOR-LITE", name, number, sector, version, folder)


def _columns(flux: str) -> FluxColumns:
    return FluxColumns(flux, ("FLUX_ERR",), error_of="RAW_FLUX")


#: Powell et al. 2022, RNAAS 6, 111; Feinstein et al. 2019, PASP 131, 094502 (eleanor). Extensions
#: have no names. The primary header is that of the cut-out from which the light was measured: it
#: names the primary HDU and gives its own checksum, it says nothing of the star, and the cards
#: that eleanor adds are there twice.
GSFC_ELEANOR_LITE = Author(
    "GSFC-ELEANOR-LITE",
    "gsfc-eleanor-lite",
    (LONG,),
    "hlsp_gsfc-eleanor-lite",
    _parse,
    FileLayout(
        table=None,
        fluxes={
            "corr": _columns("CORR_FLUX"),
            "pca": _columns("PCA_FLUX"),
            "raw": FluxColumns("RAW_FLUX", ("FLUX_ERR",)),
        },
        cadenceno="FFIINDEX",
        centroids=("X_CENTROID", "Y_CENTROID"),
        is_double=True,
        states_exposure=False,
        number_keyword="TIC_ID",
        may_lack=IDENTITY_CARDS,
        has_checksums=False,
        repeats_cards=frozenset(("SECTOR", "CAMERA", "CCD")),
        star_cards={
            "TESSMAG": "TMAG",
            "TICVER": "TIC_V",
            **dict.fromkeys(("PMRA", "PMDEC", "PMTOTAL", "TEFF", "LOGG", "MH", "RADIUS"), ""),
        },
    ),
    ArchiveLayout(split_number, None, "hlsps/gsfc-eleanor-lite", SECTOR_FOLDER),
    bitmasks={"hardest": BITMASKS["hardest"] | _OWN_FLAGS},
    is_secondary=True,
    row_bytes=108,
)
