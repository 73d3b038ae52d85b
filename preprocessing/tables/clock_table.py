"""The table of the mission's clock: the time at the spacecraft of each cadence."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.core.clock import MOST_CADENCES, Clock, Clocks
from preprocessing.core.clock_key import ClockKey
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.remote_path import Location, RemotePath
from preprocessing.missions import MISSIONS, Mission
from preprocessing.network.object_store import read_object
from preprocessing.tables.light_curves import SCHEMA_KEY, SCHEMA_VERSION
from preprocessing.tables.parquet_files import parquet_writer

__all__ = ["ClockTable", "clock_schema", "write_clocks"]

#: Clocks that are kept: all quarters or campaigns of Kepler, or 16 MB of TESS at 120 s.
_KEPT_CLOCKS = 100


def clock_schema(mission: Mission) -> pa.Schema:
    """Return the schema of the table.

    Parameters
    ----------
    mission : Mission
        Names the stretches of time, and the detectors if each has a clock of its own.
    """
    i4, f8 = pa.int32(), pa.float64()
    fields = [
        _field("exposure_s", f8, "time between cadences", "s"),
        *(_field(name, i4, meaning) for name, meaning in _whose(mission)),
        _field("cadenceno", i4, "cadence number"),
        _field("clock", f8, "barycentric time less light's travel time, of all stars", "d"),
    ]
    return pa.schema(fields, metadata={SCHEMA_KEY: SCHEMA_VERSION, "mission": mission.name})


def _whose(mission: Mission) -> list[tuple[str, str]]:
    """Return names and meanings of the integers that tell a mission's clocks apart."""
    keywords = mission.detector_keywords if mission.has_clock_per_detector else ()
    sequence = (mission.sequence, f"the {mission.sequence}")
    return [sequence, *((keyword.lower(), "where on the detectors") for keyword in keywords)]


def _field(name: str, kind: pa.DataType, meaning: str, unit: str = "") -> pa.Field:
    units = {"unit": unit} if unit else {}
    return pa.field(name, kind, metadata={"description": meaning, **units})


def write_clocks(
    stream: BinaryIO, mission: Mission, keys: Iterable[ClockKey], clocks: Clocks
) -> None:
    """Write the table, one row group a clock.

    Parameters
    ----------
    stream : file
        Open for writing. It stays open.
    mission : Mission
        Whose clocks they are.
    keys : iterable of ClockKey
        Which clocks, in ascending order.
    clocks : Clocks
        Asked for each of them.

    Raises
    ------
    OSError
        The file system cannot write.
    """
    schema = clock_schema(mission)
    with parquet_writer(stream, schema) as append:
        for key in keys:
            clock = clocks.clock(key)
            cadences, times = clock.known() if clock is not None else ((), ())
            if not len(cadences):
                continue
            whose = (key.exposure_s, key.sequence_number, *key.detector)
            constants = [np.full(len(cadences), value) for value in whose]
            arrays = [
                pa.array(array, field.type)
                for array, field in zip((*constants, cadences, times), schema, strict=True)
            ]
            append(pa.Table.from_arrays(arrays, schema=schema))


class ClockTable:
    """The clocks of a packed data set. Each is read when it is asked for first.

    It may be used by several threads, and can be pickled.

    Parameters
    ----------
    path : Path or RemotePath
        The table. It need not exist before a clock is asked for.
    """

    def __init__(self, path: Location) -> None:
        self._path = path
        self._kept: OrderedDict[ClockKey, Clock] = OrderedDict()
        self._lock = Lock()

    def __reduce__(self) -> tuple[type[ClockTable], tuple[Location]]:
        return ClockTable, (self._path,)

    def clock_keys(self) -> Iterable[ClockKey]:
        """Return the keys of all clocks, in ascending order.

        Raises
        ------
        CorruptProduct
            The table is gone or damaged.
        """
        return self._row_groups.keys()

    def clock(self, key: ClockKey) -> Clock | None:
        """Return a clock; None if it is not known.

        Parameters
        ----------
        key : ClockKey
            Which one.

        Raises
        ------
        CorruptProduct
            The table is gone or damaged.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            group = self._row_groups.get(key)
            if group is None:
                return None
            clock = self._kept[key] = self._read(group)
            if len(self._kept) > _KEPT_CLOCKS:
                self._kept.popitem(last=False)
            return clock

    @cached_property
    def _file(self) -> pq.ParquetFile:
        # It stays open: opening it for each clock would take most of the time of reading one. If
        # the table is written again meanwhile, this is still the one that the footer is of.
        return pq.ParquetFile(_source(self._path), page_checksum_verification=True)

    @cached_property
    def _row_groups(self) -> dict[ClockKey, int]:
        """Which row group holds which clock, as the statistics of the footer say."""
        with _damage_named(self._path):
            footer = self._file.metadata
            about = footer.metadata or {}
            mission = MISSIONS[about[b"mission"].decode()]
            if about[SCHEMA_KEY.encode()] != SCHEMA_VERSION.encode():
                raise ValueError("it is of another version")
            found = {}
            for number in range(footer.num_row_groups):
                group, n_whose = footer.row_group(number), footer.num_columns - 2
                whose = (group.column(place).statistics.min for place in range(n_whose))
                exposure_s, sequence, *detector = whose
                found[ClockKey(mission.name, exposure_s, sequence, tuple(detector))] = number
            return found

    def _read(self, group: int) -> Clock:
        with _damage_named(self._path):
            table = self._file.read_row_group(group, ["cadenceno", "clock"], use_threads=False)
            cadences = table["cadenceno"].to_numpy()
            first, last = int(cadences[0]), int(cadences[-1])
            if not 0 <= last - first < MOST_CADENCES:
                raise ValueError("its cadence numbers are not those of a clock")
            times = np.full(last - first + 1, np.nan)
            times[cadences - first] = table["clock"].to_numpy()
            return Clock(first, times)


def _source(path: Location) -> object:
    """Return what pyarrow reads a table from; one in an object store is small enough to fetch."""
    if not isinstance(path, RemotePath):
        return path
    content = read_object(path)
    if content is None:
        raise FileNotFoundError(path)
    return pa.BufferReader(content)


@contextmanager
def _damage_named(path: Location) -> Iterator[None]:
    """Translate what is raised for a table that is gone or damaged."""
    try:
        yield
    except FileNotFoundError as error:
        raise CorruptProduct(f"{path} is gone: xenoscan verify --repair writes it again") from error
    except (pa.ArrowException, OSError, KeyError, ValueError, IndexError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CorruptProduct(
            f"{path} is damaged ({reason}): xenoscan verify --repair writes it again"
        ) from error
