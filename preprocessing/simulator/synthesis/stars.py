"""The physics of a synthetic star: its surface, and what changes its light."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

import numpy as np

from preprocessing.signals.eclipses import Eclipses
from preprocessing.signals.exposures import Floats
from preprocessing.signals.flares import FlareTrain
from preprocessing.signals.rotation import Rotation
from preprocessing.signals.transits import Transit, transit_duration_h

__all__ = [
    "KEPLER_DAYS",
    "KINDS",
    "SOLAR_LOGG",
    "Atmosphere",
    "Change",
    "FlaggedTime",
    "Variability",
    "draw_atmosphere",
    "draw_variability",
]

#: Kinds of stars, and the fraction of the population that each makes up.
KINDS = MappingProxyType(
    {
        "quiet": 0.42,
        "rotator": 0.24,
        "planet": 0.12,
        "eclipsing_binary": 0.08,
        "flare_star": 0.06,
        "giant": 0.08,
    }
)

#: From the first exposure of Q0 to the last of Q17, in BKJD.
KEPLER_DAYS = (120.0, 1592.0)

#: Range of effective temperatures (K) of each kind of dwarf, and the range for the other kinds.
_TEMPERATURES_K = {
    "flare_star": (3_300.0, 3_900.0),
    "rotator": (4_000.0, 5_800.0),
    "m_dwarf": (3_200.0, 3_900.0),
    "gamma_doradus": (6_700.0, 7_400.0),
    "delta_scuti": (6_900.0, 8_500.0),
    "rr_lyrae": (6_000.0, 7_300.0),
}
_ORDINARY_TEMPERATURES_K = (4_700.0, 6_500.0)

#: Ranges of rotation period (d) and amplitude (ppm) for the kinds that have spots.
_SPOTS = {
    "rotator": ((0.8, 35.0), (2_000.0, 30_000.0)),
    "flare_star": ((0.4, 8.0), (3_000.0, 25_000.0)),
    "planet": ((12.0, 40.0), (100.0, 1_500.0)),
    "eclipsing_binary": ((15.0, 40.0), (200.0, 2_000.0)),
}

#: Effective temperature (K) and surface gravity (log10, cgs) of the Sun.
_SOLAR_TEFF_K, SOLAR_LOGG = 5_772.0, 4.438


@dataclass(frozen=True)
class Atmosphere:
    """The surface of a star, as a catalog describes it.

    Parameters
    ----------
    teff_k : float
        Effective temperature.
    logg : float
        Decimal logarithm of the surface gravity in cm/s2.
    feh : float
        Metallicity, dex.
    radius_rsun : float
        Radius in solar radii.
    """

    teff_k: float
    logg: float
    feh: float
    radius_rsun: float

    @property
    def granulation_ppm(self) -> float:
        """Standard deviation of the light due to convection; it grows as gravity falls."""
        return float(min(35 * 10 ** (0.6 * (SOLAR_LOGG - self.logg)), 1_500.0))

    @property
    def granulation_d(self) -> float:
        """Time scale of granulation in days; it grows as gravity falls."""
        return float(min(0.15 * 10 ** (0.8 * (SOLAR_LOGG - self.logg)), 2.0))


#: A further change of a star's light, relative to it: from the middles of exposures (BJD - 2454833)
#: and their length, in days.
Change = Callable[[Floats, float], Floats]


@dataclass(frozen=True)
class FlaggedTime:
    """A time within which a star's exposures have a flag.

    Parameters
    ----------
    start_bkjd, end_bkjd : float
        From when to when, as BJD - 2454833.
    bits : int
        The flag.
    """

    start_bkjd: float
    end_bkjd: float
    bits: int


@dataclass(frozen=True)
class Variability:
    """What changes a star's light, besides noise.

    Parameters
    ----------
    transit : Transit or None
        A planet's transits.
    eclipses : Eclipses or None
        The eclipses of a binary star.
    rotation : Rotation or None
        Spots that rotate with the star.
    flares : FlareTrain or None
        All flares during the mission.
    changes : tuple of Change
        Whatever else changes the light, the spacecraft included.
    flagged : tuple of FlaggedTime
        Flags that the mission set for this star alone.
    """

    transit: Transit | None = None
    eclipses: Eclipses | None = None
    rotation: Rotation | None = None
    flares: FlareTrain | None = None
    changes: tuple[Change, ...] = ()
    flagged: tuple[FlaggedTime, ...] = ()


def draw_atmosphere(rng: Random, kind: str) -> Atmosphere:
    """Draw the surface of a star at random.

    Parameters
    ----------
    rng : Random
        The star's own random source.
    kind : str
        One of `KINDS`.
    """
    if kind == "giant":
        radius_rsun = _log_uniform(rng, 4, 15)
        mass = rng.uniform(0.9, 1.8)
        teff_k = 5_100 - 450 * math.log10(radius_rsun) + rng.uniform(-100, 100)
    else:
        teff_k = rng.uniform(*_TEMPERATURES_K.get(kind, _ORDINARY_TEMPERATURES_K))
        # A rough main sequence: mass and radius follow from the temperature.
        mass = (teff_k / _SOLAR_TEFF_K) ** 1.7
        radius_rsun = mass**0.9 * rng.uniform(0.95, 1.25)
    logg = SOLAR_LOGG + math.log10(mass / radius_rsun**2)
    return Atmosphere(teff_k, logg, rng.uniform(-0.5, 0.3), radius_rsun)


def draw_variability(
    rng: Random, kind: str, atmosphere: Atmosphere, days_bkjd: tuple[float, float] = KEPLER_DAYS
) -> Variability:
    """Draw at random what changes a star's light.

    Parameters
    ----------
    rng : Random
        The star's own random source.
    kind : str
        One of `KINDS`.
    atmosphere : Atmosphere
        The star's surface, which sets the duration of transits.
    days_bkjd : tuple of float, optional
        Start and end of the mission, as BJD - 2454833 for every mission.
    """
    start = days_bkjd[0]
    return Variability(
        transit=_draw_transit(rng, atmosphere, start) if kind == "planet" else None,
        eclipses=_draw_eclipses(rng, start) if kind == "eclipsing_binary" else None,
        rotation=_draw_rotation(rng, *_SPOTS[kind]) if kind in _SPOTS else None,
        flares=_draw_flares(rng, days_bkjd) if kind == "flare_star" else None,
    )


def _draw_transit(rng: Random, atmosphere: Atmosphere, start: float) -> Transit:
    period_d = _log_uniform(rng, 1.5, 40)
    depth_ppm = _log_uniform(rng, 800, 15_000)
    impact = rng.uniform(0, 0.6)
    duration_h = transit_duration_h(
        period_d, atmosphere.logg, atmosphere.radius_rsun, math.sqrt(depth_ppm * 1e-6), impact
    )
    epoch_bkjd = start + rng.uniform(0, period_d)
    return Transit(period_d, epoch_bkjd, depth_ppm, duration_h, impact)


def _draw_eclipses(rng: Random, start: float) -> Eclipses:
    period_d = _log_uniform(rng, 0.8, 20)
    depth_ppm = _log_uniform(rng, 50_000, 400_000)
    impact = rng.uniform(0, 0.4)
    duration_h = max(2.0, 24 * period_d * _log_uniform(rng, 0.03, 0.09))
    epoch_bkjd = start + rng.uniform(0, period_d)
    opposite_bkjd = epoch_bkjd + period_d * rng.uniform(0.48, 0.52)
    secondary_ppm = depth_ppm * rng.uniform(0.1, 0.9)
    return Eclipses(
        Transit(period_d, epoch_bkjd, depth_ppm, duration_h, impact),
        Transit(period_d, opposite_bkjd, secondary_ppm, duration_h, impact),
        # Tides decrease with the cube of the distance, hence with the square of the period.
        ellipsoidal_ppm=2e4 / period_d**2,
    )


def _draw_rotation(
    rng: Random, periods_d: tuple[float, float], amplitudes_ppm: tuple[float, float]
) -> Rotation:
    period_d = _log_uniform(rng, *periods_d)
    amplitude_ppm = _log_uniform(rng, *amplitudes_ppm)
    return Rotation(period_d, amplitude_ppm, phase=rng.random(), shear=rng.uniform(0.01, 0.08))


def _draw_flares(rng: Random, days_bkjd: tuple[float, float]) -> FlareTrain:
    n_flares = rng.randrange(150, 500)
    peaks_bkjd = sorted(rng.uniform(*days_bkjd) for _ in range(n_flares))
    # Energies of flares follow a power law.
    amplitudes_ppm = [3_000 * (1 - rng.random()) ** -0.8 for _ in range(n_flares)]
    decays_d = [_log_uniform(rng, 0.02, 0.12) for _ in range(n_flares)]
    return FlareTrain(
        np.array(peaks_bkjd), np.minimum(amplitudes_ppm, 400_000.0), np.array(decays_d)
    )


def _log_uniform(rng: Random, low: float, high: float) -> float:
    return float(low * (high / low) ** rng.random())
