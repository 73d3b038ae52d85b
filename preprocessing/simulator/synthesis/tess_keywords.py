"""The values of the header cards in a synthetic file of TESS."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.photometry import Aperture
from preprocessing.simulator.synthesis.population import Star
from preprocessing.simulator.synthesis.tess_calendar import (
    MJD_OF_TJD_ZERO,
    SectorSpan,
    light_time_d,
)
from preprocessing.simulator.synthesis.tess_photometry import live_share

__all__ = ["camera_and_ccd", "tess_values"]

Values = dict[str, HeaderValue]

_MJD_ZERO = datetime(1858, 11, 17)
#: TDB minus UTC in seconds, since 2017.
_TDB_MINUS_UTC_S = 69.184
#: Seconds per frame, and the fraction of frames kept when the spacecraft rejects cosmic rays,
#: which it does except at 20 seconds: cards NUM_FRM and NREADOUT of 120- and 1800-second files.
_FRAME_S, _KEPT_FRAMES = 2.0, 0.8
#: Card FXDOFF of 120-second and 1800-second files.
_FIXED_OFFSET, _FIXED_OFFSET_FFI = 209_700, 3_355_400
#: Degrees on the sky per pixel.
_PIXEL_DEG = 0.00575
#: DATA_REL of sector n is n plus this, plus the number of the processing.
_FIRST_DATA_RELEASE = 30


def camera_and_ccd(star: Star, sector: int, seed: int) -> tuple[int, int]:
    """Return the camera and the CCD that a star fell on in a sector, 1 to 4 each.

    Parameters
    ----------
    star : Star
        The star.
    sector : int
        TESS's sector.
    seed : int
        The population's seed.
    """
    rng = Random(f"{seed} TESS {star.index} detector {sector}")
    return rng.randrange(1, 5), rng.randrange(1, 5)


def tess_values(
    star: Star,
    span: SectorSpan,
    aperture: Aperture,
    rows: NDArray[np.void],
    seed: int,
    processing: int = 1,
) -> Values:
    """Return the value of every card that `tess_file` does not fill in itself.

    Parameters
    ----------
    star : Star
        The star that the file is about.
    span : SectorSpan
        The exposures that the file covers.
    aperture : Aperture
        The star's pixels in that sector.
    rows : ndarray, shape (n,), dtype `TESS_ROW`
        The file's table; the noise is measured on it.
    seed : int
        The population's seed.
    processing : int, optional
        2 for a file of a sector that was processed again.

    Returns
    -------
    dict
        Values by keyword; None for an undefined value.
    """
    rng = Random(f"{seed} TESS {star.index} header {span.sector} {span.exposure_d}")
    return {
        **_identity(star, span, seed, processing),
        **_catalog(star, seed),
        **_times(star, span),
        **_electronics(span),
        **_noise(star, span, rows),
        **_correction(aperture, rng),
        **_sky_on_pixels(star, aperture, rng),
    }


def _identity(star: Star, span: SectorSpan, seed: int, processing: int) -> Values:
    camera, ccd = camera_and_ccd(star, span.sector, seed)
    return {
        "OBJECT": f"TIC {star.number}",
        "TICID": star.number,
        "SECTOR": span.sector,
        "CAMERA": camera,
        "CCD": ccd,
        "PXTABLE": 100 + span.sector,
        "RA_OBJ": star.position.ra_deg,
        "DEC_OBJ": star.position.dec_deg,
        "DATA_REL": _FIRST_DATA_RELEASE + span.sector + processing,
        "PROCVER": "synthetic" if processing == 1 else f"synthetic {processing}",
    }


def _catalog(star: Star, seed: int) -> Values:
    """Return the star's entry in the TESS Input Catalog, which is the same in every file."""
    rng = Random(f"{seed} TESS {star.index} catalogue")
    motion = [rng.uniform(-40.0, 40.0) for _ in range(2)]
    atmosphere = star.atmosphere
    described: Values = {
        "TEFF": float(round(atmosphere.teff_k)),
        "LOGG": atmosphere.logg,
        "MH": atmosphere.feh,
        "RADIUS": atmosphere.radius_rsun,
        "MASS": 10 ** (atmosphere.logg - 4.438) * atmosphere.radius_rsun**2,
    }
    return {
        "PMRA": motion[0],
        "PMDEC": motion[1],
        "PMTOTAL": math.hypot(*motion),
        "TESSMAG": star.kepmag,
        **(described if star.described else dict.fromkeys(described)),
    }


