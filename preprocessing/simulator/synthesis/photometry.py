"""What Kepler records of a synthetic star: the table of one light-curve file."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from preprocessing.signals.eclipses import eclipse_flux
from preprocessing.signals.flares import flare_flux
from preprocessing.signals.noise import red_noise
from preprocessing.signals.rotation import rotation_flux
from preprocessing.signals.transits import transit_flux
from preprocessing.simulator.synthesis.mission_calendar import (
    FRAMES,
    MJD_OF_BKJD_ZERO,
    CadenceSpan,
    time_correction,
)
from preprocessing.simulator.synthesis.mission_file import LIGHT_CURVE_ROW
from preprocessing.simulator.synthesis.population import Star

__all__ = [
    "FRAME_S",
    "INTEGRATION_S",
    "Aperture",
    "aperture_of",
    "photometer",
    "relative_flux",
    "white_noise_ppm",
]

Floats = NDArray[np.float64]

#: Seconds during which a frame collects light, and seconds from one frame to the next: cards
#: INT_TIME and FRAMETIM.
INTEGRATION_S = 6.019802903270
FRAME_S = 6.538751429414

#: Electrons per second from a star of Kepler magnitude 12 (median PDCSAP flux of KIC 6462863
#: and KIC 8644288 in the mission's DR25 files).
_FLUX_AT_12 = 2.25e5

#: Flags that differ from star to star (Kepler Archive Manual, table 2-3), and the fraction of
#: rows that have each (same files).
_COSMIC_RAY, _COLLATERAL_RAY, _OUTLIER = 1 << 7, 1 << 13, 1 << 11
_COSMIC_RAY_SHARE, _COLLATERAL_SHARE, _OUTLIER_SHARE = 0.015, 0.025, 0.0006
_ROLLING_BAND = 1 << 17 | 1 << 18
_ROLLING_BAND_CHANCE, _ROLLING_BAND_LENGTH = 0.3, 0.03

#: Time constant, in days, with which the focus settles after the telescope turned to the Earth.
_SETTLING_D = 1.5
#: Time scale on which the pointing drifts, in days.
_WANDER_D = 4.0
#: Fraction of the SAP flux's drift that the mission's correction leaves.
_RESIDUAL_DRIFT = 0.02


@dataclass(frozen=True)
class Aperture:
    """The pixels from which a star's light is summed in one season.

    Parameters
    ----------
    pixels : ndarray, shape (height, width), int32
        1 for a collected pixel, 3 for a collected pixel in the optimal aperture.
    first_column, first_row : int
        Position of the first pixel on the CCD.
    crowding : float
        Fraction of the light in the optimal aperture that comes from the star.
    captured : float
        Fraction of the star's light that falls into the optimal aperture.
    gain : float
        Factor by which this season's flux differs from the star's true flux.
    background : float
        Background in the optimal aperture, in electrons per second.
    read_noise : float
        Electrons per pixel and frame.
    drift : tuple of float
        Relative change of flux: linear and quadratic over the file, and settling after gaps.
    motion : tuple of tuple of float
        Motion of the star's image in pixels, with the same three terms, for column and row.
    """

    pixels: NDArray[np.int32]
    first_column: int
    first_row: int
    crowding: float
    captured: float
    gain: float
    background: float
    read_noise: float
    drift: tuple[float, float, float]
    motion: tuple[tuple[float, float, float], tuple[float, float, float]]

    @property
    def n_optimal(self) -> int:
        """Number of pixels in the optimal aperture."""
        return int(np.count_nonzero(self.pixels & 2))


def aperture_of(star: Star, season: int, seed: int) -> Aperture:
    """Return a star's aperture, which is the same whenever a season recurs.

    Parameters
    ----------
    star : Star
        The star.
    season : int
        Kepler's season, K2's campaign or TESS's sector.
    seed : int
        The population's seed.
    """
    rng = Random(f"{seed} {star.index} aperture {season}")
    radius = 1.2 + 0.45 * max(0.0, 14.5 - star.kepmag) ** 0.8
    pixels = _draw_pixels(rng, radius)
    n_optimal = int(np.count_nonzero(pixels & 2))
    return Aperture(
        pixels=pixels,
        first_column=rng.randrange(20, 1_080),
        first_row=rng.randrange(30, 1_010),
        crowding=1 - 0.02 * rng.random() * max(1.0, star.kepmag - 10),
        captured=rng.uniform(0.85, 0.96),
        gain=rng.uniform(0.98, 1.02),
        background=n_optimal * rng.uniform(180, 420),
        read_noise=rng.uniform(80, 130),
        drift=(rng.uniform(-4e-3, 4e-3), rng.uniform(-2e-3, 2e-3), rng.uniform(-4e-3, 4e-3)),
        motion=(_draw_motion(rng), _draw_motion(rng)),
    )


def relative_flux(star: Star, time_bkjd: Floats, exposure_d: float) -> Floats:
    """Return a star's light without noise, relative to its undisturbed level of 1.

    Parameters
    ----------
    star : Star
        The star.
    time_bkjd : ndarray, shape (n,)
        Middle of the exposures, BJD - 2454833, ascending.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        The light averaged over each exposure.
    """
    what = star.variability
    light = np.ones(len(time_bkjd))
    if what.rotation is not None:
        light += rotation_flux(time_bkjd, what.rotation)
    if what.flares is not None:
        light += flare_flux(time_bkjd, what.flares, exposure_d)
    if what.transit is not None:
        light *= 1 + transit_flux(time_bkjd, what.transit, exposure_d)
    if what.eclipses is not None:
        light *= 1 + eclipse_flux(time_bkjd, what.eclipses, exposure_d)
    for change in what.changes:
        light *= 1 + change(time_bkjd, exposure_d)
    return light


def photometer(
    star: Star, span: CadenceSpan, aperture: Aperture, rng: np.random.Generator
) -> NDArray[np.void]:
    """Return the table of one light-curve file.

    Parameters
    ----------
    star : Star
        The star.
    span : CadenceSpan
        The exposures of the file.
    aperture : Aperture
        The star's pixels in that season.
    rng : Generator
        Source of this file's noise.

    Returns
    -------
    ndarray, shape (n,), dtype `LIGHT_CURVE_ROW`
        One row per exposure; values that the mission could not measure are NaN.
    """
    n_rows = len(span.mjd)
    rows = np.empty(n_rows, dtype=LIGHT_CURVE_ROW)
    correction_d = time_correction(span.mjd, star.position.ra_deg, star.position.dec_deg)
    time_bkjd = span.mjd - MJD_OF_BKJD_ZERO + correction_d
    course = _Course(span)
    rows["TIME"] = time_bkjd
    rows["TIMECORR"] = correction_d
    rows["CADENCENO"] = np.arange(span.first_cadence, span.first_cadence + n_rows)
    rows["SAP_QUALITY"] = span.quality | _own_flags(n_rows, rng)
    for flagged in star.variability.flagged:
        start, end = np.searchsorted(time_bkjd, (flagged.start_bkjd, flagged.end_bkjd))
        rows["SAP_QUALITY"][start:end] |= flagged.bits
    _record_flux(rows, star, span, aperture, course, time_bkjd, rng)
    _record_position(rows, star, span, aperture, course, rng)
    _blank(rows, star, span)
    return rows


class _Course:
    """The trends within one file: elapsed time from -1 to 1, and settling after long gaps."""

    def __init__(self, span: CadenceSpan) -> None:
        self.elapsed = np.linspace(-1, 1, len(span.mjd), dtype=np.float32)
        self.settling = np.exp(span.recovery_d * np.float32(-1 / _SETTLING_D))
        self.wander_rows = max(2, round(_WANDER_D / span.cadence_d))

    def along(self, course: tuple[float, float, float]) -> NDArray[np.float32]:
        linear, quadratic, settling = map(np.float32, course)
        return np.asarray(
            self.elapsed * (linear + quadratic * self.elapsed) + settling * self.settling
        )


def _record_flux(
    rows: NDArray[np.void],
    star: Star,
    span: CadenceSpan,
    aperture: Aperture,
    course: _Course,
    time_bkjd: Floats,
    rng: np.random.Generator,
) -> None:
    n_rows = len(rows)
    flux = _flux_of(star, aperture)
    seconds = INTEGRATION_S * FRAMES[span.cadence]
    others = _light_of_others(flux, aperture)
    error = _flux_error(flux * aperture.captured + others, aperture, span.cadence)
    background_error = np.sqrt(aperture.background / seconds) / 3
    surplus = 1.15 * flux if star.quarter_below_zero == span.quarter else 0.0

    atmosphere = star.atmosphere
    memory = max(2, round(atmosphere.granulation_d / span.cadence_d))
    light = relative_flux(star, time_bkjd, span.cadence_d)
    light += 1e-6 * atmosphere.granulation_ppm * red_noise(rng, n_rows, memory)
    target = flux * aperture.captured * light + error * rng.standard_normal(n_rows, np.float32)
    drift = course.along(aperture.drift)
    drift += np.float32(3e-4) * red_noise(rng, n_rows, course.wander_rows)

    rows["SAP_FLUX"] = (target + others) * (1 + drift) - surplus * aperture.captured
    rows["SAP_FLUX_ERR"] = error
    annual = np.float32(0.06) * course.elapsed
    rows["SAP_BKG"] = (
        aperture.background * (1 + annual) + surplus * aperture.captured
    ) + background_error * rng.standard_normal(n_rows, np.float32)
    rows["SAP_BKG_ERR"] = background_error
    rows["PDCSAP_FLUX"] = target / aperture.captured * (1 + _RESIDUAL_DRIFT * drift) - surplus
    rows["PDCSAP_FLUX_ERR"] = error / aperture.captured


def white_noise_ppm(star: Star, aperture: Aperture, cadence: str) -> float:
    """Return the standard deviation of one exposure's flux from photon and read noise.

    Parameters
    ----------
    star : Star
        The star.
    aperture : Aperture
        Its pixels.
    cadence : {'long', 'short'}
        The length of an exposure.

    Returns
    -------
    float
        In parts per million of the star's flux.
    """
    flux = _flux_of(star, aperture)
    collected = flux * aperture.captured + _light_of_others(flux, aperture)
    return 1e6 * _flux_error(collected, aperture, cadence) / (aperture.captured * flux)


def _flux_of(star: Star, aperture: Aperture) -> float:
    return float(_FLUX_AT_12 * 10 ** (-0.4 * (star.kepmag - 12)) * aperture.gain)


def _light_of_others(flux: float, aperture: Aperture) -> float:
    """Return the light of other stars in the aperture, which the mission's correction removes."""
    return flux * aperture.captured * (1 / aperture.crowding - 1)


