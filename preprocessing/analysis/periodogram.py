"""Sines in light at any times: the spectrum, one of its peaks, and harmonics of one frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats

__all__ = [
    "HarmonicFit",
    "Spectrum",
    "fit_harmonics",
    "fit_sine",
    "harmonics_at",
    "refine",
    "refine_images",
    "spectrum",
    "wave_of",
    "without_sine",
]

#: Frequencies in 1 / baseline: at 3 the highest of them has at least 0.95 of a peak's amplitude,
#: and `refine` finds the rest.
_OVERSAMPLING = 3
#: Cells of the clock in the shortest period. Each point is spread over the nearest cells by a
#: Gaussian, and the transform divided by the Gaussian's (Greengard & Lee 2004, SIAM Review 46,
#: 443, whose choice of the width this is): at 4 cells on each side amplitudes are right to 1e-4.
_CELLS_A_PERIOD = 4
_SPREAD = 4
#: Equations are singular from this determinant on, relative to the squares of what is fitted.
_SINGULAR = 1e-10
#: Points of the transform that looks at one peak closely.
_REFINED = 64


_Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Amplitudes of sines in light.

    Parameters
    ----------
    step_per_d : float
        Distance of two frequencies; the first is zero.
    amplitude : ndarray of float64, shape (n,)
        Amplitude at each frequency, in units of the flux.
    """

    step_per_d: float
    amplitude: Floats

    def between(self, low_per_d: float, high_per_d: float) -> Floats:
        """Return the amplitudes at the frequencies of a range."""
        return self.amplitude[self._range(low_per_d, high_per_d)]

    def highest(self, low_per_d: float, high_per_d: float) -> float:
        """Return the frequency of the highest amplitude in a range, which must not be empty."""
        where = self._range(low_per_d, high_per_d)
        return float(self.step_per_d * (where.start + int(self.amplitude[where].argmax())))

    def highest_few(self, low_per_d: float, high_per_d: float, share: float, n: int) -> list[float]:
        """Return the frequencies of the highest peaks in a range, at most some.

        Each is at least a share of the highest one.
        """
        where = self._range(low_per_d, high_per_d)
        part = np.pad(self.amplitude[where], 1)
        middle = part[1:-1]
        is_high = middle >= share * middle.max()
        is_peak = is_high & (middle >= part[:-2]) & (middle >= part[2:])
        peaks = np.flatnonzero(is_peak)
        best = peaks[np.argsort(-middle[peaks], kind="stable")[:n]]
        return [self.step_per_d * (where.start + int(one)) for one in best]

    def _range(self, low_per_d: float, high_per_d: float) -> slice:
        first = max(0, int(np.ceil(low_per_d / self.step_per_d)))
        last = int(np.floor(high_per_d / self.step_per_d)) + 1
        return slice(first, max(first, min(last, len(self.amplitude))))


def spectrum(time_d: Floats, change: Floats, highest_per_d: float) -> Spectrum:
    """Return the amplitudes of sines from zero to a frequency.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Ascending times in days, not all equal.
    change : ndarray, shape (n,)
        Changes of the flux; their mean is taken out.
    highest_per_d : float
        Highest frequency, per day.

    Returns
    -------
    Spectrum
    """
    step = 1 / (_OVERSAMPLING * (time_d[-1] - time_d[0]))
    n = int(np.ceil(highest_per_d / step)) + 1
    size = fft.next_fast_len(_CELLS_A_PERIOD * n + 4 * _SPREAD, real=True)
    # Width of the Gaussian, as the paper has it for twice as many cells as needed.
    tau = np.pi * _SPREAD / (2 * 1.5) / (size / 2) ** 2
    cells = (time_d - time_d[0]) * step * size + 2 * _SPREAD
    spread = _spread(cells, change - change.mean(), size, (2 * np.pi / size) ** 2 / (4 * tau))
    transform = np.abs(fft.rfft(spread)[:n])
    gaussian = np.sqrt(np.pi / tau) / size * np.exp(tau * np.arange(n) ** 2.0)
    return Spectrum(step, transform * gaussian * (2 / len(time_d)))


