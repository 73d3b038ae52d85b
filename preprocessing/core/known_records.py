"""Known objects as records of a file, and what the file says of their tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.core.known_objects import KnownObjects, KnownSource
from preprocessing.core.value_column import ValueColumn

__all__ = ["KNOWN_COLUMNS", "KNOWN_KEY", "known_of_records", "note_of", "record_of"]

#: The key of the note in a file's metadata, and the version of its layout.
KNOWN_KEY, _FORMAT = "xenoscan_known_objects", 1
KNOWN_COLUMNS = (
    ValueColumn("star", int, "", "Number in the mission's catalog."),
    ValueColumn("name", str, "", "The object's name; empty if it has none."),
    ValueColumn("kind", str, "", "What the table says it is."),
    ValueColumn("source", str, "", "The table, and when it was requested."),
    ValueColumn("period_d", float, "d", "Time from one event to the next."),
    ValueColumn("epoch_bjd", float, "d", "Middle of an event, Barycentric Julian Date."),
    ValueColumn("duration_h", float, "h", "Time from first to last contact."),
    ValueColumn("depth_ppm", float, "ppm", "Loss of light at mid-event."),
    ValueColumn("has_timing_variations", bool, "", "Whether events come early or late."),
)


def record_of(known: KnownObject) -> tuple[object, ...]:
    """Return an object's values in the order of `KNOWN_COLUMNS`; None for what is not known.

    Parameters
    ----------
    known : KnownObject
        The object.
    """
    values = (getattr(known, column.name) for column in KNOWN_COLUMNS)
    texts = (str(value) if isinstance(value, ObjectKind) else value for value in values)
    return tuple(None if isinstance(v, float) and math.isnan(v) else v for v in texts)


def note_of(known: KnownObjects) -> str:
    """Return what a file says of its tables, as JSON.

    Parameters
    ----------
    known : KnownObjects
        What it holds.
    """
    columns = [{"name": c.name, "unit": c.unit, "meaning": c.meaning} for c in KNOWN_COLUMNS]
    return json.dumps(
        {
            "format": _FORMAT,
            "mission": known.mission,
            "is_synthetic": known.is_synthetic,
            "sources": [asdict(source) for source in known.sources],
            "columns": columns,
        }
    )


def known_of_records(note: str, records: Iterable[Mapping[str, object]]) -> KnownObjects:
    """Return the known objects of a file.

    Parameters
    ----------
    note : str
        What `note_of` returned.
    records : iterable of mapping
        Its rows, by the names of `KNOWN_COLUMNS`.

    Raises
    ------
    ValueError
        It is no such file, or of another version.
    """
    about = json.loads(note)
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise ValueError("it is of another format")
    try:
        sources = tuple(KnownSource(**source) for source in about["sources"])
        objects = tuple(map(_object, records))
        return KnownObjects(about["mission"], objects, sources, bool(about["is_synthetic"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks {error}") from error


def _object(record: Mapping[str, object]) -> KnownObject:
    period, epoch, duration, depth = (
        _number(record, name) for name in ("period_d", "epoch_bjd", "duration_h", "depth_ppm")
    )
    return KnownObject(
        int(str(record["star"])),
        str(record["name"] or ""),
        ObjectKind(str(record["kind"])),
        str(record["source"]),
        period,
        epoch,
        duration,
        depth,
        bool(record["has_timing_variations"]),
    )


def _number(record: Mapping[str, object], name: str) -> float:
    """Return a number that is positive, as Julian Dates are; NaN if it is not known."""
    value = math.nan if record[name] is None else float(str(record[name]))
    if value <= 0 or math.isinf(value):
        raise ValueError(f"it has a {name} of {value}")
    return value
