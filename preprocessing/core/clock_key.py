"""What tells the clocks of a mission apart."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ClockKey"]


@dataclass(frozen=True, order=True)
class ClockKey:
    """Which clock it is: all stars of a mission that share these share their clock.

    Parameters
    ----------
    mission : str
        The mission's name.
    exposure_s : float
        Time between two cadences, in seconds.
    sequence_number : int
        The quarter, campaign or sector.
    detector : tuple of int
        Where on the detectors, if that matters: camera and CCD of TESS.
    """

    mission: str
    exposure_s: float
    sequence_number: int
    detector: tuple[int, ...] = ()
