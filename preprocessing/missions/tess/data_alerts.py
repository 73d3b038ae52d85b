"""The light curves that came with TESS's first data alerts, before the mission's own files."""

from __future__ import annotations

import re

from preprocessing.core.product import SHORT, Product
from preprocessing.missions.author import Author
from preprocessing.missions.tess.hlsp_product import hlsp_product

__all__ = ["DATA_ALERTS"]

_NAME = re.compile(
    r"hlsp_tess-data-alerts_tess_phot_(\d{11})-s(\d{2})_tess_v(\d{1,3})_lc\.fits", re.ASCII
)


def _parse(name: str) -> Product | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    number, sector, version = map(int, match.groups())
    folder = f"s{sector:04d}"
    return hlsp_product(
        "TESS-DATA-ALERTS", name, number, sector, version, folder, cadence=SHORT, exposure_s=120.0
    )


def _refusal(product: Product) -> str:
    return (
        f"{product.file_name} is of TESS's early data alerts, which the mission's own files of"
        " the sector replaced: use --author SPOC"
    )


#: https://archive.stsci.edu/prepds/tess-data-alerts/
DATA_ALERTS = Author(
    "TESS-DATA-ALERTS",
    "tess-data-alerts",
    (SHORT,),
    "hlsp_tess-data-alerts",
    _parse,
    None,
    refusal=_refusal,
)
