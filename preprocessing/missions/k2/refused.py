"""Authors of K2 light curves that cannot be stitched, and why."""

from __future__ import annotations

import re

from preprocessing.core.product import LONG, Product
from preprocessing.missions.author import Author
from preprocessing.missions.k2.file_names import thousands_folder
from preprocessing.missions.k2.hlsp_product import hlsp_product, hundred_thousand

__all__ = ["K2SC", "K2VARCAT"]

_K2SC_NAME = re.compile(r"hlsp_k2sc_k2_llc_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_lc\.fits", re.ASCII)
_K2VARCAT_NAME = re.compile(
    r"hlsp_k2varcat_k2_lightcurve_(\d{9})-c(\d{2,3})_kepler_v(\d{1,3})_llc\.fits", re.ASCII
)


def _parse_k2sc(name: str) -> Product | None:
    match = _K2SC_NAME.fullmatch(name)
    if match is None:
        return None
    return hlsp_product("K2SC", match, int(match[3]), below=hundred_thousand)


def _parse_k2varcat(name: str) -> Product | None:
    match = _K2VARCAT_NAME.fullmatch(name)
    if match is None:
        return None
    return hlsp_product("K2VARCAT", match, int(match[3]), below=thousands_folder)


def _refusal_of_k2sc(product: Product) -> str:
    return (
        "light curves of K2SC cannot be read: a file has two of them, each split into flux and"
        " trends, and lightkurve has no reader that says which to stitch: use --author K2SFF"
        " or EVEREST"
    )


def _refusal_of_k2varcat(product: Product) -> str:
    return (
        "light curves of K2VARCAT cannot be read: they are those of variable stars alone, with"
        " no word on times or flags in the header, and lightkurve has no reader for them: use"
        " --author K2SFF or EVEREST"
    )


#: Aigrain et al. 2016, MNRAS 459, 2408.
K2SC = Author("K2SC", "k2sc", (LONG,), "hlsp_k2sc", _parse_k2sc, None, refusal=_refusal_of_k2sc)

#: Armstrong et al. 2016, MNRAS 456, 2260.
K2VARCAT = Author(
    "K2VARCAT",
    "k2varcat",
    (LONG,),
    "hlsp_k2varcat",
    _parse_k2varcat,
    None,
    refusal=_refusal_of_k2varcat,
)
