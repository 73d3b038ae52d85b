"""How a star was observed: numbers that stand beside the features and never enter a ranking."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from preprocessing.analysis.light import LeftOut, Light
from preprocessing.core.value_column import ValueColumn

__all__ = ["COMPANIONS", "observation"]

_SECONDS_A_DAY = 86_400.0
#: What is left out before anything is computed; thin bins come later.
_LEFT_OUT = tuple(reason for reason in LeftOut if reason is not LeftOut.THIN_BIN)
_WORDS = {
    LeftOut.NOT_FINITE: "without a finite time or flux",
    LeftOut.MASKED: "in events that are known, which blind features do not see",
    LeftOut.FAR_IN_TIME: "more than a century from the others",
    LeftOut.NO_LEVEL: "of a file whose median flux is not above zero",
    LeftOut.NOT_PHYSICAL: "more than a million times as bright as their file's median",
    LeftOut.SAME_TIME: "at the time of an earlier one",
}

COMPANIONS = (
    ValueColumn("n_points", int, "", "Points that the features were computed from."),
    ValueColumn("cadence_s", float, "s", "Median time between two points."),
    ValueColumn("n_files_with_light", int, "", "Files (quarters, sectors) with such a point."),
    ValueColumn("n_chunks", int, "", "Chunks of about 27 d."),
    ValueColumn("n_segments", int, "", "Parts between files and gaps of more than 0.75 d."),
    ValueColumn("baseline_d", float, "d", "Time from the first point to the last."),
    ValueColumn("observed_d", float, "d", "Observed time: points times their file's cadence."),
    ValueColumn("duty_cycle", float, "", "Observed time over the baseline and one cadence."),
    ValueColumn("largest_gap_d", float, "d", "Longest time between two points."),
    ValueColumn("nyquist_per_d", float, "1/d", "Half a cycle in the median time between points."),
    *(
        ValueColumn(f"left_out_{reason}", int, "", f"Points left out: {_WORDS[reason]}.")
        for reason in _LEFT_OUT
    ),
    ValueColumn("n_reordered", int, "", "Points that stood after a later one; they were sorted."),
)


def observation(light: Light) -> dict[str, float | int | None]:
    """Return how a star was observed.

    Parameters
    ----------
    light : Light
        Its light at the sampling at which it was observed.

    Returns
    -------
    dict of str to float, int or None
        By the names of `COMPANIONS`; None where there are too few points to say.
    """
    gaps_d = np.diff(light.time_d)
    is_known = len(gaps_d) > 0
    observed_d = sum(_observed_d(light, start, stop) for start, stop in pairwise(light.file_edges))
    return {
        "n_points": len(light),
        "cadence_s": light.cadence_d * _SECONDS_A_DAY if is_known else None,
        "n_files_with_light": len(light.file_edges) - 1,
        "n_chunks": len(light.chunk_edges) - 1,
        "n_segments": len(light.segment_edges) - 1,
        "baseline_d": light.baseline_d,
        "observed_d": observed_d,
        "duty_cycle": observed_d / (light.baseline_d + light.cadence_d) if is_known else None,
        "largest_gap_d": float(gaps_d.max()) if is_known else None,
        "nyquist_per_d": 0.5 / light.cadence_d if is_known else None,
        **{f"left_out_{reason}": light.left_out.get(reason, 0) for reason in _LEFT_OUT},
        "n_reordered": light.n_reordered,
    }


def _observed_d(light: Light, start: int, stop: int) -> float:
    """Return the time that the points of one file cover."""
    if stop - start < 2:
        return 0.0
    return float((stop - start) * np.median(np.diff(light.time_d[start:stop])))
