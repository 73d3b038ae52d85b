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

from preprocessing.core.errors import CorruptProduct, UnreadableProduct, WrongProduct
from preprocessing.core.product import WHOLE_MISSION
from preprocessing.fits.format import CARD, read_hdus
from preprocessing.fits.stitch import StitchedFile, stitch_file
from preprocessing.missions import Product
from preprocessing.missions.file_layout import FileLayout
from preprocessing.missions.k2.splits import whole_campaign
from preprocessing.missions.recipe import Recipe, make_recipe

__all__ = ["Verdict", "judge", "most_memory", "recipe_for"]

#: Whatever a file says, reading it takes no more than this, in bytes: a share of its size,
#: and so much for its headers.
_MEMORY_SHARE = 4
_MEMORY_OF_HEADERS = 2_000_000


@dataclass(frozen=True)
class Verdict:
    """What became of one file.

    Parameters
    ----------
    quarter : StitchedFile or None
        None if it was refused by name.
    problem : str or None
        How the law was broken; None if it was not.
    peak_bytes : int
        Memory that reading took, 0 if it was not traced.
    """

    quarter: StitchedFile | None
    problem: str | None = None
    peak_bytes: int = 0


def most_memory(body: bytes) -> int:
    """Return how many bytes of memory reading a file may take."""
    return _MEMORY_SHARE * len(body) + _MEMORY_OF_HEADERS


def recipe_for(product: Product) -> Recipe:
    """Return the recipe by which a file is read as lightkurve reads it."""
    return make_recipe(product.mission, product.cadence, author=product.author)


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


def _read(body: bytes, product: Product, recipe: Recipe) -> StitchedFile | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return stitch_file(body, product, recipe)
        except (CorruptProduct, UnreadableProduct, WrongProduct):
            return None


def _difference_to_astropy(
    quarter: StitchedFile, body: bytes, product: Product, recipe: Recipe
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
            card = body[place : place + CARD]
            # The unit that changes numbers is read.
            if card.startswith((b"TUNIT", b"TDISP")) and b"'ppm" not in card:
                body = body[:place] + b" " * CARD + body[place + CARD :]
    return body


def _difference(quarter: StitchedFile, hdus: Any, product: Product, recipe: Recipe) -> str | None:
    facts, layout = recipe.mission, recipe.layout
    # Files of half a campaign may say which campaign it is half of.
    whole = whole_campaign(product.sequence_number) if product.mission == "K2" else None
    primary = hdus[0].header
    if layout is None:
        return "was accepted, though nobody knows its columns"
    number_keyword = layout.number_keyword or facts.number_keyword
    expected: dict[str, tuple[object, ...]] = {
        number_keyword: (layout.number_type(product.number),)
    }
    if product.sequence_number != WHOLE_MISSION:
        expected[facts.sequence_keyword] = (product.sequence_number, whole)
    for keyword, values in expected.items():
        if keyword not in primary and keyword in layout.may_lack:
            continue
        if primary[keyword] not in values:
            return f"was accepted with {keyword} = {primary[keyword]!r}, not {values[0]!r}"
    procver = primary.get("PROCVER", "")
    if isinstance(procver, str) and quarter.record.procver != procver.rstrip():
        return f"was accepted with PROCVER {quarter.record.procver!r}, not {procver!r}"
    rows = _rows_by_astropy(hdus[layout.table or 1].data, recipe, layout)
    for name, column in rows.items():
        if not np.array_equal(quarter.rows[name], column, equal_nan=True):
            return f"was accepted with another {name} than astropy reads"
    return None


def _rows_by_astropy(table: Any, recipe: Recipe, layout: FileLayout) -> dict[str, NDArray[Any]]:
    columns = layout.fluxes[recipe.flux]
    error = next((name for name in columns.errors if name in table.names), None)
    none, kind = np.full(len(table), np.nan), "f8" if layout.is_double else "f4"
    quality = np.zeros(len(table), "i4") if layout.quality is None else table[layout.quality]
    if quality.dtype.itemsize == 2:
        # Sixteen flags take the sign's bit, too.
        quality = quality.astype("i2").view("u2").astype("i4")
    places = [none if name is None else table[name] for name in layout.centroids or (None, None)]
    keep = ~np.isnan(table[layout.time])
    keep &= (quality & recipe.quality_bitmask) == 0
    flux = np.asarray(table[columns.flux][keep], dtype=kind)
    flux_err = np.asarray((none if error is None else table[error])[keep], dtype=kind)
    if columns.error_of is not None:
        with np.errstate(all="ignore"):
            flux_err = flux * flux_err / np.asarray(table[columns.error_of][keep], dtype=kind)
    if table.columns[columns.flux].unit == "ppm":
        flux, flux_err = 1 + 1e-6 * flux.astype("f8"), 1e-6 * flux_err.astype("f8")
    median = np.nanmedian(flux) if len(flux) else flux.dtype.type(np.nan)
    with np.errstate(all="ignore"):
        return {
            "TIME": table[layout.time][keep] + layout.time_offset_d,
            "FLUX": (flux / median).astype(kind),
            "FLUX_ERR": (flux_err / median).astype(kind),
            recipe.mission.quality_column: quality[keep],
            "CADENCENO": np.full(keep.sum(), -1)
            if layout.cadenceno is None
            else table[layout.cadenceno][keep],
            "CENTROID_COL": places[0][keep],
            "CENTROID_ROW": places[1][keep],
        }
