"""The header cards in the files of Kepler and K2."""

from __future__ import annotations

from preprocessing.simulator.synthesis.header_template import (
    ColumnCards,
    HeaderTemplate,
    table_cards,
)

__all__ = [
    "APERTURE",
    "COLUMNS",
    "K2_PRIMARY",
    "LIGHT_CURVES",
    "PRIMARY",
]

#: The 20 columns of a light-curve file, as in the mission's DR25 files.
COLUMNS: tuple[ColumnCards, ...] = (
    (
        "TIME",
        "D",
        "BJD - 2454833",
        "D14.7",
        "data time stamps",
        "barycenter corrected JD",
    ),
    ("TIMECORR", "E", "d", "E13.6", "barycenter - timeslice correction", "day"),
    ("CADENCENO", "J", "", "I10", "unique cadence number", ""),
    ("SAP_FLUX", "E", "e-/s", "E14.7", "aperture photometry flux", "electrons per second"),
    (
        "SAP_FLUX_ERR",
        "E",
        "e-/s",
        "E14.7",
        "aperture phot. flux error",
        "electrons per second (1-sigma)",
    ),
    ("SAP_BKG", "E", "e-/s", "E14.7", "aperture phot. background flux", "electrons per second"),
    (
        "SAP_BKG_ERR",
        "E",
        "e-/s",
        "E14.7",
        "ap. phot. background flux error",
        "electrons per second (1-sigma)",
    ),
    ("PDCSAP_FLUX", "E", "e-/s", "E14.7", "aperture phot. PDC flux", "electrons per second"),
    (
        "PDCSAP_FLUX_ERR",
        "E",
        "e-/s",
        "E14.7",
        "ap. phot. PDC flux error",
        "electrons per second (1-sigma)",
    ),
    ("SAP_QUALITY", "J", "", "B16.16", "aperture photometry quality flag", ""),
    ("PSF_CENTR1", "D", "pixel", "F10.5", "PSF-fitted column centroid", "pixel"),
    ("PSF_CENTR1_ERR", "E", "pixel", "E14.7", "PSF-fitted column error", "pixel (1-sigma)"),
    ("PSF_CENTR2", "D", "pixel", "F10.5", "PSF-fitted row centroid", "pixel"),
    ("PSF_CENTR2_ERR", "E", "pixel", "E14.7", "PSF-fitted row error", "pixel (1-sigma)"),
    ("MOM_CENTR1", "D", "pixel", "F10.5", "moment-derived column centroid", "pixel"),
    ("MOM_CENTR1_ERR", "E", "pixel", "E14.7", "moment-derived column error", "pixel (1-sigma)"),
    ("MOM_CENTR2", "D", "pixel", "F10.5", "moment-derived row centroid", "pixel"),
    ("MOM_CENTR2_ERR", "E", "pixel", "E14.7", "moment-derived row error", "pixel (1-sigma)"),
    ("POS_CORR1", "E", "pixels", "E14.7", "column position correction", "pixel"),
    ("POS_CORR2", "E", "pixels", "E14.7", "row position correction", "pixel"),
)

_PRIMARY_CARDS = """\
SIMPLE  = T / conforms to FITS standards
BITPIX  = 8 / array data type
NAXIS   = 0 / number of array dimensions
EXTEND  = T / file contains extensions
NEXTEND = 2 / number of standard extensions
EXTNAME = 'PRIMARY ' / name of extension
EXTVER  = 1 / extension version number (not format version)
ORIGIN  = 'xenoscan' / program responsible for creating this file
DATE    = '2026-01-01' / file creation date.
CREATOR = 'xenoscan FluxExporter2PipelineModule' / imitates this program's files
PROCVER = '%s' / SW version
FILEVER = '6.1     ' / file format version
TIMVERSN= 'OGIP/93-003' / OGIP memo number for file format
TELESCOP= 'Kepler  ' / telescope
INSTRUME= 'Kepler Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
KEPLERID= %d / unique Kepler target identifier
CHANNEL = %d / CCD channel
SKYGROUP= %d / roll-independent location of channel
MODULE  = %d / CCD module
OUTPUT  = %d / CCD output
QUARTER = %d / Observing quarter
SEASON  = %d / mission season during which data was collected
DATA_REL= %d / data release version number
OBSMODE = '%s' / observing mode
MISSION = 'Kepler  ' / Mission name
TTABLEID= %d / target table id
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.6f / [deg] right ascension
DEC_OBJ = %.6f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
PMRA    = %.4f / [arcsec/yr] RA proper motion
PMDEC   = %.4f / [arcsec/yr] Dec proper motion
PMTOTAL = %.4f / [arcsec/yr] total proper motion
PARALLAX= %f / [arcsec] parallax
GLON    = %.6f / [deg] galactic longitude
GLAT    = %.6f / [deg] galactic latitude
GMAG    = %.3f / [mag] SDSS g band magnitude
RMAG    = %.3f / [mag] SDSS r band magnitude
IMAG    = %.3f / [mag] SDSS i band magnitude
ZMAG    = %.3f / [mag] SDSS z band magnitude
D51MAG  = %.3f / [mag] D51 magnitude,
JMAG    = %.3f / [mag] J band magnitude from 2MASS
HMAG    = %.3f / [mag] H band magnitude from 2MASS
KMAG    = %.3f / [mag] K band magnitude from 2MASS
KEPMAG  = %.3f / [mag] Kepler magnitude (Kp)
GRCOLOR = %.3f / [mag] (g-r) color, SDSS bands
JKCOLOR = %.3f / [mag] (J-K) color, 2MASS bands
GKCOLOR = %.3f / [mag] (g-K) color, SDSS g - 2MASS K
TEFF    = %d / [K] Effective temperature
LOGG    = %.3f / [cm/s2] log10 surface gravity
FEH     = %.3f / [log10([Fe/H])]  metallicity
EBMINUSV= %.3f / [mag] E(B-V) reddening
AV      = %.3f / [mag] A_v extinction
RADIUS  = %.3f / [solar radii] stellar radius
TMINDEX = %d / unique 2MASS catalog ID
SCPID   = %d / unique SCP processing ID
SYNTHET = T / made by a program: this is no observation
CHECKSUM= '%s' / HDU checksum
"""

