"""Normalize the light curve of one file as `lightkurve`'s ``stitch()`` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.light_curve_table import ProductLightCurve

__all__ = ["Normalized", "normalize"]


@dataclass(frozen=True)
class Normalized:
    """Relative flux of one file.

    Parameters
    ----------
    flux, flux_err : ndarray of float32 or float64, shape (n,)
        Flux and its error, divided by the median; no unit.
    median : float
        The median flux in the file's unit and precision; NaN if no flux is finite.
    n_finite : int
        Number of rows with a finite flux.
    """

    flux: NDArray[np.floating[Any]]
    flux_err: NDArray[np.floating[Any]]
    median: float
    n_finite: int

    @property
    def is_unusual(self) -> bool:
        """Whether the result is meaningless, since the median is zero, negative or NaN."""
        return not self.median > 0


def normalize(light_curve: ProductLightCurve) -> Normalized:
    """Divide flux and its error by the median flux of the rows kept.

    Parameters
    ----------
    light_curve : ProductLightCurve
        Rows of one file, without masked ones.

    Returns
    -------
    Normalized
        As with `lightkurve.LightCurve.normalize` (2.6.0), a negative median inverts the curve
        and a median of zero makes it infinite: check `Normalized.is_unusual`.

    Notes
    -----
    Everything is computed in the file's own precision, so the result equals lightkurve's to
    the last bit.
    """
    native = light_curve.flux.dtype.newbyteorder("=")
    flux = light_curve.flux.astype(native)
    flux_err = light_curve.flux_err.astype(native)
    # nanmedian warns if all values are NaN. Avoid the call, since warnings cannot be silenced
    # safely in threads.
    has_median = not np.isnan(flux).all()
    with np.errstate(all="ignore"):
        median = native.type(np.nanmedian(flux) if has_median else np.nan)
        return Normalized(
            flux=flux / median,
            flux_err=flux_err / median,
            median=float(median),
            n_finite=int(np.isfinite(flux).sum()),
        )
