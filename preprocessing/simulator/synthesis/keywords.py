"""The values of the header cards in a synthetic file of Kepler or K2."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import LONG, SHORT
from preprocessing.simulator.synthesis.focal_plane import channel_of, module_output
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.mission_calendar import (
    CADENCE_D,
    FRAMES,
    MJD_OF_BKJD_ZERO,
    CadenceSpan,
    season_of,
    time_correction,
)
from preprocessing.simulator.synthesis.photometry import Aperture
from preprocessing.simulator.synthesis.population import Star
from preprocessing.simulator.synthesis.stars import Atmosphere

__all__ = ["cdpp_ppm", "header_values"]

Values = dict[str, HeaderValue]

#: Fraction of the time during which light is collected: card DEADC.
_DEAD_TIME_CORRECTION = 0.92063492
#: Card TIMEDEL, digit by digit as in the mission's files.
_TIMEDEL = {LONG: f"{CADENCE_D[LONG]:.14f}", SHORT: "6.81119940564E-4"}
_MJD_ZERO = datetime(1858, 11, 17)

#: Quarters too short for the mission to correct light curves in three bands of time scales.
_ONE_BAND_QUARTERS = (0, 1, 17)

#: Degrees on the sky per pixel, and the angle of CCD columns in season 0.
_PIXEL_DEG = 0.0011007
_COLUMN_ANGLE_DEG = 28.0

#: The north galactic pole, and the galactic longitude of the north celestial pole, in degrees
#: (J2000; Hipparcos catalog, ESA SP-1200, volume 1, section 1.5.3).
_POLE_RA_DEG, _POLE_DEC_DEG, _POLE_LONGITUDE_DEG = 192.85948, 27.12825, 122.93192


def header_values(
    star: Star, span: CadenceSpan, aperture: Aperture, rows: NDArray[np.void], seed: int
) -> Values:
    """Return the value of every card that `mission_file` does not fill in itself.

    Parameters
    ----------
    star : Star
        The star that the file is about.
    span : CadenceSpan
        The exposures that the file covers.
    aperture : Aperture
        The star's pixels in that season.
    rows : ndarray, shape (n,), dtype `LIGHT_CURVE_ROW`
        The file's table; the noise is measured on it.
    seed : int
        The population's seed.

    Returns
    -------
    dict
        Values by keyword; None for an undefined value.
    """
    rng = Random(f"{seed} {star.index} header {span.cadence} {span.quarter} {span.month}")
    return {
        **_identity(star, span),
        **_catalog(star, seed),
        **_times(star, span),
        **_electronics(span, aperture),
        **_noise(span, star, rows),
        **_correction(span, aperture, rng),
        **_sky_on_pixels(star, span, aperture),
    }


def _identity(star: Star, span: CadenceSpan) -> Values:
    channel = channel_of(star.position.skygroup, span.quarter)
    module, output = module_output(channel)
    return {
        "OBJECT": f"KIC {star.number}",
        "KEPLERID": star.number,
        "CHANNEL": channel,
        "SKYGROUP": star.position.skygroup,
        "MODULE": module,
        "OUTPUT": output,
        "QUARTER": span.quarter,
        "SEASON": season_of(span.quarter),
        "OBSMODE": f"{span.cadence} cadence",
        "TTABLEID": span.target_table,
        "RA_OBJ": star.position.ra_deg,
        "DEC_OBJ": star.position.dec_deg,
    }


def _catalog(star: Star, seed: int) -> Values:
    """Return the star's entry in the Kepler Input Catalog, which is the same in every file."""
    rng = Random(f"{seed} {star.index} catalogue")
    longitude_deg, latitude_deg = _galactic(star.position.ra_deg, star.position.dec_deg)
    motion = [rng.uniform(-0.03, 0.03) if rng.random() < 0.3 else 0.0 for _ in range(2)]
    values: Values = {
        "PMRA": motion[0],
        "PMDEC": motion[1],
        "PMTOTAL": math.hypot(*motion),
        "PARALLAX": None,
        "GLON": longitude_deg,
        "GLAT": latitude_deg,
        "KEPMAG": star.kepmag,
        "TMINDEX": rng.randrange(10**8, 2 * 10**9),
        "SCPID": None,
        **_colors(star),
    }
    atmosphere = star.atmosphere
    reddening = rng.uniform(0.02, 0.2)
    described: Values = {
        "TEFF": round(atmosphere.teff_k),
        "LOGG": atmosphere.logg,
        "FEH": atmosphere.feh,
        "EBMINUSV": reddening,
        "AV": 3.1 * reddening,
        "RADIUS": atmosphere.radius_rsun,
    }
    return {**values, **(described if star.described else dict.fromkeys(described))}


def _colors(star: Star) -> Values:
    """Return approximate magnitudes for a star of this temperature.

    The colors are linear in the reciprocal temperature, through those of KIC 8644288
    (5356 K) and KIC 10666592 (6440 K).
    """
    coolness = 5_040 / star.atmosphere.teff_k - 0.941
    green_red = 0.681 + 1.49 * coolness
    infrared = min(0.433 + 1.34 * coolness, 0.9)
    green_k = 2.404 + 5.07 * coolness
    red = star.kepmag - 0.07
    green = red + green_red
    return {
        "GMAG": green,
        "RMAG": red,
        "IMAG": red - 0.28 * green_red,
        "ZMAG": red - 0.43 * green_red,
        "D51MAG": green - 0.33 * green_red,
        "JMAG": green - green_k + infrared,
        "HMAG": green - green_k + 0.27 * infrared,
        "KMAG": green - green_k,
        "GRCOLOR": green_red,
        "JKCOLOR": infrared,
        "GKCOLOR": green_k,
    }


