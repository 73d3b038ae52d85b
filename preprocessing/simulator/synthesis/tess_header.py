"""The header cards in TESS's own files and in others made by the same pipeline."""

from __future__ import annotations

from functools import cache

from preprocessing.simulator.synthesis.header_template import (
    ColumnCards,
    HeaderTemplate,
    table_cards,
)
from preprocessing.simulator.synthesis.mission_header import COLUMNS

__all__ = ["TESS_APERTURE", "TESS_COLUMNS", "TESS_PRIMARY", "tess_light_curve"]

_TIME_UNIT = "BJD - 2457000, days"
#: Columns that differ from Kepler's, by Kepler's name (the mission's files of sector 50).
_CHANGED: dict[str, ColumnCards] = {
    "TIME": (
        *("TIME", "D", _TIME_UNIT, "D14.7"),
        *("data time stamps", "Barycenter corrected TESS Julian Date"),
    ),
    "TIMECORR": ("TIMECORR", "E", "d", "E14.7", "barycentric correction", "Days"),
    "SAP_QUALITY": ("QUALITY", "J", "", "B16.16", "aperture photometry quality flag", ""),
}

#: The 20 columns of a light-curve file.
TESS_COLUMNS = tuple(_CHANGED.get(column[0], column) for column in COLUMNS)

_PRIMARY_CARDS = """\
SIMPLE  = T / conforms to FITS standards
BITPIX  = 8 / array data type
NAXIS   = 0 / number of array dimensions
EXTEND  = T / file contains extensions
NEXTEND = 2 / number of standard extensions
EXTNAME = 'PRIMARY ' / name of extension
EXTVER  = 1 / extension version number (not format version)
SIMDATA = T / file is based on simulated data
ORIGIN  = 'xenoscan' / program responsible for creating this file
DATE    = '2026-01-01' / file creation date.
TSTART  = %.12f / observation start time in BTJD
TSTOP   = %.12f / observation stop time in BTJD
DATE-OBS= '%s' / TSTART as UTC calendar date
DATE-END= '%s' / TSTOP as UTC calendar date
CREATOR = 'xenoscan LightCurveExporterPipelineModule' / imitates this one
PROCVER = '%s' / SW version
FILEVER = '1.0     ' / file format version
TIMVERSN= 'OGIP/93-003' / OGIP memo number for file format
TELESCOP= 'TESS    ' / telescope
INSTRUME= 'TESS Photometer' / detector type
DATA_REL= %d / data release version number
OBJECT  = '%-8s' / string version of target id
TICID   = %d / unique tess target identifier
SECTOR  = %d / Observing sector
CAMERA  = %d / Camera number
CCD     = %d / CCD chip number
PXTABLE = %d / pixel table id
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.16f / [deg] right ascension
DEC_OBJ = %.16f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
PMRA    = %.8f / [mas/yr] RA proper motion
PMDEC   = %.8f / [mas/yr] Dec proper motion
PMTOTAL = %.8f / [mas/yr] total proper motion
TESSMAG = %.8f / [mag] TESS magnitude
TEFF    = %.8f / [K] Effective temperature
LOGG    = %.8f / [cm/s2] log10 surface gravity
MH      = %.8f / [log10([M/H])] metallicity
RADIUS  = %.8f / [solar radii] stellar radius
TICVER  = '8.2     ' / TIC version
CRMITEN = %s / spacecraft cosmic ray mitigation enabled
CRBLKSZ = %d / [exposures] s/c cosmic ray mitigation block siz
CRSPOC  = F / SPOC cosmic ray cleaning enabled
SYNTHET = T / made by a program: this is no observation
CHECKSUM= '%s' / HDU checksum
"""

