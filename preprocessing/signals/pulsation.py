"""Pulsation: sines of many frequencies, and the large waves of RR Lyrae stars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["Modes", "RRLyrae", "modes_flux", "rr_lyrae_flux"]


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes in which a star pulsates.

    Parameters
    ----------
    frequencies_per_d : ndarray, shape (n,)
        Their frequencies, which may exceed half the sampling.
    amplitudes_ppm : ndarray, shape (n,)
        Semi-amplitudes in parts per million, as short exposures would see them.
    phases : ndarray, shape (n,)
        Phases at time 0, from 0 to 1.
    """

    frequencies_per_d: Floats
    amplitudes_ppm: Floats
    phases: Floats


def modes_flux(time_d: Floats, modes: Modes, exposure_d: float) -> Floats:
    """Return the change of light due to pulsation in several modes.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    modes : Modes
        The modes.
    exposure_d : float
        Length of an exposure in days; each amplitude is lowered as its mean over that.

    Returns
    -------
    ndarray, shape (n,)
        Relative change.
    """
    light = np.zeros(len(time_d))
    seen = np.sinc(modes.frequencies_per_d * exposure_d)
    for frequency, amplitude, phase in zip(
        modes.frequencies_per_d, modes.amplitudes_ppm * seen, modes.phases, strict=True
    ):
        light += 1e-6 * amplitude * np.sin(2 * np.pi * (frequency * time_d + phase))
    return light


@dataclass(frozen=True, eq=False)
class RRLyrae:
    """The wave of one RR Lyrae star, in magnitudes.

    Parameters
    ----------
    period_d : float
        Days from one maximum to the next.
    amplitude_mag : float
        Semi-amplitude of the first sine.
    ratios, phases : ndarray, shape (n,)
        Of each further sine, at 2, 3 ... times the frequency: amplitude over that of the first,
        and phase less as many times that of the first, in radians (Simon & Lee 1981, ApJ 248,
        291).
    phase : float
        Phase of the first sine at time 0, from 0 to 1.
    modulation : float
        By which share the amplitude varies (Blazhko effect).
    modulation_period_d : float
        Days from one strongest wave to the next.
    phase_modulation : float
        By how many turns the wave comes early and late meanwhile.
    """

    period_d: float
    amplitude_mag: float
    ratios: Floats
    phases: Floats
    phase: float
    modulation: float = 0.0
    modulation_period_d: float = 50.0
    phase_modulation: float = 0.0


def rr_lyrae_flux(time_d: Floats, star: RRLyrae, exposure_d: float) -> Floats:
    """Return the change of an RR Lyrae star's light.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    star : RRLyrae
        The star.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Relative to the light at mean magnitude.
    """
    times = sample_exposures(time_d, exposure_d)
    turn = 2 * np.pi * times / star.modulation_period_d
    first = 2 * np.pi * (times / star.period_d + star.phase + star.phase_modulation * np.cos(turn))
    wave = np.sin(first)
    for k, (ratio, phase) in enumerate(zip(star.ratios, star.phases, strict=True), start=2):
        wave = wave + ratio * np.sin(k * first + phase)
    strength = 1 + star.modulation * np.sin(turn)
    return np.asarray((10 ** (-0.4 * star.amplitude_mag * strength * wave) - 1).mean(axis=0))