def _flux_error(flux: float, aperture: Aperture, cadence: str) -> float:
    """Return the standard deviation of photon and read noise, in e-/s."""
    seconds = INTEGRATION_S * FRAMES[cadence]
    read_out = aperture.n_optimal * FRAMES[cadence] * aperture.read_noise**2
    return float(np.sqrt((flux + aperture.background) / seconds + read_out / seconds**2))


def _record_position(
    rows: NDArray[np.void],
    star: Star,
    span: CadenceSpan,
    aperture: Aperture,
    course: _Course,
    rng: np.random.Generator,
) -> None:
    n_rows = len(rows)
    height, width = aperture.pixels.shape
    corners = (aperture.first_column + width / 2, aperture.first_row + height / 2)
    # 2e-4 pixels at magnitude 13.5, as for KIC 8644288; the error grows as the light decreases.
    error = 2e-4 * 10 ** (0.2 * (star.kepmag - 13.5)) * np.sqrt(270 / FRAMES[span.cadence])
    for axis, corner, motion in zip("12", corners, aperture.motion, strict=True):
        moved = course.along(motion)
        moved += np.float32(4e-4) * red_noise(rng, n_rows, 3)
        rows[f"POS_CORR{axis}"] = moved
        noise = np.float32(error) * rng.standard_normal(n_rows, np.float32)
        rows[f"MOM_CENTR{axis}"] = corner + moved + noise
        rows[f"MOM_CENTR{axis}_ERR"] = error
        # The mission fitted the point spread function for only a few of its stars.
        rows[f"PSF_CENTR{axis}"] = np.nan
        rows[f"PSF_CENTR{axis}_ERR"] = np.nan


