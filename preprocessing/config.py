"""What a run is asked to do, as frozen values checked once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from preprocessing.exceptions import UsageError
from preprocessing.products import LONG, SHORT

__all__ = [
    "CADENCES",
    "EMBEDDED",
    "FLUXES",
    "MAST",
    "MISSIONS",
    "QUALITY_BITMASKS",
    "Limits",
    "Mode",
    "Recipe",
    "is_embedded",
    "make_recipe",
]

#: Archives by name; others are an address or a directory.
MAST = "mast"
EMBEDDED = "embedded"

KEPLER = "Kepler"
MISSIONS = (KEPLER, "K2", "TESS")
CADENCES = (LONG, SHORT, "fast")
FLUXES = ("pdcsap", "sap")

#: Quality bitmasks of Kepler by name: `lightkurve.utils.KeplerQualityFlags` (2.6.0),
#: bits as in the Kepler Archive Manual (KDMC-10008-006), table 2-3.
QUALITY_BITMASKS = {"none": 0, "default": 1130799, "hard": 1664431, "hardest": 2096639}

_LARGEST_BITMASK = 2**31 - 1


@dataclass(frozen=True)
class Recipe:
    """What decides the contents of an output file, besides the archive's own files.

    Two runs may share their records only if their recipes are equal.

    Parameters
    ----------
    mission : {'Kepler'}
    cadence : {'long', 'short'}
    flux : {'pdcsap', 'sap'}
        Which flux column is stitched.
    quality_bitmask : int
        Rows whose SAP_QUALITY shares a bit with it are dropped.
    """

    mission: str = KEPLER
    cadence: str = LONG
    flux: str = "pdcsap"
    quality_bitmask: int = QUALITY_BITMASKS["default"]

    def output_name(self, stem: str) -> str:
        """Return what the file of a stitched light curve is called.

        The mission's own cadence goes without saying.

        Parameters
        ----------
        stem : str
            `Target.file_stem`.

        Examples
        --------
        >>> Recipe(cadence="short").output_name("KIC_757076")
        'KIC_757076_short.fits'
        """
        cadence = "" if self.cadence == LONG else f"_{self.cadence}"
        return f"{stem}{cadence}.fits"


class Mode(str, Enum):
    """What a run does with targets that have an outcome."""

    #: There are none: the records of another run would be in the way.
    NEW = "new"
    #: Those that time may change are tried again.
    RESUME = "resume"
    #: All that are not complete are tried again.
    RETRY_FAILED = "retry-failed"
    #: As `RESUME`, and of those that are complete, newer versions are fetched.
    REFRESH = "refresh"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def of(cls, resume: bool, retry_failed: bool, refresh: bool) -> Mode:
        """Return what these options ask for together.

        Raises
        ------
        UsageError
            Two of them cannot go together.
        """
        if retry_failed and refresh:
            raise UsageError("--retry-failed and --refresh are two runs: one after the other")
        if retry_failed or refresh:
            return cls.RETRY_FAILED if retry_failed else cls.REFRESH
        return cls.RESUME if resume else cls.NEW

    @property
    def goes_on(self) -> bool:
        """Whether the records of an earlier run are gone on from."""
        return self is not Mode.NEW

    @property
    def asks_anew(self) -> bool:
        """Whether kept search answers do not count: what there is may have changed."""
        return self in (Mode.RETRY_FAILED, Mode.REFRESH)


@dataclass(frozen=True)
class Limits:
    """How hard a run may try, and for how long.

    Parameters
    ----------
    workers : int
        Targets at once, and so file requests in flight.
    timeout_s : float
        Seconds without progress after which a target is given up for now.
    retries : int
        Further tries of a request that failed for a passing reason.
    max_rate_mb_s : float or None
        Most that is received, in 10**6 bytes a second; None for no limit.
    """

    workers: int = 4
    timeout_s: float = 180.0
    retries: int = 4
    max_rate_mb_s: float | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UsageError(f"the number of workers must be at least 1, not {self.workers}")
        if not self.timeout_s > 0:
            raise UsageError(f"the time-out must be more than 0 seconds, not {self.timeout_s}")
        if self.retries < 0:
            raise UsageError(f"the number of retries cannot be negative: {self.retries}")
        if self.max_rate_mb_s is not None and not 0 < self.max_rate_mb_s < math.inf:
            raise UsageError(f"the rate must be more than 0 MB/s, not {self.max_rate_mb_s}")


def is_embedded(source: str) -> bool:
    """Tell whether a source is the embedded archive, options or not.

    Examples
    --------
    >>> is_embedded("embedded --latency 0.25"), is_embedded("embedded_files")
    (True, False)
    """
    return source.split()[:1] == [EMBEDDED]


def make_recipe(
    mission: str = KEPLER, cadence: str = LONG, flux: str = "pdcsap", quality: str | int = "default"
) -> Recipe:
    """Check what a user asked for and return it as a recipe.

    Parameters
    ----------
    mission : str
        In any case: ``Kepler``.
    cadence : {'long', 'short'}
    flux : {'pdcsap', 'sap'}
    quality : str or int
        ``none``, ``default``, ``hard``, ``hardest``, or a bitmask as a number.

    Raises
    ------
    UsageError
        A word is unknown, or names something that is not there yet.
    """
    known_mission = {m.lower(): m for m in MISSIONS}.get(mission.lower())
    if known_mission is None:
        raise UsageError(f"unknown mission {mission!r}: choose {', '.join(MISSIONS)}")
    if known_mission != KEPLER:
        raise UsageError(f"mission {known_mission} is not there yet: only {KEPLER} is")
    if cadence not in CADENCES:
        raise UsageError(f"unknown cadence {cadence!r}: choose {', '.join(CADENCES)}")
    if cadence not in (LONG, SHORT):
        raise UsageError(f"cadence {cadence!r} is not there yet: Kepler has long and short")
    if flux not in FLUXES:
        raise UsageError(f"unknown flux {flux!r}: choose {', '.join(FLUXES)}")
    return Recipe(known_mission, cadence, flux, _quality_bitmask(quality))


def _quality_bitmask(quality: str | int) -> int:
    if isinstance(quality, str) and quality in QUALITY_BITMASKS:
        return QUALITY_BITMASKS[quality]
    try:
        # Base 0: bitmasks are written in hexadecimal as often as not.
        bitmask = int(quality, 0) if isinstance(quality, str) else quality
    except ValueError:
        choices = ", ".join(QUALITY_BITMASKS)
        raise UsageError(f"unknown quality {quality!r}: choose {choices}, or a bitmask") from None
    if not 0 <= bitmask <= _LARGEST_BITMASK:
        raise UsageError(f"quality bitmask {bitmask} is not between 0 and {_LARGEST_BITMASK}")
    return bitmask
