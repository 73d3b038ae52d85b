"""Light curves as rows of a table, one a star, and back: the schema of a packed data set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from preprocessing.core.file_record import FileRecord
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.outcomes import REASONS, OutputFile
from preprocessing.core.remote_path import Location
from preprocessing.missions import MISSIONS, Mission, label_and_sort_key
from preprocessing.tables.columns import Column, schema_of, table_of

__all__ = [
    "HEALPIX",
    "SCHEMA_KEY",
    "SCHEMA_VERSION",
    "PackedStar",
    "centroid_columns",
    "centroid_digest",
    "centroid_schema",
    "centroid_table",
    "curve_columns",
    "curve_digest",
    "curve_schema",
    "curve_table",
    "digest_of_arrays",
    "is_double_schema",
    "key_column",
    "light_curves",
    "numbers_at",
]

#: Key of a Parquet file's metadata that names the version of its schema, and so this program.
SCHEMA_KEY = "xenoscan_schema"
#: Raised by one when a column changes its meaning, its type or its name.
SCHEMA_VERSION = "1"
#: The first column: the star's cell of HEALPix order 29, nested (IVOA Note HATS 1.0).
HEALPIX = "_healpix_29"


@dataclass(frozen=True)
class PackedStar:
    """One light curve on its way into a packed data set.

    Parameters
    ----------
    curve : LightCurve
        The light curve as its FITS file has it.
    file : OutputFile
        Name, size and digest of that file.
    healpix : int
        The star's cell of HEALPix order 29, nested.
    """

    curve: LightCurve
    file: OutputFile
    healpix: int


def key_column(mission: Mission) -> str:
    """Return the name of the column with a star's number.

    Examples
    --------
    >>> {key_column(mission) for mission in MISSIONS.values()} == {"kic", "epic", "tic"}
    True
    """
    return mission.catalog.lower()


@cache
def curve_columns(mission: Mission, is_double: bool) -> tuple[Column, ...]:
    """Return the columns of the table of light curves.

    Parameters
    ----------
    mission : Mission
        Names the star's number, the stretches of time, and the detector.
    is_double : bool
        Whether any star's flux has 64 bits.
    """
    return (*_star_columns(mission), *_list_columns(mission, is_double), *_file_columns(mission))


def _star_columns(mission: Mission) -> tuple[Column, ...]:
    return (
        *_position_columns(mission),
        Column("name", pa.string(), "catalog and number", lambda s: s.curve.name),
        Column("fits_file", pa.string(), "the FITS file's name", lambda s: s.file.name),
        Column("fits_bytes", pa.int64(), "its size", lambda s: s.file.bytes, "byte"),
        Column("fits_sha256", pa.string(), "its SHA-256", lambda s: s.file.sha256),
        Column("mission", pa.string(), "who observed", lambda s: s.curve.mission),
        Column("author", pa.string(), "who made the light curve", lambda s: s.curve.author),
        Column("cadence", pa.string(), "long, short or fast", lambda s: s.curve.cadence),
        Column(
            "exposure_s", pa.float64(), "time between points", lambda s: s.curve.exposure_s, "s"
        ),
        Column("flux_column", pa.string(), "column of origin", lambda s: s.curve.flux_column),
        Column(
            "quality_bitmask",
            pa.int64(),
            "points with these flags were dropped",
            lambda s: s.curve.quality_bitmask,
        ),
        Column(
            "bjd_reference",
            pa.int32(),
            "Barycentric Julian Date at which time is 0",
            lambda s: s.curve.bjd_reference,
            "d",
        ),
        Column("synthetic", pa.bool_(), "made by a program", lambda s: s.curve.is_synthetic),
        Column(
            "program_version",
            pa.string(),
            "version of XENOSCAN that wrote the FITS file",
            lambda s: s.curve.program_version,
        ),
        Column("n_points", pa.int32(), "points of the light curve", lambda s: len(s.curve)),
        Column(
            "flux_bits",
            pa.int32(),
            "bits of a flux in the FITS file: 32 or 64",
            lambda s: 8 * s.curve.flux.itemsize,
        ),
        Column("sha256", pa.string(), "digest of the columns", lambda s: curve_digest(s.curve)),
        Column("header", pa.string(), "the FITS cards, as JSON", _header_text),
    )


def _list_columns(mission: Mission, is_double: bool) -> tuple[Column, ...]:
    """Return the columns with one number a point."""
    flux = pa.list_(pa.float64() if is_double else pa.float32())
    integers = pa.list_(pa.int32())
    return (
        Column(
            "time",
            pa.list_(pa.float64()),
            "barycentric time (TDB) since bjd_reference",
            lambda s: s.curve.time,
            "d",
        ),
        Column("flux", flux, "relative flux, NaN where missing", lambda s: s.curve.flux),
        Column("flux_err", flux, "its uncertainty", lambda s: s.curve.flux_err),
        Column("quality", integers, "quality flags", lambda s: s.curve.quality),
        Column("cadenceno", integers, "cadence number", lambda s: s.curve.cadence_number),
        Column(
            mission.sequence,
            integers,
            f"{mission.sequence} of each point",
            lambda s: s.curve.sequence_number,
        ),
    )


@cache
def centroid_columns(mission: Mission) -> tuple[Column, ...]:
    """Return the columns of the sister table of centroids: the same rows in the same order.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    """
    doubles = pa.list_(pa.float64())
    return (
        *_position_columns(mission),
        Column("fits_file", pa.string(), "the FITS file's name", lambda s: s.file.name),
        Column("fits_sha256", pa.string(), "its SHA-256", lambda s: s.file.sha256),
        Column("synthetic", pa.bool_(), "made by a program", lambda s: s.curve.is_synthetic),
        Column("sha256", pa.string(), "digest of both", lambda s: centroid_digest(s.curve)),
        Column(
            "cadenceno",
            pa.list_(pa.int32()),
            "cadence number",
            lambda s: s.curve.cadence_number,
        ),
        Column("centroid_col", doubles, "column", lambda s: s.curve.centroid_col, "pixel"),
        Column("centroid_row", doubles, "row", lambda s: s.curve.centroid_row, "pixel"),
    )


@cache
def curve_schema(mission: Mission, is_double: bool) -> pa.Schema:
    """Return the schema of the table of light curves."""
    return schema_of(curve_columns(mission, is_double), _about(mission))


@cache
def centroid_schema(mission: Mission) -> pa.Schema:
    """Return the schema of the table of centroids."""
    return schema_of(centroid_columns(mission), _about(mission))


def is_double_schema(schema: pa.Schema) -> bool:
    """Tell whether a table of light curves has a flux of 64 bits."""
    return bool(schema.field("flux").type.value_type == pa.float64())


def curve_table(stars: Sequence[PackedStar], mission: Mission, is_double: bool) -> pa.Table:
    """Return light curves as a table.

    Parameters
    ----------
    stars : sequence of PackedStar
        One a row.
    mission : Mission
        Their mission.
    is_double : bool
        Whether any star of the data set has a flux of 64 bits.
    """
    return table_of(stars, curve_columns(mission, is_double), curve_schema(mission, is_double))


def centroid_table(stars: Sequence[PackedStar], mission: Mission) -> pa.Table:
    """Return the centroids of light curves as a table.

    Parameters
    ----------
    stars : sequence of PackedStar
        One a row.
    mission : Mission
        Their mission.
    """
    return table_of(stars, centroid_columns(mission), centroid_schema(mission))


def light_curves(
    curves: pa.Table, path: Location, centroids: pa.Table | None = None
) -> Iterator[LightCurve]:
    """Yield the light curves of a table, bit for bit as their FITS files have them.

    Parameters
    ----------
    curves : pyarrow.Table
        Rows of the table of light curves, with all columns.
    path : Path or RemotePath
        The Parquet file.
    centroids : pyarrow.Table, optional
        The same rows of the table of centroids; without them, every centroid is NaN.

    Yields
    ------
    LightCurve
        Its arrays are views of the table's memory where the type allows, and cannot be changed.
    """
    facts = curves.select(_without_points(curves.schema)).to_pylist()
    for place, row in enumerate(facts):
        mission = MISSIONS[row["mission"]]
        flux = np.dtype(np.float64 if row["flux_bits"] == 64 else np.float32)
        time = numbers_at(curves, "time", place)
        centroid_col = centroid_row = np.full(len(time), np.nan)
        if centroids is not None:
            centroid_col = numbers_at(centroids, "centroid_col", place)
            centroid_row = numbers_at(centroids, "centroid_row", place)
        yield LightCurve(
            time=time,
            flux=numbers_at(curves, "flux", place).astype(flux, copy=False),
            flux_err=numbers_at(curves, "flux_err", place).astype(flux, copy=False),
            quality=numbers_at(curves, "quality", place),
            cadence_number=numbers_at(curves, "cadenceno", place),
            sequence_number=numbers_at(curves, mission.sequence, place),
            centroid_col=centroid_col,
            centroid_row=centroid_row,
            name=row["name"],
            number=row[key_column(mission)],
            mission=mission.name,
            author=row["author"],
            sequence=mission.sequence,
            cadence=row["cadence"],
            exposure_s=row["exposure_s"],
            flux_column=row["flux_column"],
            quality_bitmask=row["quality_bitmask"],
            bjd_reference=row["bjd_reference"],
            is_synthetic=row["synthetic"],
            program_version=row["program_version"],
            files=tuple(_file_records(row, mission)),
            header=json.loads(row["header"]),
            path=path,
        )


def numbers_at(table: pa.Table, column: str, place: int) -> NDArray[Any]:
    """Return the list in one row of a table as an array, without a copy where possible.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    column : str
        A column of lists of numbers.
    place : int
        The row, from 0.
    """
    numbers: NDArray[Any] = table.column(column)[place].values.to_numpy(zero_copy_only=False)
    return numbers


def curve_digest(curve: LightCurve) -> str:
    """Return the SHA-256 of a light curve's numbers, centroids left out.

    It is that of the bytes of time, flux, flux_err, quality, cadence number and sequence number,
    one array after the other, each little-endian and in the type that the FITS file has.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    return digest_of_arrays(
        curve.time,
        curve.flux,
        curve.flux_err,
        curve.quality,
        curve.cadence_number,
        curve.sequence_number,
    )


