"""Outbursts: light that rises within hours or days and decays slowly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["DwarfNova", "Outburst", "dwarf_nova_flux", "outburst_flux"]


@dataclass(frozen=True)
class Outburst:
    """One outburst: a pulse with a fast rise and an exponential decay.

    Parameters
    ----------
    peak_d : float
        Time of the peak, in the days in which times are given.
    amplitude_ppm : float
        Added light at the peak, in parts per million of the star's.
    rise_d : float
        Days from the start to the peak.
    decay_d : float
        Days in which the light decays by a factor of e, long after the peak.
    """

    peak_d: float
    amplitude_ppm: float
    rise_d: float
    decay_d: float


def outburst_flux(time_d: Floats, outburst: Outburst) -> Floats:
    """Return the light that an outburst adds.

    The pulse of Norris et al. (2005, ApJ 627, 324), equation 1: with t1 and t2 the time scales of
    rise and decay, it starts at 0 and peaks at the square root of t1 t2.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times, in days since any zero.
    outburst : Outburst
        The outburst.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or more.
    """
    t1, t2 = outburst.rise_d**2 / outburst.decay_d, outburst.decay_d
    since = time_d - outburst.peak_d + outburst.rise_d
    begun = since > 0
    light = np.zeros(len(time_d))
    light[begun] = np.exp(2 * np.sqrt(t1 / t2) - t1 / since[begun] - since[begun] / t2)
    return 1e-6 * outburst.amplitude_ppm * light


@dataclass(frozen=True)
class DwarfNova:
    """An outburst as of a dwarf nova: straight lines in magnitudes, with a plateau.

    Parameters
    ----------
    start_d : float
        When the rise begins, in the days in which times are given.
    amplitude_mag : float
        By how much the star is brighter on the plateau, in magnitudes.
    rise_d, plateau_d, decline_d : float
        Days of the rise, the plateau and the decline; none is 0.
    """

    start_d: float
    amplitude_mag: float
    rise_d: float
    plateau_d: float
    decline_d: float


def dwarf_nova_flux(time_d: Floats, nova: DwarfNova) -> Floats:
    """Return the light that an outburst as of a dwarf nova adds.

    Rise and decline are exponential in light (Cannizzo et al. 2010, ApJ 725, 1393, on V344 Lyrae
    in Kepler's light).

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times, in days since any zero.
    nova : DwarfNova
        The outburst.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or more.
    """
    corners = nova.start_d + np.cumsum([0, nova.rise_d, nova.plateau_d, nova.decline_d])
    levels = nova.amplitude_mag * np.array([0.0, 1.0, 1.0, 0.0])
    return np.asarray(10 ** (0.4 * np.interp(time_d, corners, levels)) - 1)
