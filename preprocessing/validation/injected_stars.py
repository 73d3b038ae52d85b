"""Signals of stars: planets, binaries, pulsators and rotators, as published samples have them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessing.signals.binaries import Binary, binary_flux
from preprocessing.signals.contact import Contact, contact_flux
from preprocessing.signals.pulsation import Modes, RRLyrae, modes_flux, rr_lyrae_flux
from preprocessing.signals.spots import draw_spots, spots_flux
from preprocessing.signals.timed_transits import (
    TimedTransits,
    swinging_times,
    timed_transits_flux,
)
from preprocessing.signals.transits import transit_duration_h
from preprocessing.validation.sight import Drawn, Sight, log_uniform, n_seen

__all__ = [
    "draw_contact",
    "draw_delta_scuti",
    "draw_detached",
    "draw_eccentric",
    "draw_gamma_doradus",
    "draw_grazing_planet",
    "draw_late_planet",
    "draw_odd_eclipses",
    "draw_planet",
    "draw_rotator",
    "draw_rr_lyrae",
    "draw_single_transit",
]

Rng = np.random.Generator

#: A planet's transits count as periodic from three on (Jenkins et al. 2010, ApJ 713, L87).
_FEWEST_EVENTS = 3
_SHORTEST_D, _LONGEST_D = 0.7, 300.0
#: Larger than two Jupiter radii in front of a Sun-like star. Those of giant planets, in Suns.
_LARGEST_RATIO = 0.2
_GIANTS_RSUN = 0.08, 0.2
#: The largest changes of light: of spots, whose range exceeds 2.3 % in one of twenty stars
#: (McQuillan et al. 2014, ApJS 211, 24); of gamma Doradus stars, 0.1 mag from crest to trough (Kaye
#: et al. 1999, PASP 111, 840); of delta Scuti stars, some tenths (Breger 2000, ASP Conf. 210, 3).
_LARGEST_SPOTS, _LARGEST_GAMMA_DORADUS, _LARGEST_DELTA_SCUTI = 0.05, 0.05, 0.3
#: Binaries are at least so long for each of their stars not to touch.
_DETACHED_D = (0.8, 28.0)


def draw_planet(rng: Rng, sight: Sight) -> Drawn:
    """Draw a planet whose transits are regular."""
    period_d = log_uniform(rng, _SHORTEST_D, min(_LONGEST_D, sight.span_d / _FEWEST_EVENTS))
    epoch_d = sight.time_d[0] + rng.uniform(0, period_d)
    middles = np.arange(epoch_d, sight.time_d[-1], period_d)
    return _transits(rng, sight, middles, period_d, rng.uniform(0, 0.8))


def draw_late_planet(rng: Rng, sight: Sight) -> Drawn:
    """Draw a planet whose transits come early and late by up to one duration."""
    period_d = log_uniform(rng, 2.0, min(_LONGEST_D, sight.span_d / _FEWEST_EVENTS))
    epoch_d = sight.time_d[0] + rng.uniform(0, period_d)
    swing_d = rng.uniform(0.2, 1.0) * transit_duration_h(period_d, 4.4, 1.0, 0.05, 0.0) / 24
    cycle_d = period_d * rng.uniform(10, 60)
    middles = swinging_times(period_d, epoch_d, sight.time_d[-1], swing_d, cycle_d, rng.uniform())
    drawn = _transits(rng, sight, middles, period_d, rng.uniform(0, 0.8))
    return replace(drawn, truth={**drawn.truth, "swing_d": swing_d})


def draw_grazing_planet(rng: Rng, sight: Sight) -> Drawn:
    """Draw a planet that only touches the star's disk."""
    period_d = log_uniform(rng, _SHORTEST_D, min(30.0, sight.span_d / _FEWEST_EVENTS))
    epoch_d = sight.time_d[0] + rng.uniform(0, period_d)
    middles = np.arange(epoch_d, sight.time_d[-1], period_d)
    return _transits(rng, sight, middles, period_d, None)


def draw_single_transit(rng: Rng, sight: Sight) -> Drawn:
    """Draw one transit of a planet whose period is longer than the light."""
    period_d = log_uniform(rng, sight.span_d, 10 * sight.span_d)
    middles = np.array([sight.moment(rng)])
    return _transits(rng, sight, middles, period_d, rng.uniform(0, 0.8), fewest=1)


