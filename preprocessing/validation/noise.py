"""Noise that stands in for a star: of one color, or with the amplitudes of light that was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlated_noise", "noise_like", "point_noise"]

Floats = NDArray[np.float64]

#: A median absolute deviation times this is the standard deviation of normal noise.
_SIGMA_PER_MAD = 1.4826
#: Correlation is followed until it has fallen to exp(-8), a third of a thousandth.
_MEMORIES = 8
#: Amplitudes are known at so many frequencies, so that stretches of any length compare.
_FREQUENCIES = 2400
_TINY = 1e-300


def point_noise(flux: Floats) -> float:
    """Return the noise of single points: half the variance of differences of neighbors.

    Parameters
    ----------
    flux : ndarray, shape (n,)
        Finite flux in time order. NaN if there are fewer than two.
    """
    if len(flux) < 2:
        return float("nan")
    steps = np.diff(flux)
    spread = np.median(np.abs(steps - np.median(steps)))
    return float(_SIGMA_PER_MAD * spread / np.sqrt(2))


def correlated_noise(rng: np.random.Generator, n: int, memory: float) -> Floats:
    """Return noise of deviation 1 whose correlation falls by e over some points.

    Parameters
    ----------
    rng : Generator
        Of the noise.
    n : int
        How many points.
    memory : float
        Over how many points it falls.
    """
    kept = np.exp(-1 / memory)
    kernel = kept ** np.arange(int(np.ceil(_MEMORIES * memory)) + 1)
    drawn = rng.normal(size=n + len(kernel) - 1)
    # By Fourier transforms: kernels of fast cadences have ten thousand points.
    size = 1 << len(drawn).bit_length()
    weight = np.fft.rfft(kernel / np.sqrt(np.sum(kernel**2)), size)
    smooth = np.fft.irfft(np.fft.rfft(drawn, size) * weight, size)
    return np.asarray(smooth[len(kernel) - 1 : len(drawn)])


def noise_like(rng: np.random.Generator, time_d: Floats, flux: Floats, cadence_d: float) -> Floats:
    """Return noise with the amplitudes by frequency that flux has, and other phases.

    Parameters
    ----------
    rng : Generator
        Of the phases.
    time_d, flux : ndarray, shape (n,)
        Finite light without a longer gap than its ends can bridge by a straight line: one file.
    cadence_d : float
        Time between two points in days.
    """
    cell = np.rint((time_d - time_d[0]) / cadence_d).astype(np.int64)
    n = int(cell[-1]) + 1
    even = np.interp(np.arange(n), cell, flux)
    even -= np.polyval(np.polyfit(cell, flux, 1), np.arange(n)) if n > 2 else even.mean()
    amplitude = np.abs(np.fft.rfft(even))
    # Neighboring frequencies are joined, so that no single line of the star comes back.
    share = np.linspace(0, 1, len(amplitude))
    coarse = np.linspace(0, 1, min(_FREQUENCIES, max(2, len(amplitude) // 8)))
    power = np.interp(share, coarse, np.interp(coarse, share, _running_mean(amplitude**2)))
    power *= np.sum(amplitude**2) / max(np.sum(power), _TINY)
    turned = np.sqrt(power) * np.exp(2j * np.pi * rng.random(len(power)))
    return np.asarray(np.fft.irfft(turned, n)[cell])


def _running_mean(values: Floats) -> Floats:
    width = min(8, len(values))
    padded = np.pad(values, (width // 2, width - 1 - width // 2), mode="edge")
    return np.asarray(np.convolve(padded, np.full(width, 1 / width), "valid"))
