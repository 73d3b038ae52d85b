"""Compute the features of a data set's hosts with the events of known objects hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace

from preprocessing.core.ephemerides import EventMask
from preprocessing.dataset.tabulation import Run, Tabulated, finished_units, opened_units
from preprocessing.dataset.units import Done, Unit, read_unit
from preprocessing.features.blind import extract_blind
from preprocessing.features.schema import BLIND
from preprocessing.features.table.columns import candidate_rows, feature_row
from preprocessing.features.table.store import feature_tables
from preprocessing.missions import MISSIONS
from preprocessing.tables.curve_rows import FILE, INPUT, row_digest

__all__ = ["Masks", "tabulate_blind"]

#: What to hide of light curves, by FITS file.
Masks = Mapping[str, tuple[EventMask, ...]]


@dataclass(frozen=True)
class _BlindUnit:
    """Some light curves, and what to hide of them.

    Parameters
    ----------
    stars : Unit
        Which light curves.
    masks : mapping of str to tuple of EventMask
        What to hide, by FITS file.
    """

    stars: Unit
    masks: Masks = field(repr=False)


def tabulate_blind(run: Run, masks: Masks) -> Tabulated:
    """Compute features of some light curves without known events; the caller holds the lock.

    Parameters
    ----------
    run : Run
        Which data set, and how.
    masks : mapping of str to tuple of EventMask
        What to hide, by FITS file. Only these light curves get a row.

    Raises
    ------
    UsageError
        There is nothing to compute, or what is there must not be mixed; nothing was changed.
    RunError
        The work was stopped. What is done stays.
    """
    tables, done = feature_tables(run.root, BLIND), Tabulated()
    opened = opened_units(run, tables, done)

    def show(n_done: int, _: int) -> None:
        run.progress(n_done, len(masks))

    units = _units(opened.units, masks)
    for _ in finished_units(replace(run, progress=show), tables, opened, done, _compute, units):
        pass
    wanted = opened.wanted(done) & masks.keys()
    gathered = tables.gathered(opened.mission, wanted, is_recompute=run.is_recompute)
    tables.write(gathered)
    done.n_rows = len(gathered[0])
    return done


def _units(units: Iterator[Unit], masks: Masks) -> Iterator[_BlindUnit]:
    for unit in units:
        own = {name: file for name, file in unit.files.items() if file in masks}
        if own:
            yield _BlindUnit(replace(unit, files=own), {file: masks[file] for file in own.values()})


def _compute(unit: _BlindUnit) -> Done:
    done = Done(([], []))
    rows, candidates = done.rows
    names = {file: name for name, file in unit.stars.files.items()}
    for curve, about in read_unit(unit.stars, done):
        file = str(about[FILE])
        masks = unit.masks[file]
        digest = row_digest({"light_curve": about, "masks": [astuple(mask) for mask in masks]})
        if unit.stars.known.get(file) == digest:
            done.unchanged.append(file)
            continue
        mission = MISSIONS[curve.mission]
        record = extract_blind(
            curve.time,
            curve.flux,
            curve.flux_err,
            curve.sequence_number,
            masks=[replace(one, epoch_bjd=one.epoch_bjd - curve.bjd_reference) for one in masks],
            lines=mission.instrument_lines,
        )
        if record is None:
            done.failures.append((names[file], "its known objects are seen however much is hidden"))
            continue
        rows.append({**feature_row(mission, curve.number, about, record), INPUT: digest})
        candidates.extend(candidate_rows(mission, curve.number, about, record))
    return done
