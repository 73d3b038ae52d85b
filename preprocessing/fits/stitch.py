"""Normalize the light curve of one file as `lightkurve`'s ``stitch()`` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.light_curve_table import LightCurve

__all__ = ["Normalized", "normalize"]


@dataclass(frozen=True)
class Normalized:
    """Relative flux of one file.

    Parameters
    ----------
    flux, flux_err : ndarray of float32 or float64, shape (n,)
        Divided by the median; no unit.
    median : float
        What they were divided by, in the file's unit and precision: NaN if no flux is finite.
    n_finite : int
        Rows whose flux is finite.
    """

    flux: NDArray[np.floating[Any]]
    flux_err: NDArray[np.floating[Any]]
    median: float
    n_finite: int

    @property
    def is_unusual(self) -> bool:
        """Whether dividing made little sense: the median is zero, negative, or NaN."""
        return not self.median > 0


def normalize(light_curve: LightCurve) -> Normalized:
    """Divide flux and its error by the median flux of the rows kept.

    Parameters
    ----------
    light_curve : LightCurve
        Kept rows of one file.

    Returns
    -------
    Normalized
        A negative median inverts the curve and one of zero makes it infinite, as
        `lightkurve.LightCurve.normalize` (2.6.0) does; `Normalized.is_unusual` tells.

    Notes
    -----
    Done in the file's own precision throughout, which makes the result equal to lightkurve's
    to the bit.
    """
    native = light_curve.flux.dtype.newbyteorder("=")
    flux = light_curve.flux.astype(native)
    flux_err = light_curve.flux_err.astype(native)
    # Files are normalized in several threads, where warnings cannot be silenced safely:
    # what numpy would warn of is not asked of it.
    has_median = not np.isnan(flux).all()
    with np.errstate(all="ignore"):
        median = native.type(np.nanmedian(flux) if has_median else np.nan)
        return Normalized(
            flux=flux / median,
            flux_err=flux_err / median,
            median=float(median),
            n_finite=int(np.isfinite(flux).sum()),
        )
