"""Rows of the table of stars for light curves that are not packed, or changed since."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions import Mission
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.packed_rows import translated
from preprocessing.tables.stars import card_columns, joined, outcome_columns

__all__ = ["UnpackedStar", "all_stars"]

#: Columns that a header fills.
_COLUMNS = {
    "ra": pa.float64(),
    "dec": pa.float64(),
    "name": pa.string(),
    "fits_file": pa.string(),
    "fits_bytes": pa.int64(),
    "author": pa.string(),
    "cadence": pa.string(),
    "exposure_s": pa.float64(),
    "flux_column": pa.string(),
    "synthetic": pa.bool_(),
    "n_points": pa.int32(),
}


@dataclass(frozen=True)
class UnpackedStar:
    """What the headers of one FITS file say.

    Parameters
    ----------
    mission : Mission
        The mission.
    number : int
        The star's number.
    columns : mapping
        The values of some columns of the table of stars, by their names.
    header : mapping
        The cards of the primary header.
    """

    mission: Mission
    number: int
    columns: Mapping[str, object]
    header: Mapping[str, object]


def all_stars(
    path: Path,
    packed: Container[str],
    unpacked: Sequence[UnpackedStar],
    outcomes: Mapping[str, Sequence[TargetOutcome]],
) -> pa.Table:
    """Return the table of stars with rows for those that are not packed.

    Parameters
    ----------
    path : Path
        The table of stars.
    packed : container of str
        The FITS files whose rows stay.
    unpacked : sequence of UnpackedStar
        The other FITS files.
    outcomes : mapping of str to sequence of TargetOutcome
        The outcomes of the targets that have a light curve, by the name of its FITS file.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    OSError
        The file cannot be read.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise translated(error, path) from error
    stays = [name in packed for name in table.column("fits_file").to_pylist()]
    missions = {star.mission.name: star.mission for star in unpacked}
    parts = [
        _rows(mission, [star for star in unpacked if star.mission == mission], outcomes)
        for mission in missions.values()
    ]
    return joined([table.filter(pa.array(stays, pa.bool_())), *parts])


def _rows(
    mission: Mission,
    stars: Sequence[UnpackedStar],
    outcomes: Mapping[str, Sequence[TargetOutcome]],
) -> pa.Table:
    columns = {
        name: pa.array([star.columns[name] for star in stars], kind)
        for name, kind in _COLUMNS.items()
    }
    found = [outcomes.get(name, ()) for name in columns["fits_file"].to_pylist()]
    return pa.table(
        {
            key_column(mission): pa.array([star.number for star in stars], pa.int64()),
            "target_ids": pa.array([[o.target_id for o in own] for own in found]),
            "mission": pa.array([mission.name] * len(stars)),
            **columns,
            **outcome_columns([own[0] if own else None for own in found]),
            **card_columns([star.header for star in stars], mission),
        }
    )
