"""What one worker does at a time: the rows of some neighboring stars of a data set."""

from __future__ import annotations

from preprocessing.core.light_curve import LightCurve
from preprocessing.dataset.units import Done, Unit, read_unit
from preprocessing.features.extraction import Record, extract
from preprocessing.features.table.columns import candidate_rows, feature_row
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import FILE, row_digest

__all__ = ["compute"]


def compute(unit: Unit) -> Done:
    """Compute the rows of some stars in both tables, but for those that are known.

    Parameters
    ----------
    unit : Unit
        Which stars.
    """
    done = Done(([], []))
    rows, candidates = done.rows
    for curve, about in read_unit(unit, done):
        file = str(about[FILE])
        if unit.known.get(file) == row_digest(about):
            done.unchanged.append(file)
            continue
        record = _record(curve)
        mission = MISSIONS[curve.mission]
        rows.append(feature_row(mission, curve.number, about, record))
        candidates.extend(candidate_rows(mission, curve.number, about, record))
    return done


def _record(curve: LightCurve) -> Record:
    lines = MISSIONS[curve.mission].instrument_lines
    return extract(curve.time, curve.flux, curve.flux_err, curve.sequence_number, lines=lines)