def _times(star: Star, span: CadenceSpan) -> Values:
    edges_mjd = span.mjd[[0, -1]] + np.array([-0.5, 0.5]) * span.cadence_d
    corrections_d = time_correction(span.mjd[[0, -1]], star.position.ra_deg, star.position.dec_deg)
    start, stop = map(float, edges_mjd - MJD_OF_BKJD_ZERO + corrections_d)
    return {
        "EXPOSURE": (stop - start) * _DEAD_TIME_CORRECTION,
        "TELAPSE": stop - start,
        "LIVETIME": (stop - start) * _DEAD_TIME_CORRECTION,
        "TSTART": start,
        "TSTOP": stop,
        "LC_START": float(span.mjd[0]),
        "LC_END": float(span.mjd[-1]),
        "TIERABSO": None,
        "NUM_FRM": FRAMES[span.cadence],
        "TIMEDEL": _TIMEDEL[span.cadence],
        "DATE-OBS": _calendar_date(float(edges_mjd[0])),
        "DATE-END": _calendar_date(float(edges_mjd[1])),
    }


def _electronics(span: CadenceSpan, aperture: Aperture) -> Values:
    return {
        "GAIN": 110.0,
        "READNOIS": aperture.read_noise,
        "NREADOUT": FRAMES[span.cadence],
        "TIMSLICE": 1,
        "MEANBLCK": 720,
    }


def _noise(span: CadenceSpan, star: Star, rows: NDArray[np.void]) -> Values:
    """Return the noise on three time scales; the mission gives it for long cadence only."""
    keywords = {"CDPP3_0": 3.0, "CDPP6_0": 6.0, "CDPP12_0": 12.0}
    usable = np.isfinite(rows["PDCSAP_FLUX"]) & (rows["PDCSAP_FLUX"] > 0)
    if span.cadence == SHORT or not usable.any():
        return dict.fromkeys(keywords)
    white_ppm = 1e6 * float(
        np.median(rows["PDCSAP_FLUX_ERR"][usable] / rows["PDCSAP_FLUX"][usable])
    )
    return {
        keyword: cdpp_ppm(white_ppm, star.atmosphere, hours) for keyword, hours in keywords.items()
    }


def cdpp_ppm(white_ppm: float, atmosphere: Atmosphere, hours: float) -> float:
    """Return the noise of a light curve on a time scale (CDPP), in parts per million.

    Parameters
    ----------
    white_ppm : float
        Photon and read noise of one long-cadence exposure, in parts per million.
    atmosphere : Atmosphere
        The star's surface, which sets the granulation noise.
    hours : float
        The time scale.
    """
    granulation_h = 24 * atmosphere.granulation_d
    return math.hypot(
        white_ppm / math.sqrt(hours / 24 / CADENCE_D[LONG]),
        atmosphere.granulation_ppm * math.sqrt(min(1.0, granulation_h / hours)),
    )


def _correction(span: CadenceSpan, aperture: Aperture, rng: Random) -> Values:
    values: Values = {
        "CROWDSAP": aperture.crowding,
        "FLFRCSAP": aperture.captured,
        "NSPSDDET": 0,
        "NSPSDCOR": 0,
        "PDCVAR": rng.uniform(0.2, 1.5),
        "PDCMETHD": "quickMap",
    }
    bands = 1
    if span.cadence == LONG:
        bands = 1 if span.quarter in _ONE_BAND_QUARTERS else 3
        values["PDCMETHD"] = "regularMap" if bands == 1 else "multiScaleMap"
    for band in range(1, bands + 1):
        values[f"FITTYPE{band}"] = "robust" if band == 1 else "prior"
        values[f"PR_GOOD{band}"] = rng.uniform(0.25, 1.0)
        values[f"PR_WGHT{band}"] = 0.0 if band == 1 else rng.uniform(20, 60)
    for goodness in ("TOT", "COR", "VAR", "NOI", "EPT"):
        values[f"PDC_{goodness}"] = rng.uniform(0.85, 1.0)
        values[f"PDC_{goodness}P"] = rng.uniform(1.0, 99.0)
    return values


def _sky_on_pixels(star: Star, span: CadenceSpan, aperture: Aperture) -> Values:
    height, width = aperture.pixels.shape
    angle = math.radians(_COLUMN_ANGLE_DEG + 90 * season_of(span.quarter))
    return {
        "CRPIX1": (width + 1) / 2,
        "CRPIX2": (height + 1) / 2,
        "CRVAL1": star.position.ra_deg,
        "CRVAL2": star.position.dec_deg,
        "CDELT1": -_PIXEL_DEG,
        "CDELT2": _PIXEL_DEG,
        "PC1_1": math.cos(angle),
        "PC1_2": -math.sin(angle),
        "PC2_1": math.sin(angle),
        "PC2_2": math.cos(angle),
        "CRVAL1P": aperture.first_column,
        "CRVAL2P": aperture.first_row,
    }


def _calendar_date(mjd: float) -> str:
    date = _MJD_ZERO + timedelta(days=mjd)
    return f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03d}Z"


def _galactic(ra_deg: float, dec_deg: float) -> tuple[float, float]:
    """Return galactic longitude and latitude in degrees."""
    from_pole = math.radians(ra_deg - _POLE_RA_DEG)
    dec, pole = math.radians(dec_deg), math.radians(_POLE_DEC_DEG)
    sine = math.sin(pole) * math.sin(dec) + math.cos(pole) * math.cos(dec) * math.cos(from_pole)
    angle = math.atan2(
        math.cos(dec) * math.sin(from_pole),
        math.cos(pole) * math.sin(dec) - math.sin(pole) * math.cos(dec) * math.cos(from_pole),
    )
    return (_POLE_LONGITUDE_DEG - math.degrees(angle)) % 360, math.degrees(math.asin(sine))
