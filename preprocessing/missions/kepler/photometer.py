"""What files of Kepler's photometer have in common, in the Kepler mission and in K2."""

from __future__ import annotations

from preprocessing.core.product import LONG, SHORT
from preprocessing.missions.file_layout import MISSION_FLUXES, FileLayout

__all__ = [
    "OBSERVING_MODES",
    "PHOTOMETER_FLAGS",
    "PHOTOMETER_FLAG_NAMES",
    "PHOTOMETER_LAYOUT",
    "PHOTOMETER_STAR_CARDS",
    "QUALITY_BITMASKS",
]

#: Value of the card OBSMODE for each cadence.
OBSERVING_MODES = {LONG: "long cadence", SHORT: "short cadence"}

#: Quality bitmasks by name: `lightkurve.utils.KeplerQualityFlags` (2.6.0), bits as in the
#: Kepler Archive Manual (KDMC-10008-006), table 2-3.
QUALITY_BITMASKS = {"none": 0, "default": 1130799, "hard": 1664431, "hardest": 2096639}

#: What the spacecraft and the detectors did (Kepler Archive Manual, table 2-3; for thrusters,
#: `lightkurve.utils.KeplerQualityFlags` 2.6.0). Flags of single outliers and of cosmic rays say
#: nothing of the instrument, and that of zero crossings nothing of the light.
PHOTOMETER_FLAGS = {
    "attitude_tweak": 1,
    "safe_mode": 2,
    "coarse_point": 4 | 32_768,
    "earth_point": 8,
    "desaturation": 32,
    "argabrightening": 64 | 4_096,
    "discontinuity": 1_024,
    "detector_anomaly": 16_384,
    "rolling_band": 131_072 | 262_144,
    "thrusters": 524_288 | 1_048_576,
}

#: What each quality flag says (Kepler Archive Manual, table 2-3; thrusters, which K2 alone has,
#: `lightkurve.utils.KeplerQualityFlags` 2.6.0).
PHOTOMETER_FLAG_NAMES = {
    1: "attitude tweak",
    2: "safe mode",
    4: "coarse point",
    8: "earth point",
    16: "zero crossing",
    32: "desaturation",
    64: "argabrightening in several channels",
    128: "cosmic ray in the aperture",
    256: "excluded by hand",
    1_024: "sudden drop of sensitivity",
    2_048: "impulsive outlier",
    4_096: "argabrightening on the CCD",
    8_192: "cosmic ray in collateral data",
    16_384: "detector anomaly",
    32_768: "no fine point",
    65_536: "no data",
    131_072: "rolling band in the aperture",
    262_144: "rolling band in the mask",
    524_288: "thrusters, possibly",
    1_048_576: "thrusters",
}

#: HDUs and columns of Kepler's and K2's own files (Kepler Archive Manual, section 2.3.1).
PHOTOMETER_LAYOUT = FileLayout(
    table="LIGHTCURVE",
    fluxes=MISSION_FLUXES,
    extensions=("LIGHTCURVE", "APERTURE"),
    time_correction="TIMECORR",
    quality="SAP_QUALITY",
)

#: Cards of the primary header that describe the star. CHANNEL is valid for the first file's
#: quarter only.
PHOTOMETER_STAR_CARDS = (
    ("CHANNEL", "CCD channel in the first file used"),
    ("SKYGROUP", "roll-independent location of channel"),
    ("RA_OBJ", "[deg] right ascension"),
    ("DEC_OBJ", "[deg] declination"),
    ("EQUINOX", "equinox of celestial coordinate system"),
    ("RADESYS", "reference frame of celestial coordinates"),
    ("PMRA", "[arcsec/yr] RA proper motion"),
    ("PMDEC", "[arcsec/yr] Dec proper motion"),
    ("PMTOTAL", "[arcsec/yr] total proper motion"),
    ("PARALLAX", "[arcsec] parallax"),
    ("GLON", "[deg] galactic longitude"),
    ("GLAT", "[deg] galactic latitude"),
    ("GMAG", "[mag] SDSS g band magnitude"),
    ("RMAG", "[mag] SDSS r band magnitude"),
    ("IMAG", "[mag] SDSS i band magnitude"),
    ("ZMAG", "[mag] SDSS z band magnitude"),
    ("D51MAG", "[mag] D51 magnitude"),
    ("JMAG", "[mag] J band magnitude from 2MASS"),
    ("HMAG", "[mag] H band magnitude from 2MASS"),
    ("KMAG", "[mag] K band magnitude from 2MASS"),
    ("KEPMAG", "[mag] Kepler magnitude (Kp)"),
    ("GRCOLOR", "[mag] (g-r) color, SDSS bands"),
    ("JKCOLOR", "[mag] (J-K) color, 2MASS bands"),
    ("GKCOLOR", "[mag] (g-K) color, SDSS g - 2MASS K"),
    ("TEFF", "[K] effective temperature"),
    ("LOGG", "[cm/s2] log10 surface gravity"),
    ("FEH", "[log10([Fe/H])] metallicity"),
    ("EBMINUSV", "[mag] E(B-V) reddening"),
    ("AV", "[mag] A_v extinction"),
    ("RADIUS", "[solar radii] stellar radius"),
    ("TMINDEX", "unique 2MASS catalog ID"),
)
