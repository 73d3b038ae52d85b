"""The table of stars: where each is in a packed data set, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from preprocessing.core.outcomes import COLUMNS, TargetOutcome
from preprocessing.missions import Mission
from preprocessing.tables.light_curves import HEALPIX, SCHEMA_KEY, SCHEMA_VERSION, key_column
from preprocessing.tables.packed_rows import translated

__all__ = [
    "StarTotals",
    "card_columns",
    "fits_files",
    "joined",
    "outcome_columns",
    "packed_digests",
    "packed_rows",
    "packed_stars",
    "rows_without_curve",
    "write_stars",
]

#: Columns that are the same as in the table of light curves.
_SHARED = (
    *("ra", "dec", "name", "fits_file", "fits_bytes", "fits_sha256", "mission", "author"),
    *("cadence", "exposure_s", "flux_column", "synthetic", "n_points", "sha256"),
)
#: Columns of the outcome: those of the results that say something else.
_OUTCOME = tuple(
    name
    for name in COLUMNS
    if name not in _SHARED and name not in ("target_id", "filepath", "catalog_number")
)
_TYPES = {"success": pa.bool_(), "duration_days": pa.float64(), "download_time": pa.float64()}
_TEXTS = frozenset({"error", "timestamp", "reason"})
_POSITION = frozenset({"RA_OBJ", "DEC_OBJ"})
#: By this and the size, readers notice FITS files that changed since they were packed.
_MODIFIED = "fits_modified_ns"


def packed_rows(
    path: Path,
    file: str,
    mission: Mission,
    outcomes: Mapping[str, Sequence[TargetOutcome]],
    modified_ns: Mapping[str, int],
) -> pa.Table:
    """Return the rows of the stars in one packed file.

    Parameters
    ----------
    path : Path
        The file of light curves.
    file : str
        What the table calls it.
    mission : Mission
        The mission.
    outcomes : mapping of str to sequence of TargetOutcome
        The outcomes of the targets that have a light curve, by the name of its FITS file.
    modified_ns : mapping of str to int
        When each FITS file was written, as far as that is known: nanoseconds since 1970.
    """
    key = key_column(mission)
    with pq.ParquetFile(path) as source:
        table = source.read([HEALPIX, key, *_SHARED, "header"])
        counts = [source.metadata.row_group(g).num_rows for g in range(source.num_row_groups)]
    places = [(group, row) for group, count in enumerate(counts) for row in range(count)]
    names = table.column("fits_file").to_pylist()
    found = [outcomes.get(name, ()) for name in names]
    columns: dict[str, Any] = {
        key: table.column(key),
        "target_ids": pa.array([[o.target_id for o in own] for own in found], _LIST),
        "file": pa.array([file] * len(table), pa.string()),
        "row_group": pa.array([group for group, _ in places], pa.int32()),
        "row": pa.array([row for _, row in places], pa.int32()),
        HEALPIX: table.column(HEALPIX),
        **{name: table.column(name) for name in _SHARED},
        _MODIFIED: pa.array([modified_ns.get(name) for name in names], pa.int64()),
        **outcome_columns([own[0] if own else None for own in found]),
        **card_columns(map(json.loads, table.column("header").to_pylist()), mission),
    }
    return pa.table(columns)


def rows_without_curve(outcomes: Sequence[TargetOutcome], mission: Mission) -> pa.Table:
    """Return the rows of targets that have no light curve.

    Parameters
    ----------
    outcomes : sequence of TargetOutcome
        Their outcomes.
    mission : Mission
        The mission.
    """
    own = {"mission": "mission", "author": "author", "cadence": "cadence"}
    return pa.table(
        {
            key_column(mission): pa.array([o.catalog_number for o in outcomes], pa.int64()),
            "target_ids": pa.array([[o.target_id] for o in outcomes], _LIST),
            **{
                column: pa.array([getattr(o, name) or None for o in outcomes], pa.string())
                for column, name in own.items()
            },
            **outcome_columns(outcomes),
        }
    )


@dataclass(frozen=True)
class StarTotals:
    """What a table of stars adds up to.

    Parameters
    ----------
    n_stars, n_points : int
        Light curves, and their points.
    authors : tuple of str
        Who made them, sorted.
    """

    n_stars: int
    n_points: int
    authors: tuple[str, ...]


def fits_files(rows: pa.Table) -> list[str]:
    """Return the names of the FITS files in rows of the table."""
    names: list[str] = rows.column("fits_file").to_pylist()
    return names


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return rows of the table of stars as one table, null where a part lacks a column.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        The parts.
    """
    texts = {
        field.name for table in tables for field in table.schema if pa.types.is_string(field.type)
    }
    return pa.concat_tables(
        [_with_texts(table, texts) for table in tables], promote_options="permissive"
    )


