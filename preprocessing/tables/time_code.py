"""Times as the mission's clock and light's travel time, which takes a sixth of the space.

The travel time is that between the spacecraft and the Solar System's barycenter, as a float32. Its
bits, taken as an integer, change smoothly from one cadence to the next, so their second differences
are small. A time comes back bit for bit, or it is stored as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from preprocessing.core.clock import Clocks
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.file_record import USED
from preprocessing.core.remote_path import Location
from preprocessing.missions import MISSIONS, Mission
from preprocessing.tables.columns import list_array
from preprocessing.tables.light_curves import numbers_at

__all__ = [
    "compact_schema",
    "decoded",
    "encoded",
    "is_compact_file",
    "is_compact_schema",
    "stored_columns",
]

_TIME, _CODE, _EXACT = "time", "time_code", "time_exact"
#: Key of a file's metadata that says how its times are stored, and what it then says.
_PROFILE, _COMPACT = b"profile", b"compact"
_FIELDS = (
    pa.field(
        _CODE,
        pa.list_(pa.int32()),
        metadata={
            "description": "second differences of the bits of light's travel time (float32, days),"
            " to be added to clock.parquet; NaN where time_exact has the time"
        },
    ),
    pa.field(
        _EXACT,
        pa.list_(pa.float64()),
        metadata={
            "description": "barycentric times (TDB) since bjd_reference that the clock does not"
            " give, in order",
            "unit": "d",
        },
    ),
)
#: The bits of a float32 that is no number: they stand where the clock does not give the time.
_NO_NUMBER = np.float32(np.nan).view(np.int32)


def compact_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema of a table of light curves whose times are encoded.

    Parameters
    ----------
    schema : pyarrow.Schema
        That of the table as it is otherwise.
    """
    place = schema.get_field_index(_TIME)
    fields = [*list(schema)[:place], *_FIELDS, *list(schema)[place + 1 :]]
    return pa.schema(fields, metadata={**schema.metadata, _PROFILE: _COMPACT})


def is_compact_file(path: Path) -> bool:
    """Tell whether the times of a packed file are encoded; not if its footer cannot be read."""
    try:
        return is_compact_schema(pq.read_schema(path))
    except (pa.ArrowException, OSError):
        return False


def is_compact_schema(schema: pa.Schema) -> bool:
    """Tell whether the times of a table are encoded."""
    return bool((schema.metadata or {}).get(_PROFILE) == _COMPACT)


def stored_columns(schema: pa.Schema, columns: Sequence[str]) -> list[str]:
    """Return the columns of a file that give some columns, after `decoded`.

    Parameters
    ----------
    schema : pyarrow.Schema
        The file's schema.
    columns : sequence of str
        The columns that are wanted.
    """
    if _TIME not in columns or not is_compact_schema(schema):
        return list(columns)
    mission = _mission(schema)
    needed = ["exposure_s", _CODE, _EXACT, "cadenceno", mission.sequence]
    if mission.has_clock_per_detector:
        needed += _file_columns(mission)
    return list(dict.fromkeys([*(name for name in columns if name != _TIME), *needed]))


def _mission(schema: pa.Schema) -> Mission:
    return MISSIONS[schema.metadata[b"mission"].decode()]


def encoded(table: pa.Table, clocks: Clocks) -> pa.Table:
    """Return a table of light curves with its times encoded.

    A time that the sum of clock and travel time does not give bit for bit is kept as it is.

    Parameters
    ----------
    table : pyarrow.Table
        Light curves, with the metadata of `curve_schema`.
    clocks : Clocks
        The mission's clock.

    Raises
    ------
    CorruptProduct
        The table of the clock is damaged.
    """
    codes, exact = [], []
    for row in range(len(table)):
        time = numbers_at(table, _TIME, row)
        clock = _clock_times(table, row, clocks)
        travel = (time - clock).astype(np.float32)
        is_exact = (clock + travel).view(np.int64) != time.view(np.int64)
        bits = travel.view(np.int32)
        bits[is_exact] = _NO_NUMBER
        codes.append(_differences(_differences(bits)))
        exact.append(time[is_exact])
    place = table.schema.get_field_index(_TIME)
    arrays = [list_array(codes, _FIELDS[0].type), list_array(exact, _FIELDS[1].type)]
    columns = [*table.columns[:place], *arrays, *table.columns[place + 1 :]]
    return pa.Table.from_arrays(columns, schema=compact_schema(table.schema))