def centroid_digest(curve: LightCurve) -> str:
    """Return the SHA-256 of a light curve's centroids: columns, then rows, little-endian.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    return digest_of_arrays(curve.centroid_col, curve.centroid_row)


def digest_of_arrays(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of the bytes of arrays, one after the other, little-endian."""
    digest = hashlib.sha256()
    for array in arrays:
        ordered = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        # Not of the array itself, for an empty one has no buffer.
        digest.update(ordered.view(np.uint8).data if ordered.size else b"")
    return digest.hexdigest()


def _about(mission: Mission) -> dict[str, str]:
    return {SCHEMA_KEY: SCHEMA_VERSION, "mission": mission.name}


def _position_columns(mission: Mission) -> tuple[Column, ...]:
    return (
        Column(HEALPIX, pa.int64(), "cell of HEALPix order 29, nested", lambda s: s.healpix),
        Column(
            key_column(mission),
            pa.int64(),
            f"number in the {mission.catalog}",
            lambda s: s.curve.number,
        ),
        Column("ra", pa.float64(), "right ascension", lambda s: s.curve.header["RA_OBJ"], "deg"),
        Column("dec", pa.float64(), "declination", lambda s: s.curve.header["DEC_OBJ"], "deg"),
    )


def _header_text(star: PackedStar) -> str:
    return json.dumps(dict(star.curve.header), separators=(",", ":"))


