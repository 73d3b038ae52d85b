"""Published tables of binaries, rotators and flare stars among the synthetic stars, as VizieR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from preprocessing.simulator.caom import TableColumn
from preprocessing.simulator.synthesis.stellar_tables import StellarTable
from preprocessing.simulator.synthesis.survey_truth import is_published
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.simulator.synthesis.truth import TruthRow

__all__ = ["published_tables"]

#: From days since BJD 2454833 to Barycentric Julian Dates without 2400000.
_REDUCED = 54_833.0
#: Santos et al. 2019 have the cooler stars, and 2021 the hotter ones.
_COOLEST_OF_2021_K = 5_200.0
_BINARIES = ("eclipsing_binary", "contact_binary")
_NUMBER = TableColumn("KIC", "int")
_ROTATION = TableColumn("Prot", "float", "d")


def published_tables(holdings: SyntheticHoldings) -> Iterator[StellarTable]:
    """Yield the tables that VizieR has of Kepler's stars, with the columns that are read.

    Parameters
    ----------
    holdings : SyntheticHoldings
        The stars that the tables describe.
    """
    truth = [row for row in holdings.truth() if row.mission == "Kepler" and is_published(row)]
    yield _binaries([row for row in truth if row.kind in _BINARIES])
    rotators = [row for row in truth if row.kind == "rotator" and row.rotation_period_d]
    yield _mcquillan(rotators)
    hot = [row for row in rotators if (row.teff_k or 0) > _COOLEST_OF_2021_K]
    yield _santos("J/ApJS/244/21/table3", [row for row in rotators if row not in hot])
    yield _santos("J/ApJS/255/17/table1", hot)
    yield _flare_stars([row for row in truth if row.n_flares])


def _binaries(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (
        _NUMBER,
        TableColumn("Per", "float", "d"),
        TableColumn("BJD0", "float", "d"),
        TableColumn("Morph", "float"),
    )
    # The catalog writes -1 where it has no value.
    rows = (
        (row.number, row.period_d, _REDUCED + row.epoch_bkjd, -1.0)
        for row in truth
        if row.epoch_bkjd is not None
    )
    return StellarTable("J/AJ/151/68/catalog", columns, tuple(rows))


def _mcquillan(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (_NUMBER, _ROTATION, TableColumn("Rper", "float", "ppm"))
    rows = ((row.number, row.rotation_period_d, row.rotation_amplitude_ppm) for row in truth)
    return StellarTable("J/ApJS/211/24/table1", columns, tuple(rows))


def _santos(name: str, truth: Sequence[TruthRow]) -> StellarTable:
    columns = (_NUMBER, _ROTATION, TableColumn("Sph", "float", "ppm"))
    rows = ((row.number, row.rotation_period_d, row.rotation_amplitude_ppm) for row in truth)
    return StellarTable(name, columns, tuple(rows))


def _flare_stars(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (_NUMBER, _ROTATION, TableColumn("Nfl", "int"))
    rows = ((row.number, row.rotation_period_d, row.n_flares) for row in truth)
    return StellarTable("J/ApJ/829/23/table1", columns, tuple(rows))
