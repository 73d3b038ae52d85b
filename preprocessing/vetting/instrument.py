"""Labels of what the instrument does to light: flagged times, edges, steps, lines."""

from __future__ import annotations

import numpy as np

from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.label import Finding, Label, LabelRule
from preprocessing.vetting.star import Star

__all__ = ["RULES", "instrument"]

RULES = (
    LabelRule(
        Label.EDGES,
        "Some events lie at the edges of segments.",
        "at least one event has its peak within 1 d of the first or last point of a segment",
        (ValueColumn("instrument_edge_events", int, "", "Events within 1 d of an edge."),),
    ),
)
_EDGE_D = 1.0


def instrument(star: Star) -> tuple[Finding, ...]:
    """Return what the instrument did to a star's light.

    Parameters
    ----------
    star : Star
        The star, whose events are known.
    """
    time, edges = star.light.time_d, star.light.segment_edges
    ends = np.concatenate([time[edges[:-1]], time[edges[1:] - 1]]) if len(time) else np.empty(0)
    peaks = np.array([event.peak_d for event in star.events])
    near = int(np.sum((np.abs(peaks[:, None] - ends) <= _EDGE_D).any(axis=1)))
    return (Finding(Label.EDGES, near > 0, None, {"instrument_edge_events": near}),)
