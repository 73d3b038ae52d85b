"""Verify one file of a mission, and read the light curve in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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
from preprocessing.missions import Product, author_of, mission_of
from preprocessing.missions.file_layout import FileLayout

__all__ = [
    "BY_CHECKSUM",
    "BY_ETAG",
    "BY_STRUCTURE",
    "ProductLightCurve",
    "VerifiedFile",
    "mask_rows",
    "read_product",
    "require_sound",
    "verify_identity",
    "verify_owner",
    "verify_product",
]


#: How a file was verified: by the checksum of every HDU; or, if no HDU has a CHECKSUM, by the
#: archive's digest in addition to structure and size; or by structure and size alone.
BY_CHECKSUM = "checksum"
BY_ETAG = "etag"
BY_STRUCTURE = "structure"

_PADDING = bytes(BLOCK)
#: The latest plausible end, in days since the mission's reference. A later time would overflow
#: date arithmetic.
_LATEST_END_D = 100_000
#: How much, in seconds, the header's time between rows may differ from the requested exposure time.
_EXPOSURE_SLACK_S = 1.0


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
        The whole file.
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
    hdus = read_hdus(body)
    if author_of(product).layout is None:
        raise UnreadableProduct(f"light curves of {product.author} cannot be read")
    for hdu in hdus:
        hdu.header.verify()
        # Check padding: no checksum protects it in files without one, and it reveals moved blocks.
        if not _PADDING.startswith(body[hdu.data_start + hdu.data_size : hdu.end]):
            raise CorruptProduct("the padding behind some data is not zero")
    how = _verify_sums(body, hdus)
    if how is BY_STRUCTURE and has_source_digest:
        how = BY_ETAG
    table = _find_table(hdus, product)
    verify_identity(hdus[0].header, table.header, product)
    return VerifiedFile(body, hdus[0], table, how, hashlib.sha256(body).hexdigest())


def _verify_sums(body: bytes, hdus: list[Hdu]) -> str:
    carriers = sum("CHECKSUM" in hdu.header for hdu in hdus)
    if carriers == 0:
        return BY_STRUCTURE
    # The archive's files have it in every HDU or in none. Otherwise a keyword is damaged.
    if carriers < len(hdus):
        raise CorruptProduct(f"only {carriers} of {len(hdus)} HDUs carry a CHECKSUM")
    view = memoryview(body)
    for number, hdu in enumerate(hdus):
        hdu.header.text("CHECKSUM")
        total = ones_complement_sum(view[hdu.start : hdu.end])
        if total != ALL_ONES:
            raise CorruptProduct(f"checksum of HDU {number} is {total:#010x}, not {ALL_ONES:#x}")
    return BY_CHECKSUM


def _find_table(hdus: list[Hdu], product: Product) -> Hdu:
    layout = author_of(product).layout
    assert layout is not None
    primary = hdus[0].header
    # The primary header need not have a name.
    names = (primary.get("EXTNAME", "PRIMARY"), *(hdu.header.get("EXTNAME") for hdu in hdus[1:]))
    expected = ("PRIMARY", *(layout.extensions or (layout.table,)))
    if names[: len(expected)] != expected or (layout.extensions and len(names) > len(expected)):
        raise CorruptProduct(f"HDUs are {names}, not {expected}")
    if primary.get("SIMPLE") is not True or primary.get("EXTEND", True) is not True:
        raise CorruptProduct("SIMPLE or EXTEND is not T, so this is not a standard FITS file")
    table = hdus[1]
    kind = [table.header.get(keyword) for keyword in ("XTENSION", "BITPIX", "NAXIS")]
    if kind != ["BINTABLE", 8, 2]:
        raise CorruptProduct(f"extension {layout.table} is not a binary table")
    return table


def verify_identity(primary: HeaderCards, table: HeaderCards, product: Product) -> None:
    """Make sure that a file's headers belong to the requested product.

    Parameters
    ----------
    primary, table : HeaderCards
        The primary header, and that of the light curve's table.
    product : Product
        The file that was requested.

    Raises
    ------
    CorruptProduct
        A header does not say what it must.
    WrongProduct
        The headers are of another star, quarter, campaign, sector, month or cadence.
    """
    mission = mission_of(product)
    verify_owner(primary, product)
    if not mission.observing_modes:
        _verify_exposure(table, product)
    _verify_time_reference(table, product)
    end = table.get("TSTOP")
    if not isinstance(end, (int, float)) or not 0 < end < _LATEST_END_D:
        raise CorruptProduct(f"{product.file_name}: TSTOP {end!r} does not say when it ends")
    if mission.check_end is not None:
        mission.check_end(product, primary.get(mission.sequence_keyword), end)


def _verify_time_reference(table: HeaderCards, product: Product) -> None:
    """Make sure that times count from the mission's reference date.

    Not every author states the fraction of the day (BJDREFF).
    """
    whole, fraction, system = (table.get(name) for name in ("BJDREFI", "BJDREFF", "TIMESYS"))
    if whole != mission_of(product).bjd_reference or fraction or system not in (None, "TDB"):
        raise CorruptProduct(
            f"{product.file_name}: times count from {whole!r} + {fraction!r} in {system!r}"
        )


def verify_owner(primary: HeaderCards, product: Product) -> None:
    """Make sure that a primary header belongs to the requested product.

    Parameters
    ----------
    primary : HeaderCards
        The primary header.
    product : Product
        The file that was requested.

    Raises
    ------
    WrongProduct
        The header is of another star, quarter, campaign, sector or cadence.
    """
    mission, number = mission_of(product), product.sequence_number
    _require(primary, product, mission.number_keyword, product.number)
    # In files of half a campaign, some authors state the half and others the whole.
    _require(primary, product, mission.sequence_keyword, number, mission.whole(number))
    if mission.observing_modes:
        _require(primary, product, "OBSMODE", mission.observing_modes[product.cadence])


def _require(header: HeaderCards, product: Product, keyword: str, *values: CardValue) -> None:
    found = header.get(keyword)
    # True and 1.0 equal 1 in Python, but neither is a star number.
    if not any(type(found) is type(value) and found == value for value in values):
        raise WrongProduct(f"{product.file_name}: {keyword} is {found!r}, not {values[0]!r}")


def _verify_exposure(table: HeaderCards, product: Product) -> None:
    """Check the cadence by the header's time between rows, since no card names it."""
    step_d = table.get("TIMEDEL")
    layout = author_of(product).layout
    if layout is not None and not layout.states_exposure:
        # `read_light_curve` checks the times themselves instead.
        return
    if not isinstance(step_d, (int, float)) or isinstance(step_d, bool):
        raise CorruptProduct(f"{product.file_name}: TIMEDEL {step_d!r} is no time")
    if abs(step_d * 86400 - product.exposure_s) > _EXPOSURE_SLACK_S:
        raise WrongProduct(
            f"{product.file_name}: rows are {step_d * 86400:.0f} s apart, not"
            f" {product.exposure_s:.0f} s"
        )


