"""Turn the bytes of one file into stitched rows and a record: verify, read, mask, normalize."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.file_record import USED, FileRecord
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import HeaderCards
from preprocessing.fits.light_curve_table import mask_rows, read_product
from preprocessing.fits.stitch import normalize
from preprocessing.fits.verify import verify_product
from preprocessing.fits.writer import Cards, stitched_rows
from preprocessing.missions import Product, author_of
from preprocessing.missions.recipe import Recipe

__all__ = ["Quarter", "process_quarter"]


@dataclass(frozen=True)
class Quarter:
    """One file, ready to be appended to a star's output.

    Parameters
    ----------
    rows : ndarray of `output_tables.row_dtype`
        The rows kept, normalized.
    record : FileRecord
        The file's record for the table of files.
    star : Cards
        The file's primary header, which describes the star.
    seconds : dict of str to float
        Wall-clock time by step: ``verify``, ``read`` and ``stitch``.
    """

    rows: NDArray[np.void]
    record: FileRecord
    star: Cards = field(compare=False)
    seconds: dict[str, float] = field(compare=False)


def process_quarter(
    body: bytes, product: Product, recipe: Recipe, has_source_digest: bool = False
) -> Quarter:
    """Verify, read, mask and normalize one file.

    Parameters
    ----------
    body : bytes
        The whole file.
    product : Product
        The file that was requested.
    recipe : Recipe
        What to stitch, resolved for the product's author.
    has_source_digest : bool, optional
        Whether the archive states a digest, and the file has been found to match it.

    Returns
    -------
    Quarter
        The file's rows and record.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    WrongProduct
        The file is not the one that was requested.
    UnreadableProduct
        The file cannot be stitched.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "verify"):
        file = verify_product(body, product, has_source_digest)
        mission, layout = recipe.mission, author_of(product).layout
        # verify_product refuses files without a layout.
        assert layout is not None
    with _timed(seconds, "read"):
        light_curve = read_product(file, layout, recipe.flux, product.exposure_s)
        kept = mask_rows(light_curve, recipe.quality_bitmask)
    with _timed(seconds, "stitch"):
        normalized = normalize(kept)
        rows = stitched_rows(kept, normalized, product.sequence_number, mission, layout.is_double)
    n_no_time = int(np.isnan(light_curve.time).sum())
    primary, table = file.primary.header, file.table.header
    record = FileRecord(
        sequence_number=product.sequence_number,
        month=product.month,
        label=product.label,
        sort_key=product.sort_key,
        file_name=product.file_name,
        uri=product.uri,
        status=USED,
        reason=Reason.UNUSUAL_MEDIAN if len(kept) and normalized.is_unusual else None,
        bytes=len(body),
        sha256=file.sha256,
        verified=file.how,
        procver=_text(primary, "PROCVER"),
        data_rel=_small_integer(primary, "DATA_REL"),
        detector=tuple(_small_integer(primary, keyword) for keyword in mission.detector_keywords),
        rows_read=len(light_curve),
        rows_no_time=n_no_time,
        rows_masked=len(light_curve) - n_no_time - len(kept),
        rows_kept=len(kept),
        rows_finite=normalized.n_finite,
        median=normalized.median,
        cdpp=tuple(_number(table, keyword) for keyword in mission.cdpp_keywords),
        crowdsap=_number(table, "CROWDSAP"),
        flfrcsap=_number(table, "FLFRCSAP"),
    )
    return Quarter(rows, record, primary, seconds)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - began


def _text(header: HeaderCards, keyword: str) -> str:
    value = header.get(keyword)
    return "" if value is None else str(value)


def _small_integer(header: HeaderCards, keyword: str) -> int | None:
    value = header.get(keyword)
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**15
    return int(value) if fits and value is not None else None


def _number(header: HeaderCards, keyword: str) -> float:
    value = header.get(keyword)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    # Larger values are meaningless and do not fit into the table's float32.
    return float(value) if abs(value) < 1e38 else math.nan
