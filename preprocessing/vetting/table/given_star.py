"""From a light curve, and the rows that the tables before have of it, to the star to be vetted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import prepare_light
from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.core.light_curve import LightCurve
from preprocessing.missions import MISSIONS, Mission
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.star import Star

__all__ = ["given_star", "parameters_of", "places_of"]

#: Cadence numbers of neighboring rows that are further apart than this are none: the longest file
#: has 130,000 rows.
_LONGEST_JUMP = 2**18
_POSITIVE = ("teff", "radius")


def given_star(
    curve: LightCurve,
    features: Mapping[str, Evidence],
    candidates: Sequence[Mapping[str, Evidence]],
    known: Sequence[KnownObject] | None,
    known_kinds: frozenset[ObjectKind] = frozenset(ObjectKind),
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
    known_kinds : frozenset of ObjectKind
        What kinds of objects the tables have, of this star or of others.
    """
    mission = MISSIONS[curve.mission]
    light = prepare_light(curve.time, curve.flux, curve.flux_err, curve.sequence_number)
    # Of rows whose times cannot be the mission's, nothing more is asked.
    first_d, last_d = light.time_d[[0, -1]] if len(light) else (np.inf, -np.inf)
    is_timed = (curve.time >= first_d - 1) & (curve.time <= last_d + 1)
    return Star(
        light=light,
        features=features,
        candidates=candidates,
        bjd_reference=curve.bjd_reference,
        parameters=parameters_of(curve),
        quality=curve.quality[light.rows].astype(np.int64),
        centroid_col=curve.centroid_col[light.rows],
        centroid_row=curve.centroid_row[light.rows],
        place=places_of(curve),
        lines=mission.instrument_lines,
        flagged_lines=mission.flagged_lines,
        known=known,
        known_kinds=known_kinds,
        absent_d=_absent_d(curve, is_timed),
        flagged_d=_flagged_d(curve, mission, is_timed),
        has_flags=bool(_flags_of(curve, mission)),
    )


def places_of(curve: LightCurve) -> dict[int, str]:
    """Return where each file's light fell on the detectors, by sequence number.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    mission = MISSIONS[curve.mission]
    places = {one.sequence_number: mission.place(one.detector) for one in curve.files_used}
    return {number: place for number, place in places.items() if place}


def parameters_of(curve: LightCurve) -> dict[str, float]:
    """Return what the mission's header says of the star, as `Star.parameters` has it.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    """
    keywords = {
        "teff": "TEFF",
        "radius": "RADIUS",
        "logg": "LOGG",
        "magnitude": MISSIONS[curve.mission].magnitude_keyword,
    }
    found = {name: curve.header.get(keyword) for name, keyword in keywords.items()}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, (int, float))
        and not isinstance(value, bool)
        and np.isfinite(value)
        # Where nobody knows them, some headers have a zero.
        and (value > 0 or name not in _POSITIVE)
    }


def _absent_d(curve: LightCurve, is_timed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the first and the last of adjacent cadences of a file that are not there."""
    time, sequence = curve.time[is_timed], curve.sequence_number[is_timed]
    steps = np.diff(curve.cadence_number[is_timed].astype(np.int64))
    is_gap = (steps > 1) & (steps < _LONGEST_JUMP) & (np.diff(sequence) == 0)
    rows = np.flatnonzero(is_gap & (np.diff(time) > 0))
    step_d = (time[rows + 1] - time[rows]) / steps[rows].astype(np.float64)
    return np.stack([time[rows] + step_d, time[rows + 1] - step_d], axis=1)


def _flagged_d(
    curve: LightCurve, mission: Mission, is_timed: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Return when the spacecraft or the detector did what; empty if flags do not tell."""
    flags = _flags_of(curve, mission)
    time, quality = curve.time[is_timed], curve.quality[is_timed]
    found = {name: time[(quality & bits) != 0] for name, bits in flags.items()}
    return {name: times for name, times in found.items() if len(times)}


def _flags_of(curve: LightCurve, mission: Mission) -> Mapping[str, int]:
    """Return which bits of quality flags say what happened; empty if none do."""
    author = mission.author_named.get(curve.author.lower())
    return {} if author is None else mission.flags_of(author)
