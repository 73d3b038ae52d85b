"""The columns of the tables of vetting, and what fills them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import Mission
from preprocessing.tables.curve_rows import (
    FILE,
    IDENTITY,
    INPUT,
    NAME,
    Row,
    key_value_column,
    known_value,
)
from preprocessing.tables.light_curves import key_column
from preprocessing.vetting.families import DISPOSITION, RULES
from preprocessing.vetting.instrument import around
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule
from preprocessing.vetting.schema import RULES_VERSION
from preprocessing.vetting.star import Star
from preprocessing.vetting.vetting import Vetted

__all__ = [
    "IS_COINCIDENT",
    "LABELS",
    "OF_CANDIDATE",
    "OF_EVENT",
    "OF_POPULATION",
    "OF_ROW",
    "OF_STAR",
    "STARS_NEAR",
    "STARS_OBSERVED",
    "disposition_columns",
    "disposition_rows",
    "event_columns",
    "event_rows",
    "identity_of",
    "is_column",
    "label_columns",
    "reason_column",
    "vetting_columns",
    "vetting_row",
]

#: The column with all labels of a star.
LABELS = "labels"
#: Columns that the population fills.
STARS_NEAR, STARS_OBSERVED, IS_COINCIDENT = "stars_near", "stars_observed", "is_coincident"
_PPM = 1e6
#: What stands beside the labels and their evidence.
OF_ROW = (
    ValueColumn(LABELS, str, "", "Labels that are given, with + between; empty if none is."),
    ValueColumn("n_events", int, "", "Rows of the star in events.parquet."),
    ValueColumn(INPUT, str, "", "Digest of all that the row was made from."),
    ValueColumn("vetting_rules", str, "", "Version of the rules."),
)
#: What the header of the light curve says of the star, as `Star.parameters` has it.
OF_STAR = (
    ValueColumn("magnitude", float, "mag", "Magnitude in the mission's band."),
    ValueColumn("teff", float, "K", "Effective temperature."),
    ValueColumn("logg", float, "cgs", "Decimal logarithm of the surface gravity."),
    ValueColumn("radius", float, "solar", "Radius."),
)
#: What is known of an event.
OF_EVENT = (
    ValueColumn("number", int, "", "1 for the first in time."),
    ValueColumn("kind", str, "", "dip, brightening, flare or step."),
    ValueColumn("start_d", float, "d", "First point, since bjd_reference."),
    ValueColumn("peak_d", float, "d", "Lowest or highest point."),
    ValueColumn("end_d", float, "d", "Last point."),
    ValueColumn("amplitude", float, "ppm", "Change of the light at the peak; below 0 for a dip."),
    ValueColumn("significance", float, "", "The size of that over the noise of a point."),
    ValueColumn("equivalent_duration_s", float, "s", "Light of a flare over that of the star."),
    ValueColumn("equivalent_duration_sigma_s", float, "s", "Its uncertainty."),
    ValueColumn("confidence", float, "", "How certain it is a flare, 0 to 1."),
    ValueColumn("sequence", int, "", "Quarter, campaign or sector."),
    ValueColumn("place", str, "", "Channel, or camera and CCD; null if the file does not say."),
    ValueColumn("to_edge_d", float, "d", "Time to the nearest edge of a segment."),
    ValueColumn("flags", str, "", "What happened within 1.5 cadences, with + between."),
    ValueColumn(STARS_NEAR, int, "", "Stars of the place with an event within 30 min, it too."),
    ValueColumn(STARS_OBSERVED, int, "", "Stars that were observed at the place then."),
    ValueColumn(
        IS_COINCIDENT, bool, "", "Whether it is a coincidence; null if fewer than 5 were observed."
    ),
)
#: The columns of a place at a time.
OF_POPULATION = (
    ValueColumn("place", str, "", "Channel, or camera and CCD."),
    ValueColumn("sequence", int, "", "Quarter, campaign or sector."),
    ValueColumn("start_d", float, "d", "Start of the 30 minutes, since bjd_reference."),
    ValueColumn("stars_with_event", int, "", "Stars with the peak of an event in it."),
    ValueColumn(STARS_NEAR, int, "", "Stars with one in it, or in the 30 minutes before or after."),
    ValueColumn(STARS_OBSERVED, int, "", "The most observed in one of these."),
    ValueColumn("stars_expected", float, "", "Stars that would have one near by chance."),
    ValueColumn("is_coincidence", bool, "", "Whether there are more than chance makes."),
)
#: Which candidate a disposition is of.
OF_CANDIDATE = (
    ValueColumn("number", int, "", "Its number in candidates.parquet."),
    ValueColumn("period_d", float, "d", "Time from one event to the next."),
)


#: What the population fills at the end of a run.
_BY_POPULATION = Finding(Label.COINCIDENCE, None, None, {})
_OF_CROWD = dict.fromkeys((STARS_NEAR, STARS_OBSERVED, IS_COINCIDENT))


def vetting_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``vetting.parquet``.

    Parameters
    ----------
    mission : Mission
        Names the star's number.
    """
    labels = chain.from_iterable(map(label_columns, RULES))
    evidence = chain.from_iterable(rule.evidence for rule in RULES)
    return (
        key_value_column(mission),
        *IDENTITY,
        *OF_STAR,
        OF_ROW[0],
        *labels,
        *evidence,
        *OF_ROW[1:],
    )


