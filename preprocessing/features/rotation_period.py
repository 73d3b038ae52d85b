"""The period of a star's rotation: where two ways of looking for it agree."""

from __future__ import annotations

from preprocessing.analysis.repetition import Repetition
from preprocessing.analysis.waves import Waves

__all__ = ["rotation_period_d"]

#: Two periods are the same rotation if they differ by less than this: spots at other latitudes
#: rotate by as much slower or faster (Reinhold et al. 2013, A&A 560, A4).
_ALIKE = 0.1
#: Ratios of the time after which light repeats to the period of the strongest sine, that one
#: rotation has: spots on opposite sides of the star make the sine of half the period.
_RATIOS = (1.0, 2.0)


def rotation_period_d(repetition: Repetition | None, waves: Waves | None) -> float | None:
    """Return the period of the rotation, if the star has spots.

    The autocorrelation tells the period from its half, and a sine tells it from chance, which
    rarely makes a maximum of both at the same period.

    Parameters
    ----------
    repetition : Repetition, optional
        After which time the light repeats.
    waves : Waves, optional
        What is periodic in it.

    Returns
    -------
    float or None
        In days; None if there is no period, or the two do not agree.
    """
    if repetition is None or waves is None:
        return None
    ratio = repetition.lag_d * waves.main.frequency_per_d
    if any(abs(ratio / one - 1) < _ALIKE for one in _RATIOS):
        return repetition.lag_d
    return None
