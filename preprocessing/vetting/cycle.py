"""The strongest wave of a star's light: its form, and whether it keeps its phase and strength."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from preprocessing.analysis.binning import GRID_D, binned
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median_of_many
from preprocessing.analysis.periodogram import HarmonicFit, fit_harmonics, fit_sine
from preprocessing.vetting.once import once_a_star
from preprocessing.vetting.star import Star

__all__ = ["Cycle", "cycle_of", "light_on_grid", "parts_of", "steadiness", "without_extremes"]

#: Multiples of half the main frequency that are fitted, as for the feature freq_subharmonic.
_HARMONICS = 8
#: Fewer points of a chunk say nothing of its wave.
_FEWEST_POINTS = 50
#: Fewer than three chunks are divided further: two agree by chance.
_FEWEST_EDGES = 4
#: Robust standard deviations from the median that flux is drawn in to.
_FAR = 6.0
#: One part alone keeps any phase.
_FEWEST_PARTS = 2
_PHASES = np.arange(400) / 400
#: A second minimum is at least a quarter of a cycle from the first, and lies by this share of the
#: whole range below both maxima: sums of four sines ripple by less.
_QUARTER, _LEAST_MINIMUM = 100, 0.05


@dataclass(frozen=True, eq=False)
class Cycle:
    """The wave at a star's main frequency.

    Parameters
    ----------
    frequency_per_d : float
        The main frequency.
    fit : HarmonicFit
        The sum of sines at multiples of half of it that fits the light best.
    coherence : float
        What one sine explains of all chunks over what their own sines do: 1 if the wave keeps its
        phase and its strength; NaN with one chunk only.
    scatter : float
        Standard deviation of the amplitude from chunk to chunk over its mean; NaN with one only.
    power : float
        Share of the variance that the fit explains.
    """

    frequency_per_d: float
    fit: HarmonicFit = field(repr=False)
    coherence: float
    scatter: float
    power: float

    @property
    def wave(self) -> Floats:
        """One cycle of the main frequency in 400 steps, of alternate ones the mean."""
        return self._sum_of(range(2, _HARMONICS + 1, 2), _PHASES / self.frequency_per_d)

    @property
    def orbit(self) -> Floats:
        """Two cycles in 400 steps, which differ if they are the halves of an orbit."""
        return self._sum_of(range(1, _HARMONICS + 1), 2 * _PHASES / self.frequency_per_d)

    @property
    def height(self) -> float:
        """Difference of the brightest and the darkest phase, relative to the star's light."""
        return float(np.ptp(self.wave))

    @property
    def has_two_minima(self) -> bool:
        """Whether one cycle has a second minimum, which stands out as far as the maxima differ."""
        wave = np.roll(self.wave, -int(self.wave.argmin()))
        second = _QUARTER + int(wave[_QUARTER:-_QUARTER].argmin())
        beside = min(float(wave[:second].max()), float(wave[second:].max()))
        return beside - float(wave[second]) > _LEAST_MINIMUM * self.height

    @property
    def alternation(self) -> float:
        """Share of alternate cycles' difference in the variance of the fit."""
        variances = self.fit.variances
        total = float(variances.sum())
        return float(variances[::2].sum() / total) if total > 0 else 0.0

    @property
    def ratio(self) -> float:
        """Amplitude of the sine at twice the main frequency over that at the main one."""
        variances = self.fit.variances
        return float(np.sqrt(variances[3] / variances[1])) if variances[1] > 0 else np.inf

    @property
    def lead(self) -> float:
        """Phase of that sine relative to the main one's, in radians, from -pi to pi.

        0 if maxima are sharper than minima, pi if minima are sharper; between -pi and 0 if the
        light rises faster than it falls.
        """
        first, second = (self._complex(k) for k in (2, 4))
        return float(np.angle(second * np.conj(first) ** 2))

    @property
    def rise(self) -> float:
        """Share of the cycle from the darkest phase to the brightest."""
        wave = self.wave
        return float((wave.argmax() - wave.argmin()) / len(wave) % 1)

    @property
    def alignment(self) -> float:
        """How symmetric two cycles are about their darker minimum.

        1 if one half is the mirror image of the other, 0 if they have nothing in common.
        """
        orbit = self.orbit - self.orbit.mean()
        darkest = int(orbit.argmin())
        shifts = range(darkest - 4, darkest + 5)
        mirrored = [np.roll(orbit[::-1], 2 * shift + 1) for shift in shifts]
        return float(max(orbit @ one for one in mirrored) / (orbit @ orbit))

    def _complex(self, multiple: int) -> complex:
        cosine, sine = self.fit.coefficients[2 * multiple - 1 : 2 * multiple + 1].tolist()
        # cos(a) c + sin(a) s is the real part of (c + i s) exp(-i a).
        return complex(cosine, sine)

    def _sum_of(self, multiples: range, days: Floats) -> Floats:
        angle = np.pi * self.frequency_per_d * days
        total = np.zeros(len(days))
        for k in multiples:
            cosine, sine = self.fit.coefficients[2 * k - 1 : 2 * k + 1]
            total += cosine * np.cos(k * angle) + sine * np.sin(k * angle)
        return total


