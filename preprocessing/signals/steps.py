"""Steps: light that jumps from one exposure to the next, and comes back slowly or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["Step", "step_flux"]


@dataclass(frozen=True)
class Step:
    """A sudden change of a pixel's sensitivity, or the settling of a telescope.

    Parameters
    ----------
    start_d : float
        When the light jumps, in the days in which times are given.
    change_ppm : float
        The jump, in parts per million: below 0 for a loss.
    recovered : float
        Which share comes back, from 0 to 1.
    recovery_d : float
        Days in which what comes back falls by a factor of e.
    """

    start_d: float
    change_ppm: float
    recovered: float
    recovery_d: float


def step_flux(time_d: Floats, step: Step) -> Floats:
    """Return the change of light by a step.

    A sudden pixel sensitivity dropout recovers in part within hours to days (Kepler Data
    Characteristics Handbook, KSCI-19040); with all of it recovered, a step is the ramp after a
    safe mode.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times, in days since any zero.
    step : Step
        The step.

    Returns
    -------
    ndarray, shape (n,)
        Relative change: 0 before the step.
    """
    since = np.maximum(time_d - step.start_d, 0)
    left = 1 - step.recovered * (1 - np.exp(-since / step.recovery_d))
    return np.asarray(np.where(time_d < step.start_d, 0, 1e-6 * step.change_ppm * left))
