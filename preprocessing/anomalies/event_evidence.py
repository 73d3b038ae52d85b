"""What the events of a star say of its class: whose they are, and whether they are alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from preprocessing.anomalies.leftover import EDGE_D, Events, explained_by_labels
from preprocessing.anomalies.star_table import Floats

__all__ = ["SUDDEN_DIP", "AlikeDips", "alike_dips", "whose_events"]

#: A dip of which so much of the difference between its two sides (shape_dip_skew) is there begins
#: within an exposure and takes hours to end. Nothing that passes in front of a star does that, but
#: a pixel that a cosmic ray hit (Jenkins et al. 2010, Proc. SPIE 7740, 77400D). Tails of simulated
#: comets give 0.7 at most.
SUDDEN_DIP = 0.85

#: Events of one exposure of half an hour are none of a body that passes: that takes hours.
_ONE_EXPOSURE_D = 0.015
#: An event lasts this much longer than from its first point to its last: light is summed so long.
_POINT_D = 0.5 / 24
#: Dips that are this share of the deepest one, at least, may be of the same body.
_LEAST_DEPTH = 1 / 3
#: Lengths of such dips scatter by less than this, in dex: an orbit gives all of its eclipses one
#: length, and clouds of dust take ten times as long as others (Boyajian et al. 2016, MNRAS 457,
#: 3988).
_ALIKE_DEX = 0.15
_SIGMA_PER_MAD = 1.4826


class AlikeDips(NamedTuple):
    """Dips of one length.

    Parameters
    ----------
    n_dips : int
        How many.
    depth : float
        The median of their amplitudes.
    scatter_dex : float
        How much the logarithms of these differ.
    """

    n_dips: int
    depth: float
    scatter_dex: float


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


def alike_dips(events: Events) -> AlikeDips:
    """Return the deep dips of a star, if they are as long as each other.

    Parameters
    ----------
    events : Events
        The events of a star.

    Returns
    -------
    AlikeDips
        Without any dip if they are not.
    """
    depth = np.where(events.kind == "dip", -events.amplitude, 0.0)
    is_deep = depth > _LEAST_DEPTH * depth.max(initial=0.0)
    length_d = _length_d(events)[is_deep] + _POINT_D
    if not len(length_d) or not _scatter_dex(length_d) < _ALIKE_DEX:
        return AlikeDips(0, 0.0, 0.0)
    own = depth[is_deep]
    return AlikeDips(len(own), float(np.median(own)), _scatter_dex(own))


def _scatter_dex(sizes: Floats) -> float:
    """Return the robust scatter of the decimal logarithms of sizes."""
    logs = np.log10(sizes)
    return float(_SIGMA_PER_MAD * np.median(np.abs(logs - np.median(logs))))