@dataclass(frozen=True)
class _FileColumn:
    """A column with one value for each file that a star should have."""

    name: str
    type: pa.DataType
    meaning: str
    field: str
    place: int | None = None

    def values(self, records: Sequence[FileRecord]) -> list[object]:
        values = [getattr(record, self.field) for record in records]
        if self.field == "reason":
            return [None if value is None else str(value) for value in values]
        return values if self.place is None else [value[self.place] for value in values]


@cache
def _of_files(mission: Mission) -> tuple[_FileColumn, ...]:
    i4, f4, text = pa.int32(), pa.float32(), pa.string()
    return (
        _FileColumn(mission.sequence, i4, f"its {mission.sequence}", "sequence_number"),
        _FileColumn("month", i4, "month within it, if it covers a single one", "month"),
        _FileColumn("name", text, "name in the archive", "file_name"),
        _FileColumn("uri", text, "address in the archive", "uri"),
        _FileColumn("status", text, "used or failed", "status"),
        _FileColumn("reason", text, "why it failed", "reason"),
        _FileColumn("bytes", i4, "size", "bytes"),
        _FileColumn("sha256", text, "digest of the file", "sha256"),
        _FileColumn("verified", text, "the check that it passed", "verified"),
        _FileColumn("procver", text, "version of the pipeline", "procver"),
        _FileColumn("data_rel", i4, "data release", "data_rel"),
        *(
            _FileColumn(keyword.lower(), i4, "where on the detectors", "detector", place)
            for place, keyword in enumerate(mission.detector_keywords)
        ),
        _FileColumn("rows_read", i4, "rows in the file", "rows_read"),
        _FileColumn("rows_no_time", i4, "rows without a time", "rows_no_time"),
        _FileColumn("rows_masked", i4, "rows dropped by flags", "rows_masked"),
        _FileColumn("rows_kept", i4, "rows in the light curve", "rows_kept"),
        _FileColumn("rows_finite", i4, "of these, with a flux", "rows_finite"),
        _FileColumn("median", pa.float64(), "what its flux was divided by", "median"),
        *(
            _FileColumn(keyword.lower(), f4, f"noise in ppm, {scale}", "cdpp", place)
            for place, (keyword, scale) in enumerate(
                zip(mission.cdpp_keywords, mission.cdpp_scales, strict=True)
            )
        ),
        _FileColumn("crowdsap", f4, "star's share of the aperture's flux", "crowdsap"),
        _FileColumn("flfrcsap", f4, "aperture's share of the star's flux", "flfrcsap"),
    )