_LIGHT_CURVE_CARDS = """\
INHERIT = T / inherit the primary header
EXTNAME = 'LIGHTCURVE' / name of extension
EXTVER  = 1 / extension version number (not format version)
TELESCOP= 'Kepler  ' / telescope
INSTRUME= 'Kepler Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
KEPLERID= %d / unique Kepler target identifier
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.6f / [deg] right ascension
DEC_OBJ = %.6f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
EXPOSURE= %.8f / [d] time on source
TIMEREF = 'SOLARSYSTEM' / barycentric correction applied to times
TASSIGN = 'SPACECRAFT' / where time is assigned
TIMESYS = 'TDB     ' / time system is barycentric JD
BJDREFI = 2454833 / integer part of BJD reference date
BJDREFF = 0.00000000 / fraction of the day in BJD reference date
TIMEUNIT= 'd       ' / time unit for TIME, TSTART and TSTOP
TELAPSE = %.8f / [d] TSTOP - TSTART
LIVETIME= %.8f / [d] TELAPSE multiplied by DEADC
TSTART  = %.8f / observation start time in BJD-BJDREF
TSTOP   = %.8f / observation stop time in BJD-BJDREF
LC_START= %.8f / mid point of first cadence in MJD
LC_END  = %.8f / mid point of last cadence in MJD
DEADC   = 0.92063492 / deadtime correction
TIMEPIXR= 0.5 / bin time beginning=0 middle=0.5 end=1
TIERRELA= 5.78E-07 / [d] relative time error
TIERABSO= %f / [d] absolute time error
INT_TIME= 6.019802903270 / [s] photon accumulation time per frame
READTIME= 0.518948526144 / [s] readout time per frame
FRAMETIM= 6.538751429414 / [s] frame time (INT_TIME + READTIME)
NUM_FRM = %d / number of frames per time stamp
TIMEDEL = %s / [d] time resolution of data
DATE-OBS= '%s' / TSTART as UTC calendar date
DATE-END= '%s' / TSTOP as UTC calendar date
BACKAPP = T / background is subtracted
DEADAPP = T / deadtime applied
VIGNAPP = T / vignetting or collimator correction applied
GAIN    = %.2f / [electrons/count] channel gain
READNOIS= %.6f / [electrons] read noise
NREADOUT= %d / number of read per cadence
TIMSLICE= %d / time-slice readout sequence section
MEANBLCK= %d / [count] FSW mean black level
LCFXDOFF= 419400 / long cadence fixed offset
SCFXDOFF= 219400 / short cadence fixed offset
CDPP3_0 = %.15g / [ppm] RMS CDPP on 3.0-hr time scales
CDPP6_0 = %.15g / [ppm] RMS CDPP on 6.0-hr time scales
CDPP12_0= %.15g / [ppm] RMS CDPP on 12.0-hr time scales
CROWDSAP= %.4f / Ratio of target flux to total flux in op. ap.
FLFRCSAP= %.4f / Frac. of target flux w/in the op. aperture
NSPSDDET= %d / Number of SPSDs detected
NSPSDCOR= %d / Number of SPSDs corrected
PDCVAR  = %.15g / Target variability
PDCMETHD= '%-8s' / PDC algorithm used for target
"""

_BAND_CARDS = """\
FITTYPE{band}= '%-8s' / Fit type used for band {band}
PR_GOOD{band}= %.15g / Prior goodness for band {band}
PR_WGHT{band}= %.15g / Prior weight for band {band}
"""

