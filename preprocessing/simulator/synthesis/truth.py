"""The truth table: the parameters with which each synthetic star was made."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from preprocessing.simulator.synthesis.population import Star

__all__ = ["TruthRow", "truth_row", "write_truth_table"]


@dataclass(frozen=True)
class TruthRow:
    """The true parameters of one star.

    Parameters
    ----------
    mission : {'Kepler', 'K2', 'TESS'}
        The mission that observed the star.
    number : int
        Number in the mission's catalog, which no real star has.
    name : str
        Name under which the resolver knows the star.
    ra_deg, dec_deg : float
        Right ascension and declination (ICRS), in degrees.
    skygroup : int
        Kepler's sky group, 1 to 84, for Kepler and K2; 0 for TESS.
    kind : str
        quiet, rotator, planet, eclipsing_binary, flare_star or giant.
    kepmag : float
        Magnitude in the mission's band.
    teff_k, logg, feh, radius_rsun : float or None
        Effective temperature (K), log10 of gravity (cm/s2), metallicity (dex) and radius
        (solar radii). None if the files do not give them.
    period_d, epoch_bkjd, depth_ppm, duration_h, impact : float or None
        The transit, or the deeper eclipse of an eclipsing binary: period, middle of one event
        (BJD - 2454833), depth at that instant, duration from first to last contact, and impact
        parameter.
    secondary_epoch_bkjd, secondary_depth_ppm : float or None
        Middle and depth of the other eclipse.
    rotation_period_d, rotation_amplitude_ppm : float or None
        Rotation period, and the largest change of light that spots cause, relative to the mean.
    n_flares : int
        Flares during the whole mission, observed or not.
    largest_flare_ppm : float or None
        Amplitude of the largest flare.
    granulation_ppm : float
        Standard deviation of the red noise from granulation.
    n_quarters : int
        Number of files in the mission's usual cadence: long, or 120 seconds for TESS.
    quarters : str
        Numbers of those quarters, campaigns or sectors, separated by spaces.
    short_months : str
        Files in the mission's other cadence, separated by spaces: months of Kepler as
        ``Q2M1``, campaigns as ``C13``, sectors of 20 seconds as ``S27``.
    quarter_without_pdcsap, quarter_below_zero : int or None
        The quarter without PDCSAP flux, and the quarter whose median flux is negative.
    """

    mission: str
    number: int
    name: str
    ra_deg: float
    dec_deg: float
    skygroup: int
    kind: str
    kepmag: float
    teff_k: float | None
    logg: float | None
    feh: float | None
    radius_rsun: float | None
    period_d: float | None
    epoch_bkjd: float | None
    depth_ppm: float | None
    duration_h: float | None
    impact: float | None
    secondary_epoch_bkjd: float | None
    secondary_depth_ppm: float | None
    rotation_period_d: float | None
    rotation_amplitude_ppm: float | None
    n_flares: int
    largest_flare_ppm: float | None
    granulation_ppm: float
    n_quarters: int
    quarters: str
    short_months: str
    quarter_without_pdcsap: int | None
    quarter_below_zero: int | None


def truth_row(
    star: Star, mission: str, quarters: Sequence[int], short_months: Sequence[str]
) -> TruthRow:
    """Return the true parameters of one star.

    Parameters
    ----------
    star : Star
        The star.
    mission : str
        The mission that observed it.
    quarters, short_months : sequence
        The files that exist: see `TruthRow`.
    """
    what, atmosphere = star.variability, star.atmosphere
    transit = what.eclipses.primary if what.eclipses else what.transit
    secondary = what.eclipses.secondary if what.eclipses else None
    return TruthRow(
        mission=mission,
        number=star.number,
        name=star.name,
        ra_deg=star.position.ra_deg,
        dec_deg=star.position.dec_deg,
        skygroup=star.position.skygroup,
        kind=star.kind,
        kepmag=star.kepmag,
        teff_k=atmosphere.teff_k if star.described else None,
        logg=atmosphere.logg if star.described else None,
        feh=atmosphere.feh if star.described else None,
        radius_rsun=atmosphere.radius_rsun if star.described else None,
        period_d=transit.period_d if transit else None,
        epoch_bkjd=transit.epoch_d if transit else None,
        depth_ppm=transit.depth_ppm if transit else None,
        duration_h=transit.duration_h if transit else None,
        impact=transit.impact if transit else None,
        secondary_epoch_bkjd=secondary.epoch_d if secondary else None,
        secondary_depth_ppm=secondary.depth_ppm if secondary else None,
        rotation_period_d=what.rotation.period_d if what.rotation else None,
        rotation_amplitude_ppm=what.rotation.amplitude_ppm if what.rotation else None,
        n_flares=len(what.flares.peaks_d) if what.flares else 0,
        largest_flare_ppm=float(what.flares.amplitudes_ppm.max()) if what.flares else None,
        granulation_ppm=atmosphere.granulation_ppm,
        n_quarters=len(quarters),
        quarters=" ".join(map(str, quarters)),
        short_months=" ".join(short_months),
        quarter_without_pdcsap=star.quarter_without_pdcsap,
        quarter_below_zero=star.quarter_below_zero,
    )


def write_truth_table(rows: Iterable[TruthRow], path: Path) -> None:
    """Write truth rows as CSV, with a header line; what is None or missing becomes empty.

    Parameters
    ----------
    rows : iterable of TruthRow
        The rows, in the order in which they are written.
    path : Path
        The CSV file to create or overwrite.

    Raises
    ------
    OSError
        The file cannot be written.

    Examples
    --------
    ``write_truth_table(SyntheticHoldings(100).truth(), Path("truth.csv"))``
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        written = list(rows)
        kinds = {TruthRow, *map(type, written)}
        columns = max((fields(kind) for kind in kinds), key=len)
        writer = csv.DictWriter(stream, [field.name for field in columns], restval="")
        writer.writeheader()
        writer.writerows(asdict(row) for row in written)