@compiled
def _spread(cells: Floats, change: Floats, size: int, sharpness: float) -> Floats:
    """Spread each value over the cells near its place, as a Gaussian."""
    spread = np.zeros(size)
    side = np.exp(-sharpness * np.arange(2 * _SPREAD) ** 2.0)
    for i in range(len(cells)):
        nearest = int(cells[i])
        off = cells[i] - nearest
        middle = change[i] * np.exp(-sharpness * off * off)
        factor = np.exp(2 * sharpness * off)
        up, down = 1.0, 1.0
        spread[nearest] += middle
        for k in range(1, _SPREAD + 1):
            up *= factor
            down /= factor
            spread[nearest + k] += middle * side[k] * up
            spread[nearest - k] += middle * side[k] * down
    return spread


def refine(time_d: Floats, change: Floats, near_per_d: float) -> tuple[float, float]:
    """Return frequency and amplitude of the peak near a frequency.

    Parameters
    ----------
    time_d, change : ndarray, shape (n,)
        As `spectrum` takes them.
    near_per_d : float
        A frequency within 1 / baseline of the peak.
    """
    sums = _mixed(time_d - time_d[0], change - change.mean(), near_per_d, _REFINED)
    return _peak_in(sums, time_d, near_per_d)


def refine_images(
    time_d: Floats, change: Floats, near_per_d: float, clock_per_d: float, clock: _Complex
) -> list[tuple[float, float]]:
    """Return what `refine` does of a frequency f and of its images in a sampling s.

    Light sampled evenly cannot tell f from s - f, s + f and 2 s - f. They take one pass here, since
    the waves of the images are products of two others.

    Parameters
    ----------
    time_d, change : ndarray, shape (n,)
        As `spectrum` takes them.
    near_per_d : float
        The frequency f.
    clock_per_d : float
        The sampling s.
    clock : ndarray of complex128, shape (n,)
        Its wave: what `wave_of` returns of it.

    Returns
    -------
    list of tuple of float
        Frequency and amplitude of f, s - f, s + f and 2 s - f; what `refine` gives, but for
        rounding.
    """
    f, s = near_per_d, clock_per_d
    sums = _mixed_images(time_d - time_d[0], change - change.mean(), f, clock, _REFINED)
    images = (f, s - f, s + f, 2 * s - f)
    return [_peak_in(own, time_d, one) for own, one in zip(sums, images, strict=True)]


