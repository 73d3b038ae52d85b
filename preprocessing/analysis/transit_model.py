"""The loss of light during a transit, compiled: the model of `signals.transits`."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.compiled import compiled

__all__ = ["mean_loss", "triangle_loss"]

#: Quadratic limb darkening, roughly for a Sun-like star in Kepler's band, as `signals.transits`
#: has it.
_LINEAR, _QUADRATIC = 0.4, 0.25
#: Times within one exposure (Kipping 2010, MNRAS 408, 1758).
_SAMPLES = 5


@compiled
def mean_loss(days: float, depth: float, half_d: float, impact: float, exposure_d: float) -> float:
    """Return the loss of light of one exposure, relative to the star's.

    Parameters
    ----------
    days : float
        From mid-transit to the middle of the exposure.
    depth : float
        Loss at mid-transit.
    half_d : float
        Half of the time from first to last contact.
    impact : float
        Impact parameter in stellar radii.
    exposure_d : float
        Length of the exposure.
    """
    if abs(days) >= half_d + exposure_d / 2:
        return 0.0
    ratio = np.sqrt(max(depth, 1e-12))
    chord = (1 + ratio) ** 2 - impact * impact
    total = 0.0
    for k in range(_SAMPLES):
        along = (days + (k - (_SAMPLES - 1) / 2) / _SAMPLES * exposure_d) / half_d
        if abs(along) < 1:
            total += _covered(np.sqrt(impact * impact + chord * along * along), ratio)
    return float(depth * total / _SAMPLES / _covered(impact, ratio))


@compiled
def _covered(distance: float, ratio: float) -> float:
    inside = min(1.0, max(0.0, (1 + ratio - distance) / (2 * ratio)))
    cosine = np.sqrt(max(0.0, 1 - min(distance, 1.0) ** 2))
    slant = 1 - cosine
    brightness = 1 - _LINEAR * slant - _QUADRATIC * slant * slant
    return float(inside * inside * (3 - 2 * inside) * brightness)


@compiled
def triangle_loss(days: float, half_d: float, sides: float, exposure_d: float) -> float:
    """Return the loss of one exposure in a dip with straight sides, 1 at its deepest.

    Parameters
    ----------
    days : float
        From the middle of the dip to that of the exposure.
    half_d : float
        Half of the dip's full length.
    sides : float
        Share of each half that is slope: 1 for a V; a box as it goes to 0.
    exposure_d : float
        Length of the exposure.
    """
    total = 0.0
    for k in range(_SAMPLES):
        offset = abs(days + (k - (_SAMPLES - 1) / 2) / _SAMPLES * exposure_d)
        total += min(1.0, max(0.0, (half_d - offset) / (half_d * sides)))
    return total / _SAMPLES
