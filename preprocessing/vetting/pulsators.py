"""Labels of pulsating stars: RR Lyrae, delta Scuti, gamma Doradus."""

from __future__ import annotations

import numpy as np

from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.cycle import Cycle, cycle_of, light_on_grid, steadiness
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.modes import Mode, modes_of
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.star import Star

__all__ = ["RULES", "is_pulsator", "pulsators", "range_of_modes"]

#: Periods of RR Lyrae stars of both kinds in days (Soszynski et al. 2014, Acta Astron. 64, 177).
_RR_LYRAE_D = (0.2, 1.0)
#: They vary by 0.2 to 2 mag in V (the type in the General Catalog of Variable Stars, Samus et al.
#: 2017, Astron. Rep. 61, 80). That is 18 % of the light; 12 % allows for redder light, in which
#: they vary by less, and for light of neighbors.
_RR_LYRAE_RANGE = 0.12
#: The light of radial pulsators rises faster than it falls: so leads the second sine, in radians
#: (Nemec et al. 2011, MNRAS 417, 1022; Moskalik et al. 2015, MNRAS 447, 2348). Minima of binaries
#: are symmetric and the sharper ones: pi.
_FAST_RISE = (-2.3, -0.2)
#: A second sine of less than this share of the first has no phase to speak of.
_LEAST_RATIO = 0.04
#: The Blazhko effect modulates phase and amplitude (Benko et al. 2014, ApJS 213, 31).
_LEAST_COHERENCE = 0.85
#: Share of the variance by which alternate cycles may differ: those of binaries do.
_MOST_ALTERNATION = 0.005
#: The wave has at least this share of all variance.
_LEAST_POWER = 0.5
#: Pressure modes have frequencies above 5/d, gravity modes below (Grigahcene et al. 2010, ApJL 713,
#: L192), to 0.3/d (Li et al. 2020, MNRAS 491, 3586).
_PRESSURE_PER_D, _GRAVITY_PER_D = 5.0, 0.3
#: A radial pulsator of high amplitude is known by its shape alone from this range on.
_HIGH_RANGE = 0.03
#: No binary of dwarfs has a shorter orbit than 0.22 d (Rucinski 1992, AJ 103, 960), where many are;
#: from 0.2 d on, an orbit is looked for. Half of that is a faster wave.
_FASTEST_ORBIT_PER_D = 2 / 0.2
#: Modes keep their phase over years, but two within 1/27 d beat from chunk to chunk. Those of
#: giants, driven by convection, stay below the contrast (simulated after Kallinger et al. 2014, A&A
#: 570, A41).
_LEAST_COHERENCE_OF_MODE, _LEAST_CONTRAST = 0.8, 10.0
#: How many independent frequencies make a delta Scuti star, and a gamma Doradus star.
_FEWEST_PRESSURE, _FEWEST_GRAVITY = 2, 4
#: The strongest gravity mode has at least this contrast.
_LEAST_CONTRAST_OF_GRAVITY = 15.0
#: Spots at other latitudes rotate up to a tenth slower (Reinhold et al. 2013, A&A 560, A4): some
#: gravity mode is farther than this from all multiples of the strongest one and its half.
_SHEAR = 0.1
#: Events deeper than so many times the range of the main wave make their own sines, at multiples of
#: their frequency to this share of 1 / baseline.
_OF_RANGE, _RESOLVED = 1.5, 1.5
#: Giants have a lower surface gravity, lg cgs, than all of these stars.
_LEAST_LOGG = 3.0

_TOLD = {True: "yes", False: "no", None: "unknown"}