def _transits(
    rng: Rng,
    sight: Sight,
    middles_d: np.ndarray,
    period_d: float,
    impact: float | None,
    fewest: int = _FEWEST_EVENTS,
) -> Drawn:
    """Return transits in front of a dwarf; without an impact parameter they are grazing."""
    ratio = float(np.clip(np.sqrt(0.85 * sight.amplitude), 0.005, _LARGEST_RATIO))
    if impact is None:
        ratio = max(ratio, 0.03)
        impact = 1 + rng.uniform(-0.6, 0.4) * ratio
    logg, radius = rng.uniform(4.1, 4.7), rng.uniform(0.6, 1.6)
    hours = transit_duration_h(period_d, logg, radius, ratio, impact)
    transits = TimedTransits(middles_d, ratio, impact, hours)
    change = timed_transits_flux(sight.time_d, transits, sight.exposure_d)
    truth = {
        "period_d": period_d,
        "epoch_d": float(middles_d[0]),
        "duration_h": hours,
        "impact": impact,
        "ratio": ratio,
    }
    # What a giant planet does that passes so near to the middle of its star.
    giant = min(_LARGEST_RATIO, rng.uniform(*_GIANTS_RSUN) / radius)
    largest = float(np.abs(change).max(initial=0.0)) * (giant / ratio) ** 2
    is_seen = n_seen(sight, middles_d, hours / 24) >= fewest
    return Drawn(change, truth, is_seen, largest=largest)


def draw_detached(rng: Rng, sight: Sight) -> Drawn:
    """Draw a detached binary on a circular orbit (Kirk et al. 2016, AJ 151, 68)."""
    return _binary(rng, sight)


def draw_eccentric(rng: Rng, sight: Sight) -> Drawn:
    """Draw a binary on an eccentric orbit, with tides when the stars are close."""
    return _binary(rng, sight, eccentricity=rng.uniform(0.1, 0.5))


def draw_odd_eclipses(rng: Rng, sight: Sight) -> Drawn:
    """Draw a binary whose eclipses change in depth, come early and late, or both."""
    turns, swings = [(True, False), (False, True), (True, True)][rng.integers(3)]
    return _binary(rng, sight, eccentricity=rng.uniform(0, 0.3), turns=turns, swings=swings)


def _binary(
    rng: Rng,
    sight: Sight,
    eccentricity: float = 0.0,
    *,
    turns: bool = False,
    swings: bool = False,
) -> Drawn:
    shortest, longest = _DETACHED_D
    period_d = log_uniform(rng, max(shortest, 3.0 if eccentricity else 0), longest)
    # Two stars like the Sun with a period of a day are five of their radii apart.
    size = rng.uniform(0.7, 1.5) / 5.3 / period_d ** (2 / 3)
    ratio = rng.uniform(0.25, 1.0)
    r1, r2 = size, size * ratio
    # Seen from where at least half of star 2 passes in front of star 1.
    lowest = (r1 + 0.5 * r2) / (1 - eccentricity**2)
    tilt = np.arcsin(min(0.9, rng.uniform(0, 0.8) * lowest))
    binary = Binary(
        period_d,
        sight.time_d[0] + rng.uniform(0, period_d),
        (r1, r2),
        brightness=float(ratio ** rng.uniform(2, 6)),
        inclination_rad=float(np.pi / 2 - tilt),
        eccentricity=eccentricity,
        periastron_rad=rng.uniform(0, 2 * np.pi),
        tides_ppm=float(1.5e6 * ratio**3 * size**3),
        turning_rad_d=float(rng.choice((-1, 1)) * 0.6 * r1 / sight.span_d) if turns else 0.0,
        swing_d=period_d * rng.uniform(0.02, 0.08) if swings else 0.0,
        cycle_d=rng.uniform(0.4, 1.5) * sight.span_d,
    )
    change = binary_flux(sight.time_d, binary, sight.exposure_d)
    truth = {
        "period_d": period_d,
        "epoch_d": binary.epoch_d,
        "eccentricity": eccentricity,
        "brightness": binary.brightness,
        "turning_rad_d": binary.turning_rad_d,
        "swing_d": binary.swing_d,
    }
    middles = np.arange(binary.epoch_d, sight.time_d[-1], period_d)
    is_seen = n_seen(sight, middles, period_d * r1 / np.pi) >= _FEWEST_EVENTS
    return Drawn(change, truth, is_seen)


