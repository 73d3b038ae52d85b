"""The strange stars of a survey: dippers, exocomets, slow fades, odd eclipses and outbursts.

Their models are others than those with which the validation injects such events: dips here are
asymmetric hyperbolic secants, there they are tails of dust.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random

import numpy as np

from preprocessing.signals.dips import Dips, dips_flux
from preprocessing.signals.exposures import Floats
from preprocessing.signals.fades import Fade, fade_flux
from preprocessing.signals.odd_eclipses import OddEclipses, odd_eclipses_flux
from preprocessing.signals.outbursts import Outburst, outburst_flux
from preprocessing.simulator.synthesis.drawn_light import DrawnLight, log_uniform
from preprocessing.simulator.synthesis.observed_days import observed_days, seen_moment
from preprocessing.simulator.synthesis.stars import Change, Variability

__all__ = ["NOISES", "draw_strange"]

#: Least and largest amplitude, in the noise of one exposure.
NOISES = (3.0, 300.0)
#: How likely it is that another quarter than the first one chosen has events too.
_AGAIN = 0.3
#: An eclipse is this many widths long at half its depth if it is pointed: twice the solution of
#: exp(1 - cosh x) = 1/2.
_WIDTHS_AT_HALF = 2.24

_Drawn = tuple[list[Change], dict[str, object]]


def draw_strange(rng: Random, kind: str, quarters: Sequence[int], noise_ppm: float) -> DrawnLight:
    """Draw the light of a strange star, so that its largest change is in one of its files.

    Parameters
    ----------
    rng : Random
        The star's own random source.
    kind : str
        One of `survey_kinds.STRANGE`.
    quarters : sequence of int
        The star's quarters of long cadence.
    noise_ppm : float
        Noise of one exposure, in parts per million: amplitudes are from 3 to 300 times that.
    """
    amplitude_ppm = noise_ppm * log_uniform(rng, *NOISES)
    first = rng.choice(tuple(quarters))
    active = [q for q in quarters if q == first or rng.random() < _AGAIN]
    changes, parameters = _DRAWN[kind](rng, first, active, amplitude_ppm)
    return DrawnLight(Variability(changes=tuple(changes)), amplitude_ppm, {}, parameters)


def _share(rng: Random, quarter: int, first: int) -> float:
    """Return how large the largest event of a quarter is, compared with the star's largest."""
    return 1.0 if quarter == first else rng.uniform(0.2, 1.0)


def _draw_dipper(rng: Random, first: int, active: Sequence[int], depth_ppm: float) -> _Drawn:
    """Several dips of hours to days a quarter, as of KIC 8462852 (Boyajian et al. 2016)."""
    rows = []
    for quarter in active:
        deepest = seen_moment(rng, quarter, 1.0, 1.0)
        share = _share(rng, quarter, first)
        for i in range(rng.randrange(3, 11)):
            middle = deepest if i == 0 else deepest + rng.gauss(0, 15)
            depth = depth_ppm * share * (1.0 if i == 0 else 0.6 * rng.random() ** 1.5)
            fall_d = log_uniform(rng, 0.06, 0.5)
            rows.append((middle, depth, fall_d, fall_d * log_uniform(rng, 0.4, 2.5)))
    return [_dips(rows)], {"dips": len(rows), "middle_bkjd": rows[_deepest(rows)][0]}


def _draw_exocomet(rng: Random, first: int, active: Sequence[int], depth_ppm: float) -> _Drawn:
    """One dip a quarter, sudden, with a tail of half a day (Rappaport et al. 2018, MNRAS 474)."""
    rows = []
    for quarter in active:
        middle = seen_moment(rng, quarter, 0.5, 1.5)
        depth = depth_ppm * _share(rng, quarter, first)
        rows.append((middle, depth, log_uniform(rng, 0.04, 0.12), log_uniform(rng, 0.15, 0.6)))
    _, _, fall_d, rise_d = rows[_deepest(rows)]
    shape = {"fall_d": fall_d, "rise_d": rise_d, "middle_bkjd": rows[_deepest(rows)][0]}
    return [_dips(rows)], {"dips": len(rows), **shape}


def _dips(rows: Sequence[tuple[float, float, float, float]]) -> Change:
    return partial(_dips_change, Dips(*np.array(rows).T))


def _dips_change(dips: Dips, time_bkjd: Floats, exposure_d: float) -> Floats:
    return dips_flux(time_bkjd, dips, exposure_d)


def _deepest(rows: Sequence[tuple[float, float, float, float]]) -> int:
    return max(range(len(rows)), key=lambda i: rows[i][1])


