"""Labels of binaries: stars that eclipse each other, touch, or are deformed by each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import SEARCH_GRID_D, binned
from preprocessing.analysis.light import Light
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.cycle import Cycle, cycle_of, light_on_grid
from preprocessing.vetting.eclipses import (
    Depths,
    Ephemeris,
    OutOfEclipse,
    deep_dips,
    depths,
    half_width_share,
    out_of_eclipse,
    share_of_minimum,
)
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.orbit_judgments import LONGEST_DUTY
from preprocessing.vetting.orbit_period import orbit_of
from preprocessing.vetting.pulsators import is_pulsator, range_of_modes
from preprocessing.vetting.star import Star

__all__ = ["RULES", "binaries", "is_binary", "outside_transits"]

#: Differences of eclipses count if they are of this share and of so many sigma. Transit-timing
#: variations alone make odd transits of Kepler-18 d differ from even ones by 11 sigma, and by 7 %.
_LEAST_DIFFERENCE, _LEAST_SIGMA = 0.1, 3.0
#: The deepest of all boxes between eclipses is so many sigma by chance, of some hundred boxes.
_LEAST_SECONDARY_SIGMA = 4.0
#: No planet is larger than this, in solar radii: the largest have 1.8 to 2 of Jupiter's radii
#: (Sestovic et al. 2018, A&A 616, A76, section 1), which is 0.2, and radii of catalogs are
#: uncertain by a third (Brown et al. 2011).
_LARGEST_PLANET = 0.3
#: Without the star's radius: deeper than a planet of two Jupiter radii makes of a star of 0.9.
_DEEPEST_TRANSIT = 0.05
#: A V that is deeper than this is a grazing eclipse: a planet's, grazing, is shallower.
_V_SHAPE, _DEEPEST_V = 0.5, 0.02
#: Planets deform stars by less than 2e-4 (WASP-18: Shporer et al. 2019, AJ 157, 178), and their day
#: sides add less than 1e-3 (KELT-9: Wong et al. 2020, AJ 160, 88).
_LEAST_ELLIPSOIDAL, _LEAST_REFLECTION = 3e-4, 1e-3
#: Tides make cosines: the sine at half the period has at most this share of the cosine.
_MOST_ASYMMETRY = 0.35
#: Eclipses of another star in the aperture change as much when the star falls on other pixels.
_LEAST_PLACE_DIFFERENCE = 0.2
#: Dips that are not deeper than the range of the main wave are what the search for
#: transits left of it, unless each exceeds the scatter of all so many times.
_OF_RANGE, _STANDS_OUT = 1.0, 5.0
#: What differs between events is judged if their depth is so many sigma.
_SEEN = 5.0
#: The least signal-to-noise ratio of a candidate (Jenkins et al. 2002, ApJ 575, 493).
_THRESHOLD = 7.1
#: Two or more deep dips are eclipses, without a period, if they are symmetric and as long as each
#: other. Dips of dust are neither (Boyajian et al. 2016, MNRAS 457, 3988).
_FEWEST_DIPS, _MOST_DIPS = 2, 12
#: The longest is at most so many times as long as the shortest, and so many days long, and the mean
#: time of the loss is within this share of the width of the middle.
_ALIKE, _LONGEST_DIP_D, _MOST_SKEW = 2.0, 2.0, 0.15
#: The shortest orbit of stars that touch is 0.22 d (Rucinski 1992, AJ 103, 960). Ellipsoidal
#: variation of dwarfs is below 1e-3 beyond 12 d (Morris 1985, ApJ 295, 143).
_SHORTEST_D, _LONGEST_D = 0.2, 12.0
#: An orbit keeps its phase and strength: over years all but what a third body does (Conroy et al.
#: 2014, AJ 147, 45). Simulated spots do so in 2 % of rotators, and then without symmetry.
_LEAST_COHERENCE, _LEAST_COHERENCE_YEARS, _MOST_SCATTER = 0.98, 0.95, 0.1
#: No simulated spots keep phase and strength as well as this: then the form is free, since spots on
#: stars that touch make their maxima unequal.
_CERTAIN_COHERENCE, _CERTAIN_SCATTER = 0.998, 0.02
#: From so many days on, light counts as that of years.
_YEARS_D = 180.0
#: The wave has at least this share of all variance.
_LEAST_POWER = 0.4
#: How symmetric two cycles are about the darker minimum: 1 if one half mirrors the other.
_LEAST_ALIGNMENT = 0.9
#: Minima are the sharper ones: the second sine's phase is within this of pi, in radians, if it is
#: at least this share of the first.
_SHARP, _LEAST_RATIO = 0.8, 0.03
#: Alternate minima or maxima differ, by so much of the wave and times its noise.
_LEAST_ALTERNATION, _LEAST_CONTRAST = 0.01, 5.0
#: From this morphology on, eclipses are not separate (Kirk et al. 2016, AJ 151, 68: overcontact
#: from 0.7 to 0.8, ellipsoidal beyond).
_CONTACT_MORPHOLOGY = 0.7

_EVIDENCE = (
    ValueColumn("eclipse_period", float, "d", "Period of the orbit."),
    ValueColumn("eclipse_epoch", float, "d", "Middle of a primary eclipse, in the light's days."),
    ValueColumn("eclipse_depth", float, "ppm", "Depth of the primary eclipse."),
    ValueColumn("eclipse_secondary", float, "ppm", "Depth of the secondary eclipse."),
    ValueColumn("eclipse_secondary_sigma", float, "", "Its depth over its uncertainty."),
    ValueColumn("eclipse_odd_even", float, "", "Difference of odd and even, over the deeper."),
    ValueColumn("eclipse_odd_even_sigma", float, "", "The same over its uncertainty."),
    ValueColumn("eclipse_ellipsoidal", float, "ppm", "Semi-amplitude at half the period."),
    ValueColumn("eclipse_ellipsoidal_sigma", float, "", "The same over its uncertainty."),
    ValueColumn("eclipse_reflection", float, "ppm", "Semi-amplitude at the period."),
    ValueColumn("eclipse_place_difference", float, "", "Of depths by place on the detector."),
    ValueColumn("eclipse_place_sigma", float, "", "The same over its uncertainty."),
    ValueColumn("eclipse_of_neighbor", bool, "", "Whether depths differ so between places."),
    ValueColumn("eclipse_morphology", float, "", "0 narrow eclipses, 1 a sine."),
    ValueColumn("eclipse_signs", str, "", "What speaks for a binary, with + between."),
)

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        Label.ECLIPSES,
        "Two stars eclipse each other.",
        "A loss of light that repeats, of a signal-to-noise ratio of at least 7.1, has a sign of a"
        " binary: depth (an occulting body larger than 0.3 solar radii or, without the star's"
        " radius, deeper than 5 %), odd_even or secondary (more than 10 % of the depth and 3"
        " sigma), shape (a V deeper than 2 %), ellipsoidal (over 300 ppm, darkest at conjunctions)"
        " or reflection (over 1,000 ppm); or two to twelve symmetric dips of like length are as"
        " deep, without a period; or the rule of contact holds with a morphology below 0.7.",
        _EVIDENCE,
    ),
    LabelRule(
        Label.CONTACT,
        "Two stars touch, or are deformed by each other.",
        "The main wave is half an orbit of 0.2 to 12 d, keeps its phase and strength (coherence at"
        " least 0.98, over years 0.95; amplitudes of chunks within 10 %), is symmetric about its"
        " minima, which are the sharper ones, and alternates, or has a second sine; the morphology"
        " is at least 0.7.",
        (),
    ),
)


@dataclass(frozen=True, eq=False)
class _Binary:
    """What was found of a binary, or of the best candidate for one."""

    signs: tuple[str, ...]
    morphology: float
    evidence: Mapping[str, Evidence] = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Events:
    """What is seen at an ephemeris, at another phase of it, and between both."""

    ephemeris: Ephemeris
    primary: Depths
    second: Depths | None
    between: OutOfEclipse


@once_a_star
def binaries(star: Star) -> tuple[Finding, ...]:
    """Return whether the star is a binary.

    Parameters
    ----------
    star : Star
        The star.

    Returns
    -------
    tuple of Finding
        Of ``eclipses`` and of ``contact``, in the order of `RULES`.
    """
    found = _from_events(star)
    if found is None or not found.signs:
        found = _from_cycle(star) or _from_dips(star) or found
    empty: dict[str, Evidence] = {column.name: None for column in _EVIDENCE}
    if found is None:
        reason = _why_unknown(star)
        is_given = None if reason else False
        return (
            Finding(Label.ECLIPSES, is_given, reason, empty),
            Finding(Label.CONTACT, is_given, reason, {}),
        )
    is_contact = found.morphology >= _CONTACT_MORPHOLOGY
    evidence = empty | {name: _plain(value) for name, value in found.evidence.items()}
    return (
        Finding(Label.ECLIPSES, bool(found.signs) and not is_contact, None, evidence),
        Finding(Label.CONTACT, bool(found.signs) and is_contact, None, {}),
    )


def is_binary(star: Star) -> bool:
    """Return whether either label is given.

    Parameters
    ----------
    star : Star
        The star.
    """
    return any(finding.is_given for finding in binaries(star))


def outside_transits(star: Star, light: Light) -> Light:
    """Return light without the events of the candidates that keep every rule of the search.

    Parameters
    ----------
    star : Star
        The star.
    light : Light
        Its light, of any sampling.

    Returns
    -------
    Light
        The same if less than half would be left.
    """
    is_out = np.ones(len(light), dtype=bool)
    for one in star.candidates:
        ephemeris = _ephemeris(one)
        # Where a fit has not told how long they are, nobody knows what to leave out; and what is
        # longer than a transit is a part of the star's own variation, flares upon it included.
        is_transit = 0 < ephemeris.duration_d <= LONGEST_DUTY * ephemeris.period_d
        if one["passes"] and is_transit:
            days, _ = ephemeris.days_from(light.time_d)
            is_out &= np.abs(days) > 0.75 * ephemeris.duration_d
    if is_out.all() or is_out.sum() < len(light) / 2:
        return light
    time, flux, error = (one[is_out] for one in (light.time_d, light.flux, light.flux_err))
    return Light(time, flux, error, light.sequence[is_out], light.left_out, light.n_reordered)


def _why_unknown(star: Star) -> Undecided | None:
    """Return why neither events nor waves could be looked for; None if they could."""
    was_searched = star.features.get("transit_snr") is not None
    has_spectrum = star.features.get("stat_white") is not None
    return None if was_searched or has_spectrum else Undecided.TOO_SHORT


def _plain(value: Evidence) -> Evidence:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _number(row: Mapping[str, Evidence], name: str) -> float:
    value = row.get(name)
    return float(value) if isinstance(value, (int, float)) else np.nan


def _ephemeris(row: Mapping[str, Evidence]) -> Ephemeris:
    return Ephemeris(_number(row, "period_d"), _number(row, "epoch_d"), _number(row, "duration_d"))


def _from_events(star: Star) -> _Binary | None:
    """Return what the candidates say: of the first with a sign, or else of the first."""
    strong = [one for one in star.candidates if _is_strong(one)]
    if not strong:
        return None
    light = binned(star.light, SEARCH_GRID_D)
    first = _judge(star, light, strong[0], strong)
    others = (_judge(star, light, one, strong) for one in strong[1:3])
    return first if first.signs else next((one for one in others if one.signs), first)


def _is_of_wave(star: Star, ephemeris: Ephemeris, primary: Depths, depth: float) -> bool:
    """Return whether a candidate is but a part of the main wave.

    It is none if it is deeper than the wave is high, or if each event stands out, and either the
    wave loses its phase or the events keep another time.
    """
    cycle = cycle_of(star)
    if cycle is None:
        return False
    turns = 2 * ephemeris.period_d * cycle.frequency_per_d
    off = abs(turns - round(turns)) / turns * star.light.baseline_d
    is_locked = off < ephemeris.duration_d and cycle.coherence > _LEAST_COHERENCE_YEARS
    if primary.contrast > _STANDS_OUT and not is_locked:
        return False
    deepest = max(depth, primary.deepest)
    # The range of the modes costs more than all of this, and is asked for where it decides.
    return not deepest > _OF_RANGE * cycle.height or not deepest > _OF_RANGE * range_of_modes(star)


def _is_strong(row: Mapping[str, Evidence]) -> bool:
    """Return whether a candidate may be of eclipses: those of near stars are long."""
    broken = str(row["broken_rules"] or "").split("+")
    return _number(row, "snr") >= _THRESHOLD and set(broken) <= {"", "duty"}


def _judge(
    star: Star,
    light: Light,
    row: Mapping[str, Evidence],
    others: Sequence[Mapping[str, Evidence]],
) -> _Binary:
    """Return what one candidate says."""
    ephemeris, phase = _ephemeris(row), _number(row, "secondary_phase")
    is_free = _outside_others(light, ephemeris, [_ephemeris(one) for one in others])
    seen = _measure(light, ephemeris, phase, is_free)
    primary, depth = seen.primary, _number(row, "depth")
    signs = _signs(star, row, primary, seen.second, seen.between)
    if signs and _is_of_wave(star, ephemeris, primary, 1e-6 * depth):
        signs = ()
    odd_even, odd_even_sigma = primary.odd_even()
    if signs:
        own, phase = orbit_of(light, ephemeris, phase, primary, seen.second, is_free)
        if own != ephemeris:
            seen = _measure(light, own, phase, is_free)
            depth = 1e6 * seen.primary.mean
    second, between = seen.second, seen.between
    morphology = min(1.0, float(np.sqrt(4 * half_width_share(light, seen.ephemeris))))
    place, place_sigma = seen.primary.by_place(star.place)
    return _Binary(
        signs,
        0.0 if not np.isfinite(morphology) else min(morphology, _CONTACT_MORPHOLOGY - 0.01),
        {
            "eclipse_period": seen.ephemeris.period_d,
            "eclipse_epoch": seen.ephemeris.epoch_d,
            "eclipse_depth": depth,
            "eclipse_secondary": 1e6 * second.mean if second else np.nan,
            "eclipse_secondary_sigma": second.mean / second.sigma if second else np.nan,
            "eclipse_odd_even": odd_even,
            "eclipse_odd_even_sigma": odd_even_sigma,
            "eclipse_ellipsoidal": 1e6 * between.ellipsoidal,
            "eclipse_ellipsoidal_sigma": between.ellipsoidal_sigma,
            "eclipse_reflection": 1e6 * between.reflection,
            "eclipse_place_difference": place,
            "eclipse_place_sigma": place_sigma,
            "eclipse_of_neighbor": _exceeds(place, place_sigma, _LEAST_PLACE_DIFFERENCE),
            "eclipse_morphology": morphology,
            "eclipse_signs": "+".join(signs),
        },
    )


def _measure(
    light: Light, ephemeris: Ephemeris, phase: float, is_free: NDArray[np.bool_]
) -> _Events:
    """Return what is seen at an ephemeris, at another phase of it, and between both."""
    primary, second = depths(light, ephemeris, is_free), None
    is_out = is_free & _is_out(light, ephemeris)
    if np.isfinite(phase):
        later = ephemeris.later(phase)
        second = depths(light, later, is_free)
        is_out &= _is_out(light, later)
    return _Events(ephemeris, primary, second, out_of_eclipse(light, ephemeris, is_out))


def _outside_others(
    light: Light, ephemeris: Ephemeris, others: Sequence[Ephemeris]
) -> NDArray[np.bool_]:
    """Return the points outside of the events of other bodies."""
    is_free = np.ones(len(light), dtype=bool)
    for other in others:
        ratio = other.period_d / ephemeris.period_d
        if min(abs(max(ratio, 1 / ratio) / same - 1) for same in (1, 2, 3, 4)) > 0.001:
            is_free &= _is_out(light, other)
    return is_free


def _is_out(light: Light, ephemeris: Ephemeris) -> NDArray[np.bool_]:
    days, _ = ephemeris.days_from(light.time_d)
    return np.asarray(np.abs(days) > 0.6 * ephemeris.duration_d)


def _exceeds(share: float, sigma: float, least: float = _LEAST_DIFFERENCE) -> bool | None:
    """Return whether a difference is great enough and sure; None if it is not known."""
    known = np.isfinite(share) and np.isfinite(sigma)
    return bool(share > least and sigma > _LEAST_SIGMA) if known else None


def _signs(
    star: Star,
    row: Mapping[str, Evidence],
    primary: Depths,
    second: Depths | None,
    orbit: OutOfEclipse,
) -> tuple[str, ...]:
    """Return the signs of a binary that a candidate has."""
    depth = _number(row, "depth") * 1e-6
    is_first = row["number"] == 1
    shape = _number(star.features, "transit_shape") if is_first else np.nan
    is_seen = primary.clarity > _SEEN
    signs = {
        "depth": depth > _deepest_transit(star),
        "odd_even": is_seen and bool(_exceeds(*primary.odd_even())),
        "secondary": is_seen and bool(second and _has_secondary(row, primary, second)),
        "shape": shape > _V_SHAPE and depth > _DEEPEST_V,
        "ellipsoidal": orbit.ellipsoidal > _LEAST_ELLIPSOIDAL
        and orbit.ellipsoidal_sigma > _LEAST_SECONDARY_SIGMA
        and orbit.asymmetry < _MOST_ASYMMETRY * orbit.ellipsoidal,
        "reflection": orbit.reflection > _LEAST_REFLECTION
        and orbit.reflection_sigma > _LEAST_SECONDARY_SIGMA
        and orbit.ellipsoidal_sigma > _LEAST_SIGMA
        and orbit.ellipsoidal > 0,
    }
    return tuple(name for name, is_there in signs.items() if is_there)


def _has_secondary(row: Mapping[str, Evidence], primary: Depths, second: Depths) -> bool:
    share = second.mean / primary.mean if primary.mean > 0 else np.nan
    is_sure = _number(row, "secondary_sigma") > _LEAST_SECONDARY_SIGMA
    return is_sure and bool(_exceeds(share, second.mean / second.sigma))


def _from_dips(star: Star) -> _Binary | None:
    """Return what few deep dips say, whose period is longer than the light allows to find."""
    light = star.light
    least = _deepest_transit(star)
    if not len(light) or 1 - float(light.flux.min()) <= least:
        return None
    found = deep_dips(light, least, _MOST_DIPS)
    if not _FEWEST_DIPS <= len(found) <= _MOST_DIPS or is_pulsator(star):
        return None
    widths = np.array([one.width_d for one in found])
    is_alike = widths.max() <= _ALIKE * widths.min() and widths.max() <= _LONGEST_DIP_D
    if not is_alike or any(one.skew > _MOST_SKEW for one in found):
        return None
    depths_ = sorted((one.depth for one in found), reverse=True)
    deepest = max(found, key=lambda one: one.depth)
    return _Binary(
        ("dips",),
        0.0,
        {
            "eclipse_epoch": deepest.middle_d,
            "eclipse_depth": 1e6 * depths_[0],
            "eclipse_secondary": 1e6 * depths_[-1],
            "eclipse_morphology": 0.0,
            "eclipse_signs": "dips",
        },
    )


def _deepest_transit(star: Star) -> float:
    """Return the depth that no planet exceeds."""
    radius = star.parameters.get("radius", 0.0)
    return (_LARGEST_PLANET / radius) ** 2 if radius > 0 else _DEEPEST_TRANSIT


def _from_cycle(star: Star) -> _Binary | None:
    """Return what the main wave says, if it is that of an orbit."""
    cycle = cycle_of(star)
    if cycle is None or not _is_orbit(star, cycle) or _is_explained(star, cycle):
        return None
    # Cycles that are alike and have two minima each are orbits, not halves of one.
    turns = 1 if cycle.has_two_minima and not _alternates(star, cycle) else 2
    orbit = cycle.orbit if turns == 2 else cycle.wave
    darkest = int(orbit.argmin())
    period_d = turns / cycle.frequency_per_d
    epoch_d = float(cycle.fit.start_d + darkest / len(orbit) * period_d)
    share = share_of_minimum(light_on_grid(star), period_d, epoch_d)
    first = 2 - turns
    amplitudes = np.sqrt(2 * cycle.fit.variances[first :: first + 1])
    morphology = min(1.0, float(np.sqrt(4 * share)))
    other = float(orbit.max() - np.roll(orbit, -darkest)[100:301].min())
    return _Binary(
        ("cycle",),
        morphology,
        {
            "eclipse_period": period_d,
            "eclipse_epoch": epoch_d,
            "eclipse_depth": 1e6 * float(np.ptp(orbit)),
            "eclipse_secondary": 1e6 * other,
            "eclipse_ellipsoidal": 1e6 * float(amplitudes[1]),
            "eclipse_reflection": 1e6 * float(amplitudes[0]),
            "eclipse_odd_even": 1 - other / float(np.ptp(orbit)),
            "eclipse_morphology": morphology,
            "eclipse_signs": "cycle",
        },
    )


def _is_explained(star: Star, cycle: Cycle) -> bool:
    """Return whether the wave is but the sum of sines that narrow transits have."""
    for one in star.candidates:
        if one["passes"] and _number(one, "depth") * 1e-6 > _OF_RANGE * cycle.height:
            return True
    return False


def _is_orbit(star: Star, cycle: Cycle) -> bool:
    """Return whether the wave is that of a binary, twice in an orbit."""
    if not _SHORTEST_D <= 2 / cycle.frequency_per_d <= _LONGEST_D:
        return False
    if cycle.power < _LEAST_POWER or is_pulsator(star):
        return False
    if cycle.coherence >= _CERTAIN_COHERENCE and cycle.scatter <= _CERTAIN_SCATTER:
        return True
    is_long = star.light.baseline_d > _YEARS_D
    least = _LEAST_COHERENCE_YEARS if is_long else _LEAST_COHERENCE
    is_stable = cycle.coherence >= least and cycle.scatter <= _MOST_SCATTER
    has_second = cycle.ratio >= _LEAST_RATIO
    is_sharp = abs(abs(cycle.lead) - np.pi) < _SHARP
    is_formed = cycle.alignment >= _LEAST_ALIGNMENT and (is_sharp or not has_second)
    return is_stable and is_formed and (_alternates(star, cycle) or has_second)


def _alternates(star: Star, cycle: Cycle) -> bool:
    """Return whether alternate cycles differ by more than noise."""
    variances = cycle.fit.variances
    main = float(np.sqrt(2 * variances[1]))
    odd = float(np.sqrt(2 * variances[::2].max()))
    contrast = _number(star.features, "freq_contrast")
    # The contrast is that of a chunk of 27 d; noise falls with the root of the points.
    noise = main / 10**contrast / np.sqrt(max(1.0, star.light.baseline_d / 27))
    return bool(odd > max(_LEAST_ALTERNATION * main, _LEAST_CONTRAST * noise))
