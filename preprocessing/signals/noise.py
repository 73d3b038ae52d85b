"""Noise that is correlated in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["red_noise"]


def red_noise(rng: np.random.Generator, n: int, memory: int) -> NDArray[np.float32]:
    """Return correlated noise with mean 0 and variance 1: a running mean of white noise.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    n : int
        Number of samples.
    memory : int
        Number of samples over which the noise is correlated.

    Returns
    -------
    ndarray, shape (n,), float32
        The noise.
    """
    walk = np.cumsum(rng.standard_normal(n + memory, dtype=np.float32), dtype=np.float64)
    return np.asarray((walk[memory:] - walk[:-memory]) / np.sqrt(memory), dtype=np.float32)
