"""What the telescope records of a synthetic star: one table of a light-curve file."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from preprocessing.signals.models import (
    eclipse_flux,
    flare_flux,
    red_noise,
    rotation_flux,
    transit_flux,
)
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

#: Seconds in which a frame collects light, and from one frame to the next: cards
#: INT_TIME and FRAMETIM.
INTEGRATION_S = 6.019802903270
FRAME_S = 6.538751429414

#: Electrons a second of a star of Kepler magnitude 12 (mission files of DR25: PDCSAP
#: medians of KIC 6462863 and KIC 8644288).
_FLUX_AT_12 = 2.25e5

#: Bits that are a star's own (Kepler Archive Manual, table 2-3), and the share of rows
#: that have them (the same files).
_COSMIC_RAY, _COLLATERAL_RAY, _OUTLIER = 1 << 7, 1 << 13, 1 << 11
_COSMIC_RAY_SHARE, _COLLATERAL_SHARE, _OUTLIER_SHARE = 0.015, 0.025, 0.0006
_ROLLING_BAND = 1 << 17 | 1 << 18
_ROLLING_BAND_CHANCE, _ROLLING_BAND_LENGTH = 0.3, 0.03

#: Days in which the focus settles after the telescope has turned to the Earth and back.
_SETTLING_D = 1.5
#: Days over which the pointing wanders.
_WANDER_D = 4.0
#: What is left of the drift of SAP flux after the mission's correction.
_RESIDUAL_DRIFT = 0.02


@dataclass(frozen=True)
class Aperture:
    """The pixels from which a star's light is summed in one season.

    Parameters
    ----------
    pixels : ndarray, shape (height, width), int32
        1 collected, 3 collected and in the optimal aperture.
    first_column, first_row : int
        On the CCD.
    crowding : float
        Share of the light in the optimal aperture that is the star's.
    captured : float
        Share of the star's light that is in the optimal aperture.
    gain : float
        Flux correction that this season's aperture leaves, relative to 1.
    background : float
        Electrons a second in the optimal aperture.
    read_noise : float
        Electrons a pixel and frame.
    drift : tuple of float
        Relative: linear and quadratic course over the file, and settling after gaps.
    motion : tuple of float
        Pixels: the same of the column and row.
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
    """Return a star's aperture, which is the same in each season."""
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
    """Return a star's light without noise, 1 where nothing happens.

    Parameters
    ----------
    star : Star
    time_bkjd : ndarray, shape (n,)
        Ascending.
    exposure_d : float

    Returns
    -------
    ndarray, shape (n,)
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
    return light


def photometer(
    star: Star, span: CadenceSpan, aperture: Aperture, rng: np.random.Generator
) -> NDArray[np.void]:
    """Return the table of one light-curve file.

    Parameters
    ----------
    star : Star
    span : CadenceSpan
        The exposures of the file.
    aperture : Aperture
        Of the season.
    rng : Generator
        Source of the noise, the file's own.

    Returns
    -------
    ndarray, shape (n,), dtype `LIGHT_CURVE_ROW`
    """
    n_rows = len(span.mjd)
    rows = np.empty(n_rows, dtype=LIGHT_CURVE_ROW)
    correction_d = time_correction(span.mjd, star.place.ra_deg, star.place.dec_deg)
    time_bkjd = span.mjd - MJD_OF_BKJD_ZERO + correction_d
    course = _Course(span)
    rows["TIME"] = time_bkjd
    rows["TIMECORR"] = correction_d
    rows["CADENCENO"] = np.arange(span.first_cadence, span.first_cadence + n_rows)
    rows["SAP_QUALITY"] = span.quality | _own_flags(n_rows, rng)
    _record_flux(rows, star, span, aperture, course, time_bkjd, rng)
    _record_position(rows, star, span, aperture, course, rng)
    _blank(rows, star, span)
    return rows


class _Course:
    """How a quarter runs: in time from -1 to 1, and out of and back into balance."""

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
    """Return the standard deviation of a cadence's flux by photon and read noise."""
    flux = _flux_of(star, aperture)
    collected = flux * aperture.captured + _light_of_others(flux, aperture)
    return 1e6 * _flux_error(collected, aperture, cadence) / (aperture.captured * flux)


def _flux_of(star: Star, aperture: Aperture) -> float:
    return float(_FLUX_AT_12 * 10 ** (-0.4 * (star.kepmag - 12)) * aperture.gain)


def _light_of_others(flux: float, aperture: Aperture) -> float:
    """Return what other stars add to the aperture; the correction takes it away again."""
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
    # 2e-4 pixels at magnitude 13.5, as KIC 8644288 has it; more where light is scarce.
    error = 2e-4 * 10 ** (0.2 * (star.kepmag - 13.5)) * np.sqrt(270 / FRAMES[span.cadence])
    for axis, corner, motion in zip("12", corners, aperture.motion, strict=True):
        moved = course.along(motion)
        moved += np.float32(4e-4) * red_noise(rng, n_rows, 3)
        rows[f"POS_CORR{axis}"] = moved
        noise = np.float32(error) * rng.standard_normal(n_rows, np.float32)
        rows[f"MOM_CENTR{axis}"] = corner + moved + noise
        rows[f"MOM_CENTR{axis}_ERR"] = error
        # The mission fitted the point spread function for a few of its stars only.
        rows[f"PSF_CENTR{axis}"] = np.nan
        rows[f"PSF_CENTR{axis}_ERR"] = np.nan


def _blank(rows: NDArray[np.void], star: Star, span: CadenceSpan) -> None:
    """Take out what the mission could not tell, as the flags of each row say."""
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
