"""The sets of trials: what each does to the light of a quiet star, and what it is to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["DEFAULT_SETS", "FALSE_ALARM_SETS", "SET_OF", "SetName", "TrialSet", "Use"]


class Use(str, Enum):
    """What a set of trials is to show."""

    #: What is found of signals that were put in.
    SIGNALS = "signals"
    #: How often something is found where nothing is.
    FALSE_ALARMS = "false alarms"

    __str__ = str.__str__


class SetName(str, Enum):
    """The sets of trials, by the names that users give."""

    INJECTED = "injected"
    PLANETS = "planets"
    SIMULATED = "simulated"
    UNCHANGED = "unchanged"
    WHITE = "white"
    RED_3H = "red_3h"
    RED_6H = "red_6h"
    RED_24H = "red_24h"
    INVERTED = "inverted"
    SCRAMBLED = "scrambled"
    SEASONS = "scrambled_seasons"
    BOOTSTRAPPED = "bootstrapped"

    __str__ = str.__str__


@dataclass(frozen=True)
class TrialSet:
    """One set of trials.

    Parameters
    ----------
    name : SetName
        Its name.
    use : Use
        What it is to show.
    meaning : str
        What is done to the light of a quiet star.
    is_default : bool
        Whether it is run unless other sets are asked for.
    shares_light : bool
        Whether trials of one star have light in common, so that they count as one where it is
        said how uncertain a share is.
    """

    name: SetName
    use: Use
    meaning: str
    is_default: bool = True
    shares_light: bool = False


_SETS = (
    TrialSet(
        SetName.INJECTED,
        Use.SIGNALS,
        "A signal of each kind of each class, from 3 to 300 times the noise of a point, is"
        " multiplied into the light before its trend is removed.",
    ),
    TrialSet(
        SetName.PLANETS,
        Use.SIGNALS,
        "The same with planets of regular transits, from 0.3 to 30 times the noise of a point.",
    ),
    TrialSet(
        SetName.SIMULATED,
        Use.SIGNALS,
        "As injected, into simulated light: noise with the star's amplitudes by frequency, and"
        " other phases.",
        is_default=False,
    ),
    TrialSet(SetName.UNCHANGED, Use.FALSE_ALARMS, "The light as it is.", shares_light=True),
    TrialSet(
        SetName.WHITE,
        Use.FALSE_ALARMS,
        "Independent noise, as strong as that of the star's points.",
    ),
    TrialSet(
        SetName.RED_3H,
        Use.FALSE_ALARMS,
        "The same, and a third as much noise that is correlated over 3 h.",
    ),
    TrialSet(
        SetName.RED_6H,
        Use.FALSE_ALARMS,
        "The same, and two thirds as much noise that is correlated over 6 h.",
    ),
    TrialSet(
        SetName.RED_24H,
        Use.FALSE_ALARMS,
        "The same, and twice as much noise that is correlated over 24 h.",
    ),
    TrialSet(
        SetName.INVERTED,
        Use.FALSE_ALARMS,
        "Dips become rises, and rises dips.",
        shares_light=True,
    ),
    TrialSet(
        SetName.SCRAMBLED,
        Use.FALSE_ALARMS,
        "Quarters, campaigns or sectors stand in another order. It takes two of them.",
        shares_light=True,
    ),
    TrialSet(
        SetName.SEASONS,
        Use.FALSE_ALARMS,
        "The same among those of one season alone, so that what comes back each year still does."
        " It takes two of a season.",
        shares_light=True,
    ),
    TrialSet(
        SetName.BOOTSTRAPPED,
        Use.FALSE_ALARMS,
        "What is left of the light beside its trend is drawn anew in pieces of a day, each as"
        " often as chance has it (Kuensch 1989, Annals of Statistics 17, 1217).",
        shares_light=True,
    ),
)
#: The sets by name, in the order of the tables.
SET_OF = {str(one.name): one for one in _SETS}
DEFAULT_SETS = tuple(name for name, one in SET_OF.items() if one.is_default)
FALSE_ALARM_SETS = tuple(n for n, one in SET_OF.items() if one.use is Use.FALSE_ALARMS)