def _draw_fade(rng: Random, first: int, active: Sequence[int], depth_ppm: float) -> _Drawn:
    """One fade of days to weeks, after which the light may come back."""
    fall_d = log_uniform(rng, 2, 12)
    low_bkjd = seen_moment(rng, first, fall_d + 1, 2.0)
    comes_back = rng.random() < 0.7
    low_d, rise_d = log_uniform(rng, 2, 30), log_uniform(rng, 3, 25)
    fade = Fade(
        low_bkjd - fall_d,
        depth_ppm,
        fall_d,
        low_d if comes_back else math.inf,
        rise_d if comes_back else math.inf,
    )

    def change(time_bkjd: Floats, exposure_d: float) -> Floats:
        return fade_flux(time_bkjd, fade)

    shape: dict[str, object] = {"start_bkjd": fade.start_d, "fall_d": fall_d}
    return [change], shape | ({"low_d": low_d, "rise_d": rise_d} if comes_back else {})


def _draw_odd_eclipses(rng: Random, first: int, active: Sequence[int], depth_ppm: float) -> _Drawn:
    """Eclipses whose depths, times or both vary (Kirk et al. 2016, AJ 151, 68, section 7)."""
    deepest = seen_moment(rng, first, 0.5, 0.5)
    period_d = log_uniform(rng, 1.5, 12)
    half_d = max(0.1, period_d * rng.uniform(0.015, 0.05))
    what = rng.choice(("depth", "timing", "both"))
    depth_swing = rng.uniform(0.4, 0.95) if what != "timing" else 0.0
    timing_d = period_d * rng.uniform(0.04, 0.15) if what != "depth" else 0.0
    cycle_d = log_uniform(rng, 25, 120)
    days = observed_days(active[0])[0], observed_days(active[-1])[-1]
    numbers = np.arange(
        math.floor((days[0] - deepest) / period_d), math.ceil((days[1] - deepest) / period_d) + 1
    )
    turn = 2 * np.pi * numbers * period_d / cycle_d
    middles = deepest + numbers * period_d + timing_d * np.sin(turn)
    depths = depth_ppm * (1 - depth_swing * (1 - np.cos(turn)) / 2)
    phase, ratio = rng.uniform(0.35, 0.65), rng.uniform(0.0, 0.8)
    second = middles + phase * period_d - 2 * timing_d * np.sin(turn)
    order = np.argsort(np.concatenate((middles, second)))
    eclipses = OddEclipses(
        np.concatenate((middles, second))[order],
        np.concatenate((depths, ratio * depths))[order],
        width_d=2 * half_d / _WIDTHS_AT_HALF,
        flatness=rng.uniform(1.0, 2.5),
    )

    def change(time_bkjd: Floats, exposure_d: float) -> Floats:
        return odd_eclipses_flux(time_bkjd, eclipses, exposure_d)

    orbit = {"period_d": period_d, "half_width_d": half_d, "secondary_ratio": ratio}
    swings = {"varies": what, "depth_swing": depth_swing, "timing_d": timing_d}
    return [change], {**orbit, **swings, "cycle_d": cycle_d, "middle_bkjd": deepest}


def _draw_outburst(rng: Random, first: int, active: Sequence[int], peak_ppm: float) -> _Drawn:
    """One outburst a quarter: a rise of hours to days, and a decay of days."""
    changes: list[Change] = []
    told: Mapping[str, object] = {}
    for quarter in active:
        rise_d, decay_d = log_uniform(rng, 0.3, 3), log_uniform(rng, 1, 12)
        peak_bkjd = seen_moment(rng, quarter, rise_d, decay_d)
        amplitude_ppm = peak_ppm * _share(rng, quarter, first)
        outburst = Outburst(peak_bkjd, amplitude_ppm, rise_d, decay_d)
        changes.append(partial(_outburst_change, outburst))
        if quarter == first:
            told = {"peak_bkjd": peak_bkjd, "rise_d": rise_d, "decay_d": decay_d}
    return changes, {"outbursts": len(changes), **told}


def _outburst_change(outburst: Outburst, time_bkjd: Floats, exposure_d: float) -> Floats:
    return outburst_flux(time_bkjd, outburst)


_DRAWN: dict[str, Callable[[Random, int, Sequence[int], float], _Drawn]] = {
    "dipper": _draw_dipper,
    "exocomet": _draw_exocomet,
    "slow_fade": _draw_fade,
    "odd_eclipses": _draw_odd_eclipses,
    "outburst": _draw_outburst,
}
