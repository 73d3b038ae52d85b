"""Kepler: what tells it from other missions, and the grammar of its files and observations."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from preprocessing.core.product import LONG, SHORT, Product
from preprocessing.missions.author import Author
from preprocessing.missions.file_layout import MISSION_FLUXES, FileLayout
from preprocessing.missions.mission import Mission

__all__ = [
    "KEPLER",
    "LARGEST_REAL_KIC",
    "LONG_STAMPS",
    "PHOTOMETER_LAYOUT",
    "PHOTOMETER_STAR_CARDS",
    "QUALITY_BITMASKS",
    "SHORT_STAMPS",
    "alternative_products",
    "expected_products",
    "kepler_product",
    "nearest_stamp",
    "parse_file_name",
    "parse_observation_id",
    "possible_products",
    "stamp_time",
    "star_folder",
]

#: Time stamp in the names of the long-cadence files of Q0 to Q17, as the archive's
#: directories list them (https://archive.stsci.edu/missions/kepler/lightcurves/).
#: Q4 has two: CCD module 3 died on 2010-01-09 and its stars have a shorter file.
LONG_STAMPS: tuple[tuple[str, ...], ...] = (
    ("2009131105131",),
    ("2009166043257",),
    ("2009259160929",),
    ("2009350155506",),
    ("2010078095331", "2010009091648"),
    ("2010174085026",),
    ("2010265121752",),
    ("2010355172524",),
    ("2011073133259",),
    ("2011177032512",),
    ("2011271113734",),
    ("2012004120508",),
    ("2012088054726",),
    ("2012179063303",),
    ("2012277125453",),
    ("2013011073258",),
    ("2013098041711",),
    ("2013131215648",),
)

#: The same for the monthly short-cadence files, months in the numbering of the
#: Kepler Archive Manual (KDMC-10008-006): month 1 of Q4 is module 3's.
SHORT_STAMPS: tuple[tuple[str, ...], ...] = (
    ("2009131110544",),
    ("2009166044711",),
    ("2009201121230", "2009231120729", "2009259162342"),
    ("2009291181958", "2009322144938", "2009350160919"),
    ("2010009094841", "2010019161129", "2010049094358", "2010078100744"),
    ("2010111051353", "2010140023957", "2010174090439"),
    ("2010203174610", "2010234115140", "2010265121752"),
    ("2010296114515", "2010326094124", "2010355172524"),
    ("2011024051157", "2011053090032", "2011073133259"),
    ("2011116030358", "2011145075126", "2011177032512"),
    ("2011208035123", "2011240104155", "2011271113734"),
    ("2011303113607", "2011334093404", "2012004120508"),
    ("2012032013838", "2012060035710", "2012088054726"),
    ("2012121044856", "2012151031540", "2012179063303"),
    ("2012211050319", "2012242122129", "2012277125453"),
    ("2012310112549", "2012341132017", "2013011073258"),
    ("2013017113907", "2013065031647", "2013098041711"),
    ("2013121191144", "2013131215648"),
)

#: Where the Kepler Input Catalog ends (https://archive.stsci.edu/kepler/kic10/);
#: synthetic stars have larger numbers.
LARGEST_REAL_KIC = 13_161_029

#: One of each season of the spacecraft's roll, in different years: nearly every star that
#: was observed has a file of one of these.
_LIKELY_QUARTERS = (2, 7, 12, 13)
_MODULE_3_STAMP = LONG_STAMPS[4][1]
_SUFFIX = {LONG: "llc", SHORT: "slc"}
_CADENCE_OF_SUFFIX = {suffix: cadence for cadence, suffix in _SUFFIX.items()}
_QUARTER_AND_MONTH: dict[str, dict[str, tuple[int, int | None]]] = {
    LONG: {s: (q, None) for q, stamps in enumerate(LONG_STAMPS) for s in stamps},
    SHORT: {s: (q, m) for q, stamps in enumerate(SHORT_STAMPS) for m, s in enumerate(stamps, 1)},
}
_FILE_NAME = re.compile(r"kplr(\d{9})-(\d{13})_(llc|slc)\.fits", re.ASCII)
_OBSERVATION_ID = re.compile(r"kplr(\d{9})_(lc|sc)_Q([0-9]{18})", re.ASCII)
_CADENCE_OF_OBSERVATION = {"lc": LONG, "sc": SHORT}


#: What a row stands for, in seconds: 270 and 9 frames of 6.54 s (Kepler Instrument Handbook,
#: KSCI-19033-002, section 2.6).
EXPOSURES_S = {LONG: 1765.5, SHORT: 58.85}


def star_folder(number: int) -> str:
    """Return the folder of a star's files, below that of all light curves.

    Examples
    --------
    >>> star_folder(11904151)
    '0119/011904151'
    """
    digits = f"{number:09d}"
    return f"{digits[:4]}/{digits}"


def kepler_product(stamp: str, number: int, cadence: str) -> Product:
    """Return the file of a star with some stamp.

    Parameters
    ----------
    stamp : str
        One of `LONG_STAMPS` or `SHORT_STAMPS`.
    number : int
        In the Kepler Input Catalog.
    cadence : {'long', 'short'}

    Raises
    ------
    KeyError
        No file of this cadence has the stamp.

    Examples
    --------
    >>> product = kepler_product("2010009091648", 11904151, "long")
    >>> product.path
    '0119/011904151/kplr011904151-2010009091648_llc.fits'
    >>> product.label
    'Q4'
    """
    quarter, month = _QUARTER_AND_MONTH[cadence][stamp]
    name = f"kplr{number:09d}-{stamp}_{_SUFFIX[cadence]}.fits"
    path = f"{star_folder(number)}/{name}"
    return Product(
        stamp=stamp,
        number=number,
        mission="Kepler",
        author="Kepler",
        cadence=cadence,
        sequence_number=quarter,
        month=month,
        exposure_s=EXPOSURES_S[cadence],
        file_name=name,
        path=path,
        uri=f"mast:KEPLER/url/missions/kepler/lightcurves/{path}",
    )


def parse_file_name(name: str) -> Product | None:
    """Return the product that a file name stands for, or None if it is no such name.

    Examples
    --------
    >>> parse_file_name("kplr011904151-2010009091648_llc.fits").label
    'Q4'
    >>> parse_file_name("kplr011904151-2010009091648_lpd-targ.fits.gz") is None
    True
    """
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        return None
    number, stamp, cadence = int(match[1]), match[2], _CADENCE_OF_SUFFIX[match[3]]
    if stamp not in _QUARTER_AND_MONTH[cadence]:
        return None
    return kepler_product(stamp, number, cadence)


def parse_observation_id(obs_id: str) -> tuple[int, str, tuple[int, ...]] | None:
    """Take an observation id apart.

    Parameters
    ----------
    obs_id : str
        As in MAST's column of that name, ``kplr011904151_lc_Q111111110111011101``.

    Returns
    -------
    tuple or None
        KIC number, cadence (``'long'`` or ``'short'``) and the number of files in each
        of the quarters 0 to 17; None if the text is no observation id of Kepler's.

    Notes
    -----
    The digits are the official formula of the delivery notes: the i-th is the number of
    files in quarter i (0 or 1 for long cadence, 0 to 4 months for short).
    """
    match = _OBSERVATION_ID.fullmatch(obs_id)
    if match is None:
        return None
    return int(match[1]), _CADENCE_OF_OBSERVATION[match[2]], tuple(map(int, match[3]))


def expected_products(obs_id: str) -> tuple[Product, ...] | None:
    """Return the files that an observation id promises, in time order.

    Parameters
    ----------
    obs_id : str
        As in MAST's column of that name.

    Returns
    -------
    tuple of Product, or None
        None if the id does not tell which files there are: it is not of the known form,
        or it counts fewer months of a short-cadence quarter than the quarter has. Only
        the archive's product list can tell then.
    """
    parsed = parse_observation_id(obs_id)
    if parsed is None:
        return None
    number, cadence, counts = parsed
    products: list[Product] = []
    for quarter, count in enumerate(counts):
        stamps = _stamps_of_quarter(cadence, quarter, count, counts)
        if stamps is None:
            return None
        products += [kepler_product(stamp, number, cadence) for stamp in stamps]
    return tuple(products)


def alternative_products(product: Product) -> tuple[Product, ...]:
    """Return the other files that may hold the same quarter of the star.

    Only Q4 of long cadence has one: whether a star stood on module 3 is inferred from
    its later quarters, and the inference may fail.
    """
    if product.author != KEPLER.name or product.cadence != LONG:
        return ()
    return tuple(
        kepler_product(stamp, product.number, LONG)
        for stamp in LONG_STAMPS[product.sequence_number]
        if stamp != product.stamp
    )


def possible_products(number: int) -> tuple[Product, ...]:
    """Return every long-cadence file that a star may have, the likeliest first.

    Examples
    --------
    >>> [product.label for product in possible_products(757076)][:5]
    ['Q2', 'Q7', 'Q12', 'Q13', 'Q0']
    """
    quarters = dict.fromkeys((*_LIKELY_QUARTERS, *range(len(LONG_STAMPS))))
    return tuple(
        kepler_product(stamp, number, LONG)
        for quarter in quarters
        for stamp in LONG_STAMPS[quarter]
    )


@cache
def stamp_time(stamp: str) -> datetime:
    """Return the time that a file's stamp spells, without a time zone.

    The mission stamped its files in local time of the ground system, up to ten hours
    from the end of the observation in UTC.
    """
    return datetime.strptime(stamp, "%Y%j%H%M%S")


def nearest_stamp(cadence: str, end: datetime) -> str:
    """Return the stamp, of all files of a cadence, nearest to the end of an observation.

    Stamps are at least six days apart and within ten hours of the end of what is in the
    file, so that the nearest one names the file that holds it.

    Parameters
    ----------
    cadence : {'long', 'short'}
    end : datetime
        End of the last exposure, UTC.
    """
    return min(_QUARTER_AND_MONTH[cadence], key=lambda s: abs(stamp_time(s) - end))


def _stamps_of_quarter(
    cadence: str, quarter: int, count: int, counts: tuple[int, ...]
) -> tuple[str, ...] | None:
    if count == 0:
        return ()
    if cadence == LONG:
        if count > 1:
            return None
        # A star returns to the dead module 3 every fourth quarter: none in 8, 12 and 16,
        # though there are others. One that was dropped before tells nothing.
        returns = counts[8] or counts[12] or counts[16]
        on_module_3 = quarter == 4 and any(counts[8:]) and not returns
        return (_MODULE_3_STAMP,) if on_module_3 else LONG_STAMPS[quarter][:1]
    # Month 1 of Q4 exists for module 3 only, which has no other.
    months = SHORT_STAMPS[4][1:] if quarter == 4 else SHORT_STAMPS[quarter]
    return months if count == len(months) else None


#: Quality bitmasks by name: `lightkurve.utils.KeplerQualityFlags` (2.6.0), bits as in the
#: Kepler Archive Manual (KDMC-10008-006), table 2-3.
QUALITY_BITMASKS = {"none": 0, "default": 1130799, "hard": 1664431, "hardest": 2096639}

#: HDUs and columns of Kepler's and K2's own files (Kepler Archive Manual, section 2.3.1).
PHOTOMETER_LAYOUT = FileLayout(
    table="LIGHTCURVE",
    fluxes=MISSION_FLUXES,
    extensions=("LIGHTCURVE", "APERTURE"),
    quality="SAP_QUALITY",
)

#: Cards of the primary header that describe the star. CHANNEL and SKYGROUP are of the first
#: file's quarter.
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

KEPLER = Mission(
    name="Kepler",
    telescope="Kepler",
    instrument="Kepler Photometer",
    catalog="KIC",
    number_keyword="KEPLERID",
    target_names=("kplr{:09d}",),
    sequence="quarter",
    sequence_numbers=range(len(LONG_STAMPS)),
    sequence_keyword="QUARTER",
    bjd_reference=2454833,
    bitmasks=QUALITY_BITMASKS,
    quality_column="QUALITY",
    detector_keywords=("CHANNEL", "MODULE"),
    cdpp_keywords=("CDPP3_0", "CDPP6_0", "CDPP12_0"),
    largest_real_number=LARGEST_REAL_KIC,
    authors=(Author("Kepler", "kepler", (LONG, SHORT), parse_file_name, PHOTOMETER_LAYOUT, True),),
    star_cards=PHOTOMETER_STAR_CARDS,
)
