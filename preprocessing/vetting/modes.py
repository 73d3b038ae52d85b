"""The independent frequencies of a star's light: sines taken out one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from preprocessing.analysis.light import CHUNK_D, Floats, Light
from preprocessing.analysis.medians import median_of_many
from preprocessing.analysis.periodogram import (
    Spectrum,
    refine,
    refine_images,
    spectrum,
    wave_of,
    without_sine,
)
from preprocessing.vetting.cycle import light_on_grid, without_extremes
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.star import Star

__all__ = ["Mode", "modes_of"]

#: Delta Scuti stars pulsate at up to 80/d (Breger 2000, ASP Conf. 210, 3).
_HIGHEST_PER_D = 80.0
#: Frequencies up to this share of half the sampling are looked for: beyond, a sine and its image
#: are one.
_SHARE_OF_NYQUIST = 0.98
#: What is slower is left to the mission's trends.
_LOWEST_PER_D = 0.2
#: So many sines are taken out at most.
_MOST = 12
#: A sine counts if it is so many times the median amplitude within 2/d of it, as for a star's main
#: frequency.
_LEAST_CONTRAST = 5.0
#: How near, per day, that is.
_NEAR_PER_D = 2.0
#: And if it is this share of the first.
_LEAST_SHARE = 0.03
#: Frequencies nearer than this, in 1 / baseline, are not told apart (Loumos & Deeming 1978, Ap&SS
#: 56, 285).
_RESOLVED = 1.5
#: Light of so many points is enough, and of so many days, to resolve modes.
_MOST_POINTS, _MOST_D = 20_000, 200.0
#: Less light has no modes.
_FEWEST_POINTS = 300
#: Images are looked for if some mode is as clear as this: with less, no star is a pulsator.
_LEAST_CONTRAST_OF_IMAGE = 10.0
#: Light sampled evenly cannot tell a frequency from its images in the sampling. Times at the Solar
#: System's barycenter are not quite even: over a good part of a year they tell (Murphy et al. 2013,
#: MNRAS 430, 2986), if the logarithms of the likelihoods differ by this.
_SHORTEST_D, _LEAST_LIKELIHOOD = 120.0, 10.0
#: The median amplitude of noise is this times that of its cosine alone (Rayleigh's distribution).
_MEDIAN_OF_RAYLEIGH = 1.1774
#: Light sampled faster than this, in days, is taken as it is.
_FAST_D = 10 / 1440
#: A frequency is refined until it moves by less than this, in 1 / baseline, or so many times.
_LONGEST_STEP, _MOST_STEPS = 0.9, 8
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
    is_reflected : bool or None
        Whether it is the image of a frequency beyond half the sampling, which is then
        `frequency_per_d`; None if both fit alike.
    """

    frequency_per_d: float
    amplitude: float
    contrast: float
    is_independent: bool
    is_reflected: bool | None = None


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
        rest = without_sine(time, rest, frequency)
        if all(abs(frequency - one.frequency_per_d) > resolution for one in found):
            parents = [one.frequency_per_d for one in found if one.is_independent][:3]
            is_new = all(abs(frequency - sum_) > resolution for sum_ in _combinations(parents))
            contrast = amplitude / noise / np.sqrt(max(1.0, light.baseline_d / CHUNK_D))
            found.append(Mode(frequency, amplitude, float(contrast), is_new))
    return tuple(_unfolded(star, light, found))


def _unfolded(star: Star, stretch: Light, modes: Sequence[Mode]) -> Iterator[Mode]:
    """Yield the modes, those that are images at the frequencies that they are images of."""
    if stretch.cadence_d < _FAST_D:
        # No delta Scuti star is faster than half of such a sampling.
        yield from (replace(mode, is_reflected=False) for mode in modes)
        return
    light = light_on_grid(star)
    is_clear = any(mode.contrast >= _LEAST_CONTRAST_OF_IMAGE for mode in modes)
    if light.baseline_d < _SHORTEST_D or not is_clear:
        yield from modes
        return
    time, rest = light.time_d, without_extremes(light.flux) - 1
    sampling = round(light.baseline_d / light.cadence_d) / light.baseline_d
    clock, found = wave_of(time, sampling), []
    for mode in modes:
        frequency = _refined(light, rest, mode.frequency_per_d)
        own, *images = refine_images(time, rest, frequency, sampling, clock)
        image = max((one for one in images if one[0] <= _HIGHEST_PER_D), key=_amplitude)
        best = max(own, image, key=_amplitude)
        rest = without_sine(time, rest, best[0])
        found.append((own, image))
    of_rest = spectrum(time, rest, min(_HIGHEST_PER_D, sampling / 2))
    for mode, (own, image) in zip(modes, found, strict=True):
        noise = _noise_near(of_rest, own[0]) / _MEDIAN_OF_RAYLEIGH
        # Twice the difference of the logarithms of the likelihoods.
        gain = (image[1] ** 2 - own[1] ** 2) / noise**2
        if abs(gain) <= 2 * _LEAST_LIKELIHOOD:
            yield mode
        else:
            frequency = image[0] if gain > 0 else own[0]
            yield replace(mode, frequency_per_d=frequency, is_reflected=bool(gain > 0))


def _refined(light: Light, change: Floats, near_per_d: float) -> float:
    """Return the frequency of the peak of all light near one that was found in a part of it.

    It may be farther away than a peak of all light is wide. Stopped short of it, the frequency
    would seem weaker than its images, which are looked for about it.
    """
    for _ in range(_MOST_STEPS):
        before, (near_per_d, _) = near_per_d, refine(light.time_d, change, near_per_d)
        if abs(near_per_d - before) * light.baseline_d < _LONGEST_STEP:
            break
    return near_per_d


def _amplitude(sine: tuple[float, float]) -> float:
    """Return the amplitude, of images that are the same to rounding the same number."""
    return round(sine[1], 12)


def _noise_near(of_rest: Spectrum, frequency: float) -> float:
    near = of_rest.between(frequency - _NEAR_PER_D, frequency + _NEAR_PER_D)
    return max(median_of_many(near), 1e-9)


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
    light = star.light if star.light.cadence_d < _FAST_D else light_on_grid(star)
    n = min(_MOST_POINTS, int(np.searchsorted(light.time_d, light.time_d[0] + _MOST_D)))
    return replace(
        light,
        time_d=light.time_d[:n],
        flux=without_extremes(light.flux[:n]),
        flux_err=light.flux_err[:n],
        sequence=light.sequence[:n],
        rows=light.rows[:0],
    )
