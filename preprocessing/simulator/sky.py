"""Find the stars within a circle on the sky."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["SkyIndex"]


class SkyIndex:
    """Positions of many stars, prepared for searches.

    Parameters
    ----------
    keys : sequence of int
        Keys of the stars.
    ra_deg, dec_deg : sequence of float
        Positions (ICRS) in degrees. A star with a NaN is never found.
    """

    def __init__(
        self, keys: Sequence[int], ra_deg: Sequence[float], dec_deg: Sequence[float]
    ) -> None:
        self._keys = np.asarray(keys, dtype=np.int64)
        self._directions = _unit_vectors(np.asarray(ra_deg, float), np.asarray(dec_deg, float))

    def within(self, ra_deg: float, dec_deg: float, radius_deg: float) -> dict[int, float]:
        """Find the stars within a circle.

        Parameters
        ----------
        ra_deg, dec_deg : float
            Center (ICRS) in degrees.
        radius_deg : float
            Radius in degrees.

        Returns
        -------
        dict of int to float
            Separation in arcsec by star key, nearest first.
        """
        center = _unit_vectors(np.array([ra_deg]), np.array([dec_deg]))[0]
        # Half the chord stays precise at small angles, where the arc cosine of the dot product
        # loses all digits: lightkurve searches within 1e-4 arcsec.
        half_chord = np.linalg.norm(self._directions - center, axis=1) / 2.0
        separation_deg = np.degrees(2.0 * np.arcsin(np.minimum(half_chord, 1.0)))
        found = np.flatnonzero(separation_deg <= radius_deg)
        nearest_first = found[np.argsort(separation_deg[found], kind="stable")]
        return {int(self._keys[i]): float(separation_deg[i] * 3600.0) for i in nearest_first}


def _unit_vectors(
    ra_deg: npt.NDArray[np.float64], dec_deg: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
