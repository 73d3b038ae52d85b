"""What a label is: a statement on a star, with the evidence that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from preprocessing.core.value_column import ValueColumn

__all__ = ["Evidence", "Finding", "Label", "LabelRule", "Undecided"]

#: A number, a text or a truth value; None where it is not known.
Evidence = float | int | str | bool | None


class Label(str, Enum):
    """What a star, or what its light was recorded with, is known to do."""

    #: Flares, each a fast rise and a slow decay.
    FLARES = "flares"
    #: Spots that a rotating star carries.
    ROTATION = "rotation"
    #: Eclipses of a binary.
    ECLIPSES = "eclipses"
    #: A binary whose stars touch, or are deformed by each other.
    CONTACT = "contact"
    #: A delta Scuti star.
    DELTA_SCUTI = "delta_scuti"
    #: A gamma Doradus star.
    GAMMA_DORADUS = "gamma_doradus"
    #: An RR Lyrae star.
    RR_LYRAE = "rr_lyrae"
    #: Transits of a planet or candidate that a table has.
    KNOWN_PLANET = "known_planet"
    #: A binary that a table has.
    KNOWN_BINARY = "known_binary"
    #: A variable star that a table has.
    KNOWN_VARIABLE = "known_variable"
    #: A period at which the instrument varies.
    INSTRUMENT_LINE = "instrument_line"
    #: Events that many stars of a channel or camera have at the same time.
    COINCIDENCE = "coincidence"
    #: Events at flagged times: thruster firings, momentum dumps, safe modes, stray light.
    FLAGGED_TIMES = "flagged_times"
    #: Events at the edges of segments.
    EDGES = "edges"
    #: Steps of brightness that stay.
    STEPS = "steps"

    __str__ = str.__str__


class Undecided(str, Enum):
    """Why a label can be neither given nor denied."""

    #: There are not enough points, or they cover too little time.
    TOO_SHORT = "too_short"
    #: The quarter, campaign or sector is the only one.
    SINGLE_FILE = "single_file"
    #: The star's temperature, radius or magnitude is not known.
    NO_PARAMETERS = "no_parameters"
    #: There is no table of such objects for the star's mission.
    NO_CATALOG = "no_catalog"
    #: A feature that the rule needs has no value.
    NO_FEATURE = "no_feature"
    #: The light curve has no quality flags, centroids or places on the detector.
    NOT_RECORDED = "not_recorded"
    #: Fewer than five stars were observed at the same place of the detectors.
    FEW_STARS = "few_stars"
    #: Another label of the star explains the same light, so that this one cannot be judged.
    HIDDEN = "hidden"

    __str__ = str.__str__


@dataclass(frozen=True)
class LabelRule:
    """The definition of a label.

    Parameters
    ----------
    label : Label
        The label.
    meaning : str
        What it says, in one sentence.
    rule : str
        When it is given, with thresholds and their sources.
    evidence : tuple of ValueColumn
        The columns that carry what it was decided by.
    """

    label: Label
    meaning: str
    rule: str
    evidence: tuple[ValueColumn, ...]


@dataclass(frozen=True)
class Finding:
    """Whether a label is given to one star, and why.

    Parameters
    ----------
    label : Label
        The label.
    is_given : bool or None
        Whether the star has it; None if that cannot be told.
    undecided : Undecided or None
        Why not, if it cannot be told.
    evidence : mapping of str to (float, int, str, bool or None)
        The values of the evidence columns of its `LabelRule`.
    """

    label: Label
    is_given: bool | None
    undecided: Undecided | None
    evidence: Mapping[str, Evidence]