_EVIDENCE = (
    ValueColumn("pulsation_frequency", float, "1/d", "The strongest frequency."),
    ValueColumn("pulsation_range", float, "ppm", "Range of the wave at the main frequency."),
    ValueColumn("pulsation_frequencies", int, "", "Independent frequencies found, of 12 at most."),
    ValueColumn("pulsation_pressure_modes", int, "", "Those above 5/d."),
    ValueColumn("pulsation_gravity_modes", int, "", "Those from 0.3 to 5/d."),
    ValueColumn("pulsation_coherence", float, "", "Whether the strongest keeps its phase."),
    ValueColumn("pulsation_lead", float, "rad", "Lead of the second sine: -pi to 0 rises fast."),
    ValueColumn(
        "pulsation_reflected",
        bool,
        "",
        "Whether the strongest is the image of one above half the sampling; empty if not known.",
    ),
    ValueColumn(
        "pulsation_modes",
        str,
        "1/d",
        "The independent frequencies, the strongest first, with + between: those beyond half the"
        " sampling as they are, where that is known, not as their images.",
    ),
    ValueColumn(
        "pulsation_modes_reflected",
        str,
        "",
        "Of each of these, whether its image was seen: yes, no or unknown, with + between.",
    ),
)

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        Label.RR_LYRAE,
        "An RR Lyrae star.",
        "The main wave has a period of 0.2 to 1 d and a range of at least 12 %, explains half of"
        " the variance with its multiples, rises faster than it falls (the second sine leads by"
        " -2.3 to -0.2 rad), and alternate cycles are alike.",
        _EVIDENCE,
    ),
    LabelRule(
        Label.DELTA_SCUTI,
        "A delta Scuti star.",
        "At least two independent frequencies above 5/d, or one above 10/d, of which the"
        " strongest stands 10 times above the noise of a chunk and keeps its phase (coherence at"
        " least 0.8); or a wave above 5/d of a range of 3 % that rises faster than it falls.",
        (),
    ),
    LabelRule(
        Label.GAMMA_DORADUS,
        "A gamma Doradus star.",
        "At least four independent frequencies from 0.3 to 5/d, one of them farther than a tenth"
        " from all multiples of the strongest, which stands 15 times above the noise of a chunk.",
        (),
    ),
)


@once_a_star
def pulsators(star: Star) -> tuple[Finding, ...]:
    """Return whether the star pulsates, and how.

    Parameters
    ----------
    star : Star
        The star.

    Returns
    -------
    tuple of Finding
        Of ``rr_lyrae``, ``delta_scuti`` and ``gamma_doradus``, in the order of `RULES`.
    """
    labels = (Label.RR_LYRAE, Label.DELTA_SCUTI, Label.GAMMA_DORADUS)
    if star.features.get("stat_white") is None:
        nothing: dict[str, Evidence] = {column.name: None for column in _EVIDENCE}
        return tuple(
            Finding(label, None, Undecided.TOO_SHORT, nothing if label is labels[0] else {})
            for label in labels
        )
    cycle = cycle_of(star)
    is_rr_lyrae = cycle is not None and _is_rr_lyrae(cycle)
    modes = () if is_rr_lyrae or not _may_pulsate(star) else modes_of(star)
    own = [one for one in modes if one.is_independent and not _is_of_events(star, cycle, one)]
    pressure = [one for one in own if _is_pressure(one)]
    gravity = [one for one in own if _is_gravity(one)]
    is_giant = star.parameters.get("logg", np.inf) < _LEAST_LOGG
    coherence = _coherence(star, pressure[0]) if pressure else np.nan
    is_delta_scuti = not is_giant and (
        _has_pressure_modes(pressure, coherence) or (cycle is not None and _is_radial(cycle))
    )
    is_gamma_doradus = not is_giant and _has_gravity_modes(gravity)
    strongest = modes[0].frequency_per_d if modes else cycle.frequency_per_d if cycle else None
    evidence: dict[str, Evidence] = {
        "pulsation_frequency": strongest,
        "pulsation_range": 1e6 * cycle.height if cycle else None,
        "pulsation_frequencies": len(own),
        "pulsation_pressure_modes": len(pressure),
        "pulsation_gravity_modes": len(gravity),
        "pulsation_coherence": _plain(
            coherence if pressure else cycle.coherence if cycle else None
        ),
        "pulsation_lead": _plain(cycle.lead if cycle else None),
        "pulsation_reflected": star.features.get("freq_reflected"),
        "pulsation_modes": "+".join(f"{one.frequency_per_d:.5f}" for one in own) or None,
        "pulsation_modes_reflected": "+".join(_TOLD[one.is_reflected] for one in own) or None,
    }
    given = (is_rr_lyrae, is_delta_scuti, is_gamma_doradus)
    return tuple(
        Finding(label, is_given, None, evidence if label is labels[0] else {})
        for label, is_given in zip(labels, given, strict=True)
    )


