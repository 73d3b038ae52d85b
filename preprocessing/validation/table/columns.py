"""The columns of the tables of validation."""

from __future__ import annotations

from collections.abc import Mapping

from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import Mission
from preprocessing.tables.curve_rows import IDENTITY, key_value_column
from preprocessing.validation.schema import (
    CLASSES,
    COMPLETENESS,
    FALSE_ALARMS,
    KNOWN,
    RECALL,
    RELIABILITY,
    THRESHOLDS,
)

__all__ = ["COLUMNS_OF", "rate_columns", "trial_columns"]


def rate_columns(name: str, of: str, what: str) -> tuple[ValueColumn, ...]:
    """Return the columns of a count, its share of the trials, and the 95 % interval of that.

    Parameters
    ----------
    name : str
        How the columns begin.
    of : str
        What is counted.
    what : str
        What it is a share of.
    """
    return (
        ValueColumn(f"n_{name}", int, "", of),
        ValueColumn(f"{name}_rate", float, "", f"That over the {what}; null without any."),
        ValueColumn(f"{name}_low", float, "", "Lower end of the 95 % interval (Wilson 1927)."),
        ValueColumn(f"{name}_high", float, "", "Upper end."),
    )


_SET = ValueColumn("set", str, "", "The set of trials.")
_SET_OR_ALL = ValueColumn("set", str, "", "The set; all for those made from real light together.")
_N_TRIALS = ValueColumn("trials", int, "", "Trials.")
_INDEPENDENT = ValueColumn(
    "independent",
    int,
    "",
    "For how many trials they count in the intervals: one a star, where those of a star share its"
    " light.",
)
_CLASS = ValueColumn("class", str, "", "True class.")
_KIND = ValueColumn("kind", str, "", "Kind of signal.")
_STRENGTH = ValueColumn("strength", str, "", "strong: from 10 times the noise of a point; or all.")
_SIGNALS = (
    ValueColumn("class", str, "", "Class of the signal; null without one."),
    ValueColumn("kind", str, "", "Kind of signal; null without one."),
    ValueColumn("period_d", float, "d", "Its period; null if it has none."),
    ValueColumn("epoch_d", float, "d", "Time of an event, since bjd_reference; or null."),
    ValueColumn("duration_h", float, "h", "Length of an event; or null."),
    ValueColumn("depth_ppm", float, "ppm", "Largest change of the light, down or up."),
    ValueColumn("over_noise", float, "", "That over the noise of a point."),
    ValueColumn("truth", str, "", "All that the signal was drawn with, in JSON; or null."),
)
_FOUND = (
    ValueColumn("n_candidates", int, "", "What the search for transits found."),
    ValueColumn("is_candidate", bool, "", "Whether one keeps every rule of the search."),
    ValueColumn("is_planet_candidate", bool, "", "Whether one passed all tests of vetting."),
    ValueColumn(
        "found_period_d",
        float,
        "d",
        "Period of the strongest that passed all tests of vetting; without any, that keeps every"
        " rule of the search; else of the strongest.",
    ),
    ValueColumn("found_snr", float, "", "Its signal-to-noise ratio; null without any."),
    ValueColumn(
        "is_recovered",
        bool,
        "",
        "Whether one that keeps every rule has the true period: its events stay within two"
        " durations over the light. Null if the signal has no transits with a period.",
    ),
    ValueColumn("labels", str, "", "Labels of vetting, with + between."),
    ValueColumn("score", float, "", "Score of the saved model, as in ranking.parquet."),
    ValueColumn("score_unexplained", float, "", "The same of what labels leave."),
    ValueColumn("rank", int, "", "Its rank, were it one more star of the data set."),
    ValueColumn("rank_unexplained", int, "", "The same by what labels leave."),
    ValueColumn("is_flagged", bool, "", "Whether the score reaches the model's threshold."),
    ValueColumn("is_flagged_unexplained", bool, "", "The same of what labels leave."),
    ValueColumn("class_found", str, "", "The class that the ranking gives it."),
)


