"""Vet a data set: only the stars of which something is new or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from preprocessing.core.errors import UsageError
from preprocessing.core.known_object import KnownObject
from preprocessing.dataset.tabulation import (
    Opened,
    Run,
    Tabulated,
    finished_units,
    opened_units,
)
from preprocessing.features.schema import FEATURES
from preprocessing.system.atomic import replacing
from preprocessing.tables.foreign_table import refuse_foreign_table
from preprocessing.tables.light_curves import key_column
from preprocessing.tables.value_tables import numbers_of, write_table
from preprocessing.vetting.compilation import compile_once, is_compiled
from preprocessing.vetting.schema import POPULATION
from preprocessing.vetting.table.feature_rows import FeatureRows, read_feature_rows
from preprocessing.vetting.table.population import Coverages, completed, population_of
from preprocessing.vetting.table.store import vetting_tables
from preprocessing.vetting.table.unit import VettingUnit, vet_unit

__all__ = ["vet_dataset"]

_Known = Mapping[int, Sequence[KnownObject]]


def vet_dataset(run: Run, known: _Known | None = None) -> Tabulated:
    """Vet every star of a data set; the caller holds the lock of its tables.

    Parameters
    ----------
    run : Run
        Which data set, and how.
    known : mapping of int to sequence of KnownObject, optional
        What tables say of the stars, by number; without it, no table is known.

    Raises
    ------
    UsageError
        There is nothing to vet, the tables of features are not those of the light curves, or what
        is there must not be mixed; the tables of vetting were not changed.
    RunError
        The work was stopped. What is done stays.
    """
    tables, done = vetting_tables(run.root), Tabulated()
    refuse_foreign_table(tables.path(POPULATION))
    opened = opened_units(run, tables, done)
    features = read_feature_rows(run.root)
    if run.n_workers > 1:
        if not is_compiled():
            run.note("compiling what computes, once on this machine: it takes a minute")
        # Also where one function is kept: a new version changes some modules, and others not.
        compile_once()
    units, coverages = _units(opened, features, known), Coverages()
    for part in finished_units(run, tables, opened, done, vet_unit, units):
        if part.stale:
            raise UsageError(
                f"{run.root / FEATURES}.parquet is not of the light curve {part.stale[0]} as it is"
                f" now: run xenoscan features {run.root}"
            )
        coverages.add(part.runs)
    wanted = opened.wanted(done)
    stars, events, *rest = tables.gathered(opened.mission, wanted, is_recompute=run.is_recompute)
    about = tables.about(opened.mission)
    population, events = population_of(opened.mission, events, coverages, about)
    with replacing(tables.path(POPULATION)) as stream:
        write_table(stream, population)
    tables.write((completed(stars, events), events, *rest))
    done.n_rows = len(stars)
    return done


def _units(opened: Opened, features: FeatureRows, known: _Known | None) -> Iterator[VettingUnit]:
    """Yield each unit with what is known of its stars."""
    key = key_column(opened.mission)
    kinds = frozenset(one.kind for objects in (known or {}).values() for one in objects)
    curves = Counter(numbers_of(features.features, key).tolist())
    for unit in opened.units:
        rows = features.of(unit.files.values())
        numbers = [int(str(row.features[key])) for row in rows.values()]
        own = None if known is None else {n: known[n] for n in numbers if n in known}
        of_several = frozenset(n for n in numbers if curves[n] > 1)
        yield VettingUnit(unit, rows, own, kinds, of_several)
