"""What a row of a table says of the light curve that it was made from."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping

import numpy as np

from preprocessing.core.light_curve import LightCurve
from preprocessing.core.value_column import ValueColumn
from preprocessing.missions import Mission
from preprocessing.tables.light_curves import curve_digest, key_column

__all__ = [
    "FILE",
    "IDENTITY",
    "INPUT",
    "NAME",
    "OF_LIGHT_CURVE",
    "Row",
    "key_value_column",
    "known_value",
    "of_light_curve",
    "row_digest",
]

#: The values of a row by the names of its columns; None where there is none.
Row = Mapping[str, object]
#: The columns that tell light curves from each other, and the one that says whether a row is
#: still right.
NAME, FILE, INPUT = "name", "fits_file", "input_sha256"

#: Which light curve a row is of.
IDENTITY = (
    ValueColumn(NAME, str, "", "Catalog and number of the star."),
    ValueColumn(FILE, str, "", "Name that the FITS file of the light curve has or had."),
)
#: What is known of a light curve besides its arrays.
OF_LIGHT_CURVE = (
    *IDENTITY,
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


def key_value_column(mission: Mission) -> ValueColumn:
    """Return the column with a star's number.

    Parameters
    ----------
    mission : Mission
        The mission.
    """
    return ValueColumn(key_column(mission), int, "", f"Number in the {mission.catalog}.")


def of_light_curve(curve: LightCurve, file: str) -> dict[str, object]:
    """Return what is known of a light curve besides its arrays.

    Parameters
    ----------
    curve : LightCurve
        The light curve.
    file : str
        The name that its FITS file has or had.
    """
    used = curve.files_used
    return {
        NAME: curve.name,
        FILE: file,
        "ra": curve.header.get("RA_OBJ"),
        "dec": curve.header.get("DEC_OBJ"),
        "mission": curve.mission,
        "author": curve.author,
        "cadence": curve.cadence,
        "exposure_s": known_value(curve.exposure_s),
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


def row_digest(row: Row) -> str:
    """Return the digest of all that a row is made from.

    Parameters
    ----------
    row : mapping
        What `of_light_curve` returns, the digest of the numbers among it, and whatever else
        counts.
    """
    return hashlib.sha256(json.dumps(dict(row), sort_keys=True).encode()).hexdigest()


def known_value(value: object) -> object:
    """Return a value as Python has it; None for a number that is not finite."""
    if isinstance(value, (np.floating, np.integer, np.bool_)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _median(values: list[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else None
