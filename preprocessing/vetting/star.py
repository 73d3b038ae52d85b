"""All that is known of one star before it is vetted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Light
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.vetting.event import Event
from preprocessing.vetting.label import Evidence

__all__ = ["Star"]


@dataclass(frozen=True, eq=False)
class Star:
    """The light of one star, and the rows that the tables before have of it.

    Parameters
    ----------
    light : Light
        The light at the sampling at which it was observed.
    features : mapping of str to (float, int, str, bool or None)
        The star's row of ``features.parquet``, without the reasons; None where it is null.
    candidates : sequence of mapping
        Its rows of ``candidates.parquet``, by number.
    bjd_reference : int
        Barycentric Julian Date at which times are 0.
    parameters : mapping of str to float
        What the mission's header says of the star: ``teff`` (K), ``radius`` (solar), ``logg``
        (cgs), ``magnitude``. Only what is known.
    quality : ndarray of int64, shape (n,)
        Quality flags of the points of `light`; 0 where there are none.
    centroid_col, centroid_row : ndarray of float64, shape (n,)
        Place on the detector in pixels; NaN where it is not known.
    place : mapping of int to str
        Where each file's light fell on the detector (channel, or camera and CCD), by sequence
        number. Only what is known.
    lines : sequence of InstrumentLine
        Frequencies at which the instrument varies.
    flagged_lines : sequence of InstrumentLine
        Ranges of periods at which candidates are false where rows have the flag of that name.
    known : sequence of KnownObject or None
        What tables say of the star; empty if they have nothing; None without any table.
    known_kinds : frozenset of ObjectKind
        What kinds of objects the tables have, of this star or of others.
    absent_d : ndarray of float64, shape (k, 2)
        Times, in the light's days, of the first and the last of adjacent rows of a file that are
        not in the light curve: quality flags masked them, or they have no time. Which flags is
        not recorded.
    flagged_d : mapping of str to ndarray of float64
        Times, in the light's days, of rows of the light curve at which the spacecraft or the
        detector did something, by what it did: quality flags say so. Rows without flux are among
        them, and only what happened is. Empty if the author's flags say nothing of that.
    has_flags : bool
        Whether the author's flags say what the spacecraft and the detector did.
    events : sequence of Event
        Events in the light, in time order.
    """

    light: Light = field(repr=False)
    features: Mapping[str, Evidence] = field(repr=False)
    candidates: Sequence[Mapping[str, Evidence]] = field(repr=False)
    bjd_reference: int
    parameters: Mapping[str, float]
    quality: NDArray[np.int64] = field(repr=False)
    centroid_col: NDArray[np.float64] = field(repr=False)
    centroid_row: NDArray[np.float64] = field(repr=False)
    place: Mapping[int, str]
    lines: Sequence[InstrumentLine] = ()
    flagged_lines: Sequence[InstrumentLine] = ()
    known: Sequence[KnownObject] | None = None
    known_kinds: frozenset[ObjectKind] = frozenset(ObjectKind)
    absent_d: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)), repr=False)
    flagged_d: Mapping[str, NDArray[np.float64]] = field(default_factory=dict, repr=False)
    has_flags: bool = False
    events: Sequence[Event] = field(default=(), repr=False)
