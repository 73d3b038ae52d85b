"""Which flares are counted: flares of known height and length put into quiet light."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.noise import CADENCE_D, noisy_light
from benchmarks.real_light import quiet_stars
from benchmarks.report import table, write_report
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.features.shape import shape_features
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import TransitSearch

__all__ = ["flares"]

_NOTHING_FOUND = TransitSearch((), np.nan)
_DAYS = 90.0
_FLARES_A_STAR = 10
#: Heights of the flares, averaged over exposures, in noise of a point, and their half widths.
_SIGMAS = ((6.0, 12.0), (12.0, 25.0), (25.0, 100.0))
_HALF_WIDTHS_MIN = (10.0, 30.0, 90.0)
#: A spotted star as GJ 1243: its rotation (Davenport et al. 2014, ApJ 797, 122) and amplitude.
_ROTATION_D, _AMPLITUDE = 0.5926, 0.01
_EXPOSURE_PARTS = 15


def flares(stars: int, seed: int, real: Path | None, folder: Path) -> None:
    """Put flares into light, count those that are found, and report.

    Parameters
    ----------
    stars : int
        Stars of each kind, height and length; each has ten flares.
    seed : int
        Of the first star.
    real : Path or None
        Folder of real light with known answers.
    folder : Path
        For the report.
    """
    quiet = quiet_stars(real) if real else []
    rows: list[tuple[str, ...]] = []
    for kind in ("independent noise", "rotating", *(("real quiet stars",) if quiet else ())):
        before = [_count(_light(kind, quiet, seed + i)) for i in range(stars)]
        for minutes in _HALF_WIDTHS_MIN:
            found = []
            for low, high in _SIGMAS:
                after = [
                    _count(_flaring(_light(kind, quiet, seed + i), seed + i, minutes, low, high))
                    for i in range(stars)
                ]
                found.append((sum(after) - sum(before)) / (_FLARES_A_STAR * stars))
            rows.append(
                (kind, f"{minutes:g}", *(f"{one:.2f}" for one in found), f"{np.mean(before):.2f}")
            )
            print(rows[-1], flush=True)
    parts = [
        f"{_FLARES_A_STAR} flares of the shape of Davenport et al. (2014) in each of {stars} stars"
        " of Kepler's long cadence: the share that shape_flare_rate counts, by the full width at"
        " half maximum and the height in exposures, in sigma of a point; and what it counts a"
        " star without.",
        table(
            (
                "light",
                "minutes",
                *(f"{low:g}-{high:g} sigma" for low, high in _SIGMAS),
                "without, a quarter",
            ),
            rows,
        ),
    ]
    write_report(folder, "flares", describe_machine(), parts, rows)


def _light(kind: str, quiet: list[Light], seed: int) -> Light:
    if kind == "real quiet stars":
        return quiet[seed % len(quiet)]
    days = np.arange(0, _DAYS, CADENCE_D)
    turn = np.sin(2 * np.pi * days / _ROTATION_D) if kind == "rotating" else np.zeros_like(days)
    return noisy_light(np.random.default_rng(seed), days, "white", _AMPLITUDE * turn)


def _flaring(light: Light, seed: int, minutes: float, low: float, high: float) -> Light:
    """Return light with flares at random times at which the star is seen."""
    rng = np.random.default_rng(10_000 + seed)
    noise = star_light(light, _NOTHING_FOUND).white_noise
    added = np.zeros(len(light))
    for peak in rng.choice(light.time_d, _FLARES_A_STAR, replace=False):
        shape = _exposed(light.time_d - peak - rng.uniform(0, CADENCE_D), minutes / 1440)
        height = np.exp(rng.uniform(np.log(low), np.log(high))) * noise
        added += height * shape / max(shape.max(), 1e-9)
    return prepare_light(light.time_d, light.flux + added, None, light.sequence)


def _exposed(days: Floats, width_d: float) -> Floats:
    """Return a flare of a width, as exposures have it."""
    parts = (np.arange(_EXPOSURE_PARTS) + 0.5) / _EXPOSURE_PARTS - 0.5
    return np.asarray(_flare((days[:, None] + CADENCE_D * parts) / width_d).mean(axis=1))


def _flare(widths: Floats) -> Floats:
    """Return the flare of unit height of Davenport et al. 2014, equations 1 and 4."""
    t, after = np.clip(widths, -1, 0), np.maximum(widths, 0)
    rise = 1 + 1.941 * t - 0.175 * t**2 - 2.246 * t**3 - 1.125 * t**4
    fall = 0.6890 * np.exp(-1.600 * after) + 0.3030 * np.exp(-0.2783 * after)
    return np.where(widths < -1, 0, np.where(widths <= 0, rise, fall))


def _count(light: Light) -> float:
    """Return how many flares a star is said to have."""
    star = star_light(light, _NOTHING_FOUND)
    rate = shape_features(star)["shape_flare_rate"]
    return 0.0 if isinstance(rate, Missing) else rate * len(star.light) * star.light.cadence_d
