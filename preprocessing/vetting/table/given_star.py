"""From a light curve, and the rows that the tables before have of it, to the star to be vetted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Light, prepare_light
from preprocessing.core.known_object import KnownObject
from preprocessing.core.light_curve import LightCurve
from preprocessing.missions import MISSIONS
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.star import Star

__all__ = ["given_star"]

#: Cadence numbers of one file that are further apart than this are none: the longest file has a
#: million rows.
_LONGEST_JUMP = 2**20


def given_star(
    curve: LightCurve,
    features: Mapping[str, Evidence],
    candidates: Sequence[Mapping[str, Evidence]],
    known: Sequence[KnownObject] | None,
) -> Star:
    """Return all that is known of a star before it is vetted.

    Parameters
    ----------
    curve : LightCurve
        Its light curve.
    features : mapping
        Its row of ``features.parquet``.
    candidates : sequence of mapping
        Its rows of ``candidates.parquet``.
    known : sequence of KnownObject or None
        What tables say of it; None without any table.
    """
    mission = MISSIONS[curve.mission]
    author = mission.author_named.get(curve.author.lower())
    light = prepare_light(curve.time, curve.flux, curve.flux_err, curve.sequence_number)
    places = {one.sequence_number: mission.place(one.detector) for one in curve.files_used}
    return Star(
        light=light,
        features=features,
        candidates=candidates,
        bjd_reference=curve.bjd_reference,
        parameters=_parameters(curve, mission.magnitude_keyword),
        quality=curve.quality[light.rows].astype(np.int64),
        centroid_col=curve.centroid_col[light.rows],
        centroid_row=curve.centroid_row[light.rows],
        place={number: place for number, place in places.items() if place},
        lines=mission.instrument_lines,
        known=known,
        absent_d=_absent_d(curve, light),
        flags={} if author is None else mission.flags_of(author),
    )


def _parameters(curve: LightCurve, magnitude_keyword: str) -> dict[str, float]:
    keywords = {
        "teff": "TEFF",
        "radius": "RADIUS",
        "logg": "LOGG",
        "magnitude": magnitude_keyword,
    }
    found = {name: curve.header.get(keyword) for name, keyword in keywords.items()}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
    }


def _absent_d(curve: LightCurve, light: Light) -> NDArray[np.float64]:
    """Return the times of cadences that lie between two rows of a file and are not there."""
    is_timed = np.isfinite(curve.time)
    if light.left_out and len(light):
        # Times that cannot be of the mission were left out there.
        is_timed &= (curve.time >= light.time_d[0]) & (curve.time <= light.time_d[-1])
    time, cadence = curve.time[is_timed], curve.cadence_number[is_timed].astype(np.int64)
    sequence = curve.sequence_number[is_timed]
    jump = np.diff(cadence)
    is_gap = (jump > 1) & (jump < _LONGEST_JUMP) & (np.diff(sequence) == 0)
    before = np.flatnonzero(is_gap & (np.diff(time) > 0))
    numbers = [np.arange(1, jump[row]) / jump[row] for row in before]
    steps = [
        share * (time[row + 1] - time[row]) for share, row in zip(numbers, before, strict=True)
    ]
    times = [time[row] + step for row, step in zip(before, steps, strict=True)]
    return np.concatenate(times) if times else np.empty(0)
