"""Which stars are quiet: the others are measured against them, and each has its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.star_table import Absence, Booleans, StarTable
from preprocessing.core.errors import UsageError

__all__ = ["Quiet", "Shares", "choose_quiet"]

_CANDIDATE = "planet_candidate"
#: Stars cooler than this are M dwarfs (Pecaut & Mamajek 2013, ApJS 208, 9, table 5: M0 V).
M_DWARF_K = 3850.0
#: G dwarfs and their neighbors (same table: F9 V to K2 V).
_SUN_LIKE_K = (5000.0, 6100.0)
#: Of the stars of a bin, those that vary more than this share of the others are not quiet.
_SHARE_BY_EXCESS = 0.9
#: Stars of one magnitude bin, at most ten bins of a temperature class.
_STARS_A_BIN, _MOST_BINS = 50, 10
#: Features that a quiet star must have a value or a telling absence of.
_LEAST_KNOWN = 0.75


class Quiet(str, Enum):
    """Whether a star belongs to the baseline, and why not."""

    #: It does.
    QUIET = "quiet"
    #: A table has a planet, candidate, binary or variable of its number.
    IN_CATALOG = "in_catalog"
    #: Vetting found that it varies, or that the instrument disturbed it.
    LABELED = "labeled"
    #: It has a candidate for a planet that passed all tests.
    CANDIDATE = "candidate"
    #: A quarter or more of its features are not known.
    FEW_FEATURES = "few_features"
    #: It varies more than nine of ten stars of its magnitude and temperature.
    EXCESS = "excess"
    #: It is quiet, but there were more of its temperature than asked for.
    NOT_ASKED = "not_asked"
    #: It is quiet, but as many others as are needed were drawn.
    NOT_DRAWN = "not_drawn"
    #: It is unlike the others: its score, without the instrument's faults, is above 3.
    STRANGE = "strange"

    __str__ = str.__str__


@dataclass(frozen=True)
class Shares:
    """How the baseline is divided among kinds of stars.

    Parameters
    ----------
    sun_like, m_dwarf : float
        Their shares of the baseline, relative to each other.
    """

    sun_like: float
    m_dwarf: float


def choose_quiet(stars: StarTable, shares: Shares | None, most: int, seed: int) -> NDArray[np.str_]:
    """Return why each star is, or is not, in the baseline.

    Parameters
    ----------
    stars : StarTable
        The stars.
    shares : Shares, optional
        How the baseline is divided; as the stars come if not given.
    most : int
        How many stars are enough; of more, so many are drawn.
    seed : int
        Of the choice among stars of which there are too many.

    Returns
    -------
    ndarray of str, shape (n,)
        The values of `Quiet`.

    Raises
    ------
    UsageError
        No quiet star is of a kind that was asked for.
    """
    found = np.full(len(stars), str(Quiet.QUIET), dtype="U16")
    for reason, is_so in _reasons(stars):
        found[(found == Quiet.QUIET) & is_so] = str(reason)
    is_quiet = found == Quiet.QUIET
    found[is_quiet & _is_in_excess(stars, is_quiet)] = str(Quiet.EXCESS)
    if shares is not None:
        found[_beyond_shares(stars, found == Quiet.QUIET, shares, seed)] = str(Quiet.NOT_ASKED)
    rows = np.flatnonzero(found == Quiet.QUIET)
    if len(rows) > most:
        drawn = np.random.default_rng(seed).permutation(rows)
        found[drawn[most:]] = str(Quiet.NOT_DRAWN)
    return found


def _reasons(stars: StarTable) -> Iterator[tuple[Quiet, Booleans]]:
    """Yield reasons that a star has by itself, the first of which counts."""
    in_catalog = np.zeros(len(stars), np.bool_)
    labeled = np.zeros(len(stars), np.bool_)
    for label, given in stars.labels.items():
        if label.startswith("known_"):
            in_catalog |= given
        elif label != _CANDIDATE:
            labeled |= given
    yield Quiet.IN_CATALOG, in_catalog | stars.in_catalog
    yield Quiet.LABELED, labeled
    yield Quiet.CANDIDATE, stars.has(_CANDIDATE)
    known = np.mean(stars.absence != Absence.UNKNOWN, axis=1)
    yield Quiet.FEW_FEATURES, known < _LEAST_KNOWN


def _is_in_excess(stars: StarTable, is_quiet: Booleans) -> Booleans:
    """Return which stars vary more than most of the quiet ones of their bin."""
    excess = stars.feature("stat_excess")
    found = ~np.isfinite(excess)
    for rows in _bins(stars, is_quiet & np.isfinite(excess)):
        found[rows] = excess[rows] > np.quantile(excess[rows], _SHARE_BY_EXCESS)
    return found


def _bins(stars: StarTable, chosen: Booleans) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of stars of about one magnitude and temperature."""
    is_cool = stars.teff < M_DWARF_K
    for is_own in (is_cool, ~is_cool):
        rows = np.flatnonzero(chosen & is_own)
        # Unknown magnitudes are sorted to the end.
        rows = rows[np.argsort(stars.magnitude[rows], kind="stable")]
        count = max(1, min(_MOST_BINS, len(rows) // _STARS_A_BIN))
        yield from (one for one in np.array_split(rows, count) if len(one))


def _beyond_shares(stars: StarTable, is_quiet: Booleans, shares: Shares, seed: int) -> Booleans:
    """Return the quiet stars that must be left out for the shares to be right."""
    low, high = _SUN_LIKE_K
    kinds: Mapping[str, Booleans] = {
        "sun_like": (stars.teff >= low) & (stars.teff <= high),
        "m_dwarf": stars.teff < M_DWARF_K,
    }
    asked = {"sun_like": shares.sun_like, "m_dwarf": shares.m_dwarf}
    total = sum(asked.values())
    there = {name: np.flatnonzero(is_quiet & is_kind) for name, is_kind in kinds.items()}
    if not all(map(len, there.values())):
        raise UsageError(
            f"--shares asks for quiet stars of two kinds, and there are {len(there['sun_like'])}"
            f" Sun-like ones ({low:g} to {high:g} K) and {len(there['m_dwarf'])} M dwarfs (below"
            f" {M_DWARF_K:g} K): leave --shares out"
        )
    # As many stars as the scarcer kind allows.
    size = min(len(there[name]) / (asked[name] / total) for name in asked)
    rng = np.random.default_rng(seed)
    kept = np.zeros(len(stars), np.bool_)
    for name, rows in there.items():
        kept[rng.choice(rows, int(size * asked[name] / total), replace=False)] = True
    return is_quiet & ~kept
