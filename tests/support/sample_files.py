"""Light-curve files for tests: the mission's real ones, and small ones made to order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.format import (
    CardValue,
    checksummed_header,
    encode_checksum,
    format_card,
    ones_complement_sum,
    padded_size,
    read_hdus,
)
from preprocessing.missions import LONG, Product, author_of, parse_file_name
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product, stamp_time
from preprocessing.simulator.synthesis.mission_file import LIGHT_CURVE_ROW

__all__ = [
    "FIRST_QUARTER",
    "RAW_COLUMNS",
    "make_file",
    "make_rows",
    "quarter_of",
    "real_stars",
    "sign",
    "stars_of_every_mission",
    "unit",
]

KIC = 757076


def quarter_of(quarter: int, kic: int = KIC) -> Product:
    """Return the long-cadence file of a quarter."""
    return kepler_product(LONG_STAMPS[quarter][0], kic, LONG)


FIRST_QUARTER = quarter_of(1)


def real_stars(folder: Path) -> list[list[tuple[Product, Path]]]:
    """Return the real Kepler files of each star and cadence, in time order."""
    return [star for star in stars_of_every_mission(folder) if star[0][0].mission == "Kepler"]


def stars_of_every_mission(folder: Path) -> list[list[tuple[Product, Path]]]:
    """Return the real files of each star, author and cadence that can be read, in time order."""
    found = [
        (product, path)
        for path in sorted(folder.glob("*/*/*.fits"))
        if (product := parse_file_name(path.name)) is not None
        and author_of(product).layout is not None
    ]
    found.sort(key=lambda file: (_kind_of(file[0]), file[0].sort_key))
    return [list(files) for _, files in groupby(found, lambda file: _kind_of(file[0]))]


def _kind_of(product: Product) -> tuple[str, int, str]:
    return product.author, product.number, product.cadence


def make_rows(n: int, seed: int = 0) -> NDArray[np.void]:
    """Return rows of a quiet star, with nothing missing and no flags."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(n, dtype=LIGHT_CURVE_ROW)
    # In the quarter of the same number.
    rows["TIME"] = 131.5 + 0.020434 * np.arange(n) + 90 * max(0, seed - 1)
    rows["CADENCENO"] = 1105 + np.arange(n) + 5000 * seed
    for name in ("SAP_FLUX", "PDCSAP_FLUX"):
        rows[name] = rng.normal(12_345, 20, n)
        rows[f"{name}_ERR"] = rng.normal(9, 0.1, n)
    rows["MOM_CENTR1"], rows["MOM_CENTR2"] = 655.5, 201.25
    return rows


def make_file(
    product: Product = FIRST_QUARTER,
    rows: NDArray[np.void] | None = None,
    primary: Mapping[str, CardValue] | None = None,
    table: Mapping[str, CardValue] | None = None,
    checksum: bool = True,
) -> bytes:
    """Return a file with the mission's HDUs and columns, and the fewest cards that do."""
    rows = make_rows(60) if rows is None else rows
    aperture = np.full((3, 3), 3, dtype=">i4").tobytes()
    units = (
        (_primary_cards(product) | dict(primary or {}), b""),
        (_table_cards(product, rows) | dict(table or {}), rows.tobytes()),
        (_APERTURE_CARDS, aperture),
    )
    return b"".join(unit(cards, content, checksum) for cards, content in units)


def sign(body: bytes, like: bytes) -> bytes:
    """Return a file of the same layout as another with its CHECKSUM cards made right."""
    signed = bytearray(body)
    for hdu in read_hdus(like):
        place = signed.find(b"CHECKSUM= '", hdu.start, hdu.data_start)
        if place < 0:
            continue
        signed[place + 11 : place + 27] = b"0" * 16
        total = ones_complement_sum(bytes(signed[hdu.start : hdu.end]))
        signed[place + 11 : place + 27] = encode_checksum(total).encode()
    return bytes(signed)


def unit(cards: Mapping[str, CardValue], content: bytes, checksum: bool) -> bytes:
    """Return a header and its data, each filled up to whole blocks."""
    content = content.ljust(padded_size(len(content)), b"\0")
    formatted = [format_card(keyword, value) for keyword, value in cards.items()]
    if checksum:
        return checksummed_header(formatted, ones_complement_sum(content)) + content
    header = b"".join(formatted) + b"END".ljust(80)
    return header.ljust(padded_size(len(header))) + content


def _primary_cards(product: Product) -> dict[str, CardValue]:
    return {
        "SIMPLE": True,
        "BITPIX": 8,
        "NAXIS": 0,
        "EXTEND": True,
        "ORIGIN": "NASA/Ames",
        "CREATOR": "431604 FluxExporter2PipelineModule",
        "PROCVER": "svn+ssh://murzim/repo/soc/tags/release/9.3.22 r60269",
        "TELESCOP": "Kepler",
        "OBJECT": f"KIC {product.number}",
        "KEPLERID": product.number,
        "CHANNEL": 32,
        "MODULE": 10,
        "QUARTER": product.sequence_number,
        "DATA_REL": 25,
        "OBSMODE": f"{product.cadence} cadence",
        "MISSION": "Kepler",
        "RA_OBJ": 291.03872,
        "DEC_OBJ": 36.598031,
        "KEPMAG": 11.678,
        "TEFF": None,
    }


def _table_cards(product: Product, rows: NDArray[np.void]) -> dict[str, CardValue]:
    end = stamp_time(product.stamp) - datetime(2009, 1, 1, 12)
    cards: dict[str, CardValue] = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": rows.dtype.itemsize,
        "NAXIS2": len(rows),
        "PCOUNT": 0,
        "GCOUNT": 1,
        "TFIELDS": len(RAW_COLUMNS),
        "EXTNAME": "LIGHTCURVE",
        "TIMESYS": "TDB",
        "BJDREFI": 2454833,
        "BJDREFF": 0.0,
        "TSTART": float(np.nanmin(rows["TIME"], initial=0.0)),
        "TSTOP": end.total_seconds() / 86400,
        "TIMEDEL": product.exposure_s / 86400,
        "CDPP3_0": 86.1,
        "CROWDSAP": 0.97,
    }
    for number, (name, form) in enumerate(RAW_COLUMNS, 1):
        cards |= {f"TTYPE{number}": name, f"TFORM{number}": form}
    return cards


_FORMS = {"f8": "D", "f4": "E", "i4": "J"}
#: Name and FITS format of each column of the mission's tables.
RAW_COLUMNS = tuple(
    (name, _FORMS[LIGHT_CURVE_ROW[name].str[1:]]) for name in LIGHT_CURVE_ROW.names or ()
)
_APERTURE_CARDS: dict[str, CardValue] = {
    "XTENSION": "IMAGE",
    "BITPIX": 32,
    "NAXIS": 2,
    "NAXIS1": 3,
    "NAXIS2": 3,
    "PCOUNT": 0,
    "GCOUNT": 1,
    "EXTNAME": "APERTURE",
}
