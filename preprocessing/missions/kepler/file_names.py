"""The names and paths of Kepler's files, with their time stamps."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache

from preprocessing.core.errors import WrongProduct
from preprocessing.core.product import LONG, SHORT, Product

__all__ = [
    "EXPOSURES_S",
    "LONG_STAMPS",
    "MODULE_3_STAMP",
    "QUARTER_LETTER",
    "SHORT_STAMPS",
    "alternative_products",
    "check_end",
    "files_in",
    "kepler_product",
    "nearest_stamp",
    "parse_file_name",
    "possible_products",
    "stamp_time",
    "star_folder",
]

#: Time 0 of BKJD, Barycentric Kepler Julian Date: BJD 2454833.0.
_BKJD_ZERO = datetime(2009, 1, 1, 12)

#: Time stamps in the names of long-cadence files of Q0 to Q17, from the archive's directory
#: listings (https://archive.stsci.edu/missions/kepler/lightcurves/). Q4 has two: CCD module 3
#: failed on 2010-01-09, and its stars have a shorter file.
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

#: The same for the monthly short-cadence files, with months numbered as in the Kepler Archive
#: Manual (KDMC-10008-006). Month 1 of Q4 exists only for module 3.
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

#: One quarter for each season of the spacecraft's roll, in different years. Nearly every observed
#: star has a file in one of them.
_LIKELY_QUARTERS = (2, 7, 12, 13)
MODULE_3_STAMP = LONG_STAMPS[4][1]
#: The letter before a quarter's number in its label.
QUARTER_LETTER = "Q"
_SUFFIX = {LONG: "llc", SHORT: "slc"}
_CADENCE_OF_SUFFIX = {suffix: cadence for cadence, suffix in _SUFFIX.items()}
_QUARTER_AND_MONTH: dict[str, dict[str, tuple[int, int | None]]] = {
    LONG: {s: (q, None) for q, stamps in enumerate(LONG_STAMPS) for s in stamps},
    SHORT: {s: (q, m) for q, stamps in enumerate(SHORT_STAMPS) for m, s in enumerate(stamps, 1)},
}
_FILE_NAME = re.compile(r"kplr(\d{9})-(\d{13})_(llc|slc)\.fits", re.ASCII)


#: Seconds per row: 270 and 9 frames of 6.54 s (Kepler Instrument Handbook, KSCI-19033-002,
#: section 2.6).
EXPOSURES_S = {LONG: 1765.5, SHORT: 58.85}


def star_folder(number: int) -> str:
    """Return the folder of a star's files, below the folder of all light curves.

    Parameters
    ----------
    number : int
        The star's number in KIC.

    Examples
    --------
    >>> star_folder(11904151)
    '0119/011904151'
    """
    digits = f"{number:09d}"
    return f"{digits[:4]}/{digits}"


def kepler_product(stamp: str, number: int, cadence: str) -> Product:
    """Return the file of a star with a time stamp.

    Parameters
    ----------
    stamp : str
        One of `LONG_STAMPS` or `SHORT_STAMPS`.
    number : int
        The star's number in KIC.
    cadence : {'long', 'short'}
        The file's cadence.

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
        position=quarter,
        letter=QUARTER_LETTER,
    )


def parse_file_name(name: str) -> Product | None:
    """Return the product for a file name, or None if the name has another form.

    Parameters
    ----------
    name : str
        The file's name without folders.

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


def alternative_products(product: Product) -> tuple[Product, ...]:
    """Return other files of Kepler that may hold the same quarter of the star.

    Only long cadence of Q4 has one. Whether a star was on module 3 is inferred from its later
    quarters, and the inference may fail.

    Parameters
    ----------
    product : Product
        The file that the archive does not have.
    """
    if product.cadence != LONG:
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


def files_in(number: int, quarter: int) -> tuple[Product, ...]:
    """Return every file that a star may have in a quarter.

    Parameters
    ----------
    number : int
        The star's number in KIC.
    quarter : int
        The quarter.

    Examples
    --------
    >>> [product.label for product in files_in(757076, 1)]
    ['Q1', 'Q1M1']
    """
    if not 0 <= quarter < len(LONG_STAMPS):
        return ()
    long = (kepler_product(stamp, number, LONG) for stamp in LONG_STAMPS[quarter])
    short = (kepler_product(stamp, number, SHORT) for stamp in SHORT_STAMPS[quarter])
    return *long, *short


@cache
def stamp_time(stamp: str) -> datetime:
    """Return the time in a file's stamp, without a time zone.

    The mission stamped its files in the ground system's local time, up to ten hours from the
    end of the observation in UTC.

    Parameters
    ----------
    stamp : str
        Year, day of year, hour, minute and second.
    """
    return datetime.strptime(stamp, "%Y%j%H%M%S")


def nearest_stamp(cadence: str, end: datetime) -> str:
    """Return the time stamp of a cadence that is nearest to the end of an observation.

    Stamps are at least six days apart, and within ten hours of the end of the file's data, so
    the nearest stamp identifies the file.

    Parameters
    ----------
    cadence : {'long', 'short'}
        The file's cadence.
    end : datetime
        End of the last exposure, UTC.
    """
    return min(_QUARTER_AND_MONTH[cadence], key=lambda s: abs(stamp_time(s) - end))


def check_end(product: Product, stated_number: object, end_d: float) -> None:
    """Check that the stamp in a file's name agrees with the end of its data.

    Parameters
    ----------
    product : Product
        The file that was asked for.
    stated_number : object
        Its quarter as its header has it; the stamp tells more.
    end_d : float
        When the file's data end, BJD - 2454833.

    Raises
    ------
    WrongProduct
        The data end with another quarter's or month's.
    """
    # Barycentric time differs from UTC by less than ten minutes; stamps stand days apart.
    stamp = nearest_stamp(product.cadence, _BKJD_ZERO + timedelta(days=end_d))
    if stamp != product.stamp:
        raise WrongProduct(f"{product.file_name}: its data end like those with stamp {stamp}")
