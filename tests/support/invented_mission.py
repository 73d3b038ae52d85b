"""A mission and an author that nobody has heard of, described as `missions/` describes the real."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.product import FAST, LONG, Product
from preprocessing.fits.format import CardValue
from preprocessing.missions import MISSIONS, Author, Mission
from preprocessing.missions.archive_layout import ArchiveLayout
from preprocessing.missions.file_layout import FileLayout, FluxColumns
from preprocessing.missions.observation_ids import (
    Cells,
    ListedObservation,
    ObservationId,
    list_one_by_one,
)
from preprocessing.missions.star_tables import ObjectTable, StarTables, StellarTable, Wanted
from tests.support.sample_files import unit

__all__ = ["N_ROWS", "PEGASUS", "TESS_WITH_VEGA", "pegasus_file", "vega_file"]

N_ROWS = 60
_FILE_NAME = re.compile(r"pega(\d{11})_visit(\d{3})_(fine|coarse)\.fits", re.ASCII)
_OBSERVATION_ID = re.compile(r"pega(\d{11})_visit(\d{3})_(fine|coarse)", re.ASCII)
_CADENCES = {"coarse": LONG, "fine": FAST}
_EXPOSURES_S = {LONG: 900.0, FAST: 30.0}
_FORMS = {"f8": "D", "f4": "E", "i4": "J"}


def _pegasus_product(name: str) -> Product | None:
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        return None
    visit, cadence = int(match[2]), _CADENCES[match[3]]
    path = f"visit-{visit}/{match[1][:6]}/{match[1]}/{name}"
    return Product(
        stamp=f"{visit:03d}",
        number=int(match[1]),
        mission="Pegasus",
        author="Pegasus",
        cadence=cadence,
        sequence_number=visit,
        month=None,
        exposure_s=_EXPOSURES_S[cadence],
        file_name=name,
        path=path,
        uri=f"mast:PEGASUS/url/{path}",
        position=visit,
        letter="V",
    )


def _pegasus_id(obs_id: str) -> ObservationId | None:
    match = _OBSERVATION_ID.fullmatch(obs_id)
    if match is None:
        return None
    return ObservationId(int(match[1]), _CADENCES[match[3]], {int(match[2]): 1})


def _promised(obs_id: str) -> tuple[Product, ...] | None:
    product = _pegasus_product(f"{obs_id}.fits")
    return None if product is None else (product,)


def _listed(number: int, products: Sequence[Product]) -> list[ListedObservation]:
    def cells(product: Product) -> Cells:
        return {
            "project": "Pegasus",
            "obs_collection": "Pegasus",
            "provenance_name": product.author,
            "calib_level": 3,
            "filters": "WHITE",
            "sequence_number": product.sequence_number,
        }

    def obs_id(product: Product) -> str:
        return product.file_name.removesuffix(".fits")

    def file_cells(product: Product) -> Cells:
        return {"description": "FITS"}

    return list_one_by_one(products, "Pegasus", f"pega{number:011d}", obs_id, cells, file_cells)


def _folder(number: int) -> str:
    digits = f"{number:011d}"
    return f"{digits[:6]}/{digits}"


_STAR_TABLES = StarTables(
    magnitude=("whitemag", "magnitude in white light"),
    counts={LONG: ("nvisits", "coarse visits"), FAST: ("nfine", "fine visits")},
    # The simulator serves neither table: what was observed is all that is known of the stars.
    stellar=StellarTable({"pegasus_stars": ""}, (Wanted("peg", "int"),), ()),
    objects=ObjectTable("pegasus_objects", (Wanted("peg", "int"),), {}),
)

#: Its own catalog, grammar of files, sequence word, time zero, columns, cards and bitmasks.
PEGASUS = Mission(
    name="Pegasus",
    telescope="Pegasus-2",
    instrument="Wide Camera",
    catalog="PEG",
    catalog_digits=11,
    name_prefixes=("peg", "pega"),
    id_columns=("peg_number",),
    resolver_name="PEG",
    number_keyword="PEGNUM",
    target_names=("pega{:011d}",),
    sequence="visit",
    sequence_letter="V",
    sequence_numbers=range(1, 100),
    sequence_keyword="VISIT",
    bjd_reference=2459000,
    bitmasks={"none": 0, "default": 4, "hard": 6, "hardest": 7},
    quality_column="PEG_QUALITY",
    detector_keywords=("ARRAY", "CHIP"),
    cdpp_keywords=("NOISE1", "NOISE2", "NOISE4"),
    cdpp_scales=("1 hour", "2 hours", "4 hours"),
    authors=(
        Author(
            "Pegasus",
            "pegasus",
            (LONG, FAST),
            "pega",
            _pegasus_product,
            FileLayout(
                table="PHOTOMETRY",
                fluxes={
                    "clean": FluxColumns("CLEAN", ("CLEAN_SIGMA",)),
                    "raw": FluxColumns("RAW"),
                },
                extensions=("PHOTOMETRY",),
                time="DAYS",
                cadenceno="FRAME",
                quality="FLAGS",
                centroids=None,
            ),
            ArchiveLayout(
                _folder,
                "mast/pegasus",
                "missions/pegasus",
                re.compile(r"visit-(\d{1,3})", re.ASCII),
            ),
            names_tell=True,
        ),
    ),
    star_cards=(("WHITEMAG", "[mag] magnitude in white light"), ("ARRAY", "array of the star")),
    row_count=lambda product: N_ROWS,
    parse_observation_id=_pegasus_id,
    promised_products=_promised,
    list_observations=_listed,
    star_tables=_STAR_TABLES,
)

_VEGA_NAME = re.compile(r"hlsp_vega_tess_ffi_(\d{16})_s(\d{4})_v(\d)\.fits", re.ASCII)


def _vega_product(name: str) -> Product | None:
    match = _VEGA_NAME.fullmatch(name)
    if match is None:
        return None
    sector = int(match[2])
    return Product(
        stamp=f"{sector:04d}.{match[3]}",
        number=int(match[1]),
        mission="TESS",
        author="VEGA",
        cadence=LONG,
        sequence_number=sector,
        month=None,
        exposure_s=600.0,
        file_name=name,
        path=f"s{sector:04d}/{match[1]}/{name}",
        uri=f"mast:HLSP/vega/s{sector:04d}/{match[1]}/{name}",
        position=sector,
        letter="S",
    )


#: TESS, with one more author than there is.
TESS_WITH_VEGA = replace(
    MISSIONS["TESS"],
    authors=(
        *MISSIONS["TESS"].authors,
        Author(
            "VEGA",
            "vega",
            (LONG,),
            "hlsp_vega",
            _vega_product,
            FileLayout(
                table="CURVE",
                fluxes={"best": FluxColumns("BEST", ("BEST_ERR",))},
                cadenceno="CADENCE",
                quality=None,
                centroids=None,
                is_double=True,
            ),
        ),
    ),
)


def pegasus_file(number: int, visit: int, cadence: str = "coarse") -> tuple[str, bytes]:
    """Return the name and the content of a file: flux rises by a hundredth from row to row."""
    name = f"pega{number:011d}_visit{visit:03d}_{cadence}.fits"
    product = _pegasus_product(name)
    assert product is not None
    columns = [("DAYS", ">f8"), ("FRAME", ">i4"), ("CLEAN", ">f4"), ("CLEAN_SIGMA", ">f4")]
    rows = np.zeros(N_ROWS, dtype=[*columns, ("RAW", ">f4"), ("FLAGS", ">i4")])
    rows["DAYS"] = 100.0 * visit + product.exposure_s / 86400 * np.arange(N_ROWS)
    rows["FRAME"] = 1000 * visit + np.arange(N_ROWS)
    rows["CLEAN"] = 50.0 + 0.01 * np.arange(N_ROWS)
    rows["RAW"] = 2 * rows["CLEAN"]
    rows["CLEAN_SIGMA"] = 0.5
    rows["FLAGS"][:5] = 4
    cards = {"PEGNUM": number, "VISIT": visit, "WHITEMAG": 9.5, "ARRAY": 3, "CHIP": 1}
    return name, _fits(rows, "PHOTOMETRY", cards, 2459000, product)


def vega_file(number: int, sector: int) -> tuple[str, bytes]:
    """Return the name and the content of a file of the invented author."""
    name = f"hlsp_vega_tess_ffi_{number:016d}_s{sector:04d}_v1.fits"
    product = _vega_product(name)
    assert product is not None
    columns = [("TIME", ">f8"), ("CADENCE", ">i4"), ("BEST", ">f8"), ("BEST_ERR", ">f8")]
    rows = np.zeros(N_ROWS, dtype=columns)
    rows["TIME"] = 1300.0 + 27 * sector + product.exposure_s / 86400 * np.arange(N_ROWS)
    rows["CADENCE"] = np.arange(N_ROWS)
    rows["BEST"], rows["BEST_ERR"] = 200.0, 2.0
    cards = {"TICID": number, "SECTOR": sector, "CAMERA": 1, "CCD": 2}
    return name, _fits(rows, "CURVE", cards, 2457000, product)


def _fits(
    rows: NDArray[np.void], table: str, cards: Mapping[str, CardValue], zero: int, product: Product
) -> bytes:
    time = rows[rows.dtype.names[0]] if rows.dtype.names else rows
    header: dict[str, CardValue] = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": rows.dtype.itemsize,
        "NAXIS2": len(rows),
        "PCOUNT": 0,
        "GCOUNT": 1,
        "TFIELDS": len(rows.dtype.names or ()),
        "EXTNAME": table,
        "TIMESYS": "TDB",
        "BJDREFI": zero,
        "BJDREFF": 0.0,
        "TSTART": float(time[0]),
        "TSTOP": float(time[-1]),
        "TIMEDEL": product.exposure_s / 86400,
    }
    for index, column in enumerate(rows.dtype.names or (), 1):
        header |= {f"TTYPE{index}": column, f"TFORM{index}": _FORMS[rows.dtype[column].str[1:]]}
    primary: dict[str, CardValue] = {
        "SIMPLE": True,
        "BITPIX": 8,
        "NAXIS": 0,
        "EXTEND": True,
        "EXTNAME": "PRIMARY",
    }
    return unit(primary | dict(cards), b"", True) + unit(header, rows.tobytes(), True)
