"""Published tables of planets, binaries, rotators and flare stars among Kepler's stars."""

from __future__ import annotations

from preprocessing.core.known_object import ObjectKind
from preprocessing.missions.known_tables import EXOPLANET_ARCHIVE, VIZIER, Field, KnownTable

__all__ = ["KNOWN_TABLES"]

_BKJD_ZERO, _REDUCED_JD_ZERO = 2_454_833.0, 2_400_000.0
#: Spots do not make a star vary more: McQuillan et al. 2014 (ApJS 211, 24), figure 4, have few
#: above 10 %, and RR Lyrae stars stand among those above 20 %.
_LARGEST_RANGE_PPM = 200_000.0

#: https://exoplanetarchive.ipac.caltech.edu/docs/API_kepcandidate_columns.html
_OBJECTS_OF_INTEREST = KnownTable(
    "Kepler Objects of Interest, cumulative",
    {
        Field.STAR: ("kepid",),
        Field.NAME: ("kepoiname", "keplername"),
        Field.KIND: ("koidisposition", "koipdisposition"),
        Field.PERIOD: ("koiperiod",),
        Field.EPOCH: ("koitime0bk", "koitime0"),
        Field.DURATION: ("koiduration",),
        Field.DEPTH: ("koidepth",),
        Field.TIMING: ("koittvflag", "ttvflag"),
    },
    kinds={
        "confirmed": ObjectKind.PLANET,
        "candidate": ObjectKind.CANDIDATE,
        "false positive": ObjectKind.FALSE_POSITIVE,
        # Before 2013 (ibidem).
        "not dispositioned": ObjectKind.CANDIDATE,
    },
    marks=frozenset(
        {"kepoiname", "keplername", "koidisposition", "koipdisposition", "koiperiod", "koitime0bk"}
    ),
    required=(Field.KIND, Field.PERIOD, Field.EPOCH),
    service=EXOPLANET_ARCHIVE,
    place="cumulative",
    epoch_zero=_BKJD_ZERO,
)
#: Kirk et al. 2016, AJ 151, 68; the authors' own table has other names than VizieR's. Its widths
#: are shares of the period, and its depths of the light (Prsa et al. 2011, AJ 141, 83, section 6).
_BINARIES = KnownTable(
    "Kepler eclipsing binaries (Kirk et al. 2016)",
    {
        Field.STAR: ("kic",),
        Field.PERIOD: ("period", "per"),
        Field.EPOCH: ("bjd0",),
        Field.DURATION: ("pwidth",),
        Field.DEPTH: ("pdepth",),
    },
    kind=ObjectKind.BINARY,
    marks=frozenset({"bjd0", "morph", "pdepth", "sdepth", "pwidth", "swidth"}),
    required=(Field.PERIOD, Field.EPOCH),
    service=VIZIER,
    place="J/AJ/151/68",
    epoch_zero=_REDUCED_JD_ZERO,
    ppm_a_depth=1e6,
    is_duration_phase=True,
)
_ROTATORS = KnownTable(
    "rotation periods (McQuillan et al. 2014)",
    {Field.STAR: ("kic", "kepid"), Field.PERIOD: ("prot",), Field.RANGE: ("rper",)},
    kind=ObjectKind.ROTATOR,
    marks=frozenset({"rper", "lph", "w"}),
    service=VIZIER,
    place="J/ApJS/211/24",
    largest_range_ppm=_LARGEST_RANGE_PPM,
)


def _santos(year: int, place: str) -> KnownTable:
    return KnownTable(
        f"rotation periods (Santos et al. {year})",
        {Field.STAR: ("kic",), Field.PERIOD: ("prot",)},
        kind=ObjectKind.ROTATOR,
        marks=frozenset({"sph", "prot"}),
        service=VIZIER,
        place=place,
    )


#: The paper warns that stars of other kinds are among them (Davenport 2016, section 3).
_FLARE_STARS = KnownTable(
    "flare stars (Davenport 2016)",
    {Field.STAR: ("kic", "kicnum"), Field.PERIOD: ("prot",)},
    kind=ObjectKind.FLARE_STAR,
    marks=frozenset({"nflares", "nflare68", "nfl", "alphaffd", "betaffd", "lfllkep"}),
    required=(),
    service=VIZIER,
    place="J/ApJ/829/23",
)

KNOWN_TABLES = (
    _OBJECTS_OF_INTEREST,
    _BINARIES,
    _ROTATORS,
    _santos(2019, "J/ApJS/244/21"),
    _santos(2021, "J/ApJS/255/17"),
    _FLARE_STARS,
)
