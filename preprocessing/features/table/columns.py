"""The columns of ``features.parquet`` and ``candidates.parquet``, and what fills them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping

import numpy as np

from preprocessing.analysis.missing import Missing
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.candidate import Candidate
from preprocessing.features.definition import Feature
from preprocessing.features.domains import FEATURE_SET_VERSION, FEATURES
from preprocessing.features.extraction import COMPANIONS, Record
from preprocessing.missions import Mission
from preprocessing.tables.light_curves import curve_digest, key_column

__all__ = [
    "FEATURE_SET",
    "FILE",
    "INPUT",
    "OF_CANDIDATE",
    "OF_LIGHT_CURVE",
    "Row",
    "about_table",
    "candidate_columns",
    "candidate_rows",
    "feature_columns",
    "feature_row",
    "input_digest",
    "of_light_curve",
]

Row = Mapping[str, object]
#: Key of a file's metadata under which the version of the feature set stands.
FEATURE_SET = "xenoscan_feature_set"
#: The column that tells light curves from each other, and the one that says whether a row is
#: still right.
FILE, INPUT = "fits_file", "input_sha256"
_PPM = 1e6

#: What stands beside the features that the arrays do not tell.
OF_LIGHT_CURVE = (
    ValueColumn("name", str, "", "Catalog and number of the star."),
    ValueColumn(FILE, str, "", "Name that the FITS file of the light curve has or had."),
    ValueColumn("ra", float, "deg", "Right ascension."),
    ValueColumn("dec", float, "deg", "Declination."),
    ValueColumn("mission", str, "", "Who observed."),
    ValueColumn("author", str, "", "Who made the light curve."),
    ValueColumn("cadence", str, "", "long, short or fast."),
    ValueColumn("exposure_s", float, "s", "Time between two points as the file states it."),
    ValueColumn("flux_column", str, "", "Column of the author's files."),
    ValueColumn("bjd_reference", int, "d", "Barycentric Julian Date at which times are 0."),
    ValueColumn("quality_bitmask", int, "", "Points with these flags were masked."),
    ValueColumn("synthetic", bool, "", "Whether a program made the light curve up."),
    ValueColumn("files_expected", int, "", "Files that the archive lists for the star."),
    ValueColumn("files_used", int, "", "Those that are in the light curve."),
    ValueColumn("rows_read", int, "", "Rows of these."),
    ValueColumn("rows_no_time", int, "", "Rows without a time."),
    ValueColumn(
        "rows_masked", int, "", "Rows masked by quality flags; the light curve lacks them."
    ),
    ValueColumn("rows_flagged", int, "", "Points that were kept though they have a quality flag."),
    ValueColumn("crowdsap", float, "", "Star's share of the aperture's flux, median of the files."),
    ValueColumn("flfrcsap", float, "", "Aperture's share of the star's flux, median of the files."),
    ValueColumn("sha256", str, "", "Digest of the light curve's numbers, as in stars.parquet."),
)
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
        _key(mission),
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
    identity = [one for one in OF_LIGHT_CURVE if one.name in ("name", FILE)]
    return (_key(mission), *identity, *OF_CANDIDATE)


def of_light_curve(curve: LightCurve, file: str) -> dict[str, object]:
    """Return what stands beside the features that the arrays do not tell.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    file : str
        The name that its FITS file has or had.
    """
    used = curve.files_used
    return {
        "name": curve.name,
        FILE: file,
        "ra": curve.header.get("RA_OBJ"),
        "dec": curve.header.get("DEC_OBJ"),
        "mission": curve.mission,
        "author": curve.author,
        "cadence": curve.cadence,
        "exposure_s": _known(curve.exposure_s),
        "flux_column": curve.flux_column,
        "bjd_reference": curve.bjd_reference,
        "quality_bitmask": curve.quality_bitmask,
        "synthetic": curve.is_synthetic,
        "files_expected": len(curve.files),
        "files_used": len(used),
        "rows_read": sum(one.rows_read for one in used),
        "rows_no_time": sum(one.rows_no_time for one in used),
        "rows_masked": sum(one.rows_masked for one in used),
        "rows_flagged": int(np.count_nonzero(curve.quality)),
        "crowdsap": _median([one.crowdsap for one in used]),
        "flfrcsap": _median([one.flfrcsap for one in used]),
        "sha256": curve_digest(curve),
    }


def input_digest(about: Row) -> str:
    """Return the digest of all that a row is made from.

    Parameters
    ----------
    about : mapping
        What `of_light_curve` returns, the digest of the numbers among it.
    """
    return hashlib.sha256(json.dumps(dict(about), sort_keys=True).encode()).hexdigest()


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
        **{feature.name: _known(record[feature.name]) for feature in FEATURES},
        **about,
        **{name: _known(value) for name, value in record.companions.items()},
        INPUT: input_digest(about),
        "feature_set": FEATURE_SET_VERSION,
        **{_reason(f): _text(reasons[f.name]) for f in FEATURES},
    }


def candidate_rows(mission: Mission, number: int, about: Row, record: Record) -> list[Row]:
    """Return the rows of one star in ``candidates.parquet``; the arguments of `feature_row`."""
    return [
        {
            key_column(mission): number,
            "name": about["name"],
            FILE: about[FILE],
            **_candidate(one),
        }
        for one in record.candidates
    ]


def _candidate(one: Candidate) -> dict[str, object]:
    return {
        "number": one.number,
        "period_d": _known(one.period_d),
        "period_sigma_d": _known(one.period_sigma_d),
        "epoch_d": _known(one.epoch_d),
        "epoch_sigma_d": _known(one.epoch_sigma_d),
        "duration_d": _known(one.duration_d),
        "depth": _known(one.depth * _PPM),
        "depth_sigma": _known(one.depth_sigma * _PPM),
        "snr": _known(one.snr),
        "white_snr": _known(one.white_snr),
        "events": one.n_events,
        "balance": _known(one.balance),
        "odd_even": _known(one.odd_even),
        "odd_even_sigma": _known(one.odd_even_sigma),
        "secondary": _known(one.secondary),
        "secondary_sigma": _known(one.secondary_sigma),
        "secondary_phase": _known(one.secondary_phase),
        "passes": one.passes,
        "broken_rules": "+".join(map(str, one.broken)),
    }


def _key(mission: Mission) -> ValueColumn:
    return ValueColumn(key_column(mission), int, "", f"Number in the {mission.catalog}.")


def _of_feature(feature: Feature) -> ValueColumn:
    meaning = f"{feature.meaning} Formula: {feature.formula}. Null when: {feature.undefined_when}."
    return ValueColumn(feature.name, float, feature.unit, meaning)


def _reason(feature: Feature) -> str:
    return f"{feature.name}_reason"


def _text(reason: Missing | None) -> str | None:
    return None if reason is None else str(reason)


def _median(values: list[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else None


def _known(value: object) -> object:
    """Return a value as Python has it; None for a number that is not finite."""
    if isinstance(value, (np.floating, np.integer, np.bool_)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
