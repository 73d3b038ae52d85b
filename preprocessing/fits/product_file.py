"""Verify one file of a mission, and read the light curve in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.errors import CorruptProduct, UnreadableProduct, WrongProduct
from preprocessing.fits.format import (
    ALL_ONES,
    BLOCK,
    CardValue,
    Hdu,
    HeaderCards,
    ones_complement_sum,
    read_hdus,
)
from preprocessing.fits.product_identity import (
    LATEST_END_D,
    EitherHeader,
    readable_layout,
    unpacked,
    verify_identity,
)
from preprocessing.missions import Product
from preprocessing.missions.file_layout import FileLayout, FluxColumns

__all__ = [
    "BY_CHECKSUM",
    "BY_ETAG",
    "BY_STRUCTURE",
    "ProductLightCurve",
    "VerifiedFile",
    "mask_rows",
    "read_product",
    "require_sound",
    "verify_product",
]

#: How a file was verified: by the checksum of every HDU; or, if no HDU has a CHECKSUM, by the
#: archive's digest in addition to structure and size; or by structure and size alone.
BY_CHECKSUM = "checksum"
BY_ETAG = "etag"
BY_STRUCTURE = "structure"

_PADDING = bytes(BLOCK)
#: What CREATOR says of files that people save from their analysis (lightkurve 2.6, to_fits).
_ANALYSIS = "lightkurve"


@dataclass(frozen=True)
class VerifiedFile:
    """A file that passed all checks.

    Parameters
    ----------
    body : bytes
        The whole file.
    primary, table : Hdu
        The primary HDU and the light-curve table.
    how : {'checksum', 'etag', 'structure'}
        How the file was verified.
    sha256 : str
        Digest of the whole file, in hexadecimal.
    """

    body: bytes
    primary: Hdu
    table: Hdu
    how: str
    sha256: str


def verify_product(body: bytes, product: Product, has_source_digest: bool = False) -> VerifiedFile:
    """Check a file's size, structure, checksums and identity.

    Parameters
    ----------
    body : bytes
        The whole file, which gzip may have packed if its name says so.
    product : Product
        The file that was requested.
    has_source_digest : bool, optional
        Whether the archive states a digest, and the file has been found to match it.

    Returns
    -------
    VerifiedFile
        The file and its parts.

    Raises
    ------
    CorruptProduct
        Size, structure or a checksum is wrong, or only some HDUs have a checksum.
    WrongProduct
        The file is intact, but of another star, quarter, campaign, sector, month or cadence.
    UnreadableProduct
        The file is intact, but its author's light curves cannot be stitched.

    Notes
    -----
    Mission files have CHECKSUM but no DATASUM, which makes
    ``astropy.io.fits.open(checksum=True)`` report intact files as damaged. The sum over
    the whole HDU must be all ones (FITS standard 4.0, section 4.4.2.7).
    """
    sha256 = hashlib.sha256(body).hexdigest()
    body = unpacked(body, product)
    hdus = read_hdus(body)
    layout = readable_layout(product)
    for hdu in hdus:
        hdu.header.verify(layout.repeats_cards)
        # Check padding: no checksum protects it in files without one, and it reveals moved blocks.
        if not _PADDING.startswith(body[hdu.data_start + hdu.data_size : hdu.end]):
            raise CorruptProduct("the padding behind some data is not zero")
    how = _verify_sums(body, hdus) if layout.has_checksums else BY_STRUCTURE
    if how is BY_STRUCTURE and has_source_digest:
        how = BY_ETAG
    table = _find_table(hdus, layout)
    verify_identity(hdus[0].header, table.header, product)
    return VerifiedFile(body, hdus[0], table, how, sha256)


def _verify_sums(body: bytes, hdus: list[Hdu]) -> str:
    carriers = sum("CHECKSUM" in hdu.header for hdu in hdus)
    if carriers == 0:
        return BY_STRUCTURE
    # The archive's files have it in every HDU or in none. Otherwise a keyword is damaged.
    if carriers < len(hdus):
        raise CorruptProduct(
            f"only {carriers} of {len(hdus)} HDUs carry a CHECKSUM, as if another program had saved"
            " the file again"
        )
    view = memoryview(body)
    for number, hdu in enumerate(hdus):
        hdu.header.text("CHECKSUM")
        total = ones_complement_sum(view[hdu.start : hdu.end])
        if total != ALL_ONES:
            raise CorruptProduct(
                f"the checksum of HDU {number} is wrong: it was damaged, or changed by a program"
                " that left the old CHECKSUM"
            )
    return BY_CHECKSUM


def _saved_by(primary: HeaderCards) -> str:
    """Return the start of a message about a file that says which program saved it again."""
    creator = primary.get("CREATOR")
    if isinstance(creator, str) and creator.startswith(_ANALYSIS):
        return f"saved again by {creator}: "
    return ""


def _find_table(hdus: list[Hdu], layout: FileLayout) -> Hdu:
    primary = hdus[0].header
    if layout.table is not None:
        # The primary header need not have a name.
        first = primary.get("EXTNAME", "PRIMARY")
        names = (first, *(hdu.header.get("EXTNAME") for hdu in hdus[1:]))
        expected = ("PRIMARY", *(layout.extensions or (layout.table,)))
        has_more = layout.extensions is not None and len(names) > len(expected)
        if names[: len(expected)] != expected or has_more:
            raise CorruptProduct(f"{_saved_by(primary)}HDUs are {names}, not {expected}")
    if primary.get("SIMPLE") is not True or primary.get("EXTEND", True) is not True:
        raise CorruptProduct("SIMPLE or EXTEND is not T, so this is not a standard FITS file")
    if len(hdus) < 2:
        raise CorruptProduct("there is no extension, so there is no light curve")
    table = hdus[1]
    kind = [table.header.get(keyword) for keyword in ("XTENSION", "BITPIX", "NAXIS")]
    if kind != ["BINTABLE", 8, 2]:
        raise CorruptProduct(f"extension {layout.table or 1} is not a binary table")
    if layout.extensions is None:
        _require_columns(table.header, layout)
    return table


def _require_columns(header: HeaderCards, layout: FileLayout) -> None:
    """Make sure that the table has the author's time and any flux, since its name says little."""
    columns = {header.get(f"TTYPE{n}") for n in range(1, header.integer("TFIELDS") + 1)}
    fluxes = [flux.flux for flux in layout.fluxes.values()]
    if layout.time not in columns or columns.isdisjoint(fluxes):
        raise CorruptProduct(f"there is no column {layout.time}, or none of {', '.join(fluxes)}")


