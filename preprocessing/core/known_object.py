"""An object that somebody published: a planet, a binary, a rotator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

__all__ = ["TRANSITING", "KnownObject", "ObjectKind"]


class ObjectKind(str, Enum):
    """What a table says that an object is."""

    #: A confirmed planet.
    PLANET = "planet"
    #: A signal that may be a planet's.
    CANDIDATE = "candidate"
    #: A signal that looked like a planet's and is none.
    FALSE_POSITIVE = "false_positive"
    #: An eclipsing or ellipsoidal binary.
    BINARY = "binary"
    #: A star whose spots show its rotation.
    ROTATOR = "rotator"
    #: A star that pulsates.
    PULSATOR = "pulsator"
    #: A star that flares.
    FLARE_STAR = "flare_star"

    __str__ = str.__str__


#: What is, or looked like, a planet in transit.
TRANSITING = frozenset({ObjectKind.PLANET, ObjectKind.CANDIDATE, ObjectKind.FALSE_POSITIVE})


@dataclass(frozen=True)
class KnownObject:
    """A row of a table of known objects.

    Parameters
    ----------
    star : int
        Number of the star in its mission's catalog.
    name : str
        The object's name there, such as ``K00137.01``; empty if it has none.
    kind : ObjectKind
        What the table says it is.
    source : str
        Table and date, as shown to a person.
    period_d : float
        Period in days; NaN if the table has none, or only one event is known.
    epoch_bjd : float
        Middle of an event, Barycentric Julian Date (TDB); NaN if the table has none.
    duration_h : float
        Time from first to last contact in hours; NaN if the table has none.
    depth_ppm : float
        Loss of light at mid-event; NaN if the table has none.
    has_timing_variations : bool
        Whether events are known to come early or late.
    """

    star: int
    name: str
    kind: ObjectKind
    source: str
    period_d: float = math.nan
    epoch_bjd: float = math.nan
    duration_h: float = math.nan
    depth_ppm: float = math.nan
    has_timing_variations: bool = False
