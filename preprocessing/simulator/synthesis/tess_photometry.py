"""What TESS records of a synthetic star: the table of one light-curve file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.signals.noise import red_noise
from preprocessing.simulator.synthesis.header_template import column_dtype
from preprocessing.simulator.synthesis.photometry import Aperture, relative_flux
from preprocessing.simulator.synthesis.population import Star
from preprocessing.simulator.synthesis.tess_calendar import SectorSpan, light_time_d
from preprocessing.simulator.synthesis.tess_header import TESS_COLUMNS

__all__ = ["BTJD_IN_BKJD", "TESS_ROW", "live_share", "record", "tess_photometer"]

#: Add this to TESS's days (BJD - 2457000) to get BJD - 2454833, in which all signals are defined.
BTJD_IN_BKJD = 2_457_000.0 - 2_454_833.0

#: One row of the table LIGHTCURVE: 100 bytes.
TESS_ROW = np.dtype(column_dtype(TESS_COLUMNS))

#: Fraction of the time during which light is collected (card DEADC). Rejecting cosmic rays costs
#: a fifth; exposures of 20 seconds keep all frames.
_LIVE_SHARE, _FAST_LIVE_SHARE = 0.792, 0.99
#: Electrons per second from a star of TESS magnitude 10 (files of TIC 162494287 and 66818296).
_FLUX_AT_10 = 1.5e4
#: Electrons per second and pixel from the sky, and the most that light from the Earth adds.
_SKY, _SHINE = 110.0, 900.0
#: Time scale on which the pointing drifts, in days.
_WANDER_D = 1.0
#: Fraction of the SAP flux's drift that the mission's correction leaves.
_RESIDUAL_DRIFT = 0.03
#: The flag of an outlier in one star's light curve, and the fraction of rows that have it.
_OUTLIER, _OUTLIER_SHARE = 1 << 9, 4e-4


def live_share(exposure_d: float) -> float:
    """Return the fraction of an exposure during which light is collected.

    Parameters
    ----------
    exposure_d : float
        Length of an exposure in days.
    """
    return _FAST_LIVE_SHARE if exposure_d * 86_400 < 60 else _LIVE_SHARE


def tess_photometer(
    star: Star, span: SectorSpan, aperture: Aperture, rng: np.random.Generator
) -> NDArray[np.void]:
    """Return the table of one light-curve file of the mission.

    Like `record`, but with NaN wherever the flags mark a value as bad.
    """
    rows = record(star, span, aperture, rng)
    _blank(rows, span)
    return rows


def record(
    star: Star, span: SectorSpan, aperture: Aperture, rng: np.random.Generator
) -> NDArray[np.void]:
    """Return the light of all exposures of a file, bad ones included.

    Parameters
    ----------
    star : Star
        The star.
    span : SectorSpan
        The exposures of the file.
    aperture : Aperture
        The star's pixels in that sector.
    rng : Generator
        Source of this file's noise.

    Returns
    -------
    ndarray, shape (n,), dtype `TESS_ROW`
        One row per exposure.
    """
    n_rows = len(span.tjd)
    rows = np.empty(n_rows, dtype=TESS_ROW)
    correction_d = light_time_d(span.tjd, star.position.ra_deg, star.position.dec_deg)
    time_btjd = span.tjd + correction_d
    rows["TIME"] = time_btjd
    rows["TIMECORR"] = correction_d
    rows["CADENCENO"] = np.arange(span.first_cadence, span.first_cadence + n_rows)
    quality = span.quality.copy()
    quality[rng.integers(0, n_rows, rng.poisson(_OUTLIER_SHARE * n_rows))] |= _OUTLIER
    rows["QUALITY"] = quality
    wander = red_noise(rng, n_rows, max(2, round(_WANDER_D / span.exposure_d)))
    _record_flux(rows, star, span, aperture, wander, time_btjd, rng)
    _record_position(rows, star, aperture, wander, rng)
    return rows


def _record_flux(
    rows: NDArray[np.void],
    star: Star,
    span: SectorSpan,
    aperture: Aperture,
    wander: NDArray[np.float32],
    time_btjd: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    n_rows = len(rows)
    seconds = span.exposure_d * 86_400 * live_share(span.exposure_d)
    flux = _FLUX_AT_10 * 10 ** (-0.4 * (star.kepmag - 10)) * aperture.gain
    others = flux * aperture.captured * (1 / aperture.crowding - 1)
    background = np.float32(aperture.n_optimal) * (_SKY + np.float32(_SHINE) * span.shine)
    error = np.sqrt((np.float32(flux * aperture.captured + others) + background) / seconds)

    atmosphere = star.atmosphere
    light = relative_flux(star, time_btjd + BTJD_IN_BKJD, span.exposure_d)
    light += (1e-6 * atmosphere.granulation_ppm) * red_noise(
        rng, n_rows, max(2, round(atmosphere.granulation_d / span.exposure_d))
    )
    light *= flux * aperture.captured
    light += error * rng.standard_normal(n_rows, np.float32)
    drift = np.float32(aperture.drift[2] / 2) * wander + np.float32(aperture.drift[0]) * span.shine
    rows["SAP_FLUX"] = (light + others) * (1 + drift)
    rows["SAP_FLUX_ERR"] = error
    background_error = error / 5
    rows["SAP_BKG"] = background + background_error * rng.standard_normal(n_rows, np.float32)
    rows["SAP_BKG_ERR"] = background_error
    rows["PDCSAP_FLUX"] = light / aperture.captured * (1 + _RESIDUAL_DRIFT * drift)
    rows["PDCSAP_FLUX_ERR"] = error / np.float32(aperture.captured)


def _record_position(
    rows: NDArray[np.void],
    star: Star,
    aperture: Aperture,
    wander: NDArray[np.float32],
    rng: np.random.Generator,
) -> None:
    height, width = aperture.pixels.shape
    corners = (aperture.first_column + width / 2, aperture.first_row + height / 2)
    error = 1e-3 * 10 ** (0.2 * (star.kepmag - 10))
    for axis, corner, motion in zip("12", corners, aperture.motion, strict=True):
        moved = np.float32(motion[0] / 3) * wander
        rows[f"POS_CORR{axis}"] = moved
        noise = np.float32(error) * rng.standard_normal(len(rows), np.float32)
        rows[f"MOM_CENTR{axis}"] = corner + moved + noise
        rows[f"MOM_CENTR{axis}_ERR"] = error
        # The mission fitted the point spread function for only a few of its stars.
        rows[f"PSF_CENTR{axis}"] = np.nan
        rows[f"PSF_CENTR{axis}_ERR"] = np.nan


def _blank(rows: NDArray[np.void], span: SectorSpan) -> None:
    """Remove what the mission could not measure, according to each row's flags."""
    rows["TIME"][span.no_data] = np.nan
    rows["TIMECORR"][span.no_data] = 0
    no_sap = span.no_sap
    for column in _BLANK_WITHOUT_SAP:
        rows[column][no_sap] = np.nan
    no_pdcsap = span.no_pdcsap
    rows["PDCSAP_FLUX"][no_pdcsap] = np.nan
    rows["PDCSAP_FLUX_ERR"][no_pdcsap] = np.nan


_BLANK_WITHOUT_SAP = (
    *("SAP_FLUX", "SAP_FLUX_ERR", "SAP_BKG", "SAP_BKG_ERR"),
    *("MOM_CENTR1", "MOM_CENTR1_ERR", "MOM_CENTR2", "MOM_CENTR2_ERR", "POS_CORR1", "POS_CORR2"),
)