def event_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``events.parquet``; the arguments of `vetting_columns`."""
    return (key_value_column(mission), *IDENTITY, *OF_EVENT)


def disposition_columns(mission: Mission) -> tuple[ValueColumn, ...]:
    """Return the columns of ``dispositions.parquet``; the arguments of `vetting_columns`."""
    return (key_value_column(mission), *IDENTITY, *OF_CANDIDATE, *DISPOSITION)


def is_column(rule: LabelRule) -> str:
    """Return the name of the column that says whether a label is given."""
    return f"is_{rule.label}"


def reason_column(rule: LabelRule) -> str:
    """Return the name of the column that says why a label is undecided."""
    return f"{rule.label}_reason"


def label_columns(rule: LabelRule) -> tuple[ValueColumn, ValueColumn]:
    """Return the columns that say whether a label is given, and why that is undecided.

    Parameters
    ----------
    rule : LabelRule
        The label.
    """
    return (
        ValueColumn(
            is_column(rule), bool, "", f"{rule.meaning} Rule: {rule.rule}. Null if undecided."
        ),
        ValueColumn(reason_column(rule), str, "", f"Why {rule.label} is undecided; else null."),
    )


def vetting_row(identity: Row, digest: str, star: Star, vetted: Vetted) -> Row:
    """Return a row of ``vetting.parquet``.

    Parameters
    ----------
    identity : mapping
        The star's number, name and FITS file.
    digest : str
        Digest of all that the row was made from.
    star : Star
        The star.
    vetted : Vetted
        What was found out.
    """
    row: dict[str, object] = {
        **identity,
        **_values(OF_STAR, star.parameters),
        # The population adds its label.
        LABELS: "+".join(str(one.label) for one in vetted.findings.values() if one.is_given),
        "n_events": len(vetted.events),
        INPUT: digest,
        "vetting_rules": RULES_VERSION,
    }
    for rule in RULES:
        finding = vetted.findings.get(rule.label, _BY_POPULATION)
        row[is_column(rule)] = finding.is_given
        row[reason_column(rule)] = None if finding.undecided is None else str(finding.undecided)
        row.update(_values(rule.evidence, finding.evidence))
    return row


def event_rows(identity: Row, star: Star, vetted: Vetted) -> list[Row]:
    """Return the rows of one star in ``events.parquet``.

    Parameters
    ----------
    identity, star, vetted
        As in `vetting_row`.
    """
    return [
        {
            **identity,
            "number": number,
            "kind": str(event.kind),
            "start_d": event.start_d,
            "peak_d": event.peak_d,
            "end_d": event.end_d,
            "amplitude": known_value(event.amplitude * _PPM),
            "significance": known_value(event.significance),
            "equivalent_duration_s": known_value(event.equivalent_duration_s),
            "equivalent_duration_sigma_s": known_value(event.equivalent_duration_sigma_s),
            "confidence": known_value(event.confidence),
            "sequence": event.sequence,
            "place": star.place.get(event.sequence),
            "to_edge_d": distance,
            "flags": flags,
            **_OF_CROWD,
        }
        for number, (event, distance, flags) in enumerate(
            zip(vetted.events, *around(star, vetted.events), strict=True), 1
        )
    ]


def disposition_rows(identity: Row, star: Star, vetted: Vetted) -> list[Row]:
    """Return the rows of one star in ``dispositions.parquet``; the arguments of `event_rows`."""
    return [
        {
            **identity,
            **_values(OF_CANDIDATE, candidate),
            **_values(DISPOSITION, disposition),
        }
        for candidate, disposition in zip(star.candidates, vetted.dispositions, strict=True)
    ]


def identity_of(mission: Mission, number: int, about: Row) -> Row:
    """Return which light curve rows are of.

    Parameters
    ----------
    mission : Mission
        The mission.
    number : int
        The star's number.
    about : mapping
        What `of_light_curve` returns.
    """
    return {key_column(mission): number, NAME: about[NAME], FILE: about[FILE]}


def _values(columns: tuple[ValueColumn, ...], values: Mapping[str, Evidence]) -> Row:
    return {one.name: known_value(values.get(one.name)) for one in columns}