#: The numpy type for each FITS format code in the missions' tables.
_DTYPES = {"D": ">f8", "E": ">f4", "K": ">i8", "J": ">i4", "I": ">i2", "B": "u1"}
#: How far, in days, times may lie outside TSTART and TSTOP. In the mission's files they never do;
#: rows of another quarter are months away.
_SLACK_DAYS = 0.5
#: How much the median step between rows may differ from the exposure time, as a fraction. It is
#: checked for authors whose headers do not state the exposure. Barycentric times change steps by
#: a ten-thousandth; exposure times differ by a factor of three.
_STEP_SLACK = 0.1
_FEW_STEPS = 100


@dataclass(frozen=True)
class ProductLightCurve:
    """The light curve of one file, before or after masking.

    Parameters
    ----------
    time : ndarray of float64, shape (n,)
        Days (TDB) since the mission's reference: BJD - 2454833, or BJD - 2457000 for TESS.
    flux, flux_err : ndarray of float32 or float64, shape (n,)
        Flux and its error in e-/s, or relative if the author normalized it. The error is NaN
        if the author gives none.
    quality : ndarray of int32, shape (n,)
        Quality flags; 0 if the author has none.
    cadenceno : ndarray of int32, shape (n,)
        Cadence numbers, ascending; -1 if the author gives none.
    centroid_col, centroid_row : ndarray of float64, shape (n,)
        Moment-derived centroids in pixels; NaN if the author has none.
    time_correction : ndarray of float32, shape (n,), or None
        By how much `time` is ahead of the spacecraft's, in days; None if unknown, or masked.
    """

    time: NDArray[np.float64]
    flux: NDArray[np.floating[Any]]
    flux_err: NDArray[np.floating[Any]]
    quality: NDArray[np.int32]
    cadenceno: NDArray[np.int32]
    centroid_col: NDArray[np.float64]
    centroid_row: NDArray[np.float64]
    time_correction: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.time)


