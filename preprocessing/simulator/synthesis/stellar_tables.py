"""Catalog tables about the synthetic stars, as the NASA Exoplanet Archive and MAST serve them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from preprocessing.simulator.caom import Row, TableColumn
from preprocessing.simulator.synthesis.stars import SOLAR_LOGG
from preprocessing.simulator.synthesis.survey_truth import is_published
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.simulator.synthesis.truth import TruthRow

__all__ = ["TIC_COLUMNS", "StellarTable", "stellar_tables", "tic_rows"]

#: The columns of the TESS Input Catalog that the simulator serves
#: (https://mast.stsci.edu/api/v0/_t_i_cfields.html).
TIC_COLUMNS = (
    TableColumn("ID", "string"),
    TableColumn("ra", "float", "deg"),
    TableColumn("dec", "float", "deg"),
    TableColumn("Tmag", "float", "mag"),
    TableColumn("Teff", "float", "K"),
    TableColumn("logg", "float", "dex(cm/s2)"),
    TableColumn("MH", "float", "dex"),
    TableColumn("rad", "float", "R_sun"),
    TableColumn("mass", "float", "M_sun"),
)
#: Deliveries that the archive's table holds side by side: one row per star and delivery.
_DELIVERIES = ("q1_q17_dr24_stellar", "q1_q17_dr25_stellar")
#: The dispositions that stars of each kind get, in turn.
_CONFIRMED, _CANDIDATE, _REFUTED = "confirmed", "candidate", "refuted"
_DISPOSITIONS = {"planet": (_CONFIRMED, _CANDIDATE), "eclipsing_binary": (_REFUTED,)}
#: How each table spells these dispositions.
_OF_KEPLER = {_CONFIRMED: "CONFIRMED", _CANDIDATE: "CANDIDATE", _REFUTED: "FALSE POSITIVE"}
_OF_K2 = {**_OF_KEPLER, _REFUTED: "REFUTED"}
_OF_TESS = {_CONFIRMED: "CP", _CANDIDATE: "PC", _REFUTED: "FP"}


#: Barycentric Julian Date at which the epochs of truth count as 0.
_BKJD_ZERO = 2_454_833


@dataclass(frozen=True)
class StellarTable:
    """One table of a catalog service.

    Parameters
    ----------
    name : str
        The name by which queries select the table.
    columns : tuple of TableColumn
        Name, type and unit of each column.
    rows : tuple of tuple
        One value per column in each row.
    """

    name: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[object, ...], ...]


def stellar_tables(holdings: SyntheticHoldings) -> Iterator[StellarTable]:
    """Yield the tables of the NASA Exoplanet Archive, with the columns that the catalog needs.

    Parameters
    ----------
    holdings : SyntheticHoldings
        The stars that the tables describe.
    """
    truth = holdings.truth()
    kepler = [row for row in truth if row.mission == "Kepler"]
    yield _keplerstellar(kepler, [holdings.cdpp_ppm(row.number) for row in kepler])
    yield _cumulative(kepler)
    k2 = [row for row in truth if row.mission == "K2"]
    yield _k2targets(k2)
    yield _k2pandc(k2)
    yield _toi([row for row in truth if row.mission == "TESS"])


def tic_rows(holdings: SyntheticHoldings) -> list[Row]:
    """Return the rows of the TESS Input Catalog for the stars of TESS, in `TIC_COLUMNS`.

    Parameters
    ----------
    holdings : SyntheticHoldings
        The stars that the rows describe.
    """
    names = [column.name for column in TIC_COLUMNS]
    return [
        dict(zip(names, (str(row.number), *_description(row)), strict=True))
        for row in holdings.truth()
        if row.mission == "TESS"
    ]


def _keplerstellar(truth: Sequence[TruthRow], cdpp_ppm: Sequence[float]) -> StellarTable:
    columns = (
        TableColumn("kepid", "int"),
        TableColumn("ra", "float", "degrees"),
        TableColumn("dec", "float", "degrees"),
        TableColumn("kepmag", "float", "mag"),
        TableColumn("teff", "float", "K"),
        TableColumn("logg", "float", "cm/s**2"),
        TableColumn("feh", "float", "dex"),
        TableColumn("radius", "float", "solar"),
        TableColumn("mass", "float", "solar"),
        TableColumn("rrmscdpp06p0", "float", "ppm"),
        TableColumn("st_delivname", "string"),
    )
    rows = (
        (row.number, *_description(row), noise, delivery)
        for row, noise in zip(truth, cdpp_ppm, strict=True)
        for delivery in _DELIVERIES
    )
    return StellarTable("keplerstellar", columns, tuple(rows))


def _cumulative(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (
        TableColumn("kepid", "int"),
        TableColumn("kepoi_name", "string"),
        TableColumn("kepler_name", "string"),
        TableColumn("koi_disposition", "string"),
        TableColumn("koi_period", "float", "days"),
        TableColumn("koi_time0bk", "float", "BKJD"),
        TableColumn("koi_duration", "float", "hrs"),
        TableColumn("koi_depth", "float", "ppm"),
    )
    rows = (
        (
            row.number,
            f"K{serial:05d}.01",
            f"{row.name} b" if disposition == _CONFIRMED else None,
            _OF_KEPLER[disposition],
            row.period_d,
            row.epoch_bkjd,
            row.duration_h,
            row.depth_ppm,
        )
        for serial, row, disposition in _objects_of_interest(truth)
    )
    return StellarTable("cumulative", columns, tuple(rows))


def _k2targets(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (
        TableColumn("epic_number", "int"),
        TableColumn("ra", "float", "degrees"),
        TableColumn("dec", "float", "degrees"),
        TableColumn("k2_kepmag", "float", "mags"),
        TableColumn("k2_teff", "float", "K"),
        TableColumn("k2_logg", "float", "cm/s**2"),
        TableColumn("k2_metfe", "float", "dex"),
        TableColumn("k2_rad", "float", "Rsun"),
        TableColumn("k2_mass", "float", "Msun"),
    )
    rows = ((row.number, *_description(row)) for row in truth)
    return StellarTable("k2targets", columns, tuple(rows))


def _k2pandc(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (
        TableColumn("epic_hostname", "string"),
        TableColumn("pl_name", "string"),
        TableColumn("disposition", "string"),
        TableColumn("default_flag", "int"),
        TableColumn("pl_orbper", "float", "days"),
        TableColumn("pl_tranmid", "float", "days"),
        TableColumn("pl_trandur", "float", "hours"),
        TableColumn("pl_trandep", "float", "percent"),
        TableColumn("ttv_flag", "int"),
    )
    # One row per paper about an object; default_flag marks the one that counts.
    rows = (
        (
            f"EPIC {row.number}",
            f"{row.name} b",
            _OF_K2[disposition],
            flag,
            row.period_d,
            _bjd(row.epoch_bkjd),
            row.duration_h,
            _percent(row.depth_ppm),
            0,
        )
        for _, row, disposition in _objects_of_interest(truth)
        for flag in (0, 1)
    )
    return StellarTable("k2pandc", columns, tuple(rows))


def _toi(truth: Sequence[TruthRow]) -> StellarTable:
    columns = (
        TableColumn("tid", "int"),
        TableColumn("toi", "string"),
        TableColumn("tfopwg_disp", "string"),
        TableColumn("pl_orbper", "float", "days"),
        TableColumn("pl_tranmid", "float", "BJD"),
        TableColumn("pl_trandurh", "float", "hours"),
        TableColumn("pl_trandep", "float", "ppm"),
    )
    rows = (
        (
            row.number,
            f"{serial}.01",
            _OF_TESS[disposition],
            row.period_d,
            _bjd(row.epoch_bkjd),
            row.duration_h,
            row.depth_ppm,
        )
        for serial, row, disposition in _objects_of_interest(truth)
    )
    return StellarTable("toi", columns, tuple(rows))


def _bjd(epoch_bkjd: float | None) -> float | None:
    return None if epoch_bkjd is None else _BKJD_ZERO + epoch_bkjd


def _percent(depth_ppm: float | None) -> float | None:
    return None if depth_ppm is None else depth_ppm / 1e4


def _description(row: TruthRow) -> tuple[float | None, ...]:
    """Return a star's position and properties, which all tables give in this order."""
    surface = (row.teff_k, row.logg, row.feh, row.radius_rsun, _mass(row.logg, row.radius_rsun))
    return (row.ra_deg, row.dec_deg, row.kepmag, *surface)


def _mass(logg: float | None, radius_rsun: float | None) -> float | None:
    """Return the mass, in solar masses, that follows from gravity and radius."""
    if logg is None or radius_rsun is None:
        return None
    return float(10 ** (logg - SOLAR_LOGG) * radius_rsun**2)


def _objects_of_interest(truth: Iterable[TruthRow]) -> Iterator[tuple[int, TruthRow, str]]:
    """Yield a serial number from 1, the star and the disposition of each object of interest."""
    hosts = (row for row in truth if row.kind in _DISPOSITIONS and is_published(row))
    for index, row in enumerate(hosts):
        dispositions = _DISPOSITIONS[row.kind]
        yield index + 1, row, dispositions[index % len(dispositions)]