def trial_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``validation_trials.parquet``.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    """
    return (
        _SET,
        ValueColumn("number", int, "", "Number of the trial in its set and class, from 0."),
        ValueColumn("seed", int, "", "Of the run; set, class and number make the trial's own."),
        ValueColumn("mission", str, "", "Who observed the star."),
        key_value_column(mission),
        *IDENTITY,
        ValueColumn("magnitude", float, "mag", "Magnitude of the star in the mission's band."),
        ValueColumn("noise_ppm", float, "ppm", "Noise of a point of its light."),
        *_SIGNALS,
        *_FOUND,
    )


def _bin(name: str, unit: str, what: str) -> tuple[ValueColumn, ValueColumn]:
    return (
        ValueColumn(f"{name}_low", float, unit, f"From this {what}; null if it is not known."),
        ValueColumn(f"{name}_high", float, unit, "To this."),
    )


_RECOVERED = rate_columns(
    "recovered", "Trials whose planet is recovered; null where none can be.", "trials"
)
_FLAGGED = rate_columns("flagged", "Trials whose score reaches the threshold.", "trials")
_RIGHT = rate_columns("right_class", "Trials that got their class.", "trials")
#: The columns of each table that is made from trials.
COLUMNS_OF: Mapping[str, tuple[ValueColumn, ...]] = {
    COMPLETENESS: (
        _SET,
        _CLASS,
        _KIND,
        *_bin("period_d", "d", "period"),
        *_bin("depth_ppm", "ppm", "depth"),
        *_bin("magnitude", "mag", "magnitude"),
        _N_TRIALS,
        *_RECOVERED,
        *_FLAGGED,
        *_RIGHT,
    ),
    CLASSES: (
        _SET,
        _STRENGTH,
        _CLASS,
        ValueColumn("class_found", str, "", "Class that was found."),
        _N_TRIALS,
    ),
    RECALL: (
        _SET,
        _STRENGTH,
        ValueColumn("class", str, "", "True class; balanced for the mean of all classes."),
        ValueColumn("kind", str, "", "Kind of signal; null for all kinds of the class."),
        _N_TRIALS,
        *_RIGHT,
        *_FLAGGED,
    ),
    FALSE_ALARMS: (
        _SET_OR_ALL,
        _N_TRIALS,
        _INDEPENDENT,
        *rate_columns("candidates", "Trials with a candidate of the search.", "trials"),
        *rate_columns("planet_candidates", "Trials with one that vetting passed.", "trials"),
        *_FLAGGED,
        *rate_columns("flagged_unexplained", "Trials flagged by what labels leave.", "trials"),
    ),
    RELIABILITY: (
        _SET_OR_ALL,
        *_bin("period_d", "d", "period of a candidate"),
        _N_TRIALS,
        _INDEPENDENT,
        *rate_columns(
            "planet_candidates",
            "Trials whose strongest planet candidate has such a period.",
            "trials",
        ),
        ValueColumn("stars", int, "", "Stars of the data set."),
        ValueColumn(
            "expected",
            float,
            "",
            "How many of them are to be expected with a false one: rate x stars.",
        ),
        ValueColumn("expected_low", float, "", "The same with the lower end of the rate."),
        ValueColumn("expected_high", float, "", "The same with its upper end."),
        ValueColumn(
            "observed", int, "", "How many have a strongest planet candidate of such a period."
        ),
        ValueColumn("reliability", float, "", "1 - expected / observed; null if none is."),
        ValueColumn("reliability_low", float, "", "The same with the upper end of the rate."),
        ValueColumn("reliability_high", float, "", "The same with its lower end."),
    ),
    THRESHOLDS: (
        ValueColumn("quantity", str, "", "score, score_unexplained or snr."),
        _SET_OR_ALL,
        _N_TRIALS,
        _INDEPENDENT,
        ValueColumn("false_share", float, "", "Share of the set that may reach the threshold."),
        ValueColumn(
            "threshold",
            float,
            "",
            "The least value that no more reach; null if the independent ones are too few to tell.",
        ),
        ValueColumn("present", float, "", "The threshold that is used."),
        *rate_columns("present", "Trials that reach the present threshold.", "trials"),
    ),
    KNOWN: (
        ValueColumn("objects", str, "", "Which published objects of the data set's stars."),
        ValueColumn("found_by", str, "", "What counts as found."),
        ValueColumn("n_objects", int, "", "Objects, or stars that have one."),
        *rate_columns("found", "Those that are found.", "objects"),
    ),
}