def _blank(rows: NDArray[np.void], star: Star, span: CadenceSpan) -> None:
    """Remove what the mission could not measure, according to each row's flags."""
    rows["TIME"][span.no_data] = np.nan
    rows["TIMECORR"][span.no_data] = 0
    for column in _BLANK_WITHOUT_SAP:
        rows[column][span.no_sap] = np.nan
    no_pdcsap = span.no_pdcsap
    if star.quarter_without_pdcsap == span.quarter:
        no_pdcsap = np.ones(len(rows), dtype=np.bool_)
    rows["PDCSAP_FLUX"][no_pdcsap] = np.nan
    rows["PDCSAP_FLUX_ERR"][no_pdcsap] = np.nan


_BLANK_WITHOUT_SAP = (
    "SAP_FLUX",
    "SAP_FLUX_ERR",
    "SAP_BKG",
    "SAP_BKG_ERR",
    "MOM_CENTR1",
    "MOM_CENTR1_ERR",
    "MOM_CENTR2",
    "MOM_CENTR2_ERR",
    "POS_CORR1",
    "POS_CORR2",
)


def _own_flags(n_rows: int, rng: np.random.Generator) -> NDArray[np.int32]:
    flags = np.zeros(n_rows, dtype=np.int32)
    for bit, share in (
        (_COSMIC_RAY, _COSMIC_RAY_SHARE),
        (_COLLATERAL_RAY, _COLLATERAL_SHARE),
        (_OUTLIER, _OUTLIER_SHARE),
    ):
        flags[rng.integers(0, n_rows, rng.poisson(share * n_rows))] |= bit
    if rng.random() < _ROLLING_BAND_CHANCE:
        start = int(rng.integers(0, n_rows))
        flags[start : start + int(_ROLLING_BAND_LENGTH * n_rows)] |= _ROLLING_BAND
    return flags


def _draw_pixels(rng: Random, radius: float) -> NDArray[np.int32]:
    """Return a mask with a round optimal aperture about its middle."""
    half = int(radius) + 2
    middle_row, middle_column = (half + rng.uniform(-0.5, 0.5) for _ in range(2))
    row, column = np.ogrid[: 2 * half + 1, : 2 * half + 1]
    inside = (row - middle_row) ** 2 + (column - middle_column) ** 2 <= radius**2
    return np.where(inside, 3, 1).astype(np.int32)


def _draw_motion(rng: Random) -> tuple[float, float, float]:
    return rng.uniform(-0.03, 0.03), rng.uniform(-0.01, 0.01), rng.uniform(-0.01, 0.01)