_LIGHT_CURVE_CARDS = """\
INHERIT = T / inherit the primary header
EXTNAME = 'LIGHTCURVE' / name of extension
EXTVER  = 1 / extension version number (not format version)
SIMDATA = T / file is based on simulated data
TELESCOP= 'TESS    ' / telescope
INSTRUME= 'TESS Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
TICID   = %d / unique tess target identifier
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.16f / [deg] right ascension
DEC_OBJ = %.16f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
EXPOSURE= %.12f / [d] time on source
TIMEREF = 'SOLARSYSTEM' / barycentric correction applied to times
TASSIGN = 'SPACECRAFT' / where time is assigned
TIMESYS = 'TDB     ' / time system is Barycentric Dynamical Time (TDB)
BJDREFI = 2457000 / integer part of BTJD reference date
BJDREFF = 0.00000000 / fraction of the day in BTJD reference date
TIMEUNIT= 'd       ' / time unit for TIME, TSTART and TSTOP
TELAPSE = %.12f / [d] TSTOP - TSTART
LIVETIME= %.16f / [d] TELAPSE multiplied by DEADC
TSTART  = %.12f / observation start time in BTJD
TSTOP   = %.12f / observation stop time in BTJD
DATE-OBS= '%s' / TSTART as UTC calendar date
DATE-END= '%s' / TSTOP as UTC calendar date
DEADC   = %.16f / deadtime correction
TIMEPIXR= 0.5 / bin time beginning=0 middle=0.5 end=1
TIERRELA= 1.16E-05 / [d] relative time error
INT_TIME= 1.980000000000 / [s] photon accumulation time per frame
READTIME= 0.020000000000 / [s] readout time per frame
FRAMETIM= 2.000000000000 / [s] frame time (INT_TIME + READTIME)
NUM_FRM = %d / number of frames per time stamp
TIMEDEL = %.18f / [d] time resolution of data
BACKAPP = T / background is subtracted
DEADAPP = T / deadtime applied
VIGNAPP = T / vignetting or collimator correction applied
GAINA   = 5.260000228881836 / [electrons/count] CCD output A gain
GAINB   = 5.159999847412109 / [electrons/count] CCD output B gain
GAINC   = 5.21999979019165 / [electrons/count] CCD output C gain
GAIND   = 5.239999771118164 / [electrons/count] CCD output D gain
READNOIA= 10.204401016235352 / [electrons] read noise CCD output A
READNOIB= 7.688399791717529 / [electrons] read noise CCD output B
READNOIC= 7.621200084686279 / [electrons] read noise CCD output C
READNOID= 10.060799598693848 / [electrons] read noise CCD output D
NREADOUT= %d / number of read per cadence
FXDOFF  = %d / compression fixed offset
CDPP0_5 = %.8f / RMS CDPP on 0.5-hr time scales
CDPP1_0 = %.8f / RMS CDPP on 1.0-hr time scales
CDPP2_0 = %.8f / RMS CDPP on 2.0-hr time scales
CROWDSAP= %.8f / Ratio of target flux to total flux in op. ap.
FLFRCSAP= %.8f / Frac. of target flux w/in the op. aperture
NSPSDDET= 0 / Number of SPSDs detected
NSPSDCOR= 0 / Number of SPSDs corrected
PDCVAR  = %.15f / Target variability
PDCMETHD= 'msMAP   ' / PDC algorithm used for target
NUMBAND = 3 / Number of scale bands
FITTYPE1= 'reducedRobust' / Fit type used for band 1
PR_GOOD1= %.16f / Prior goodness for band 1
PR_WGHT1= 0.0 / Prior weight for band 1
FITTYPE2= 'prior   ' / Fit type used for band 2
PR_GOOD2= %.16f / Prior goodness for band 2
PR_WGHT2= %.13f / Prior weight for band 2
FITTYPE3= 'prior   ' / Fit type used for band 3
PR_GOOD3= %.16f / Prior goodness for band 3
PR_WGHT3= %.13f / Prior weight for band 3
PDC_TOT = %.16f / PDC total goodness metric for target
PDC_TOTP= %.14f / PDC_TOT percentile compared to mod/out
PDC_COR = %.16f / PDC correlation goodness metric for target
PDC_CORP= %.14f / PDC_COR percentile compared to mod/out
PDC_VAR = %.16f / PDC variability goodness metric for target
PDC_VARP= %.14f / PDC_VAR percentile compared to mod/out
PDC_NOI = %.16f / PDC noise goodness metric for target
PDC_NOIP= %.14f / PDC_NOI percentile compared to mod/out
PDC_EPT = %.16f / PDC earth point goodness metric for target
PDC_EPTP= %.14f / PDC_EPT percentile compared to mod/out
CHECKSUM= '%s' / HDU checksum
TMOFST{camera}{ccd}= 0.5400000214576721 / (s) readout delay for camera {camera} and ccd {ccd}
MEANBLCA= 6752 / [count] FSW mean black level CCD output A
MEANBLCB= 6811 / [count] FSW mean black level CCD output B
MEANBLCC= 6776 / [count] FSW mean black level CCD output C
MEANBLCD= 6471 / [count] FSW mean black level CCD output D
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
SIMDATA = T / file is based on simulated data
TELESCOP= 'TESS    ' / telescope
INSTRUME= 'TESS Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
TICID   = %d / unique tess target identifier
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.16f / [deg] right ascension
DEC_OBJ = %.16f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
WCSAXES = 2 / number of WCS axes
CTYPE1  = 'RA---TAN' / right ascension coordinate type
CTYPE2  = 'DEC--TAN' / declination coordinate type
CRPIX1  = %.15f / [pixel] reference pixel along image axis 1
CRPIX2  = %.15f / [pixel] reference pixel along image axis 2
CRVAL1  = %.16f / [deg] right ascension at reference pixel
CRVAL2  = %.16f / [deg] declination at reference pixel
CUNIT1  = 'deg     ' / physical unit in column dimension
CUNIT2  = 'deg     ' / physical unit in row dimension
CDELT1  = %.15f / [deg] pixel scale in RA dimension
CDELT2  = %.15f / [deg] pixel scale in Dec dimension
PC1_1   = %.16f / linear transformation element cos(th)
PC1_2   = %.16f / linear transformation element -sin(th)
PC2_1   = %.16f / linear transformation element sin(th)
PC2_2   = %.16f / linear transformation element cos(th)
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

TESS_PRIMARY = HeaderTemplate(_PRIMARY_CARDS)
TESS_APERTURE = HeaderTemplate(_APERTURE_CARDS)


@cache
def tess_light_curve(camera: int, ccd: int) -> HeaderTemplate:
    """Return the header of a light curve; one of its keywords contains the detector.

    Parameters
    ----------
    camera, ccd : int
        The detector that the star fell on, 1 to 4 each.
    """
    return HeaderTemplate(
        table_cards(TESS_COLUMNS) + _LIGHT_CURVE_CARDS.format(camera=camera, ccd=ccd)
    )
