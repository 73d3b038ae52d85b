"""The ordinary stars of a survey: rotators, binaries, pulsators, hosts and quiet ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from preprocessing.signals.contact import Contact, contact_flux
from preprocessing.signals.exposures import Floats
from preprocessing.signals.pulsation import Modes, RRLyrae, modes_flux, rr_lyrae_flux
from preprocessing.signals.spots import draw_spots, spots_flux
from preprocessing.simulator.synthesis.drawn_light import DrawnLight, log_uniform
from preprocessing.simulator.synthesis.stars import Atmosphere, Variability, draw_variability

__all__ = ["draw_ordinary"]

#: Medians and logarithmic widths of rotation periods (d) and ranges of light (ppm): McQuillan et
#: al. 2014 (ApJS 211, 24) give 950 to 22,700 ppm for nine stars in ten, with a median of 5,600.
_PERIODS_D, _RANGES_PPM = (16.0, 0.7), (5_600.0, 0.96)
_SHORTEST_D, _LONGEST_D = 0.3, 60.0
#: Samples of the light of spots, over which its range is measured.
_N_SAMPLES = 600


def draw_ordinary(
    rng: Random, kind: str, atmosphere: Atmosphere, days_bkjd: tuple[float, float]
) -> DrawnLight:
    """Draw the light of a star that is not strange.

    Parameters
    ----------
    rng : Random
        The star's own random source.
    kind : str
        One of `survey_kinds`, not a strange one.
    atmosphere : Atmosphere
        The star's surface.
    days_bkjd : tuple of float
        First and last time of its files, as BJD - 2454833.
    """
    if kind in _DRAWN:
        return _DRAWN[kind](rng, days_bkjd)
    return DrawnLight(draw_variability(rng, kind, atmosphere))


def _draw_rotator(rng: Random, days_bkjd: tuple[float, float]) -> DrawnLight:
    """Draw spots that live for some rotations (Giles et al. 2017, MNRAS 472, 1618)."""
    period_d = float(np.clip(_log_normal(rng, *_PERIODS_D), _SHORTEST_D, _LONGEST_D))
    range_ppm = _log_normal(rng, *_RANGES_PPM)
    life_d = period_d * log_uniform(rng, 1.5, 10)
    arrays = np.random.default_rng(rng.getrandbits(63))
    spots = draw_spots(arrays, days_bkjd, period_d, life_d, rng.uniform(0, 0.1))
    samples = spots_flux(np.linspace(*days_bkjd, _N_SAMPLES), spots)
    low, middle, high = np.percentile(samples, (5, 50, 95))
    factor = 1e-6 * range_ppm / max(high - low, 1e-12)

    def change(time_bkjd: Floats, exposure_d: float) -> Floats:
        return np.asarray(factor * (spots_flux(time_bkjd, spots) - middle))

    columns = {"rotation_period_d": period_d, "rotation_amplitude_ppm": range_ppm}
    parameters = {"spot_life_d": life_d, "spots": len(spots.phases)}
    return DrawnLight(Variability(changes=(change,)), range_ppm, columns, parameters)


def _draw_contact(rng: Random, days_bkjd: tuple[float, float]) -> DrawnLight:
    """Draw a contact binary, from the shortest period, 0.22 d (Rucinski 1992, AJ 103, 960)."""
    period_d = float(np.clip(_log_normal(rng, 0.37, 0.35), 0.22, 1.2))
    amplitude_ppm = log_uniform(rng, 3e3, 2e5)
    binary = Contact(
        period_d,
        epoch_d=days_bkjd[0] + rng.uniform(0, period_d),
        ellipsoidal_ppm=amplitude_ppm,
        sharpness=rng.uniform(0.05, 0.3),
        inequality=rng.uniform(0, 0.3),
        asymmetry=rng.gauss(0, 0.05),
    )

    def change(time_bkjd: Floats, exposure_d: float) -> Floats:
        return contact_flux(time_bkjd, binary, exposure_d)

    columns = {"period_d": period_d, "epoch_bkjd": binary.epoch_d}
    return DrawnLight(Variability(changes=(change,)), amplitude_ppm, columns)


def _draw_delta_scuti(rng: Random, days_bkjd: tuple[float, float]) -> DrawnLight:
    """Draw pressure modes of 5 to 60/d (Bowman & Kurtz 2018, MNRAS 476, 3169)."""
    middle = log_uniform(rng, 8, 40)
    spread, limits = 0.25 * middle, (5.0, 60.0)
    return _pulsating(rng, rng.randrange(3, 11), (middle, spread), limits, (3e2, 2e4))


def _draw_gamma_doradus(rng: Random, days_bkjd: tuple[float, float]) -> DrawnLight:
    """Draw gravity modes in a group (Li et al. 2020, MNRAS 491, 3586)."""
    middle = log_uniform(rng, 0.6, 2.8)
    spread, limits = middle * rng.uniform(0.08, 0.2), (0.3, 4.5)
    return _pulsating(rng, rng.randrange(6, 25), (middle, spread), limits, (2e2, 6e3))


def _pulsating(
    rng: Random,
    n: int,
    group: tuple[float, float],
    limits: tuple[float, float],
    amplitudes_ppm: tuple[float, float],
) -> DrawnLight:
    largest_ppm = log_uniform(rng, *amplitudes_ppm)
    frequencies = np.clip([rng.gauss(*group) for _ in range(n)], *limits)
    shares = [1.0, *(rng.random() ** 1.5 for _ in range(n - 1))]
    modes = Modes(
        np.asarray(frequencies, np.float64),
        np.asarray(shares, np.float64) * largest_ppm,
        np.array([rng.random() for _ in range(n)]),
    )

    def change(time_bkjd: Floats, exposure_d: float) -> Floats:
        return modes_flux(time_bkjd, modes, exposure_d)

    parameters = {"modes": n, "frequency_per_d": float(frequencies[0])}
    return DrawnLight(Variability(changes=(change,)), largest_ppm, parameters=parameters)


def _draw_rr_lyrae(rng: Random, days_bkjd: tuple[float, float]) -> DrawnLight:
    """Draw a fundamental-mode star, modulated or not (Nemec et al. 2011, MNRAS 417, 1022)."""
    orders = np.arange(2, 9)
    ratio, falling = rng.gauss(0.45, 0.04), rng.gauss(0.72, 0.06)
    star = RRLyrae(
        period_d=rng.uniform(0.42, 0.75),
        amplitude_mag=rng.uniform(0.15, 0.38),
        ratios=np.asarray(ratio * falling ** (orders - 2.0), np.float64),
        phases=(orders - 1) * 2.5 + np.array([rng.gauss(0, 0.15) for _ in orders]),
        phase=rng.random(),
        modulation=rng.uniform(0.02, 0.3) if rng.random() < 0.45 else 0.0,
        modulation_period_d=log_uniform(rng, 10, 150),
    )

    def change(time_bkjd: Floats, exposure_d: float) -> Floats:
        return rr_lyrae_flux(time_bkjd, star, exposure_d)

    amplitude_ppm = 1e6 * (10 ** (0.4 * star.amplitude_mag) - 1)
    parameters = {
        "frequency_per_d": 1 / star.period_d,
        "modulation": star.modulation,
        "modulation_period_d": star.modulation_period_d,
    }
    return DrawnLight(Variability(changes=(change,)), amplitude_ppm, parameters=parameters)


def _log_normal(rng: Random, median: float, width: float) -> float:
    return median * math.exp(rng.gauss(0, width))


_DRAWN: dict[str, Callable[[Random, tuple[float, float]], DrawnLight]] = {
    "rotator": _draw_rotator,
    "contact_binary": _draw_contact,
    "delta_scuti": _draw_delta_scuti,
    "gamma_doradus": _draw_gamma_doradus,
    "rr_lyrae": _draw_rr_lyrae,
}
