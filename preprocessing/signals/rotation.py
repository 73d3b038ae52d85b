"""Rotation: spots that a star carries round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["Rotation", "rotation_flux"]


@dataclass(frozen=True)
class Rotation:
    """Spots that rotate with a star.

    Parameters
    ----------
    period_d : float
        Rotation period in days.
    amplitude_ppm : float
        Largest deviation of the light from its mean, in parts per million.
    phase : float
        Phase of the first spot group at time 0, from 0 to 1.
    shear : float
        Relative difference in rotation rate: the second spot group, at another latitude, rotates
        slower. The groups drift apart within ``period_d / shear`` days, so the pattern evolves.
    """

    period_d: float
    amplitude_ppm: float
    phase: float
    shear: float


def rotation_flux(time_d: Floats, rotation: Rotation) -> Floats:
    """Return the change of light due to spots, relative to the mean.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    rotation : Rotation
        The spots.

    Returns
    -------
    ndarray, shape (n,)
        Relative change, within plus or minus the amplitude.
    """
    first = 2 * np.pi * (time_d / rotation.period_d + rotation.phase)
    second = first * (1 - rotation.shear)
    pattern = 0.55 * np.sin(first) + 0.30 * np.sin(second) + 0.15 * np.sin(first + second)
    return np.asarray(1e-6 * rotation.amplitude_ppm * pattern)