def read_product(
    file: VerifiedFile, layout: FileLayout, flux: str, exposure_s: float
) -> ProductLightCurve:
    """Read the columns to stitch.

    Parameters
    ----------
    file : VerifiedFile
        The file.
    layout : FileLayout
        How the author's files hold a light curve.
    flux : str
        The kind of flux: one of `FileLayout.fluxes`.
    exposure_s : float
        The expected time from row to row, in seconds.

    Returns
    -------
    ProductLightCurve
        Every row of the file, as views on its bytes.

    Raises
    ------
    CorruptProduct
        The table lacks a column, or its layout, cadence numbers or times are not consistent.
    WrongProduct
        The time between rows is that of another exposure time.
    UnreadableProduct
        The file has neither the requested flux nor its error, which only some of the author's
        files have.
    """
    header = file.table.header
    n_rows = header.integer("NAXIS2")
    rows = np.frombuffer(
        file.body, dtype=_table_dtype(header), count=n_rows, offset=file.table.data_start
    )
    wanted = layout.fluxes[flux]
    names = rows.dtype.names or ()
    if wanted.flux not in names:
        message = f"there is no column {wanted.flux} in {', '.join(names)}"
        # A file without this flux lacks its error as well; otherwise the name is corrupt.
        if not wanted.errors or not set(wanted.errors).isdisjoint(names):
            raise CorruptProduct(message)
        raise UnreadableProduct(message)
    kinds = ("f8", "f4") if layout.is_double else ("f4",)
    column, row = layout.centroids or (None, None)
    try:
        flux_values, flux_err = _flux(rows, wanted, kinds)
        light_curve = ProductLightCurve(
            time=_time(rows, layout),
            flux=flux_values,
            flux_err=flux_err,
            quality=_integers(rows, layout.quality) if layout.quality else _flags(n_rows),
            cadenceno=_integers(rows, layout.cadenceno) if layout.cadenceno else _none(n_rows),
            centroid_col=_column(rows, column, "f8") if column else _nothing(n_rows, "f8"),
            centroid_row=_column(rows, row, "f8") if row else _nothing(n_rows, "f8"),
            time_correction=_time_correction(rows, layout),
        )
    except ValueError as why:
        raise CorruptProduct(f"light-curve table: {why}") from why
    if _unit(header, names.index(wanted.flux)) == "ppm":
        light_curve = _from_ppm(light_curve)
    _verify_order(light_curve, EitherHeader(header, file.primary.header), layout)
    if not layout.states_exposure:
        _verify_steps(light_curve.time, exposure_s)
    return light_curve


def require_sound(body: bytes, product: Product) -> None:
    """Make sure that a file can be stitched, whatever its flux.

    Parameters
    ----------
    body : bytes
        The whole file.
    product : Product
        The file that was requested.

    Raises
    ------
    ProductError
        The file is damaged, or not the one that was requested.
    """
    layout = readable_layout(product)
    flux = next(name for name, columns in layout.fluxes.items() if columns.is_in(product))
    read_product(verify_product(body, product), layout, flux, product.exposure_s)


def _time(rows: NDArray[np.void], layout: FileLayout) -> NDArray[np.float64]:
    # A copy in the machine's byte order: it is gone through several times.
    time = _column(rows, layout.time, "f8").astype(np.float64)
    return time + layout.time_offset_d if layout.time_offset_d else time