#: The numpy type for each FITS format code in the missions' tables.
_DTYPES = {"D": ">f8", "E": ">f4", "J": ">i4", "I": ">i2", "B": "u1"}
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
        Cadence numbers, ascending.
    centroid_col, centroid_row : ndarray of float64, shape (n,)
        Moment-derived centroids in pixels; NaN if the author has none.
    """

    time: NDArray[np.float64]
    flux: NDArray[np.floating[Any]]
    flux_err: NDArray[np.floating[Any]]
    quality: NDArray[np.int32]
    cadenceno: NDArray[np.int32]
    centroid_col: NDArray[np.float64]
    centroid_row: NDArray[np.float64]

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
    error = next((name for name in wanted.errors if name in names), "".join(wanted.errors[:1]))
    kind = "f8" if layout.is_double else "f4"
    column, row = layout.centroids or (None, None)
    try:
        light_curve = ProductLightCurve(
            time=_column(rows, layout.time, "f8"),
            flux=_column(rows, wanted.flux, kind),
            flux_err=_column(rows, error, kind) if error else _nothing(n_rows, kind),
            quality=_column(rows, layout.quality, "i4") if layout.quality else _flags(n_rows),
            cadenceno=_column(rows, layout.cadenceno, "i4"),
            centroid_col=_column(rows, column, "f8") if column else _nothing(n_rows, "f8"),
            centroid_row=_column(rows, row, "f8") if row else _nothing(n_rows, "f8"),
        )
    except ValueError as why:
        raise CorruptProduct(f"light-curve table: {why}") from why
    _verify_order(light_curve, header)
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
    file = verify_product(body, product)
    layout = author_of(product).layout
    assert layout is not None
    read_product(file, layout, next(iter(layout.fluxes)), product.exposure_s)


def _verify_steps(time: NDArray[np.float64], exposure_s: float) -> None:
    """Refuse a file of another exposure time, judging by its times alone."""
    steps = np.diff(time[~np.isnan(time)])
    # In a short file, there may be a gap between any two rows.
    if len(steps) < _FEW_STEPS:
        return
    step_s = float(np.median(steps)) * 86400
    if abs(step_s - exposure_s) > _STEP_SLACK * exposure_s:
        raise WrongProduct(f"rows are {step_s:.0f} s apart, not {exposure_s:.0f} s")


def _verify_order(light_curve: ProductLightCurve, header: HeaderCards) -> None:
    """Refuse rows that are out of order, which a checksum cannot show, or from another file."""
    # Comparing copies in the machine's byte order takes half the time.
    cadenceno = light_curve.cadenceno.astype(np.int32)
    if (cadenceno[1:] <= cadenceno[:-1]).any():
        raise CorruptProduct("cadence numbers do not rise from row to row")
    time = light_curve.time.astype(np.float64)
    time = time[~np.isnan(time)]
    if (time[1:] <= time[:-1]).any():
        raise CorruptProduct("times do not rise from row to row")
    start, stop = (header.get(keyword) for keyword in ("TSTART", "TSTOP"))
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
        time=light_curve.time[keep],
        flux=light_curve.flux[keep],
        flux_err=light_curve.flux_err[keep],
        quality=light_curve.quality[keep],
        cadenceno=light_curve.cadenceno[keep],
        centroid_col=light_curve.centroid_col[keep],
        centroid_row=light_curve.centroid_row[keep],
    )


def _table_dtype(header: HeaderCards) -> np.dtype[np.void]:
    n_fields = header.integer("TFIELDS")
    if not 0 < n_fields < 1000:
        raise CorruptProduct(f"TFIELDS is {n_fields}")
    scaled = header.first_of("TSCAL", "TZERO", "TNULL", "TDIM")
    if scaled is not None:
        raise CorruptProduct(f"light-curve table: {scaled} changes what its columns mean")
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


def _column(rows: NDArray[np.void], name: str, kind: str) -> NDArray[Any]:
    column: NDArray[Any] = rows[name]
    if column.dtype.str[1:] != kind:
        raise ValueError(f"column {name} is of type {column.dtype}, not {kind}")
    return column


def _nothing(n_rows: int, kind: str) -> NDArray[Any]:
    return np.full(n_rows, np.nan, f"={kind}")


def _flags(n_rows: int) -> NDArray[np.int32]:
    return np.zeros(n_rows, np.int32)