def _times(star: Star, span: SectorSpan) -> Values:
    """Return the time cards. In the mission's files they start some exposures after row 1."""
    edges_tjd = span.tjd[[0, -1]] + np.array([-0.5, 0.5]) * span.exposure_d
    position = star.position
    start, stop = edges_tjd + light_time_d(span.tjd[[0, -1]], position.ra_deg, position.dec_deg)
    share = live_share(span.exposure_d)
    return {
        "EXPOSURE": float(stop - start) * share,
        "TELAPSE": float(stop - start),
        "LIVETIME": float(stop - start) * share,
        "TSTART": float(start),
        "TSTOP": float(stop),
        "DATE-OBS": _calendar_date(float(start)),
        "DATE-END": _calendar_date(float(stop)),
        "DEADC": share,
        "TIMEDEL": span.exposure_d,
    }


def _electronics(span: SectorSpan) -> Values:
    frames = round(span.exposure_d * 86_400 / _FRAME_S)
    is_mitigated = frames > 10
    return {
        "CRMITEN": "T" if is_mitigated else "F",
        "CRBLKSZ": 10 if is_mitigated else None,
        "NUM_FRM": frames,
        "NREADOUT": round(frames * _KEPT_FRAMES) if is_mitigated else frames,
        "FXDOFF": _FIXED_OFFSET if frames <= 60 else _FIXED_OFFSET_FFI,
    }


def _noise(star: Star, span: SectorSpan, rows: NDArray[np.void]) -> Values:
    keywords = {"CDPP0_5": 0.5, "CDPP1_0": 1.0, "CDPP2_0": 2.0}
    usable = np.isfinite(rows["PDCSAP_FLUX"]) & (rows["PDCSAP_FLUX"] > 0)
    if not usable.any():
        return dict.fromkeys(keywords)
    relative = rows["PDCSAP_FLUX_ERR"][usable] / rows["PDCSAP_FLUX"][usable]
    white_ppm = 1e6 * float(np.median(relative))
    return {
        keyword: math.hypot(
            white_ppm / math.sqrt(hours / 24 / span.exposure_d), star.atmosphere.granulation_ppm
        )
        for keyword, hours in keywords.items()
    }


def _correction(aperture: Aperture, rng: Random) -> Values:
    values: Values = {
        "CROWDSAP": aperture.crowding,
        "FLFRCSAP": aperture.captured,
        "PDCVAR": rng.uniform(0.2, 1.5),
        # The mission leaves these undefined.
        **dict.fromkeys(("PDC_VAR", "PDC_VARP", "PDC_EPT", "PDC_EPTP")),
    }
    for band in (1, 2, 3):
        values[f"PR_GOOD{band}"] = rng.uniform(0.25, 1.0)
        values[f"PR_WGHT{band}"] = rng.uniform(10, 400)
    for goodness in ("TOT", "COR", "NOI"):
        values[f"PDC_{goodness}"] = rng.uniform(0.85, 1.0)
        values[f"PDC_{goodness}P"] = rng.uniform(1.0, 99.0)
    return values


def _sky_on_pixels(star: Star, aperture: Aperture, rng: Random) -> Values:
    height, width = aperture.pixels.shape
    angle = rng.uniform(0, 2 * math.pi)
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


def _calendar_date(tjd: float) -> str:
    date = _MJD_ZERO + timedelta(days=tjd + MJD_OF_TJD_ZERO, seconds=-_TDB_MINUS_UTC_S)
    return f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03d}"