def draw_contact(rng: Rng, sight: Sight) -> Drawn:
    """Draw a contact binary, from the shortest period, 0.22 d (Rucinski 1992, AJ 103, 960)."""
    period_d = float(np.clip(np.exp(rng.normal(np.log(0.37), 0.35)), 0.22, 1.2))
    epoch_d = float(sight.time_d[0] + rng.uniform(0, period_d))
    shape = rng.uniform(0.05, 0.3), rng.uniform(0, 0.3), rng.normal(0, 0.05)
    binary = Contact(period_d, epoch_d, 1e5, *shape)
    change = contact_flux(sight.time_d, binary, sight.exposure_d)
    return Drawn(change, {"period_d": period_d, "epoch_d": epoch_d})


def draw_delta_scuti(rng: Rng, sight: Sight) -> Drawn:
    """Draw pressure modes of 5 to 60/d, above the Nyquist frequency too (Bowman & Kurtz 2018)."""
    middle = log_uniform(rng, 8, 40)
    frequencies = np.clip(rng.normal(middle, 0.25 * middle, rng.integers(3, 11)), 5, 60)
    return _modes(rng, sight, frequencies, _LARGEST_DELTA_SCUTI)


def draw_gamma_doradus(rng: Rng, sight: Sight) -> Drawn:
    """Draw gravity modes in one or two groups (Li et al. 2020, MNRAS 491, 3586)."""
    middle = log_uniform(rng, 0.6, 2.8)
    spread = middle * rng.uniform(0.08, 0.2)
    frequencies = rng.normal(middle, spread, rng.integers(6, 25))
    if rng.uniform() < 0.5:
        frequencies = np.concatenate((frequencies, rng.normal(2 * middle, spread, 5)))
    return _modes(rng, sight, np.clip(frequencies, 0.3, 6), _LARGEST_GAMMA_DORADUS)


def _modes(rng: Rng, sight: Sight, frequencies: np.ndarray, largest: float) -> Drawn:
    n = len(frequencies)
    shares = np.concatenate(([1.0], rng.uniform(size=n - 1) ** 1.5))
    modes = Modes(frequencies, 1e4 * shares, rng.uniform(size=n))
    change = modes_flux(sight.time_d, modes, sight.exposure_d)
    truth = {"frequency_per_d": float(frequencies[0]), "modes": float(n)}
    return Drawn(change, truth, largest=largest)


def draw_rr_lyrae(rng: Rng, sight: Sight) -> Drawn:
    """Draw a fundamental-mode star, half of them modulated (Nemec et al. 2011, MNRAS 417, 1022)."""
    orders = np.arange(2, 9)
    is_modulated = rng.uniform() < 0.5
    star = RRLyrae(
        rng.uniform(0.42, 0.75),
        rng.uniform(0.15, 0.38),
        np.asarray(rng.normal(0.45, 0.04) * rng.normal(0.72, 0.06) ** (orders - 2.0), np.float64),
        (orders - 1) * 2.5 + rng.normal(0, 0.15, len(orders)),
        rng.uniform(),
        modulation=rng.uniform(0.02, 0.3) if is_modulated else 0.0,
        modulation_period_d=log_uniform(rng, 10, 100),
        phase_modulation=rng.uniform(0, 0.03) if is_modulated else 0.0,
    )
    change = rr_lyrae_flux(sight.time_d, star, sight.exposure_d)
    truth = {"period_d": star.period_d, "modulation": star.modulation}
    # A wave of some percent would be that of another kind of star.
    return Drawn(change, truth, keeps_size=True)


def draw_rotator(rng: Rng, sight: Sight) -> Drawn:
    """Draw spots of finite life (McQuillan et al. 2014; Giles et al. 2017, MNRAS 472, 1618)."""
    period_d = log_uniform(rng, 0.4, min(30.0, sight.span_d / 3))
    life_d = period_d * log_uniform(rng, 1.5, 10)
    days = float(sight.time_d[0]), float(sight.time_d[-1])
    spots = draw_spots(rng, days, period_d, life_d, rng.uniform(0, 0.1))
    light = spots_flux(sight.time_d, spots)
    truth = {"period_d": period_d, "life_d": life_d}
    return Drawn(light - np.median(light), truth, largest=_LARGEST_SPOTS)