def write_stars(stream: BinaryIO, tables: Sequence[pa.Table]) -> StarTotals:
    """Write the table of stars, and return what it adds up to.

    Parameters
    ----------
    stream : file
        Open for writing. It stays open.
    tables : sequence of pyarrow.Table
        Its rows, from `packed_rows` and `rows_without_curve`.
    """
    table = joined(tables)
    fields = [
        # A card that no star has is a number, as most cards are.
        field.with_type(pa.float64()) if pa.types.is_null(field.type) else field.remove_metadata()
        for field in table.schema
    ]
    schema = pa.schema(fields, metadata={SCHEMA_KEY: SCHEMA_VERSION})
    pq.write_table(
        table.cast(schema),
        stream,
        compression="zstd",
        write_page_index=True,
        write_page_checksum=True,
    )
    packed = table.filter(pc.is_valid(table["file"]))
    return StarTotals(
        len(packed),
        pc.sum(packed["n_points"]).as_py() or 0,
        tuple(sorted(pc.unique(packed["author"]).to_pylist())),
    )


def packed_stars(path: Path) -> set[str]:
    """Return the names of the FITS files whose stars a table of stars says are packed.

    Parameters
    ----------
    path : Path
        The table of stars.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    OSError
        The file cannot be read.
    """
    table = _read(path, ["fits_file", "file"])
    return set(table.filter(pc.is_valid(table["file"]))["fits_file"].to_pylist())


def packed_digests(path: Path) -> dict[tuple[str, int, int], str]:
    """Return the digest of each packed star, by its file, row group and row.

    Parameters
    ----------
    path : Path
        The table of stars.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    OSError
        The file cannot be read.
    """
    table = _read(path, ["file", "row_group", "row", "sha256"])
    table = table.filter(pc.is_valid(table["file"]))
    *place, digests = (table[name].to_pylist() for name in table.column_names)
    return dict(zip(zip(*place, strict=True), digests, strict=True))


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        return pq.read_table(path, columns=columns, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise translated(error, path) from error


_LIST = pa.list_(pa.string())


def outcome_columns(outcomes: Sequence[TargetOutcome | None]) -> dict[str, pa.Array]:
    """Return the columns of outcomes, null where there is none.

    Parameters
    ----------
    outcomes : sequence of TargetOutcome or None
        One a row.
    """
    columns = {}
    for name in _OUTCOME:
        kind = pa.string() if name in _TEXTS else _TYPES.get(name, pa.int64())
        values = [None if o is None else getattr(o, name) for o in outcomes]
        if name == "reason":
            values = [None if value is None else str(value) for value in values]
        columns[name] = pa.array(values, kind)
    return columns


def card_columns(headers: Iterable[Mapping[str, object]], mission: Mission) -> dict[str, pa.Array]:
    """Return the cards about the star, each as a column of numbers or of text.

    Parameters
    ----------
    headers : iterable of mapping
        The primary header of each star.
    mission : Mission
        Knows which cards are about the star.
    """
    headers = list(headers)
    columns = {}
    for keyword, _ in mission.star_cards:
        if keyword in _POSITION:
            continue
        values = [header.get(keyword) for header in headers]
        if any(isinstance(value, str) for value in values):
            texts = [None if value is None else str(value) for value in values]
            columns[keyword.lower()] = pa.array(texts, pa.string())
        elif any(value is not None for value in values):
            columns[keyword.lower()] = pa.array(values, pa.float64(), from_pandas=False)
        else:
            columns[keyword.lower()] = pa.nulls(len(values))
    return columns


def _with_texts(table: pa.Table, texts: set[str]) -> pa.Table:
    """Turn numbers into text where the same card is text elsewhere."""
    for place, field in enumerate(table.schema):
        if field.name in texts and not pa.types.is_string(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table