def decoded(table: pa.Table, clocks: Clocks, path: Location) -> pa.Table:
    """Return a table of light curves with its times as they were, in the place of their code.

    Parameters
    ----------
    table : pyarrow.Table
        Light curves, with the columns that `stored_columns` names. Any other table is returned as
        it is.
    clocks : Clocks
        The mission's clock.
    path : Path or RemotePath
        The file of the table.

    Raises
    ------
    CorruptProduct
        The clock lacks a cadence, or its table is damaged.
    """
    if _CODE not in table.column_names:
        return table
    times = [_decoded_time(table, row, clocks, path) for row in range(len(table))]
    place = table.schema.get_field_index(_CODE)
    field = pa.field(_TIME, pa.list_(pa.float64()))
    table = table.set_column(place, field, list_array(times, field.type))
    table = table.select([name for name in table.column_names if name != _EXACT])
    metadata = {key: text for key, text in table.schema.metadata.items() if key != _PROFILE}
    return table.replace_schema_metadata(metadata)


def _decoded_time(table: pa.Table, row: int, clocks: Clocks, path: Location) -> NDArray[np.float64]:
    code = numbers_at(table, _CODE, row)
    travel = np.cumsum(np.cumsum(code, dtype=np.int32), dtype=np.int32).view(np.float32)
    time = _clock_times(table, row, clocks) + travel
    is_exact = np.isnan(time)
    exact = numbers_at(table, _EXACT, row)
    if np.count_nonzero(is_exact) != len(exact):
        raise CorruptProduct(f"{path}: clock.parquet is not the one that it was packed with")
    if len(exact):
        time[is_exact] = exact
    return time


def _differences(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the first number, and by how much each other differs from the one before."""
    return np.diff(numbers, prepend=np.int32(0))


def _clock_times(table: pa.Table, row: int, clocks: Clocks) -> NDArray[np.float64]:
    """Return the clock's time at each point of one star; NaN where it is not known."""
    mission = _mission(table.schema)
    exposure_s = table.column("exposure_s")[row].as_py()
    cadences = numbers_at(table, "cadenceno", row)
    sequences = numbers_at(table, mission.sequence, row)
    detectors = _detectors(table, row, mission) if mission.has_clock_per_detector else {}
    times = np.full(len(cadences), np.nan)
    starts = np.flatnonzero(np.diff(sequences, prepend=sequences[:1] - 1))
    for start, stop in zip(starts, [*starts[1:], len(sequences)], strict=True):
        sequence = int(sequences[start])
        key = mission.clock_key(exposure_s, sequence, detectors.get(sequence, ()))
        clock = None if key is None else clocks.clock(key)
        if clock is not None:
            times[start:stop] = clock.at(cadences[start:stop])
    return times


def _file_columns(mission: Mission) -> tuple[str, ...]:
    keywords = (keyword.lower() for keyword in mission.detector_keywords)
    return tuple(f"files_{name}" for name in ("status", mission.sequence, *keywords))


def _detectors(table: pa.Table, row: int, mission: Mission) -> Mapping[int, tuple[int | None, ...]]:
    """Return on which detector a star was in each stretch, by the files that were used."""
    columns: list[list[Any]] = [table.column(n)[row].as_py() for n in _file_columns(mission)]
    return {
        sequence: tuple(detector)
        for status, sequence, *detector in zip(*columns, strict=True)
        if status == USED
    }
