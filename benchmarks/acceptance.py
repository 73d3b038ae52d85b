"""The law of the reading path: a file is refused by name, or read as astropy reads it."""

from __future__ import annotations

import io
import tracemalloc
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from preprocessing.config import Recipe
from preprocessing.exceptions import CorruptProduct, WrongProduct
from preprocessing.fits_format import CARD, read_hdus
from preprocessing.missions import Product
from preprocessing.quarter import Quarter, process_quarter

__all__ = ["Verdict", "judge", "most_memory"]

#: Whatever a file says, reading it takes no more than this, in bytes: a share of its size,
#: and so much for its headers.
_MEMORY_SHARE = 4
_MEMORY_OF_HEADERS = 2_000_000


@dataclass(frozen=True)
class Verdict:
    """What became of one file.

    Parameters
    ----------
    quarter : Quarter or None
        None if it was refused by name.
    problem : str or None
        How the law was broken; None if it was not.
    peak_bytes : int
        Memory that reading took, 0 if it was not traced.
    """

    quarter: Quarter | None
    problem: str | None = None
    peak_bytes: int = 0


def most_memory(body: bytes) -> int:
    """Return how many bytes of memory reading a file may take."""
    return _MEMORY_SHARE * len(body) + _MEMORY_OF_HEADERS


def judge(body: bytes, product: Product, recipe: Recipe, *, trace: bool = False) -> Verdict:
    """Read a file, and hold what came of it against the law.

    Parameters
    ----------
    body : bytes
        Of a file, sound or not.
    product : Product
        What it should be.
    recipe : Recipe
    trace : bool, optional
        Also measure memory, which takes longer.
    """
    if trace:
        tracemalloc.start()
    try:
        quarter = _read(body, product, recipe)
        problem = None
    except Exception as error:
        # Any error that has no name here is what is looked for.
        quarter, problem = None, f"raised {error!r}"
    finally:
        peak = tracemalloc.get_traced_memory()[1] if trace else 0
        if trace:
            tracemalloc.stop()
    if problem is None and peak > most_memory(body):
        problem = f"took {peak} bytes of memory for a file of {len(body)}"
    if problem is None and quarter is not None:
        problem = _difference_to_astropy(quarter, body, product, recipe)
    return Verdict(quarter, problem, peak)


def _read(body: bytes, product: Product, recipe: Recipe) -> Quarter | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return process_quarter(body, product, recipe)
        except (CorruptProduct, WrongProduct):
            return None


def _difference_to_astropy(
    quarter: Quarter, body: bytes, product: Product, recipe: Recipe
) -> str | None:
    with warnings.catch_warnings():
        # It warns of much that does not change what is read.
        warnings.simplefilter("ignore")
        try:
            readable = io.BytesIO(_without_display(body))
            with fits.open(readable, memmap=False, lazy_load_hdus=False) as hdus:
                return _difference(quarter, hdus, product, recipe)
        except Exception as error:
            return f"was accepted, and astropy cannot read it: {error!r}"


def _without_display(body: bytes) -> bytes:
    """Blank out the cards that say how numbers are shown, not which they are.

    Nobody looks at them here, and astropy stops at one that it cannot read.
    """
    for hdu in read_hdus(body):
        for place in range(hdu.start, hdu.data_start, CARD):
            if body[place : place + 5] in (b"TUNIT", b"TDISP"):
                body = body[:place] + b" " * CARD + body[place + CARD :]
    return body


def _difference(quarter: Quarter, hdus: Any, product: Product, recipe: Recipe) -> str | None:
    expected = {"KEPLERID": product.number, "QUARTER": product.sequence_number}
    primary = hdus[0].header
    for keyword, value in expected.items():
        if primary[keyword] != value:
            return f"was accepted with {keyword} = {primary[keyword]!r}, not {value!r}"
    procver = primary.get("PROCVER", "")
    if isinstance(procver, str) and quarter.record.procver != procver.rstrip():
        return f"was accepted with PROCVER {quarter.record.procver!r}, not {procver!r}"
    rows = _rows_by_astropy(hdus["LIGHTCURVE"].data, recipe)
    for name, column in rows.items():
        if not np.array_equal(quarter.rows[name], column, equal_nan=True):
            return f"was accepted with another {name} than astropy reads"
    return None


def _rows_by_astropy(table: Any, recipe: Recipe) -> dict[str, NDArray[Any]]:
    keep = ~np.isnan(table["TIME"])
    keep &= (table["SAP_QUALITY"] & recipe.quality_bitmask) == 0
    flux, error = (
        np.asarray(table[f"{recipe.flux.upper()}_{name}"][keep], dtype="f4")
        for name in ("FLUX", "FLUX_ERR")
    )
    median = np.nanmedian(flux) if len(flux) else np.float32(np.nan)
    with np.errstate(all="ignore"):
        return {
            "TIME": table["TIME"][keep],
            "FLUX": flux / median,
            "FLUX_ERR": error / median,
            "QUALITY": table["SAP_QUALITY"][keep],
            "CADENCENO": table["CADENCENO"][keep],
            "CENTROID_COL": table["MOM_CENTR1"][keep],
            "CENTROID_ROW": table["MOM_CENTR2"][keep],
        }