def _peak_in(sums: _Complex, time_d: Floats, near_per_d: float) -> tuple[float, float]:
    """Return frequency and amplitude of the peak in light that was mixed down."""
    span = time_d[-1] - time_d[0]
    # Of the 8 times as many frequencies, those that are nearer than 1 / baseline.
    size = 16 * _REFINED
    near = np.abs(np.fft.fftshift(np.fft.fft(sums, size)))[size // 2 - 16 : size // 2 + 17]
    best = int(near[1:-1].argmax()) + 1
    left, middle, right = near[best - 1 : best + 2]
    curvature = left - 2 * middle + right
    shift = float(np.clip(0.5 * (left - right) / curvature, -1, 1)) if curvature < 0 else 0.0
    frequency = near_per_d + (best - 16 + shift) / (16 * span)
    return float(frequency), float(2 * middle / len(time_d))


@compiled
def _mixed(time: Floats, change: Floats, frequency: float, n_bins: int) -> NDArray[np.complex128]:
    """Return sums over equal times of the changes, mixed down by a frequency."""
    sums = np.zeros(n_bins, dtype=np.complex128)
    bins = n_bins / time[-1]
    for i in range(len(time)):
        turns = frequency * time[i]
        angle = -2 * np.pi * (turns - np.floor(turns))
        sums[min(n_bins - 1, int(time[i] * bins))] += change[i] * complex(
            np.cos(angle), np.sin(angle)
        )
    return sums


@compiled
def wave_of(time_d: Floats, frequency_per_d: float) -> _Complex:
    """Return exp(-2 pi i f t) from the first time on.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times in days.
    frequency_per_d : float
        The frequency f.

    Returns
    -------
    ndarray of complex128, shape (n,)
    """
    wave = np.empty(len(time_d), dtype=np.complex128)
    for i in range(len(time_d)):
        turns = frequency_per_d * (time_d[i] - time_d[0])
        angle = -2 * np.pi * (turns - np.floor(turns))
        wave[i] = complex(np.cos(angle), np.sin(angle))
    return wave


@compiled
def _mixed_images(
    time: Floats, change: Floats, frequency: float, clock: _Complex, n_bins: int
) -> _Complex:
    """Return what `_mixed` does of a frequency and its images, shape (4, n_bins)."""
    sums = np.zeros((4, n_bins), dtype=np.complex128)
    bins = n_bins / time[-1]
    for i in range(len(time)):
        turns = frequency * time[i]
        angle = 2 * np.pi * (turns - np.floor(turns))
        c, s = np.cos(angle), np.sin(angle)
        value = change[i] * clock[i]
        slower = value * complex(c, s)
        at = min(n_bins - 1, int(time[i] * bins))
        sums[0, at] += change[i] * complex(c, -s)
        sums[1, at] += slower
        sums[2, at] += value * complex(c, -s)
        sums[3, at] += slower * clock[i]
    return sums


@dataclass(frozen=True, eq=False)
class HarmonicFit:
    """The sum of a constant and sines at multiples of one frequency that fits light best.

    Parameters
    ----------
    frequency_per_d : float
        The first frequency.
    start_d : float
        Where the phase is zero.
    coefficients : ndarray of float64, shape (2 k + 1,)
        The constant, then cosine and sine of each multiple.
    total, rest : float
        Sum of the squares of the changes about their mean, and of what the fit leaves.
    """

    frequency_per_d: float
    start_d: float
    coefficients: Floats
    total: float
    rest: float

    @property
    def power(self) -> float:
        """Share of the variance that the fit explains; 0 if there is none."""
        return 1 - self.rest / self.total if self.total > 0 else 0.0

    @property
    def variances(self) -> Floats:
        """Variance of the sine at each multiple, shape (k,)."""
        pairs = self.coefficients[1:].reshape(-1, 2)
        return np.asarray(np.sum(pairs**2, axis=1) / 2)

    def share_of_others(self, multiple: int) -> float:
        """Return the share of the variance of all sines that is not at one multiple."""
        total = self.variances.sum()
        return float(1 - self.variances[multiple - 1] / total) if total > 0 else 0.0

    def at(self, time_d: Floats) -> Floats:
        """Return the fit at some times."""
        return _model(time_d - self.start_d, self.frequency_per_d, self.coefficients)


def fit_harmonics(
    time_d: Floats, change: Floats, frequency_per_d: float, n_harmonics: int
) -> HarmonicFit:
    """Fit a constant and sines at multiples of a frequency by least squares.

    Parameters
    ----------
    time_d, change : ndarray, shape (n,)
        Times in days, and changes of the flux.
    frequency_per_d : float
        The first frequency.
    n_harmonics : int
        How many multiples of it are fitted.

    Returns
    -------
    HarmonicFit
    """
    start = float(time_d[0])
    mean = float(change.mean())
    deviation = change - mean
    normal, right = _normal_equations(time_d - start, deviation, frequency_per_d, n_harmonics)
    found = np.asarray(np.linalg.lstsq(normal, right, rcond=1e-10)[0], dtype=np.float64)
    total = float(np.sum(deviation**2))
    rest = min(total, max(0.0, total - float(found @ right)))
    found[0] += mean
    return HarmonicFit(frequency_per_d, start, found, total, rest)


@compiled
def _normal_equations(
    time: Floats, change: Floats, frequency: float, n_harmonics: int
) -> tuple[Floats, Floats]:
    """Return the equations of the least squares, from sums of sines and cosines alone."""
    cosines, sines = np.zeros(2 * n_harmonics + 1), np.zeros(2 * n_harmonics + 1)
    right = np.zeros(2 * n_harmonics + 1)
    for i in range(len(time)):
        turns = frequency * time[i]
        angle = 2 * np.pi * (turns - np.floor(turns))
        c1, s1, value = np.cos(angle), np.sin(angle), change[i]
        c, s = 1.0, 0.0
        right[0] += value
        cosines[0] += 1
        for k in range(1, 2 * n_harmonics + 1):
            c, s = c * c1 - s * s1, s * c1 + c * s1
            cosines[k] += c
            sines[k] += s
            if k <= n_harmonics:
                right[2 * k - 1] += value * c
                right[2 * k] += value * s
    normal = np.zeros((2 * n_harmonics + 1, 2 * n_harmonics + 1))
    for j in range(n_harmonics + 1):
        for k in range(n_harmonics + 1):
            both, apart = j + k, abs(j - k)
            sign = 1.0 if k >= j else -1.0
            a, b = max(0, 2 * j - 1), max(0, 2 * k - 1)
            normal[a, b] = (cosines[both] + cosines[apart]) / 2
            if k > 0:
                normal[a, b + 1] = (sines[both] + sign * sines[apart]) / 2
                normal[b + 1, a] = normal[a, b + 1]
            if j > 0 and k > 0:
                normal[a + 1, b + 1] = (cosines[apart] - cosines[both]) / 2
    return normal, right


@compiled
def _model(time: Floats, frequency: float, coefficients: Floats) -> Floats:
    model = np.empty_like(time)
    for i in range(len(time)):
        turns = frequency * time[i]
        angle = 2 * np.pi * (turns - np.floor(turns))
        c1, s1 = np.cos(angle), np.sin(angle)
        c, s = 1.0, 0.0
        value = coefficients[0]
        for k in range(1, (len(coefficients) + 1) // 2):
            c, s = c * c1 - s * s1, s * c1 + c * s1
            value += coefficients[2 * k - 1] * c + coefficients[2 * k] * s
        model[i] = value
    return model


@compiled
def _fit_of(cosines: Floats, sines: Floats, change: Floats) -> tuple[float, float, float]:
    """Return the constant and the multiples of two waves that fit best."""
    level, c_mean, s_mean = change.mean(), cosines.mean(), sines.mean()
    value = change - level
    c, s = cosines - c_mean, sines - s_mean
    cc, ss, cs = np.sum(c * c), np.sum(s * s), np.sum(c * s)
    cy, sy = np.sum(c * value), np.sum(s * value)
    determinant = cc * ss - cs * cs
    cosine, sine = 0.0, 0.0
    if determinant > _SINGULAR * (cc + ss) ** 2:
        cosine, sine = (ss * cy - cs * sy) / determinant, (cc * sy - cs * cy) / determinant
    # At half of the sampling, one of both is zero at all times.
    elif cc >= ss and cc > 0:
        cosine = cy / cc
    elif ss > 0:
        sine = sy / ss
    return level - cosine * c_mean - sine * s_mean, cosine, sine


@compiled
def fit_sine(time_d: Floats, change: Floats, frequency_per_d: float) -> tuple[float, float, float]:
    """Return the constant and the sine of one frequency that fit best by least squares.

    As `fit_harmonics` with one multiple, for what is done thousands of times.

    Parameters
    ----------
    time_d, change : ndarray, shape (n,)
        As there.
    frequency_per_d : float
        The frequency.

    Returns
    -------
    constant, cosine, sine : float
        The phase is zero at the first time.
    """
    phase = 2 * np.pi * frequency_per_d * (time_d - time_d[0])
    return _fit_of(np.cos(phase), np.sin(phase), change)


@compiled
def without_sine(time_d: Floats, change: Floats, frequency_per_d: float) -> Floats:
    """Return what the constant and the sine of one frequency that fit best leave of changes.

    Parameters
    ----------
    time_d, change, frequency_per_d
        As `fit_sine` takes them.
    """
    turns = frequency_per_d * (time_d - time_d[0])
    phase = 2 * np.pi * (turns - np.floor(turns))
    c, s = np.cos(phase), np.sin(phase)
    level, cosine, sine = _fit_of(c, s, change)
    return np.asarray(change - (level + cosine * c + sine * s))


@compiled
def harmonics_at(
    at_d: Floats, time_d: Floats, change: Floats, frequency_per_d: float, n_harmonics: int
) -> Floats:
    """Return the sum of sines that fits changes best, at other times and without the constant.

    As `fit_harmonics` and its fit's ``at``, for what is done thousands of times.

    Parameters
    ----------
    at_d : ndarray, shape (k,)
        Where the sum is wanted.
    time_d, change, frequency_per_d, n_harmonics
        As there.
    """
    start = time_d[0]
    normal, right = _normal_equations(
        time_d - start, change - change.mean(), frequency_per_d, n_harmonics
    )
    # Where some sines cannot be told apart, this takes them as small as can be.
    for k in range(len(normal)):
        normal[k, k] *= 1 + _SINGULAR
    coefficients = np.linalg.solve(normal, right).astype(np.float64)
    coefficients[0] = 0.0
    return _model(at_d - start, frequency_per_d, coefficients)
