"""Light curves go into Parquet files and come back as they were."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from preprocessing.core.file_record import FileRecord
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.outcomes import OutputFile
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions import MISSIONS
from preprocessing.tables.light_curves import (
    PackedStar,
    centroid_schema,
    centroid_table,
    curve_digest,
    curve_schema,
    curve_table,
    light_curves,
)
from preprocessing.tables.parquet_files import write_tables
from tests.support.outputs import KINDS, write_sample


def packed(curve: LightCurve, folder: Path, *, is_double: bool | None = None) -> LightCurve:
    """Write a light curve and its centroids, and return what is read back."""
    mission = MISSIONS[curve.mission]
    is_double = curve.flux.itemsize == 8 if is_double is None else is_double
    stars = [PackedStar(curve, OutputFile(curve.path.name, 1, "ab"), 5)]
    curves, centroids = folder / "curves.parquet", folder / "centroids.parquet"
    with open(curves, "wb") as stream:
        schema = curve_schema(mission, is_double)
        write_tables(stream, schema, [curve_table(stars, mission, is_double)])
    with open(centroids, "wb") as stream:
        write_tables(stream, centroid_schema(mission), [centroid_table(stars, mission)])
    [found] = light_curves(pq.read_table(curves), curve.path, pq.read_table(centroids))
    return found


def assert_same(found: LightCurve, expected: LightCurve) -> None:
    """Compare all fields, arrays bit for bit with their types."""
    for name in LightCurve.__dataclass_fields__:
        one, other = getattr(found, name), getattr(expected, name)
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype, name
            assert one.tobytes() == other.tobytes(), name
        elif name in ("files", "header"):
            # NaN equals nothing, and the order of cards counts.
            assert repr(one) == repr(other), name
        else:
            assert one == other, name


@pytest.mark.parametrize("kind", KINDS)
def test_light_curve_comes_back(kind: str, tmp_path: Path) -> None:
    """Arrays, headers and provenance of every mission and author are the same bit for bit."""
    curve = read_light_curve(write_sample(tmp_path, kind))
    assert_same(packed(curve, tmp_path), curve)


def test_single_precision_beside_double(tmp_path: Path) -> None:
    """A flux of 32 bits comes back as such from a column of 64."""
    curve = read_light_curve(write_sample(tmp_path, "Kepler"))
    assert_same(packed(curve, tmp_path, is_double=True), curve)


def test_digest_is_that_of_the_documented_bytes(tmp_path: Path) -> None:
    """Anybody can compute the digest from the columns."""
    curve = read_light_curve(write_sample(tmp_path, "SPOC"))
    columns = [
        np.asarray(curve.time, "<f8"),
        np.asarray(curve.flux, "<f4"),
        np.asarray(curve.flux_err, "<f4"),
        np.asarray(curve.quality, "<i4"),
        np.asarray(curve.cadence_number, "<i4"),
        np.asarray(curve.sequence_number, "<i4"),
    ]
    content = b"".join(column.tobytes() for column in columns)
    assert curve_digest(curve) == hashlib.sha256(content).hexdigest()


def test_star_without_files_comes_back(tmp_path: Path) -> None:
    """Empty arrays and an empty table of files are no trouble."""
    curve = read_light_curve(write_sample(tmp_path, "Kepler"))
    nothing: tuple[FileRecord, ...] = ()
    arrays = {n: v[:0] for n, v in vars(curve).items() if isinstance(v, np.ndarray)}
    empty = LightCurve(**{**vars(curve), **arrays, "files": nothing})
    assert_same(packed(empty, tmp_path), empty)


@pytest.mark.parametrize("kind", ["Kepler", "K2SFF"])
def test_encodings(kind: str, tmp_path: Path) -> None:
    """Only floats are split by bytes, which DuckDB before 2.0 cannot read of integers."""
    packed(read_light_curve(write_sample(tmp_path, kind)), tmp_path)
    for name in ("curves.parquet", "centroids.parquet"):
        group = pq.read_metadata(tmp_path / name).row_group(0)
        found = {}
        for place in range(group.num_columns):
            column = group.column(place)
            is_float = column.physical_type in ("FLOAT", "DOUBLE")
            assert ("BYTE_STREAM_SPLIT" in column.encodings) == is_float, column.path_in_schema
            assert column.compression == "ZSTD"
            assert column.has_offset_index, column.path_in_schema
            found[column.path_in_schema] = column.encodings
        assert "DELTA_BINARY_PACKED" in found["cadenceno.list.element"]
        if name == "curves.parquet":
            assert "RLE_DICTIONARY" in found["quality.list.element"]