_GOODNESS_CARDS = """\
PDC_TOT = %.15g / PDC total goodness metric for target
PDC_TOTP= %.15g / PDC_TOT percentile compared to mod/out
PDC_COR = %.15g / PDC correlation goodness metric for target
PDC_CORP= %.15g / PDC_COR percentile compared to mod/out
PDC_VAR = %.15g / PDC variability goodness metric for target
PDC_VARP= %.15g / PDC_VAR percentile compared to mod/out
PDC_NOI = %.15g / PDC noise goodness metric for target
PDC_NOIP= %.15g / PDC_NOI percentile compared to mod/out
PDC_EPT = %.15g / PDC earth point goodness metric for target
PDC_EPTP= %.15g / PDC_EPT percentile compared to mod/out
CHECKSUM= '%s' / HDU checksum
"""

_APERTURE_CARDS = """\
XTENSION= 'IMAGE   ' / marks the beginning of a new HDU
BITPIX  = 32 / array data type
NAXIS   = 2 / number of array dimensions
NAXIS1  = %d / length of first array dimension
NAXIS2  = %d / length of second array dimension
PCOUNT  = 0 / group parameter count (not used)
GCOUNT  = 1 / group count (not used)
INHERIT = T / inherit the primary header
EXTNAME = 'APERTURE' / name of extension
EXTVER  = 1 / extension version number (not format version)
TELESCOP= 'Kepler  ' / telescope
INSTRUME= 'Kepler Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
KEPLERID= %d / unique Kepler target identifier
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.6f / [deg] right ascension
DEC_OBJ = %.6f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
WCSAXES = 2 / number of WCS axes
CTYPE1  = 'RA---TAN' / right ascension coordinate type
CTYPE2  = 'DEC--TAN' / declination coordinate type
CRPIX1  = %.15f / [pixel] reference pixel along image axis 1
CRPIX2  = %.15f / [pixel] reference pixel along image axis 2
CRVAL1  = %.7f / [deg] right ascension at reference pixel
CRVAL2  = %.7f / [deg] declination at reference pixel
CUNIT1  = 'deg     ' / physical unit in column dimension
CUNIT2  = 'deg     ' / physical unit in row dimension
CDELT1  = %.15f / [deg] pixel scale in RA dimension
CDELT2  = %.15f / [deg] pixel scale in Dec dimension
PC1_1   = %.15f / linear transformation element cos(th)
PC1_2   = %.15f / linear transformation element -sin(th)
PC2_1   = %.15f / linear transformation element sin(th)
PC2_2   = %.15f / linear transformation element cos(th)
WCSNAMEP= 'PHYSICAL' / name of world coordinate system alternate P
WCSAXESP= 2 / number of WCS physical axes
CTYPE1P = 'RAWX    ' / physical WCS axis 1 type CCD col
CUNIT1P = 'PIXEL   ' / physical WCS axis 1 unit
CRPIX1P = 1 / reference CCD column
CRVAL1P = %d / value at reference CCD column
CDELT1P = 1.0 / physical WCS axis 1 step
CTYPE2P = 'RAWY    ' / physical WCS axis 2 type CCD row
CUNIT2P = 'PIXEL   ' / physical WCS axis 2 units
CRPIX2P = 1 / reference CCD row
CRVAL2P = %d / value at reference CCD row
CDELT2P = 1.0 / physical WCS axis 2 step
NPIXSAP = %d / Number of pixels in optimal aperture
NPIXMISS= 0 / Number of op. aperture pixels not collected
CHECKSUM= '%s' / HDU checksum
"""


def _light_curve_template(bands: int) -> HeaderTemplate:
    return HeaderTemplate(
        table_cards(COLUMNS)
        + _LIGHT_CURVE_CARDS
        + f"NUMBAND = {bands} / Number of scale bands\n"
        + "".join(_BAND_CARDS.format(band=band) for band in range(1, bands + 1))
        + _GOODNESS_CARDS
    )


_NOT_OF_K2 = ("SKYGROUP", "SEASON", "D51MAG", "SCPID")


def _k2_primary_cards() -> str:
    """Return the cards of K2, which has campaigns but neither sky groups nor seasons."""
    cards = _PRIMARY_CARDS.splitlines(keepends=True)
    kept = [card for card in cards if not card.startswith(_NOT_OF_K2)]
    changed = {
        "QUARTER": "CAMPAIGN= %d / Observing campaign number\n",
        "MISSION": "MISSION = 'K2      ' / Mission name\n",
    }
    return "".join(changed.get(card[:7], card) for card in kept)


PRIMARY = HeaderTemplate(_PRIMARY_CARDS)
K2_PRIMARY = HeaderTemplate(_k2_primary_cards())
#: The light curve's header, by the number of bands of time scales used in its correction.
LIGHT_CURVES = {bands: _light_curve_template(bands) for bands in (1, 3)}
APERTURE = HeaderTemplate(_APERTURE_CARDS)
