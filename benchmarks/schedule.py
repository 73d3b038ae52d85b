"""Whether features know how a star was observed: alike stars, seen by unlike schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from scipy.signal import lfilter
from scipy.stats import spearmanr

from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from preprocessing.analysis.light import Floats, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Value
from preprocessing.features.domains import DOMAINS
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import TransitSearch
from preprocessing.signals.flares import FlareTrain, flare_flux

__all__ = ["schedule"]

_NOTHING_FOUND = TransitSearch((), np.nan)
#: The issue's limit of the rank correlation with points, baseline and cadence.
_LIMIT = 0.2
#: What is smaller, in dex or as a plain number, is less than the missions differ for one star.
_SMALL = 0.02
_QUARTER_D, _SECTOR_D = 93.0, 27.4
_LONG_MIN = 29.4244
#: Stars are simulated every two minutes.
_PART_D = 2 / 1440
#: Noise of a point of 30 min.
_WHITE = 2e-4

_Signal = Callable[[np.random.Generator, Floats, float], Floats]


def schedule(stars: int, only: str | None, seed: int, folder: Path) -> None:
    """Extract features of alike stars by many schedules, and report how they are correlated.

    The domain of transits is left out: it is exempt from the baseline.

    Parameters
    ----------
    stars : int
        Stars of each kind.
    only : str or None
        One kind.
    seed : int
        Of the first star.
    folder : Path
        For the report.
    """
    worst: list[tuple[str, ...]] = []
    above: list[tuple[str, ...]] = []
    for kind in KINDS if only is None else (only,):
        found = correlations(kind, stars, seed)
        over = {name: one for name, one in found.items() if one.highest >= _LIMIT}
        name = max(found, key=lambda name: found[name].highest)
        numbers = (len(found), len(over), sum(one.size >= _SMALL for one in over.values()))
        worst.append((kind, *map(str, numbers), name, f"{found[name].highest:.2f}"))
        above += [(kind, name, *one.in_words()) for name, one in over.items()]
        print(worst[-1], *above[-len(over) :] if over else (), sep="\n  ", flush=True)
    parts = [
        f"{stars} stars a kind, alike but for noise and phases, each seen in 1 to 18 of Kepler's"
        " quarters or 1 to 13 of TESS's sectors, at 2, 10 or 30 min, with gaps. Rank correlations"
        " of each feature with the number of points, the baseline and the cadence; the domain of"
        " transits is left out.",
        table(
            (
                "stars",
                "features",
                f"at {_LIMIT} or more",
                f"and a difference of {_SMALL} or more",
                "highest",
                "correlation",
            ),
            worst,
        ),
        "The difference is that of the medians of the third with the longest baselines and of the"
        " third with the shortest.",
        table(
            ("stars", "feature", "points", "baseline", "cadence", "difference", "have a value"),
            above,
        ),
    ]
    write_report(folder, "schedule", describe_machine(), parts, {"worst": worst, "above": above})


@dataclass(frozen=True, eq=False)
class Correlation:
    """How a feature of alike stars depends on how they were observed.

    Parameters
    ----------
    ranks : ndarray, shape (3,)
        Rank correlations with points, baseline and cadence.
    difference : float
        Of the medians of the longest and the shortest third.
    share : float
        Of the stars that have a value.
    """

    ranks: Floats
    difference: float
    share: float

    @property
    def highest(self) -> float:
        """The highest of the correlations, whatever its sign."""
        return float(np.abs(self.ranks).max())

    @property
    def size(self) -> float:
        """How large the difference is."""
        return abs(self.difference)

    def in_words(self) -> tuple[str, ...]:
        """Return the numbers as a table has them."""
        return (
            *(f"{one:+.2f}" for one in self.ranks),
            f"{self.difference:+.3f}",
            f"{self.share:.2f}",
        )


def correlations(kind: str, stars: int, seed: int) -> dict[str, Correlation]:
    """Return how each feature is correlated with points, baseline and cadence.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    stars : int
        How many stars.
    seed : int
        Of the first star.

    Returns
    -------
    dict of str to Correlation
        Features that less than a third of the stars have are left out.
    """
    seen = [_seen(kind, seed + i) for i in range(stars)]
    schedules = np.array([schedule for _, schedule in seen])
    found = {}
    for name in seen[0][0]:
        values = [one[name] for one, _ in seen]
        numbers = np.array([np.nan if isinstance(one, Missing) else one for one in values])
        has = np.isfinite(numbers)
        if 3 * has.sum() < stars:
            continue
        # A feature that is the same for all has no rank.
        is_constant = np.ptp(numbers[has]) == 0
        ranks = [
            0.0 if is_constant else spearmanr(numbers[has], schedules[has, k])[0] for k in range(3)
        ]
        shorter, longer = np.quantile(schedules[has, 1], (1 / 3, 2 / 3))
        difference = np.median(numbers[has & (schedules[:, 1] >= longer)]) - np.median(
            numbers[has & (schedules[:, 1] <= shorter)]
        )
        found[name] = Correlation(np.array(ranks), float(difference), float(has.mean()))
    return found


def _seen(kind: str, seed: int) -> tuple[Mapping[str, Value], tuple[float, float, float]]:
    """Return the features of one star, and points, baseline and cadence."""
    rng = np.random.default_rng(seed)
    seen = _some_schedule(rng)
    rows = np.rint(seen.time_d / seen.cadence_d).astype(np.int64)
    # An exposure is the mean of what the star does in it.
    n_parts = max(1, round(seen.cadence_d / _PART_D))
    part_d = seen.cadence_d / n_parts
    clock = part_d * (np.arange(n_parts * (rows[-1] + 1)) - (n_parts - 1) / 2)
    change = KINDS[kind](rng, clock, part_d).reshape(-1, n_parts).mean(axis=1)[rows]
    noise = rng.normal(0, _WHITE * np.sqrt(1 / 48 / seen.cadence_d), len(rows))
    light = prepare_light(seen.time_d, 1 + change + noise, None, seen.files)
    star = star_light(light, _NOTHING_FOUND)
    # The last domain is that of transits.
    values = dict(chain.from_iterable(one.compute(star).items() for one in DOMAINS[:-1]))
    return values, (len(light), light.baseline_d, seen.cadence_d)


@dataclass(frozen=True, eq=False)
class _Schedule:
    """Times at which a star is seen, the file of each, and the sampling in days."""

    time_d: Floats
    files: np.ndarray[tuple[int], np.dtype[np.int64]]
    cadence_d: float


def _some_schedule(rng: np.random.Generator) -> _Schedule:
    """Return 1 to 18 of Kepler's quarters, or 1 to 13 of TESS's sectors, with gaps."""
    if rng.random() < 0.5:
        n, length_d, minutes, downlink_d, apart = int(rng.integers(1, 19)), 93.0, _LONG_MIN, 31.0, 1
    else:
        n, length_d, downlink_d = int(rng.integers(1, 14)), 27.4, 13.7
        minutes, apart = float(rng.choice([2, 10, 30])), int(rng.integers(1, 4))
    cadence_d = minutes / 1440
    chosen = np.sort(rng.choice(n * apart, n, replace=False)) if apart > 1 else np.arange(n)
    time_d = np.arange(0, n * apart * length_d, cadence_d)
    file = np.floor(time_d / length_d).astype(np.int64)
    # A downlink of a day in each month or orbit.
    is_seen = np.isin(file, chosen) & (time_d % downlink_d > 1)
    for _ in range(n):
        # And what was lost: safe modes, scattered light.
        begins, lost_d = rng.uniform(0, time_d[-1]), rng.uniform(0, 8) * rng.integers(0, 2)
        is_seen &= (time_d < begins) | (time_d > begins + lost_d)
    is_seen &= rng.random(len(time_d)) > 0.02
    return _Schedule(time_d[is_seen], file[is_seen], cadence_d)


def _white(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
    return np.zeros(len(time_d))


def _red(memory_d: float, strength: float) -> _Signal:
    """Return a maker of noise that forgets within a time (Ornstein and Uhlenbeck's)."""

    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        kept = np.exp(-cadence_d / memory_d)
        drive = rng.normal(0, strength, len(time_d))
        drive[1:] *= np.sqrt(1 - kept**2)
        return np.asarray(lfilter([1.0], [1, -kept], drive))

    return change


def _sine(period_d: float, amplitude: float) -> _Signal:
    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        return np.asarray(amplitude * np.sin(2 * np.pi * (time_d / period_d + rng.random())))

    return change


def _spots(period_d: float, lifetime_d: float, amplitude: float) -> _Signal:
    """Return a maker of rotation whose spots come and go, on one and on both sides."""

    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        total = np.zeros(len(time_d))
        for harmonic, share in ((1, 1.0), (2, 0.5)):
            pole = np.exp(-cadence_d / lifetime_d + 2j * np.pi * harmonic * cadence_d / period_d)
            drive = rng.normal(0, share, (2, len(time_d)))
            drive[:, 1:] *= np.sqrt(1 - abs(pole) ** 2)
            total += lfilter([1.0], [1, -pole], drive[0] + 1j * drive[1]).real
        return amplitude * total

    return change


def _flares(a_day: float) -> _Signal:
    """Return a maker of flares on a rotating star: energies of a power law of index -2."""

    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        n = rng.poisson(a_day * time_d[-1])
        peaks = np.sort(rng.uniform(0, time_d[-1], n))
        heights = 2000 / rng.uniform(0.02, 1, n)
        train = FlareTrain(peaks, heights, 0.04 * (heights / 1e4) ** (1 / 3))
        return flare_flux(time_d, train, cadence_d) + _sine(4.1, 3e-3)(rng, time_d, cadence_d)

    return change


def _dips(a_day: float) -> _Signal:
    """Return a maker of dips at random times, some of which are much deeper than most."""

    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        light = np.zeros(len(time_d))
        for middle in rng.uniform(0, time_d[-1], rng.poisson(a_day * time_d[-1])):
            depth, half_d = 2e-3 / rng.uniform(0.05, 1), rng.uniform(0.1, 0.5)
            first, last = np.searchsorted(time_d, (middle - half_d, middle + half_d))
            light[first:last] -= depth * (1 - np.abs(time_d[first:last] - middle) / half_d)
        return light

    return change


def _eclipses(period_d: float, depth: float) -> _Signal:
    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        days = ((time_d / period_d + rng.random()) % 1 - 0.5) * period_d
        return -depth * np.clip((0.15 - np.abs(days)) / 0.05, 0, 1)

    return change


def _sum(*signals: _Signal) -> _Signal:
    def change(rng: np.random.Generator, time_d: Floats, cadence_d: float) -> Floats:
        return np.asarray(np.sum([one(rng, time_d, cadence_d) for one in signals], axis=0))

    return change


#: Kinds of stars, each of which has the same values however it is seen.
KINDS: Mapping[str, _Signal] = {
    "white noise": _white,
    "red, 3 h": _red(0.125, 2e-4),
    "red, 1 d": _red(1.0, 5e-4),
    "red, 6 d": _red(6.0, 2e-3),
    "sine, 3.1 d": _sine(3.1, 1e-3),
    "strong sine, 0.7 d": _sine(0.7, 2e-2),
    "two sines": _sum(_sine(1.7, 2e-3), _sine(0.43, 1e-3)),
    "spots, 9 d": _spots(9.0, 40.0, 3e-3),
    "spots, 22 d": _spots(22.0, 60.0, 5e-3),
    "flares": _flares(0.3),
    "dips": _dips(0.05),
    "eclipses, 3.3 d": _eclipses(3.3, 3e-3),
}
