"""Tables of the NASA Exoplanet Archive, about synthetic stars of Kepler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from preprocessing.embedded.caom import Column
from preprocessing.embedded.synthetic import SyntheticHoldings
from preprocessing.missions.kepler import KEPLER

__all__ = ["StellarTable", "stellar_tables"]

#: The deliveries that the archive has stacked in one table.
_DELIVERIES = ("q1_q17_dr24_stellar", "q1_q17_dr25_stellar")
#: Of the kinds that give rise to objects of interest, and planets by turns.
_DISPOSITIONS = {"planet": ("CONFIRMED", "CANDIDATE"), "eclipsing_binary": ("FALSE POSITIVE",)}


@dataclass(frozen=True)
class StellarTable:
    """One table.

    Parameters
    ----------
    name : str
    columns : tuple of Column
    rows : tuple of tuple
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]


def stellar_tables(holdings: SyntheticHoldings) -> Iterator[StellarTable]:
    """Yield the tables that there are, with the columns that users of the archive know.

    Parameters
    ----------
    holdings : SyntheticHoldings
    """
    of_kepler = (row for row in holdings.truth() if row.mission == KEPLER.name)
    truth = [(row, holdings.cdpp_ppm(row.number)) for row in of_kepler]
    yield StellarTable(
        "keplerstellar",
        (
            Column("kepid", "int"),
            Column("st_delivname", "string"),
            Column("ra", "float", "degrees"),
            Column("dec", "float", "degrees"),
            Column("kepmag", "float", "mag"),
            Column("teff", "float", "K"),
            Column("logg", "float", "cm/s**2"),
            Column("feh", "float", "dex"),
            Column("radius", "float", "solar"),
            Column("mass", "float", "solar"),
            Column("rrmscdpp06p0", "float", "ppm"),
        ),
        tuple(
            (
                row.number,
                delivery,
                row.ra_deg,
                row.dec_deg,
                row.kepmag,
                row.teff_k,
                row.logg,
                row.feh,
                row.radius_rsun,
                _mass(row.logg, row.radius_rsun),
                cdpp,
            )
            for row, cdpp in truth
            for delivery in _DELIVERIES
        ),
    )
    yield StellarTable(
        "cumulative",
        (
            Column("kepid", "int"),
            Column("kepoi_name", "string"),
            Column("koi_disposition", "string"),
        ),
        tuple(_objects_of_interest((row.number, row.kind) for row, _ in truth)),
    )


def _mass(logg: float | None, radius_rsun: float | None) -> float | None:
    """Return the mass in solar masses that goes with a gravity and a radius."""
    if logg is None or radius_rsun is None:
        return None
    return float(10 ** (logg - 4.438) * radius_rsun**2)


def _objects_of_interest(stars: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Yield an object for each star of which there is one."""
    hosts = ((kic, _DISPOSITIONS[kind]) for kic, kind in stars if kind in _DISPOSITIONS)
    for number, (kic, dispositions) in enumerate(hosts, 1):
        yield kic, f"K{number:05d}.01", dispositions[(number - 1) % len(dispositions)]
