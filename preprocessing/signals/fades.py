"""Slow fades: light that falls for days or weeks, and may come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["Fade", "fade_flux"]


@dataclass(frozen=True)
class Fade:
    """A slow loss of light, as behind the edge of a disk.

    Parameters
    ----------
    start_d : float
        When the light begins to fall, in the days in which times are given.
    depth_ppm : float
        Relative loss of light at the end of the fall, in parts per million.
    fall_d, low_d, rise_d : float
        Days for which the light falls, stays low and rises. Infinite days: it does not come back.
    """

    start_d: float
    depth_ppm: float
    fall_d: float
    low_d: float
    rise_d: float


def fade_flux(time_d: Floats, fade: Fade) -> Floats:
    """Return the change of light by a slow fade.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times, in days since any zero.
    fade : Fade
        The fade.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: from minus the depth to 0.
    """
    low = fade.start_d + fade.fall_d
    lost = _smooth_step((time_d - fade.start_d) / fade.fall_d)
    if np.isfinite(fade.low_d) and np.isfinite(fade.rise_d):
        lost -= _smooth_step((time_d - low - fade.low_d) / fade.rise_d)
    return -1e-6 * fade.depth_ppm * lost


def _smooth_step(x: Floats) -> Floats:
    """Return 0 below 0, 1 above 1, and a cubic without a corner between."""
    inside = np.clip(x, 0, 1)
    return np.asarray(inside**2 * (3 - 2 * inside))
