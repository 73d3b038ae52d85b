"""Stars for the tests of features: of arrays, simulated, and real ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import ArrayLike

from preprocessing.analysis.light import Floats, prepare_light
from preprocessing.features.star_light import StarLight, star_light
from preprocessing.features.transit_search import TransitSearch

__all__ = ["NOTHING_FOUND", "noisy", "real_star", "star_of"]

NOTHING_FOUND = TransitSearch((), np.nan)
#: Flags that lightkurve's default mask leaves out: of Kepler and K2 light curves.
_BITMASK = 1_130_799


def star_of(time_d: ArrayLike, flux: ArrayLike, sequence: ArrayLike | None = None) -> StarLight:
    """Return the star with this light, in which no transit was found."""
    return star_light(prepare_light(time_d, flux, None, sequence), NOTHING_FOUND)


def noisy(time_d: Floats, sigma: float = 1e-4, seed: int = 0) -> Floats:
    """Return white noise about 1."""
    return 1 + np.random.default_rng(seed).normal(0, sigma, len(time_d))


def real_star(
    paths: Sequence[Path],
    days: tuple[float, float] = (-np.inf, np.inf),
    column: str = "PDCSAP_FLUX",
) -> StarLight:
    """Return the star of real Kepler files, between two times."""
    parts = []
    for number, path in enumerate(paths):
        with fits.open(path) as units:
            table = units[1].data
            is_used = (table["SAP_QUALITY"] & _BITMASK) == 0
            is_used &= (table["TIME"] >= days[0]) & (table["TIME"] <= days[1])
            rows = table[is_used]
            parts.append((rows["TIME"], rows[column], np.full(len(rows), number)))
    time_d, flux, sequence = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return star_of(time_d, flux, sequence)