def _file_columns(mission: Mission) -> Iterator[Column]:
    for column in _of_files(mission):
        yield Column(
            f"files_{column.name}",
            pa.list_(column.type),
            f"of each file of the star: {column.meaning}",
            partial(_values_of_files, column),
        )


def _values_of_files(column: _FileColumn, star: PackedStar) -> list[object]:
    return column.values(star.curve.files)


def _without_points(schema: pa.Schema) -> list[str]:
    """Return the columns other than those with one number a point."""
    mission = MISSIONS[schema.metadata[b"mission"].decode()]
    with_points = {column.name for column in _list_columns(mission, False)}
    return [name for name in schema.names if name not in with_points]


def _file_records(row: dict[str, Any], mission: Mission) -> Iterator[FileRecord]:
    columns = _of_files(mission)
    for values in zip(*(row[f"files_{column.name}"] for column in columns), strict=True):
        fields: dict[str, Any] = {}
        for column, value in zip(columns, values, strict=True):
            if column.place is None:
                fields[column.field] = value
            else:
                fields[column.field] = (*fields.get(column.field, ()), value)
        fields["reason"] = None if fields["reason"] is None else REASONS[fields["reason"]]
        label, sort_key = label_and_sort_key(
            mission, fields["file_name"], fields["sequence_number"]
        )
        yield FileRecord(**fields, taken_over=True, label=label, sort_key=sort_key)
