"""Turn one file into stitched rows and a record: verify, read, mask and normalize as lightkurve."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.clock import MOST_CADENCES, Clock, ClockReading
from preprocessing.core.file_record import USED, Fetched, FileRecord
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import CardValue, HeaderCards
from preprocessing.fits.product_file import (
    ProductLightCurve,
    mask_rows,
    read_product,
    verify_product,
)
from preprocessing.fits.product_identity import readable_layout
from preprocessing.fits.writer import Cards, row_dtype
from preprocessing.missions import Mission, Product, mission_of
from preprocessing.missions.file_layout import FileLayout
from preprocessing.missions.recipe import Recipe

__all__ = ["Normalized", "StitchedFile", "normalize", "stitch_file"]


@dataclass(frozen=True)
class StitchedFile:
    """One file, ready to be appended to a star's output.

    Parameters
    ----------
    rows : ndarray of `writer.row_dtype`
        The rows kept, normalized.
    record : FileRecord
        The file's record for the table of files.
    star : Cards
        The file's primary header, which describes the star.
    seconds : dict of str to float
        Wall-clock time by step: ``verify``, ``read`` and ``stitch``.
    clock : ClockReading or None
        What the file says of the mission's clock; None if it says nothing, or is part of an
        output of an earlier run.
    """

    rows: NDArray[np.void]
    record: FileRecord
    star: Cards = field(compare=False)
    seconds: dict[str, float] = field(compare=False)
    clock: ClockReading | None = field(default=None, compare=False)


def stitch_file(
    body: bytes,
    product: Product,
    recipe: Recipe,
    has_source_digest: bool = False,
    fetched: Fetched | None = None,
) -> StitchedFile:
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
    fetched : Fetched, optional
        When the file came, and from where, for its record.

    Returns
    -------
    StitchedFile
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
        mission, layout = recipe.mission, readable_layout(product)
    with _timed(seconds, "read"):
        light_curve = read_product(file, layout, recipe.flux, product.exposure_s)
        kept = mask_rows(light_curve, recipe.quality_bitmask)
    with _timed(seconds, "stitch"):
        normalized = normalize(kept)
        rows = _stitched_rows(kept, normalized, product.sequence_number, mission, layout.is_double)
    n_no_time = int(np.isnan(light_curve.time).sum())
    primary, table = file.primary.header, file.table.header
    detector = tuple(_small_integer(primary, keyword) for keyword in mission.detector_keywords)
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
        detector=detector,
        rows_read=len(light_curve),
        rows_no_time=n_no_time,
        rows_masked=len(light_curve) - n_no_time - len(kept),
        rows_kept=len(kept),
        rows_finite=normalized.n_finite,
        median=normalized.median,
        cdpp=tuple(_number(table, keyword) for keyword in mission.cdpp_keywords),
        crowdsap=_number(table, "CROWDSAP"),
        flfrcsap=_number(table, "FLFRCSAP"),
        fetched=fetched,
    )
    clock = _read_clock(light_curve, product, detector)
    return StitchedFile(rows, record, _StarCards(primary, product, layout), seconds, clock)


def _read_clock(
    light_curve: ProductLightCurve, product: Product, detector: tuple[int | None, ...]
) -> ClockReading | None:
    """Return what a file says of the mission's clock; None if it states no travel time.

    In the missions' own files, the difference of the columns TIME and TIMECORR is the same number
    in every star, to the last bit: measured in 691,299 rows of 18 stars of Kepler, of three data
    releases.
    """
    correction, cadences = light_curve.time_correction, light_curve.cadenceno
    if correction is None or not len(cadences):
        return None
    first, last = int(cadences[0]), int(cadences[-1])
    # A file has a row for every cadence. Numbers that leap mean another thing.
    if last - first + 1 != len(cadences) or len(cadences) > MOST_CADENCES:
        return None
    # In the machine's byte order, subtracting takes a third of the time.
    clock = Clock(first, light_curve.time - correction.astype(np.float32))
    return ClockReading(
        product.mission, product.exposure_s, product.sequence_number, detector, clock
    )


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


@dataclass(frozen=True)
class _StarCards:
    """What a file's primary header says of the star, by the mission's own keywords."""

    primary: HeaderCards
    product: Product
    layout: FileLayout

    def get(self, keyword: str) -> CardValue:
        if keyword == mission_of(self.product).number_keyword:
            return self.product.number
        own = self.layout.star_cards.get(keyword, keyword)
        return self.primary.get(own) if own else None


@dataclass(frozen=True)
class Normalized:
    """Relative flux of one file.

    Parameters
    ----------
    flux, flux_err : ndarray of float32 or float64, shape (n,)
        Flux and its error, divided by the median; no unit.
    median : float
        The median flux in the file's unit and precision; NaN if no flux is finite.
    n_finite : int
        Number of rows with a finite flux.
    """

    flux: NDArray[np.floating[Any]]
    flux_err: NDArray[np.floating[Any]]
    median: float
    n_finite: int

    @property
    def is_unusual(self) -> bool:
        """Whether the result means nothing: the median is zero, negative, infinite or NaN."""
        return not 0 < self.median < math.inf


def normalize(light_curve: ProductLightCurve) -> Normalized:
    """Divide flux and its error by the median flux of the rows kept.

    Parameters
    ----------
    light_curve : ProductLightCurve
        Rows of one file, without masked ones.

    Returns
    -------
    Normalized
        As with `lightkurve.LightCurve.normalize` (2.6.0), a negative median inverts the curve
        and a median of zero makes it infinite: check `Normalized.is_unusual`.

    Notes
    -----
    Everything is computed in the file's own precision, so the result equals lightkurve's to
    the last bit.
    """
    native = light_curve.flux.dtype.newbyteorder("=")
    flux = light_curve.flux.astype(native)
    flux_err = light_curve.flux_err.astype(native)
    known = flux[~np.isnan(flux)]
    with np.errstate(all="ignore"):
        median = _median(known) if len(known) else native.type(np.nan)
        return Normalized(
            flux=flux / median,
            flux_err=flux_err / median,
            median=float(median),
            n_finite=int(np.isfinite(flux).sum()),
        )


def _median(values: NDArray[np.floating[Any]]) -> np.floating[Any]:
    """Return the median of values of which none is NaN, in their own precision; sort them.

    The steps are those of `numpy.median` (2.4), which imports `numpy.ma`: 20 ms and 2 MB of a run.
    """
    middle = ((len(values) - 1) // 2, len(values) // 2)
    values.partition(middle)
    median: np.floating[Any] = values[middle[0] : middle[1] + 1].mean()
    return median


def _stitched_rows(
    light_curve: ProductLightCurve,
    normalized: Normalized,
    sequence_number: int,
    mission: Mission,
    is_double: bool,
) -> NDArray[np.void]:
    """Return the rows of one file as the LIGHTCURVE table holds them.

    Parameters
    ----------
    light_curve : ProductLightCurve
        The file's rows, without masked ones.
    normalized : Normalized
        Their relative flux.
    sequence_number : int
        Quarter, campaign or sector.
    mission : Mission
        The mission that observed.
    is_double : bool
        Whether flux has 64 bits.

    Returns
    -------
    ndarray of `writer.row_dtype`, shape (n,)
    """
    rows = np.empty(len(light_curve), dtype=row_dtype(mission, is_double))
    rows["TIME"] = light_curve.time
    rows["FLUX"] = normalized.flux
    rows["FLUX_ERR"] = normalized.flux_err
    rows[mission.quality_column] = light_curve.quality
    rows["CADENCENO"] = light_curve.cadenceno
    rows[mission.sequence_keyword] = sequence_number
    rows["CENTROID_COL"] = light_curve.centroid_col
    rows["CENTROID_ROW"] = light_curve.centroid_row
    return rows
