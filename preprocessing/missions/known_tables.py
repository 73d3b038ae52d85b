"""Published tables of known objects: their columns, units and zero points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from preprocessing.core.known_object import ObjectKind

__all__ = ["EXOPLANET_ARCHIVE", "PLAIN_TABLE", "VIZIER", "Field", "KnownTable"]

#: Services that have the tables.
EXOPLANET_ARCHIVE, VIZIER = "NASA Exoplanet Archive", "VizieR"


class Field(str, Enum):
    """What a column of a table of known objects says."""

    #: The star, by its number or a name with it.
    STAR = "star"
    #: The object's name.
    NAME = "name"
    #: The object's kind, or its disposition.
    KIND = "kind"
    #: What became of a candidate, where another column has the kind.
    DISPOSITION = "disposition"
    PERIOD = "period"
    EPOCH = "epoch"
    #: Which zero the epoch counts from, as in ``BKJD``.
    EPOCH_ZERO = "zero point of epochs"
    DURATION = "duration"
    DEPTH = "depth"
    #: Whether events come early or late.
    TIMING = "timing variations"
    #: Whether the row is the one that counts, where an object has several.
    DEFAULT = "default row"
    #: Peak-to-peak variation in ppm.
    RANGE = "range"
    #: Where the row is from.
    SOURCE = "source"

    __str__ = str.__str__


@dataclass(frozen=True)
class KnownTable:
    """One published table.

    Parameters
    ----------
    name : str
        What people call it.
    fields : mapping of Field to tuple of str
        The columns that may hold each field, the likeliest first, in small letters and digits
        only.
    kinds : mapping of str to ObjectKind
        What the texts in the column of kinds mean, in small letters.
    kind : ObjectKind, optional
        What all objects are, if there is no such column.
    marks : frozenset of str
        Columns that no other table has: a file with two of them is this table.
    required : tuple of Field
        What the table cannot do without.
    service, place : str
        The service that has it, and the table's name there, or, for VizieR, its catalog's.
    epoch_zero : float, optional
        Barycentric Julian Date of epoch 0. If it is not given, the size of a number tells, and
        small ones count from the mission's zero.
    hours_a_duration, ppm_a_depth : float
        Factors to hours and ppm.
    is_duration_phase : bool
        Whether durations are shares of the period.
    largest_range_ppm : float, optional
        What varies more is a pulsator.
    """

    name: str
    fields: Mapping[Field, tuple[str, ...]] = field(repr=False)
    kinds: Mapping[str, ObjectKind] = field(default_factory=dict, repr=False)
    kind: ObjectKind | None = None
    marks: frozenset[str] = field(default=frozenset(), repr=False)
    required: tuple[Field, ...] = (Field.PERIOD,)
    service: str = ""
    place: str = ""
    epoch_zero: float | None = None
    hours_a_duration: float = 1.0
    ppm_a_depth: float = 1.0
    is_duration_phase: bool = False
    largest_range_ppm: float | None = None


_WORDS = {
    ObjectKind.PLANET: ("planet", "confirmed", "confirmed planet", "known planet", "cp", "kp"),
    ObjectKind.CANDIDATE: ("candidate", "planet candidate", "pc", "apc", "koi", "toi", "transit"),
    ObjectKind.FALSE_POSITIVE: ("false positive", "fp", "fa", "false alarm", "refuted"),
    ObjectKind.BINARY: ("binary", "eclipsing binary", "eb", "ebs", "ecl", "eclipse", "eclipses"),
    ObjectKind.ROTATOR: ("rotator", "rotation", "rot", "spotted star", "spots"),
    ObjectKind.PULSATOR: (
        *("pulsator", "pulsation", "pulsating", "variable", "rr lyrae", "rrlyr", "rrab", "rrc"),
        *("delta scuti", "dsct", "gamma doradus", "gdor", "cepheid"),
    ),
    ObjectKind.FLARE_STAR: ("flare star", "flares", "flare", "flaring"),
}
#: A table that anybody may write.
PLAIN_TABLE = KnownTable(
    "table of known objects",
    {
        Field.NAME: ("objectname", "planet", "plname", "name"),
        Field.KIND: ("kind", "type", "class", "label", "disposition"),
        Field.DISPOSITION: ("disposition",),
        Field.PERIOD: ("period", "periodd", "perioddays", "p", "per", "porb", "prot", "orbper"),
        Field.EPOCH: (
            *("epoch", "epochd", "epochbjd", "epochbkjd", "epochbtjd", "epochmjd", "t0", "t0bjd"),
            *("t0bkjd", "t0btjd", "tc", "bjd0", "bjd", "tranmid", "transitepoch"),
        ),
        Field.EPOCH_ZERO: ("epochref", "epochzero", "timesystem"),
        Field.DURATION: ("durationh", "durationhours", "duration", "durationhrs", "trandurh"),
        Field.DEPTH: ("depthppm", "depth", "trandep"),
        Field.TIMING: ("ttv", "ttvflag", "hasttv", "timingvariations"),
        Field.RANGE: ("rper",),
        Field.SOURCE: ("source", "reference", "ref", "catalog", "table"),
    },
    kinds={word: kind for kind, words in _WORDS.items() for word in words},
    required=(Field.KIND, Field.PERIOD),
)
