"""The columns of ``features.parquet`` and ``candidates.parquet``, and what fills them."""

from __future__ import annotations

from preprocessing.analysis.missing import Missing
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.candidate import Candidate
from preprocessing.features.definition import Feature
from preprocessing.features.domains import FEATURES
from preprocessing.features.extraction import COMPANIONS, Record
from preprocessing.features.schema import FEATURE_SET, FEATURE_SET_VERSION
from preprocessing.missions import Mission
from preprocessing.tables.curve_rows import (
    FILE,
    IDENTITY,
    INPUT,
    NAME,
    OF_LIGHT_CURVE,
    Row,
    key_value_column,
    known_value,
    row_digest,
)
from preprocessing.tables.light_curves import key_column

__all__ = [
    "OF_CANDIDATE",
    "about_table",
    "candidate_columns",
    "candidate_rows",
    "feature_columns",
    "feature_row",
    "of_candidate",
]

_PPM = 1e6

_OF_ROW = (
    ValueColumn(INPUT, str, "", "Digest of all that the row was made from."),
    ValueColumn("feature_set", str, "", "Version of the feature set."),
)
#: What is known of a candidate.
OF_CANDIDATE = (
    ValueColumn("number", int, "", "1 for the first that was found."),
    ValueColumn("period_d", float, "d", "Time from one event to the next."),
    ValueColumn("period_sigma_d", float, "d", "Its uncertainty."),
    ValueColumn("epoch_d", float, "d", "Middle of an event, since bjd_reference."),
    ValueColumn("epoch_sigma_d", float, "d", "Its uncertainty."),
    ValueColumn("duration_d", float, "d", "Time from first to last contact."),
    ValueColumn("depth", float, "ppm", "Loss of light at mid-transit."),
    ValueColumn("depth_sigma", float, "ppm", "Its uncertainty."),
    ValueColumn("snr", float, "", "Signal-to-noise ratio in the noise of the events' duration."),
    ValueColumn("white_snr", float, "", "The ratio if the noise of points were independent."),
    ValueColumn("events", int, "", "Events of which at least 40 % was observed."),
    ValueColumn("balance", float, "", "Share of the strongest event in the signal."),
    ValueColumn(
        "odd_even", float, "", "Difference of depths of odd and even events over their sum."
    ),
    ValueColumn("odd_even_sigma", float, "", "Its significance."),
    ValueColumn("secondary", float, "", "Deepest other box over the depth."),
    ValueColumn("secondary_sigma", float, "", "Its signal-to-noise ratio."),
    ValueColumn("secondary_phase", float, "", "Its phase."),
    ValueColumn("passes", bool, "", "Whether the candidate keeps every rule of the vetting."),
    ValueColumn(
        "broken_rules", str, "", "The rules that it breaks, with + between; empty if none."
    ),
)


def about_table(mission: Mission) -> dict[str, str]:
    """Return what the files say about themselves.

    Parameters
    ----------
    mission : Mission
        The mission.
    """
    return {FEATURE_SET: FEATURE_SET_VERSION, "mission": mission.name}


def feature_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``features.parquet``.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    """
    reasons = (
        ValueColumn(
            _reason(feature), str, "", f"Why {feature.name} has no value; null if it has one."
        )
        for feature in FEATURES
    )
    companions = (*OF_LIGHT_CURVE, *COMPANIONS, *_OF_ROW)
    return (
        key_value_column(mission),
        *map(_of_feature, FEATURES),
        *companions,
        *reasons,
    )


def candidate_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``candidates.parquet``.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    """
    return (key_value_column(mission), *IDENTITY, *OF_CANDIDATE)


def feature_row(mission: Mission, number: int, about: Row, record: Record) -> Row:
    """Return a row of ``features.parquet``.

    Parameters
    ----------
    mission : Mission
        The mission.
    number : int
        The star's number.
    about : mapping
        What `of_light_curve` returned.
    record : Record
        What the light curve is like.
    """
    reasons = {feature.name: record.reason(feature.name) for feature in FEATURES}
    return {
        key_column(mission): number,
        **{feature.name: known_value(record[feature.name]) for feature in FEATURES},
        **about,
        **{name: known_value(value) for name, value in record.companions.items()},
        INPUT: row_digest(about),
        "feature_set": FEATURE_SET_VERSION,
        **{_reason(f): _text(reasons[f.name]) for f in FEATURES},
    }


def candidate_rows(mission: Mission, number: int, about: Row, record: Record) -> list[Row]:
    """Return the rows of one star in ``candidates.parquet``; the arguments of `feature_row`."""
    return [
        {
            key_column(mission): number,
            NAME: about[NAME],
            FILE: about[FILE],
            **of_candidate(one),
        }
        for one in record.candidates
    ]


def of_candidate(one: Candidate) -> dict[str, object]:
    """Return the values of `OF_CANDIDATE` of one candidate.

    Parameters
    ----------
    one : Candidate
        What the search found.
    """
    return {
        "number": one.number,
        "period_d": known_value(one.period_d),
        "period_sigma_d": known_value(one.period_sigma_d),
        "epoch_d": known_value(one.epoch_d),
        "epoch_sigma_d": known_value(one.epoch_sigma_d),
        "duration_d": known_value(one.duration_d),
        "depth": known_value(one.depth * _PPM),
        "depth_sigma": known_value(one.depth_sigma * _PPM),
        "snr": known_value(one.snr),
        "white_snr": known_value(one.white_snr),
        "events": one.n_events,
        "balance": known_value(one.balance),
        "odd_even": known_value(one.odd_even),
        "odd_even_sigma": known_value(one.odd_even_sigma),
        "secondary": known_value(one.secondary),
        "secondary_sigma": known_value(one.secondary_sigma),
        "secondary_phase": known_value(one.secondary_phase),
        "passes": one.passes,
        "broken_rules": "+".join(map(str, one.broken)),
    }


def _of_feature(feature: Feature) -> ValueColumn:
    meaning = f"{feature.meaning} Formula: {feature.formula}. Null when: {feature.undefined_when}."
    return ValueColumn(feature.name, float, feature.unit, meaning)


def _reason(feature: Feature) -> str:
    return f"{feature.name}_reason"


def _text(reason: Missing | None) -> str | None:
    return None if reason is None else str(reason)
