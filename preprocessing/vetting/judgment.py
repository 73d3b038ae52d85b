"""What the vetting of a candidate says: tests, how each came out, and why one was not made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

__all__ = ["Judgment", "Kind", "Outcome", "VettingTest", "not_judged"]


class Kind(str, Enum):
    """What a candidate is, as far as light tells."""

    #: Transits, as those of a planet are.
    PLANET_CANDIDATE = "planet_candidate"
    #: Noise, a glitch or a star's own variation: its events are no transits.
    NOT_TRANSIT_LIKE = "not_transit_like"
    #: The instrument made the events.
    INSTRUMENT = "instrument"
    #: Another star in the aperture loses light.
    NEIGHBOR = "neighbor"
    #: Two stars eclipse each other.
    ECLIPSE = "eclipse"

    __str__ = str.__str__


class VettingTest(str, Enum):
    """A test of a candidate. The first that fails says what the candidate is."""

    #: The signal-to-noise ratio of all events.
    SNR = "snr"
    #: The number of events that were observed.
    EVENTS = "events"
    #: The signals that the light's other dips would make, put at random times.
    CHANCE = "chance"
    #: The ratio in the scatter of the folded light, which correlated noise raises.
    FOLDED_NOISE = "folded_noise"
    #: What is left of the depth without events at the edges of segments.
    EDGES = "edges"
    #: What is left of the depth without events at flagged times.
    FLAGS = "flags"
    #: What is left of the depth without events of which a part is missing.
    GAPS = "gaps"
    #: A period at which the instrument varies.
    INSTRUMENT_PERIOD = "instrument_period"
    #: The difference of depths between the places on the detector that the star had.
    SEASON = "season"
    #: How far from the star the light is lost.
    CENTROID = "centroid"
    #: A stronger candidate with the same period.
    SAME_PERIOD = "same_period"
    #: The difference of odd and even events.
    ODD_EVEN = "odd_even"
    #: A second loss of light between the events.
    SECONDARY = "secondary"
    #: A depth that no planet makes.
    DEPTH = "depth"
    #: How much a V fits deep events better than a box.
    V_SHAPE = "v_shape"
    #: By how much the strongest event exceeds the others.
    BALANCE = "balance"
    #: The duration over that of a central transit.
    DURATION = "duration"
    #: The duration over the period.
    DUTY = "duty"
    #: The difference of the losses before and after the middle of the events.
    ASYMMETRY = "asymmetry"
    #: The loss of light just beside the events.
    SHOULDERS = "shoulders"
    #: A sine of the same period.
    SINE = "sine"
    #: Another dip of the folded light, as deep as the events.
    OTHER_DIP = "other_dip"
    #: A brightening of the folded light, as strong as the events.
    OTHER_RISE = "other_rise"
    #: The events that nothing near them in time equals.
    CHASES = "chases"

    __str__ = str.__str__


class Outcome(str, Enum):
    """How a test came out, or why it was not made."""

    #: The candidate keeps to the limit.
    PASSED = "pass"
    #: It does not.
    FAILED = "fail"
    #: There are too few events, or the light between them is too short.
    TOO_FEW_EVENTS = "too_few_events"
    #: The signal is so weak that the test would tell nothing.
    TOO_WEAK = "too_weak"
    #: The test is for other periods, or the light is too short to tell this one's.
    OTHER_PERIODS = "other_periods"
    #: The light curve has no quality flags, no centroids or no places on the detector.
    NOT_RECORDED = "not_recorded"
    #: The star was at one place on the detector only.
    ONE_PLACE = "one_place"
    #: No line of the instrument is known.
    NO_LINES = "no_lines"
    #: Each event is affected, or none is.
    NO_CONTRAST = "no_contrast"

    __str__ = str.__str__


@dataclass(frozen=True)
class Judgment:
    """How one test came out.

    Parameters
    ----------
    outcome : Outcome
        Whether the candidate passed, or why it was not judged.
    value : float
        What was measured; NaN if nothing was.
    limit : float
        The value from which on, or up to which, a candidate fails; NaN if it was not judged.
    sigma : float
        How significant the value is, where a test asks for that, too; else NaN.
    """

    outcome: Outcome
    value: float = np.nan
    limit: float = np.nan
    sigma: float = np.nan

    @property
    def is_failed(self) -> bool:
        """Whether the candidate failed."""
        return self.outcome is Outcome.FAILED


def not_judged(why: Outcome) -> Judgment:
    """Return the judgment of a test that was not made.

    Parameters
    ----------
    why : Outcome
        Why not.
    """
    return Judgment(why)


def judged(has_failed: bool, value: float, limit: float, sigma: float = np.nan) -> Judgment:
    """Return the judgment of a test that was made.

    Parameters
    ----------
    has_failed : bool
        Whether the candidate failed.
    value, limit, sigma : float
        As in `Judgment`.
    """
    outcome = Outcome.FAILED if has_failed else Outcome.PASSED
    return Judgment(outcome, float(value), float(limit), float(sigma))
