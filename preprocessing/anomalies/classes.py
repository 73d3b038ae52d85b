"""Seven classes of strange stars, decided by rules in one table; the first that fits counts.

What no rule fits stays `unexplained`. Those stars are the ones worth reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.candidates import CIRCULAR_D, LONGEST_TO_CIRCULAR, SURE_SIGMA
from preprocessing.anomalies.event_evidence import SUDDEN_DIP
from preprocessing.anomalies.explained import is_small_dip, is_small_flare
from preprocessing.anomalies.star_table import Booleans, StarTable

__all__ = ["CLASSES", "UNEXPLAINED", "ClassRule", "classify"]

UNEXPLAINED = "unexplained"
#: Whatever else is seen of these stars, a body or a pulsation makes it.
_BODY = (
    "known_planet",
    "planet_candidate",
    "known_binary",
    "eclipses",
    "contact",
    "rr_lyrae",
    "delta_scuti",
    "gamma_doradus",
)
#: What the instrument explains goes at least this share as far as the light does; all of it in
#: light that spots vary at all times, which is noisy under flags as it is without, and falls by
#: itself as in a step.
_LEAST_SHARE, _ALL = 0.4, 1.0
#: A sudden dip that comes back over so many hours.
_SUDDEN_H = 3.0
#: Deeper than the transit of any planet: two Jupiter radii in front of a Sun, which is darker at
#: its limb, take 5 %.
_DEEPEST_TRANSIT_PPM = 5.5e4
#: Of dips that belong to one object, this share keeps its time, and so many are needed: of a few
#: clouds two in three may, by chance.
_KEEP_TIME, _FEWEST_IN_TIME = 0.9, 3
#: So many deep dips that are as long as each other are eclipses though they keep no time. Of 40
#: simulated dippers of 3 to 15 clouds, one had as many. If a candidate passed all tests, dips off
#: its time are those of other planets as well as of the other star, unless it has less than this
#: share of their depth: then it is their mean at a time that they do not keep.
_MANY_ALIKE, _OF_THEIR_DEPTH = 7, 0.5
#: So many are enough if they are as deep as each other, too, to a twentieth (in dex), as one body
#: makes them: of 102 simulated dippers, none has four such dips, and two have if a tenth will do.
_EQUAL, _EQUALLY_DEEP_DEX = 4, 0.02
#: A dip so many times the noise of its duration is rare in quiet light: of 1,500 simulated quarters
#: with the drifts and outliers that 17 real quiet ones have, 38 in 1,000 have one of 6, 9 of 8, and
#: 1 of 10, anywhere and of any of the six durations.
_DIP = 8.0
#: A star varies if its light scatters so many times as much as its noise. Then a dip is so many
#: times the noise, and a third of what varies (`is_small_dip`): of 72 simulated rotators, whose
#: minima no trend follows, none has more than 11. Slowly varying stars of more than the last are
#: active.
_VARIES, _DIP_OF_VARYING, _ACTIVE = 2.0, 12.0, 3.0
#: A star whose lowest point is this much further off than its highest one dims; or the reverse.
_ONE_SIDED_DEX = 0.2
#: A pulsation keeps its phase better than this; spots do not.
_COHERENT = 0.8
_FLARES_PER_D = 0.05
#: Features that a dip changes, and those that any event of hours or days does: while it lasts,
#: points are alike, and power is at low frequencies.
_OF_DIPS = ("shape_dip", "stat_dip", "stat_skew", "stat_tail", "stat_imbalance")
_OF_DAYS = ("temp_acf_", "freq_slope", "freq_entropy", "resid_red", "resid_noise_")


@dataclass(frozen=True)
class ClassRule:
    """One class.

    Parameters
    ----------
    name : str
        Its name.
    meaning : str
        What its stars do.
    rule : str
        When a star belongs to it.
    fits : callable
        Returns which of many stars do.
    features : tuple of str
        How the names of the features begin that show it: an explanation agrees with the class if
        one of them leads it.
    """

    name: str
    meaning: str
    rule: str
    fits: Callable[[StarTable], Booleans]
    features: tuple[str, ...]


def _any(stars: StarTable, labels: tuple[str, ...]) -> Booleans:
    found = np.zeros(len(stars), np.bool_)
    for label in labels:
        found |= stars.has(label)
    return found


def _is_instrumental(stars: StarTable) -> Booleans:
    extreme = 10 ** np.fmax(stars.feature("stat_dip"), stars.feature("stat_peak"))
    is_active = stars.feature("stat_excess") > np.log10(_ACTIVE)
    always_varies = _any(stars, ("rotation", "spots")) & is_active
    needed = np.maximum(np.where(always_varies, _ALL, _LEAST_SHARE) * extreme, stars.sky_sigma)
    is_most = (stars.instrument_sigma > 0) & (stars.instrument_sigma >= needed)
    by_line = stars.has("instrument_line") & ~_any(stars, ("rotation", "flares"))
    return np.asarray((is_most | by_line | _drops(stars)) & ~_any(stars, _BODY))


def _drops(stars: StarTable) -> Booleans:
    """Return which stars lose light within an exposure, once or twice, and regain it slowly."""
    is_sudden = stars.feature("shape_dip_skew") > SUDDEN_DIP
    is_slow = stars.feature("shape_dip_hours") > np.log10(_SUDDEN_H)
    is_rare = stars.alike_dips < _FEWEST_IN_TIME
    return np.asarray(is_sudden & is_slow & is_rare & _dips(stars))


def _keeps_time(stars: StarTable) -> Booleans:
    is_regular = stars.feature("shape_dip_regular") >= _KEEP_TIME
    are_alike = stars.alike_dips >= _FEWEST_IN_TIME
    return np.asarray(is_regular & are_alike & _dips(stars))


def _is_eclipse(stars: StarTable) -> Booleans:
    is_deep = stars.feature("transit_depth") > np.log10(_DEEPEST_TRANSIT_PPM)
    too_deep = is_deep & (_keeps_time(stars) | stars.has("planet_candidate"))
    enough = np.where(stars.alike_scatter < _EQUALLY_DEEP_DEX, _EQUAL, _MANY_ALIKE)
    many = (stars.alike_dips >= enough) & _dips(stars)
    is_shallow = stars.planet_ppm < _OF_THEIR_DEPTH * stars.alike_ppm
    out_of_time = many & ~_keeps_time(stars) & is_shallow
    by_label = _any(stars, ("known_binary", "eclipses", "contact"))
    # Dips that keep time are a planet's, unless vetting found what only two stars do: odd and even
    # ones that differ, or a secondary (Coughlin et al. 2016, ApJS 224, 12).
    judged = stars.judged_eclipse & ~stars.has("planet_candidate")
    repeats = _keeps_time(stars) | stars.has("planet_candidate")
    in_time = (_keeps_time(stars) & judged) | (repeats & stars.unlike_planet)
    by_dips = (out_of_time | in_time) & ~stars.has("known_planet") & ~_pulsates(stars)
    return np.asarray(by_label | too_deep | by_dips)


def _is_transit(stars: StarTable) -> Booleans:
    by_label = _any(stars, ("known_planet", "planet_candidate"))
    return np.asarray(by_label | (_keeps_time(stars) & ~_pulsates(stars)))


def _varies(stars: StarTable) -> Booleans:
    is_restless = stars.feature("stat_excess") > np.log10(_VARIES)
    return np.asarray(stars.has("rotation") | is_restless)


def _dims(stars: StarTable) -> Booleans:
    """Return which stars have a dip that is neither noise nor a part of what always varies."""
    sigma = 10 ** stars.feature("shape_dip_sigma")
    of_varying = (sigma > _DIP_OF_VARYING) & ~is_small_dip(stars)
    return np.asarray(np.where(_varies(stars), of_varying, sigma > _DIP), np.bool_)


def _dips(stars: StarTable) -> Booleans:
    one_sided = stars.feature("stat_dip") - stars.feature("stat_peak")
    return np.asarray(_dims(stars) & (one_sided > -_ONE_SIDED_DEX))


def _outbursts(stars: StarTable) -> Booleans:
    one_sided = stars.feature("stat_peak") - stars.feature("stat_dip")
    often = stars.feature("shape_flare_rate") > _FLARES_PER_D
    # What a trend leaves of spots goes up as flares do, and down as far or further.
    is_of_spots = is_small_flare(stars) | (one_sided < -_ONE_SIDED_DEX)
    flares = (stars.has("flares") | often) & ~(_varies(stars) & is_of_spots)
    # A wave that repeats may go further up than down.
    return np.asarray(flares | ((one_sided > _ONE_SIDED_DEX) & ~stars.has("rotation")))


def _pulsates(stars: StarTable) -> Booleans:
    by_label = _any(stars, ("rr_lyrae", "delta_scuti", "gamma_doradus"))
    steady = stars.feature("freq_coherence") > _COHERENT
    fast = (stars.feature("freq_main") > np.log10(4.0)) & (stars.feature("freq_power") > 0.2)
    return np.asarray(by_label | (steady & fast))


def _rotates(stars: StarTable) -> Booleans:
    repeats = stars.feature("temp_acf_peak") > 0.2
    red = stars.feature("freq_slope") < -1.5
    active = stars.feature("stat_excess") > np.log10(_ACTIVE)
    slow = 10 ** stars.feature("temp_decay") > 0.3
    return np.asarray(stars.has("rotation") | ((repeats | red | active) & slow))


#: In the order in which they are tried.
CLASSES: tuple[ClassRule, ...] = (
    ClassRule(
        "instrumental",
        "What the spacecraft or the detector did.",
        "no label of a body or a pulsation; and what a label of the instrument explains (events"
        " that are coincident, flagged, at edges or steps; settling, or noise while a flag is set)"
        f" goes {_LEAST_SHARE:g} times as far as the most extreme point (as far, with rotation or"
        f" spots and light that scatters {_ACTIVE:g} times its noise), and as far as any other"
        " event of more than one exposure; or instrument_line without rotation and flares; or a dip"
        f" (as in irregular dips), one or two of its depth and length, that begins within an"
        f" exposure (shape_dip_skew above {SUDDEN_DIP:g}) and lasts {_SUDDEN_H:g} h",
        _is_instrumental,
        ("stat_", "shape_", "freq_", "temp_", "resid_"),
    ),
    ClassRule(
        "eclipse",
        "A star eclipses another, or deforms it.",
        "known_binary, eclipses or contact; or a candidate, or dips that keep time (as in"
        f" transit), deeper than {_DEEPEST_TRANSIT_PPM / 1e4:g} %, or dips that keep time"
        " of which vetting says that two stars eclipse each other; or a candidate or such dips that"
        f" last longer than a planet's ({LONGEST_TO_CIRCULAR:g} times a central transit on a"
        f" circular orbit of up to {CIRCULAR_D:g} d, beyond as vetting has it, or 15 % of the"
        " period), or have a second dip deeper than all light that a planet there could reflect, at"
        f" {SURE_SIGMA:g} sigma; or {_MANY_ALIKE} dips as long as each other ({_EQUAL} if as deep,"
        f" too, to {_EQUALLY_DEEP_DEX:g} dex) that do not keep time,"
        f" without a candidate of {_OF_THEIR_DEPTH:g} times their depth",
        _is_eclipse,
        ("transit_", "shape_dip", "stat_", "freq_", "temp_", "resid_"),
    ),
    ClassRule(
        "transit",
        "A planet, or a candidate for one, passes in front of the star.",
        "known_planet, or a candidate that passed all tests of vetting; or"
        f" {_FEWEST_IN_TIME} dips as long as each other, of which {100 * _KEEP_TIME:g} % keep the"
        " time of the strongest candidate",
        _is_transit,
        # Transits repeat, as eclipses do.
        (*_OF_DIPS, "transit_", "freq_", "temp_acf_"),
    ),
    ClassRule(
        "pulsation",
        "The star swells and shrinks.",
        "rr_lyrae, delta_scuti or gamma_doradus; or freq_coherence > 0.8 with a frequency above"
        " 4/d that makes 20 % of what varies",
        _pulsates,
        ("freq_", "temp_", "stat_", "resid_"),
    ),
    ClassRule(
        "irregular dips",
        "Something passes in front of the star that keeps no period.",
        f"a dip {_DIP:g} times the noise of its duration, which 9 in 1,000 quiet quarters have;"
        f" with rotation, or if light scatters {_VARIES:g} times its noise, {_DIP_OF_VARYING:g}"
        " times, and a third of its range; and the lowest point at least"
        f" 10^-{_ONE_SIDED_DEX:g} times as far off as the highest",
        _dips,
        (*_OF_DIPS, "transit_", *_OF_DAYS),
    ),
    ClassRule(
        "outbursts and flares",
        "The star becomes brighter for a while.",
        f"flares, or more than {_FLARES_PER_D:g} flares a day, that are a third of the range of"
        " light that varies (as in irregular dips), and then the highest point at least"
        f" 10^-{_ONE_SIDED_DEX:g} times as far off as the lowest; or, without rotation, the highest"
        f" point 10^{_ONE_SIDED_DEX:g} times as far off as the lowest",
        _outbursts,
        ("shape_flare", "stat_peak", "stat_skew", "stat_tail", "stat_imbalance", *_OF_DAYS),
    ),
    ClassRule(
        "rotation and activity",
        "Spots come and go as the star turns, or its state changes.",
        "rotation; or temp_acf_peak > 0.2, or freq_slope < -1.5, or light that scatters"
        f" {_ACTIVE:g} times its noise; and temp_decay above 0.3 d",
        _rotates,
        ("temp_", "freq_", "stat_amplitude", "stat_excess", "resid_"),
    ),
)


def classify(stars: StarTable) -> NDArray[np.str_]:
    """Return the class of each star.

    Parameters
    ----------
    stars : StarTable
        The stars.

    Returns
    -------
    ndarray of str, shape (n,)
        Names of `CLASSES`, or `UNEXPLAINED`.
    """
    found = np.full(len(stars), UNEXPLAINED, dtype="U24")
    for one in CLASSES:
        found[(found == UNEXPLAINED) & one.fits(stars)] = one.name
    return found
