"""Signals that do not repeat: dips, comets, flares and outbursts."""

from __future__ import annotations

import numpy as np

from preprocessing.signals.dust_tails import DustTails, dust_tails_flux
from preprocessing.signals.flares import WhiteLightFlares, white_light_flux
from preprocessing.signals.outbursts import DwarfNova, dwarf_nova_flux
from preprocessing.validation.sight import Drawn, Sight, log_uniform, n_seen

__all__ = ["draw_dipper", "draw_dwarf_nova", "draw_exocomet", "draw_flares"]

Rng = np.random.Generator

#: Widths of flares in days: 5 minutes to an hour and a half (Davenport 2016, ApJ 829, 23).
_FLARE_WIDTHS_D = (5 / 1440, 90 / 1440)


def draw_dipper(rng: Rng, sight: Sight) -> Drawn:
    """Draw 3 to 15 clouds at random times, with tails behind or ahead (Boyajian et al. 2016)."""
    n = int(rng.integers(3, 16))
    middles = rng.uniform(sight.time_d[0], sight.time_d[-1], n)
    depths = 1e5 * np.concatenate(([1.0], 0.8 * rng.uniform(size=n - 1) ** 1.5))
    crossings = np.exp(rng.uniform(np.log(0.2), np.log(2.0), n))
    tails = crossings * rng.uniform(0.1, 1.5, n) * rng.choice((-1, 1), n)
    clouds = DustTails(middles, depths, crossings, tails, rng.uniform(0, 0.8, n))
    change = dust_tails_flux(sight.time_d, clouds, sight.exposure_d)
    is_seen = n_seen(sight, middles[:1], float(crossings[0])) == 1
    return Drawn(change, {"dips": float(n), "middle_d": float(middles[0])}, is_seen)


def draw_exocomet(rng: Rng, sight: Sight) -> Drawn:
    """Draw one comet: hours to cross the star, with a tail of up to a day (Zieba et al. 2019)."""
    middle, crossing = sight.moment(rng), log_uniform(rng, 0.1, 0.5)
    tail = crossing * rng.uniform(0.5, 2.0)
    one = (np.array([value]) for value in (middle, 1e4, crossing, tail, rng.uniform(0, 0.8)))
    change = dust_tails_flux(sight.time_d, DustTails(*one), sight.exposure_d)
    is_seen = n_seen(sight, np.array([middle]), crossing) == 1
    return Drawn(change, {"middle_d": middle, "crossing_d": crossing, "tail_d": tail}, is_seen)


def draw_flares(rng: Rng, sight: Sight) -> Drawn:
    """Draw flares with energies of a power law of index 2 (Davenport 2016, ApJ 829, 23)."""
    n = max(5, int(rng.uniform(0.1, 0.6) * sight.span_d))
    peaks = np.sort(rng.uniform(sight.time_d[0], sight.time_d[-1], n))
    # Energy is amplitude times width, and both grow with it.
    energies = np.minimum((1 - rng.uniform(size=n)) ** -1.0, 300.0)
    low, high = _FLARE_WIDTHS_D
    widths = np.clip(low * 3 * energies**0.4 * rng.lognormal(0, 0.3, n), low, high)
    flares = WhiteLightFlares(peaks, 1e3 * energies / widths * low, widths)
    change = white_light_flux(sight.time_d, flares, sight.exposure_d)
    return Drawn(change, {"flares": float(n)})


def draw_dwarf_nova(rng: Rng, sight: Sight) -> Drawn:
    """Draw one outburst of days (Cannizzo et al. 2010, ApJ 725, 1393)."""
    rise, plateau, decline = (log_uniform(rng, *a) for a in ((0.3, 3), (0.5, 10), (1, 15)))
    start = sight.moment(rng)
    change = dwarf_nova_flux(
        sight.time_d, DwarfNova(start, rng.uniform(0.2, 2.0), rise, plateau, decline)
    )
    middles = np.array([start + rise + plateau / 2])
    truth = {"start_d": start, "rise_d": rise, "plateau_d": plateau, "decline_d": decline}
    return Drawn(change, truth, n_seen(sight, middles, rise + plateau) == 1)
