"""The independent frequencies of a star's light: sines taken out one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from preprocessing.analysis.light import CHUNK_D, Light
from preprocessing.analysis.periodogram import Spectrum, fit_harmonics, refine, spectrum
from preprocessing.vetting.cycle import light_on_grid, without_extremes
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.star import Star

__all__ = ["Mode", "modes_of"]

#: Delta Scuti stars pulsate at up to 80/d (Breger 2000, ASP Conf. 210, 3).
_HIGHEST_PER_D = 80.0
_SHARE_OF_NYQUIST = 0.98
#: What is slower is left to the mission's trends.
_LOWEST_PER_D = 0.2
#: So many sines are taken out at most.
_MOST = 12
#: A sine counts if it is so many times the median amplitude within 2/d of it, as for a star's main
#: frequency.
_LEAST_CONTRAST = 5.0
_NEAR_PER_D = 2.0
#: And if it is this share of the first.
_LEAST_SHARE = 0.03
#: Frequencies nearer than this, in 1 / baseline, are not told apart (Loumos & Deeming 1978, Ap&SS
#: 56, 285).
_RESOLVED = 1.5
#: Light of so many points is enough, and of so many days, to resolve modes.
_MOST_POINTS, _MOST_D = 20_000, 200.0
_FEWEST_POINTS = 300
#: Of the halves of a frequency, the one that is itself.
_ITSELF = 2


@dataclass(frozen=True)
class Mode:
    """A sine in light.

    Parameters
    ----------
    frequency_per_d : float
        Its frequency.
    amplitude : float
        Its semi-amplitude, relative to the star's light.
    contrast : float
        The amplitude over the noise near it, as it would be in a chunk of 27 d.
    is_independent : bool
        Whether it is neither a multiple nor a sum or difference of multiples of stronger ones.
    """

    frequency_per_d: float
    amplitude: float
    contrast: float
    is_independent: bool


@once_a_star
def modes_of(star: Star) -> tuple[Mode, ...]:
    """Return the sines of a star's light, the strongest first.

    Parameters
    ----------
    star : Star
        The star.
    """
    light = _stretch(star)
    if len(light) < _FEWEST_POINTS:
        return ()
    time, rest = light.time_d, light.flux - 1
    highest = min(_HIGHEST_PER_D, _SHARE_OF_NYQUIST / (2 * light.cadence_d))
    resolution = _RESOLVED / light.baseline_d
    found: list[Mode] = []
    for _ in range(_MOST):
        of_rest = spectrum(time, rest, highest)
        near = of_rest.highest(max(_LOWEST_PER_D, 2 * resolution), highest)
        frequency, amplitude = refine(time, rest, near)
        noise = _noise_near(of_rest, frequency)
        if not amplitude > _least(noise, found):
            break
        rest = rest - fit_harmonics(time, rest, frequency, 1).at(time)
        if all(abs(frequency - one.frequency_per_d) > resolution for one in found):
            parents = [one.frequency_per_d for one in found if one.is_independent][:3]
            is_new = all(abs(frequency - sum_) > resolution for sum_ in _combinations(parents))
            contrast = amplitude / noise / np.sqrt(max(1.0, light.baseline_d / CHUNK_D))
            found.append(Mode(frequency, amplitude, float(contrast), is_new))
    return tuple(found)


def _noise_near(of_rest: Spectrum, frequency: float) -> float:
    near = of_rest.between(frequency - _NEAR_PER_D, frequency + _NEAR_PER_D)
    return max(float(np.median(near)), 1e-9)


def _least(noise: float, found: Sequence[Mode]) -> float:
    """Return the least amplitude that counts."""
    strongest = found[0].amplitude if found else 0.0
    return max(_LEAST_CONTRAST * noise, _LEAST_SHARE * strongest)


def _combinations(parents: Sequence[float]) -> Iterator[float]:
    """Yield multiples of frequencies and of their halves, and sums of multiples of two."""
    for one in parents:
        yield from (one * k / 2 for k in range(1, 41) if k != _ITSELF)
    for k, first in enumerate(parents):
        for second in parents[k + 1 :]:
            for a, b in product((1, 2, 3), (-3, -2, -1, 1, 2, 3)):
                if a + abs(b) <= 4:
                    yield abs(a * first + b * second)


def _stretch(star: Star) -> Light:
    """Return the first part of the light, at its own sampling if that is fast enough."""
    light = star.light if star.light.cadence_d < 10 / 1440 else light_on_grid(star)
    n = min(_MOST_POINTS, int(np.searchsorted(light.time_d, light.time_d[0] + _MOST_D)))
    return replace(
        light,
        time_d=light.time_d[:n],
        flux=without_extremes(light.flux[:n]),
        flux_err=light.flux_err[:n],
        sequence=light.sequence[:n],
        rows=light.rows[:0],
    )
