"""Normalise the light curve of one file as `lightkurve`'s ``stitch()`` does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.lightcurve import LightCurve

__all__ = ["Normalised", "normalise"]


@dataclass(frozen=True)
class Normalised:
    """Relative flux of one file.

    Parameters
    ----------
    flux, flux_err : ndarray of float32, shape (n,)
        Divided by the median; no unit.
    median : float
        What they were divided by, e-/s: float32, NaN if no flux is finite.
    n_finite : int
        Rows whose flux is finite.
    """

    flux: NDArray[np.float32]
    flux_err: NDArray[np.float32]
    median: float
    n_finite: int

    @property
    def is_unusual(self) -> bool:
        """Whether dividing made little sense: the median is zero, negative, or NaN."""
        return not self.median > 0


def normalise(light_curve: LightCurve) -> Normalised:
    """Divide flux and its error by the median flux of the rows kept.

    Parameters
    ----------
    light_curve : LightCurve
        Kept rows of one file, e-/s.

    Returns
    -------
    Normalised
        A negative median inverts the curve and one of zero makes it infinite, as
        `lightkurve.LightCurve.normalize` (2.6.0) does; `Normalised.is_unusual` tells.

    Notes
    -----
    Done in float32 throughout, which makes the result equal to lightkurve's to the bit.
    """
    flux = light_curve.flux.astype(np.float32)
    flux_err = light_curve.flux_err.astype(np.float32)
    # Files are normalised in several threads, where warnings cannot be silenced safely:
    # what numpy would warn of is not asked of it.
    has_median = not np.isnan(flux).all()
    with np.errstate(all="ignore"):
        median = np.float32(np.nanmedian(flux) if has_median else np.nan)
        return Normalised(
            flux=flux / median,
            flux_err=flux_err / median,
            median=float(median),
            n_finite=int(np.isfinite(flux).sum()),
        )
