"""What a row of a table of known objects says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from preprocessing.core.known_object import TRANSITING, KnownObject, ObjectKind
from preprocessing.core.known_objects import Remark
from preprocessing.missions.known_tables import Field, KnownTable
from preprocessing.missions.mission import Mission
from preprocessing.missions.targets import parse_target
from preprocessing.system.printable import printable

__all__ = ["Row", "known_object"]

#: The cells of a row; None or an empty text where there is nothing.
Row = Mapping[Field, object]

#: Numbers that stand for "not known": Villanova's -1 and -999, and Davenport's -99.
_NOT_KNOWN = frozenset({-1.0, -99.0, -999.0, -9999.0})
#: Numbers at least as large as these are Julian Dates, and Julian Dates without 2,400,000.
_JULIAN_DATES, _REDUCED_DATES = 2e6, 3e4
_REDUCED_ZERO, _MODIFIED_ZERO = 2_400_000.0, 2_400_000.5
#: From here, many tables count epochs without saying so.
_SHORT_ZERO = 2_450_000.0
#: Epochs of 1950 to 2100.
_POSSIBLE_BJD = (2_433_282.5, 2_488_069.5)
#: Periods in days, from 9 seconds, in which nothing turns that is seen as a star, to 3,000 years.
_POSSIBLE_D = (1e-4, 1e6)
#: A transit takes less than half of the orbit: the star is not larger than it.
_LONGEST_TRANSIT, _LONGEST_EVENT = 0.5, 1.0
_ALL_LIGHT_PPM = 1e6
#: Zero points by name, those of the missions aside.
_ZEROS = {
    "bjd": 0.0,
    "bjdtdb": 0.0,
    "jd": 0.0,
    "hjd": 0.0,
    "rjd": _REDUCED_ZERO,
    "mjd": _MODIFIED_ZERO,
    "bmjd": _MODIFIED_ZERO,
    "bkjd": 2_454_833.0,
    "btjd": 2_457_000.0,
}
#: A zero point in a column's name, as in ``epoch_bkjd``.
_ZERO_IN_NAME = re.compile(r"(bkjd|btjd|mjd|rjd)$")
_TRUE = frozenset({"1", "1.0", "true", "yes", "y", "t"})
_FALSE = frozenset({"", "0", "0.0", "false", "no", "n", "f", "none", "nan"})
_NEED_EPHEMERIS = frozenset(ObjectKind) - {ObjectKind.FLARE_STAR, ObjectKind.PULSATOR}


def known_object(
    table: KnownTable, row: Row, mission: Mission, source: str, epoch_column: str = ""
) -> tuple[KnownObject | None, list[Remark]]:
    """Return the object that a row describes, and what is to be said of the row.

    Parameters
    ----------
    table : KnownTable
        What the row's table is.
    row : mapping of Field to object
        Its cells.
    mission : Mission
        The mission whose stars are wanted.
    source : str
        The table's name and date.
    epoch_column : str
        Name of the column of epochs, which may tell from when they count.

    Returns
    -------
    known : KnownObject or None
        The object; None if the row is dropped.
    remarks : list of Remark
        What is wrong with it.
    """
    star, remark = _star(row, mission)
    if star is None:
        return None, [remark]
    if Field.DEFAULT in row and _text(row, Field.DEFAULT).lower() in _FALSE:
        return None, [Remark.NOT_DEFAULT]
    kind = table.kind or table.kinds.get(_word(row, Field.KIND))
    if kind in TRANSITING:
        kind = table.kinds.get(_word(row, Field.DISPOSITION), kind)
    if kind is None:
        return None, [Remark.UNKNOWN_KIND]
    period_d = _number(row, Field.PERIOD)
    if period_d < 0:
        return None, [Remark.NEGATIVE_PERIOD]
    epoch_bjd, remarks = _epoch_bjd(table, row, mission, epoch_column)
    # An object that was seen once has a period of 0 in some tables.
    period_d = period_d or math.nan
    if not math.isnan(period_d) and not _POSSIBLE_D[0] < period_d < _POSSIBLE_D[1]:
        period_d = math.nan
        remarks.append(Remark.IMPOSSIBLE_PERIOD)
    elif math.isnan(period_d) and kind in _NEED_EPHEMERIS:
        remarks.append(Remark.NO_PERIOD)
    if not math.isnan(epoch_bjd) and not _POSSIBLE_BJD[0] < epoch_bjd < _POSSIBLE_BJD[1]:
        epoch_bjd = math.nan
        remarks.append(Remark.IMPOSSIBLE_EPOCH)
    if math.isnan(period_d) and math.isnan(epoch_bjd) and kind in _NEED_EPHEMERIS:
        return None, [Remark.NO_EPHEMERIS]
    if kind is ObjectKind.ROTATOR and _number(row, Field.RANGE) > (
        table.largest_range_ppm or math.inf
    ):
        kind = ObjectKind.PULSATOR
        remarks.append(Remark.RANGE_TOO_LARGE)
    has_events = kind in TRANSITING or kind is ObjectKind.BINARY
    if has_events and math.isnan(epoch_bjd) and Remark.IMPOSSIBLE_EPOCH not in remarks:
        remarks.append(Remark.NO_EPOCH)
    duration_h, depth_ppm, of_events = _of_events(table, row, kind, period_d)
    known = KnownObject(
        star,
        _text(row, Field.NAME),
        kind,
        _text(row, Field.SOURCE) or source,
        period_d,
        epoch_bjd,
        duration_h,
        depth_ppm,
        _text(row, Field.TIMING).lower() in _TRUE,
    )
    return known, remarks + of_events


def _of_events(
    table: KnownTable, row: Row, kind: ObjectKind, period_d: float
) -> tuple[float, float, list[Remark]]:
    """Return duration in hours and depth in ppm, and what is wrong with them."""
    remarks = []
    duration_h = _number(row, Field.DURATION) * _hours(table, period_d)
    depth_ppm = _number(row, Field.DEPTH) * table.ppm_a_depth
    share = _LONGEST_TRANSIT if kind in TRANSITING else _LONGEST_EVENT
    if duration_h < 0 or duration_h > share * 24 * period_d:
        duration_h = math.nan
        remarks.append(Remark.IMPOSSIBLE_DURATION)
    if depth_ppm < 0 or depth_ppm > _ALL_LIGHT_PPM:
        depth_ppm = math.nan
        remarks.append(Remark.IMPOSSIBLE_DEPTH)
    return _positive(duration_h), _positive(depth_ppm), remarks


def _word(row: Row, name: Field) -> str:
    """Return a word without what differs from table to table.

    Examples
    --------
    >>> _word({Field.KIND: "False_Positive (blend)"}, Field.KIND)
    'false positive'
    """
    return " ".join(re.split(r"[\s_-]+", _text(row, name).lower().partition("(")[0])).strip()


def _star(row: Row, mission: Mission) -> tuple[int | None, Remark]:
    text = _text(row, Field.STAR)
    target = parse_target(text, mission.catalog) if text else None
    if target is None or target.number is None:
        return None, Remark.NO_NUMBER
    return target.number if target.catalog == mission.catalog else None, Remark.OTHER_CATALOG


def _epoch_bjd(
    table: KnownTable, row: Row, mission: Mission, column: str
) -> tuple[float, list[Remark]]:
    value = _number(row, Field.EPOCH)
    named = _ZEROS.get(_plain(_text(row, Field.EPOCH_ZERO)))
    in_name = _ZERO_IN_NAME.search(_plain(column))
    if named is not None:
        zero = named
    elif value >= _JULIAN_DATES:
        zero = 0.0
    elif in_name is not None:
        zero = _ZEROS[in_name[1]]
    elif table.epoch_zero is not None:
        zero = table.epoch_zero
    elif value >= _REDUCED_DATES:
        zero = _REDUCED_ZERO
    elif _SHORT_ZERO + value > mission.bjd_reference:
        # Counted from the mission's own zero, these would be dates long after it ended.
        return _SHORT_ZERO + value, [Remark.SHORT_DATE]
    else:
        zero = float(mission.bjd_reference)
    # Some tables name a zero point and give full dates nevertheless.
    return (value if value >= _JULIAN_DATES else zero + value), []


def _hours(table: KnownTable, period_d: float) -> float:
    return 24 * period_d if table.is_duration_phase else table.hours_a_duration


def _positive(value: float) -> float:
    return value if value > 0 else math.nan


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _text(row: Row, name: Field) -> str:
    value = row.get(name)
    return "" if value is None else printable(str(value).strip())


def _number(row: Row, name: Field) -> float:
    """Return a cell's number; NaN if there is none, or one that stands for that."""
    try:
        value = float(_text(row, name).replace("\u2212", "-"))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and value not in _NOT_KNOWN else math.nan