def _time_correction(rows: NDArray[np.void], layout: FileLayout) -> NDArray[np.float32] | None:
    """Return the column if the file has it: no light curve needs it."""
    name = layout.time_correction
    column: NDArray[Any] | None = rows[name] if name and name in (rows.dtype.names or ()) else None
    return None if column is None or column.dtype != ">f4" else column


def _flux(
    rows: NDArray[np.void], wanted: FluxColumns, kinds: tuple[str, ...]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a flux and its error, both in the file's precision."""
    flux = _column(rows, wanted.flux, *kinds)
    names = rows.dtype.names or ()
    name = next((name for name in wanted.errors if name in names), "".join(wanted.errors[:1]))
    if not name:
        return flux, _nothing(len(rows), flux.dtype.str[1:])
    error = _column(rows, name, *kinds)
    if wanted.error_of is None:
        return flux, error
    other = _column(rows, wanted.error_of, *kinds)
    with np.errstate(all="ignore"):
        # In this order, as lightkurve 2.6.0 computes it (io/eleanor.py).
        return flux, flux * error / other


def _from_ppm(light_curve: ProductLightCurve) -> ProductLightCurve:
    """Return flux relative to 1 instead of its deviation from the mean in parts per million.

    A median near zero would turn such a deviation into anything.
    """
    return replace(
        light_curve,
        flux=1 + 1e-6 * light_curve.flux.astype(np.float64),
        flux_err=1e-6 * light_curve.flux_err.astype(np.float64),
    )


def _unit(header: HeaderCards, index: int) -> CardValue:
    return header.get(f"TUNIT{index + 1}")


def _verify_steps(time: NDArray[np.float64], exposure_s: float) -> None:
    """Refuse a file of another exposure time, judging by its times alone."""
    steps = np.diff(time[~np.isnan(time)])
    # In a short file, there may be a gap between any two rows.
    if len(steps) < _FEW_STEPS:
        return
    step_s = float(np.median(steps)) * 86400
    if abs(step_s - exposure_s) > _STEP_SLACK * exposure_s:
        raise WrongProduct(f"rows are {step_s:.0f} s apart, not {exposure_s:.0f} s")


def _verify_order(light_curve: ProductLightCurve, cards: EitherHeader, layout: FileLayout) -> None:
    """Refuse rows that are out of order, which a checksum cannot show, or from another file."""
    # Comparing copies in the machine's byte order takes half the time.
    cadenceno = light_curve.cadenceno.astype(np.int32)
    is_counted = layout.cadenceno is not None and layout.counts_cadences
    if is_counted and (cadenceno[1:] <= cadenceno[:-1]).any():
        raise CorruptProduct("cadence numbers do not rise from row to row")
    time = light_curve.time[~np.isnan(light_curve.time)]
    falls = np.less if layout.repeats_times else np.less_equal
    if falls(time[1:], time[:-1]).any():
        raise CorruptProduct("times do not rise from row to row")
    start, stop = (cards.get(keyword) for keyword in ("TSTART", "TSTOP"))
    if start is None and stop is None and layout.may_lack.issuperset(("TSTART", "TSTOP")):
        start, stop = 0.0, float(LATEST_END_D)
    if not isinstance(start, (int, float)) or not isinstance(stop, (int, float)):
        raise CorruptProduct(f"TSTART {start!r} and TSTOP {stop!r} are no times")
    # Times ascend, as checked above, so the first and last are enough.
    if len(time) and not start - _SLACK_DAYS <= time[0] <= time[-1] <= stop + _SLACK_DAYS:
        raise CorruptProduct(f"times from {time[0]} to {time[-1]} are not in {start} to {stop}")


def mask_rows(light_curve: ProductLightCurve, quality_bitmask: int) -> ProductLightCurve:
    """Drop rows without a time, and rows with a quality flag in the bitmask.

    Parameters
    ----------
    light_curve : ProductLightCurve
        All rows of a file.
    quality_bitmask : int
        The flags that drop a row, combined with bitwise or.

    Returns
    -------
    ProductLightCurve
        Copies of the rows kept, which are those that `lightkurve.read` keeps.
    """
    keep = ~np.isnan(light_curve.time)
    if quality_bitmask:
        keep &= (light_curve.quality & quality_bitmask) == 0
    return ProductLightCurve(
        time=light_curve.time.compress(keep),
        flux=light_curve.flux.compress(keep),
        flux_err=light_curve.flux_err.compress(keep),
        quality=light_curve.quality.compress(keep),
        cadenceno=light_curve.cadenceno.compress(keep),
        centroid_col=light_curve.centroid_col.compress(keep),
        centroid_row=light_curve.centroid_row.compress(keep),
    )


def _table_dtype(header: HeaderCards) -> np.dtype[np.void]:
    n_fields = header.integer("TFIELDS")
    if not 0 < n_fields < 1000:
        raise CorruptProduct(f"TFIELDS is {n_fields}")
    scaled = header.first_of("TSCAL", "TZERO", "TNULL", "TDIM")
    if scaled is not None:
        raise CorruptProduct(
            f"light-curve table: {scaled} changes what its columns mean, as if another program had"
            " saved the file again"
        )
    names = tuple(header.card(f"TTYPE{number}") for number in range(1, n_fields + 1))
    forms = tuple(header.card(f"TFORM{number}") for number in range(1, n_fields + 1))
    dtype = _dtype_of_cards(names, forms)
    if dtype.itemsize != header.integer("NAXIS1"):
        raise CorruptProduct(
            f"columns take {dtype.itemsize} bytes a row, NAXIS1 says {header.get('NAXIS1')}"
        )
    return dtype


@lru_cache(maxsize=64)
def _dtype_of_cards(
    names: tuple[bytes | None, ...], forms: tuple[bytes | None, ...]
) -> np.dtype[np.void]:
    """Return the layout of a row. It is cached, since thousands of files have equal cards."""
    cards = HeaderCards(b"".join(card for card in names + forms if card is not None))
    numbers = range(1, len(names) + 1)
    columns = [(cards.text(f"TTYPE{n}"), cards.text(f"TFORM{n}")) for n in numbers]
    if not all(name for name, _ in columns):
        # numpy would invent a name.
        raise CorruptProduct("light-curve table: a column has no name")
    try:
        return np.dtype([(name, _DTYPES[form.removeprefix("1")]) for name, form in columns])
    except (KeyError, ValueError) as error:
        raise CorruptProduct(f"light-curve table: cannot read columns, {error}") from error


def _column(rows: NDArray[np.void], name: str, *kinds: str) -> NDArray[Any]:
    column: NDArray[Any] = rows[name]
    if column.dtype.str[1:] not in kinds:
        raise ValueError(f"column {name} is of type {column.dtype}, not {' or '.join(kinds)}")
    return column


def _integers(rows: NDArray[np.void], name: str) -> NDArray[np.int32]:
    """Return a column of integers, whatever type the author gave it."""
    column: NDArray[Any] = rows[name]
    if column.dtype.str[1:] == "i4":
        return column
    if column.dtype.str[1:] == "i2":
        # Sixteen flags fill all bits, the sign's included.
        return column.astype(np.int16).view(np.uint16).astype(np.int32)
    with np.errstate(invalid="ignore"):
        whole = column.astype(np.int32)
    if not np.array_equal(whole, column):
        raise ValueError(f"column {name} holds other values than whole numbers of 32 bits")
    return whole


def _nothing(n_rows: int, kind: str) -> NDArray[Any]:
    return np.full(n_rows, np.nan, f"={kind}")


def _none(n_rows: int) -> NDArray[np.int32]:
    """Return the cadence numbers of an author that gives none."""
    return np.full(n_rows, -1, np.int32)


def _flags(n_rows: int) -> NDArray[np.int32]:
    return np.zeros(n_rows, np.int32)
