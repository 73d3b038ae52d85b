"""Ripples: waves that an instrument puts on a star's light for some days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["Ripples", "ripples_flux"]


@dataclass(frozen=True)
class Ripples:
    """Waves of a slowly drifting frequency that come and go, as of the rolling band.

    Parameters
    ----------
    start_d, end_d : float
        First and last time, in the days in which times are given.
    amplitude_ppm : float
        Semi-amplitude in the middle, in parts per million.
    period_d : float
        Days from one wave to the next at the start.
    drift : float
        By which share of the first frequency the frequency has changed at the end.
    phase : float
        Phase at the start, from 0 to 1.
    """

    start_d: float
    end_d: float
    amplitude_ppm: float
    period_d: float
    drift: float
    phase: float


def ripples_flux(time_d: Floats, ripples: Ripples) -> Floats:
    """Return the change of light by ripples.

    The rolling band is a moire of the electronics that drifts across a channel with the
    temperature (Kepler Instrument Handbook, KSCI-19033, on moire patterns).

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times, in days since any zero.
    ripples : Ripples
        The ripples.

    Returns
    -------
    ndarray, shape (n,)
        Relative change: 0 before the start and after the end.
    """
    length_d = ripples.end_d - ripples.start_d
    share = np.clip((time_d - ripples.start_d) / length_d, 0, 1)
    turns = share * length_d / ripples.period_d * (1 + ripples.drift * share / 2) + ripples.phase
    # Of a parabola, unlike of a sine, nothing is left at the end.
    strength = 1e-6 * ripples.amplitude_ppm * 4 * share * (1 - share)
    return np.asarray(strength * np.sin(2 * np.pi * turns))