def range_of_modes(star: Star) -> float:
    """Return how much the light of a pulsator varies where all modes meet; 0 of other stars.

    Parameters
    ----------
    star : Star
        The star.
    """
    if not is_pulsator(star):
        return 0.0
    return 2 * sum(one.amplitude for one in modes_of(star) if one.is_independent)


def is_pulsator(star: Star) -> bool:
    """Return whether any of the labels is given.

    Parameters
    ----------
    star : Star
        The star.
    """
    return any(finding.is_given for finding in pulsators(star))


def _plain(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _may_pulsate(star: Star) -> bool:
    """Return whether some sine stands out, so that it is worth to look for others."""
    contrast = star.features.get("freq_contrast")
    is_high = isinstance(contrast, float) and 10**contrast >= 0.8 * _LEAST_CONTRAST
    return is_high or star.features.get("freq_fast") is not None


def _rises_fast(cycle: Cycle) -> bool:
    """Return whether a wave is that of a radial pulsator."""
    low, high = _FAST_RISE
    is_alike = cycle.alternation <= _MOST_ALTERNATION and cycle.power >= _LEAST_POWER
    return is_alike and low < cycle.lead < high and cycle.ratio >= _LEAST_RATIO


def _is_rr_lyrae(cycle: Cycle) -> bool:
    shortest, longest = _RR_LYRAE_D
    is_kept = not cycle.coherence < _LEAST_COHERENCE
    in_range = shortest <= 1 / cycle.frequency_per_d <= longest
    return in_range and is_kept and cycle.height >= _RR_LYRAE_RANGE and _rises_fast(cycle)


def _is_radial(cycle: Cycle) -> bool:
    """Return whether it is a delta Scuti star of high amplitude."""
    is_fast = cycle.frequency_per_d >= _PRESSURE_PER_D and cycle.height >= _HIGH_RANGE
    return is_fast and not cycle.coherence < _LEAST_COHERENCE and _rises_fast(cycle)


def _is_of_events(star: Star, cycle: Cycle | None, mode: Mode) -> bool:
    """Return whether a sine belongs to narrow eclipses or transits that exceed the main wave."""
    for one in star.candidates:
        depth, period = one["depth"], one["period_d"]
        if not (one["passes"] and isinstance(depth, float) and isinstance(period, float)):
            continue
        turns = mode.frequency_per_d * period
        is_multiple = abs(turns - round(turns)) / period < _RESOLVED / min(
            star.light.baseline_d, 200
        )
        if is_multiple and (cycle is None or depth > _OF_RANGE * 1e6 * cycle.height):
            return True
    return False


def _is_pressure(mode: Mode) -> bool:
    return mode.frequency_per_d >= _PRESSURE_PER_D


def _is_gravity(mode: Mode) -> bool:
    return _GRAVITY_PER_D <= mode.frequency_per_d < _PRESSURE_PER_D


def _coherence(star: Star, mode: Mode) -> float:
    """Return whether a mode keeps its phase from chunk to chunk."""
    is_slow = mode.frequency_per_d < 0.49 / max(star.light.cadence_d, light_on_grid(star).cadence_d)
    light = light_on_grid(star) if is_slow else star.light
    return steadiness(light, mode.frequency_per_d)[0]


def _has_pressure_modes(pressure: list[Mode], coherence: float) -> bool:
    if not pressure or not coherence >= _LEAST_COHERENCE_OF_MODE:
        return False
    is_alone = len(pressure) < _FEWEST_PRESSURE
    is_too_fast = pressure[0].frequency_per_d > _FASTEST_ORBIT_PER_D
    return pressure[0].contrast >= _LEAST_CONTRAST and (not is_alone or is_too_fast)


def _has_gravity_modes(gravity: list[Mode]) -> bool:
    if len(gravity) < _FEWEST_GRAVITY or gravity[0].contrast < _LEAST_CONTRAST_OF_GRAVITY:
        return False
    first = gravity[0].frequency_per_d
    return any(
        all(abs(one.frequency_per_d / first - k) > _SHEAR for k in (0.5, 1, 2, 3))
        for one in gravity[1:]
    )
