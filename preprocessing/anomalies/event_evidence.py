"""What the events of a star say of its class: whose they are, and whether they are alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from preprocessing.anomalies.leftover import EDGE_D, Events, explained_by_labels
from preprocessing.anomalies.star_table import Floats

__all__ = ["SUDDEN_DIP", "alike_dips", "whose_events"]

#: A dip of which so much of the difference between its two sides (shape_dip_skew) is there begins
#: within an exposure and takes hours to end. Nothing that passes in front of a star does that, but
#: a pixel that a cosmic ray hit (Jenkins et al. 2010, Proc. SPIE 7740, 77400D). Tails of simulated
#: comets give 0.7 at most.
SUDDEN_DIP = 0.85

#: Events of one exposure of half an hour are none of a body that passes: that takes hours.
_ONE_EXPOSURE_D = 0.015
#: Dips that are this share of the deepest one, at least, may be of the same body.
_LEAST_DEPTH = 1 / 3
#: Lengths of such dips scatter by less than this, in dex: an orbit gives all of its eclipses one
#: length, and clouds of dust take ten times as long as others (Boyajian et al. 2016, MNRAS 457,
#: 3988).
_ALIKE_DEX = 0.15
_SIGMA_PER_MAD = 1.4826


def whose_events(events: Events, labels: Mapping[str, bool]) -> tuple[float, float]:
    """Return the size of the strongest event that the instrument made, and of the strongest other.

    Parameters
    ----------
    events : Events
        The events of a star.
    labels : mapping of str to bool
        Its labels.

    Returns
    -------
    (float, float)
        Over the noise of a point; 0 without any.
    """
    is_instrument = explained_by_labels(events, labels)
    # Unlike for what is left, a single event near an edge may be the star's.
    if labels.get("edges"):
        is_instrument |= events.to_edge_d < EDGE_D
    is_other = ~is_instrument & (_length_d(events) > _ONE_EXPOSURE_D)
    found = (float(events.sigma[own].max(initial=0.0)) for own in (is_instrument, is_other))
    return next(found), next(found)


def _length_d(events: Events) -> Floats:
    return np.asarray(events.end_d - events.start_d, np.float64)


def alike_dips(events: Events) -> int:
    """Return how many deep dips a star has, if they are as long as each other; else 0.

    Parameters
    ----------
    events : Events
        The events of a star.
    """
    depth = np.where(events.kind == "dip", -events.amplitude, 0.0)
    is_deep = depth > _LEAST_DEPTH * depth.max(initial=0.0)
    length = np.log10(np.maximum(_length_d(events)[is_deep], 2 * _ONE_EXPOSURE_D))
    if not len(length):
        return 0
    scatter = _SIGMA_PER_MAD * np.median(np.abs(length - np.median(length)))
    return len(length) if scatter < _ALIKE_DEX else 0