@once_a_star
def light_on_grid(star: Star) -> Light:
    """Return the star's light in bins of 30 minutes, where it was sampled faster.

    Parameters
    ----------
    star : Star
        The star.
    """
    return binned(star.light, GRID_D)


@once_a_star
def cycle_of(star: Star) -> Cycle | None:
    """Return the wave at the star's main frequency; None if it has none.

    Families ask for the wave of one star in turn, so that the last one is kept.

    Parameters
    ----------
    star : Star
        The star.
    """
    main = star.features.get("freq_main")
    if not isinstance(main, float):
        return None
    light, frequency = light_on_grid(star), 10**main
    change = light.flux - 1
    if len(light) < _FEWEST_POINTS or not np.ptp(change) > 0:
        return None
    fit = fit_harmonics(light.time_d, change, frequency / 2, _HARMONICS)
    coherence, scatter = steadiness(light, frequency)
    return Cycle(frequency, fit, coherence, scatter, fit.power)


def steadiness(light: Light, frequency_per_d: float) -> tuple[float, float]:
    """Return how well a wave keeps its phase and strength.

    Parameters
    ----------
    light : Light
        The light.
    frequency_per_d : float
        The wave's frequency.

    Returns
    -------
    coherence : float
        What one sine explains of all parts over what their own sines do; NaN of one part.
    scatter : float
        Standard deviation of the amplitudes of the parts over their mean; NaN of one part.
    """
    sines, points = [], []
    for part in parts_of(light):
        time = light.time_d[part]
        _, cosine, sine = fit_sine(time, light.flux[part], frequency_per_d)
        # The fit's phase is zero at its start: all are brought to one clock.
        turns = frequency_per_d * (time[0] - light.time_d[0])
        sines.append(complex(cosine, -sine) * complex(np.exp(-2j * np.pi * turns)))
        points.append(len(time))
    if len(sines) < _FEWEST_PARTS:
        return np.nan, np.nan
    amplitude, weight = np.array(sines), np.array(points, dtype=np.float64)
    own = float(np.sum(weight * np.abs(amplitude) ** 2))
    common = float(np.abs(np.sum(weight * amplitude)) ** 2 / weight.sum())
    mean = float(np.abs(amplitude).mean())
    scatter = float(np.abs(amplitude).std()) / mean if mean > 0 else np.nan
    return (common / own if own > 0 else np.nan), scatter


def parts_of(light: Light) -> list[slice]:
    """Return the chunks of the light or, if there are only one or two, thirds of them."""
    edges = light.chunk_edges
    if len(edges) < _FEWEST_EDGES:
        edges = np.unique(
            np.rint(
                np.interp(np.arange(0, len(edges) - 0.9, 1 / 3), np.arange(len(edges)), edges)
            ).astype(np.int64)
        )
    return [slice(a, b) for a, b in pairwise(edges.tolist()) if b - a >= _FEWEST_POINTS]


def without_extremes(flux: Floats) -> Floats:
    """Return the flux with what lies far off drawn in, lest one flare has most of the variance.

    Parameters
    ----------
    flux : ndarray, shape (n,)
        The flux; what is farther than 6 robust sigma from its median is drawn in to that.
    """
    middle = median_of_many(flux)
    reach = _FAR * 1.4826 * median_of_many(np.abs(flux - middle))
    return np.asarray(np.clip(flux, middle - reach, middle + reach))
