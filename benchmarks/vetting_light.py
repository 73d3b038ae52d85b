"""Light whose planets are known to be there or not: injected, upside down, and in another order."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.noise import with_glitches
from benchmarks.real_light import inverted, labeled_quarters, quiet_stars
from preprocessing.analysis.box_series import box_series
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.trend import robust_trend
from preprocessing.signals.flares import FlareTrain, flare_flux
from preprocessing.signals.rotation import Rotation, rotation_flux
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["SETS", "Planet", "RealLight", "Treated", "Trial", "light_of"]

CADENCE_D = 29.4 / 1440
_BITMASK = 1_130_799
#: Points are left out this many durations around the middle of a known transit.
_MASK = 1.0
_WINDOW_D = 3.0
_RATIOS = (8.0, 30.0)
#: No planet of a dwarf is deeper.
_DEEPEST = 0.03
#: What varies in simulated stars, and how many of a hundred do so.
_STARS = {"noise": 50, "spots": 20, "flares": 10, "pulsations": 10, "spots and flares": 10}
SETS = ("injected", "inverted", "scrambled")


@dataclass(frozen=True)
class Trial:
    """One star of a set.

    Parameters
    ----------
    kind : str
        One of `SETS`.
    base : str
        Where its light comes from: ``simulated, 6 quarters``, ``real, 18 quarters``, with any
        number, or ``real quarter``.
    seed : int
        Of all that is random in it.
    """

    kind: str
    base: str
    seed: int


@dataclass(frozen=True)
class Planet:
    """What was put in."""

    period_d: float
    epoch_d: float
    duration_h: float
    ratio: float


@dataclass(frozen=True)
class Treated:
    """The light of a trial, and the planet that is in it."""

    light: Light = field(repr=False)
    planet: Planet | None


@dataclass(frozen=True, eq=False)
class RealLight:
    """Real light, read once.

    Parameters
    ----------
    folder : Path
        With `real/` and `labeled/`.
    """

    folder: Path

    @cached_property
    def stars(self) -> Mapping[str, Light]:
        """Two stars of many quarters, without the transits of their planets."""
        return {
            name: without_known(_star(self.folder / "real/kepler" / name), name, self.folder)
            for name in ("KIC8644288", "KIC6462863")
        }

    @cached_property
    def quiet(self) -> list[Light]:
        """The quarters of stars of which catalogs say nothing."""
        return quiet_stars(self.folder / "labeled")

    @cached_property
    def labeled(self) -> list[Light]:
        """The quarters of all labeled stars."""
        return [light for _, light in labeled_quarters(self.folder / "labeled")]

    @cached_property
    def amplitudes(self) -> list[Floats]:
        """Amplitudes of the noise by frequency, of each quarter of both stars."""
        return [
            _amplitudes(light.time_d[a:b], light.flux[a:b])
            for light in self.stars.values()
            for a, b in pairwise(light.file_edges)
            if b - a > 2500
        ]


def light_of(trial: Trial, real: RealLight) -> Treated:
    """Return the light of a trial.

    Parameters
    ----------
    trial : Trial
        The trial.
    real : RealLight
        Where real light, and the noise of simulated light, comes from.
    """
    kinds = {name: number for number, name in enumerate(SETS)}
    rng = np.random.default_rng([trial.seed, kinds[trial.kind], zlib.crc32(trial.base.encode())])
    light = _base(trial, real, rng)
    if trial.kind == "inverted":
        return Treated(inverted(light), None)
    if trial.kind == "scrambled":
        return Treated(scrambled_by_quarter(light, rng), None)
    return _with_planet(light, rng)


def _base(trial: Trial, real: RealLight, rng: np.random.Generator) -> Light:
    if trial.base == "real quarter":
        every = real.labeled if trial.kind == "inverted" else real.quiet
        return every[trial.seed % len(every)]
    names = list(real.stars)
    n = int(trial.base.partition(", ")[2].split()[0])
    if trial.base.startswith("real"):
        return some_quarters(real.stars[names[trial.seed % 2]], n, rng)
    return simulated(some_quarters(real.stars[names[0]], n, rng), real, rng)


def some_quarters(light: Light, n: int, rng: np.random.Generator) -> Light:
    """Return some consecutive files of light.

    Parameters
    ----------
    light : Light
        The light.
    n : int
        How many, if there are so many.
    rng : Generator
        Of the first.
    """
    edges = light.file_edges
    first = int(rng.integers(max(1, len(edges) - n)))
    kept = slice(edges[first], edges[min(first + n, len(edges) - 1)])
    return prepare_light(light.time_d[kept], light.flux[kept], None, light.sequence[kept])


def simulated(clock: Light, real: RealLight, rng: np.random.Generator) -> Light:
    """Return light of a star that is made up, with the noise of real quarters, and glitches.

    Parameters
    ----------
    clock : Light
        Whose times it has.
    real : RealLight
        Whose noise it has, with other phases.
    rng : Generator
        Of everything.
    """
    flux = np.ones(len(clock))
    for a, b in pairwise(clock.file_edges):
        amplitude = real.amplitudes[rng.integers(len(real.amplitudes))]
        flux[a:b] += _noise_like(amplitude, clock.time_d[a:b], rng)
    shares = np.array(list(_STARS.values()), dtype=float)
    kind = list(_STARS)[rng.choice(len(_STARS), p=shares / shares.sum())]
    change = np.zeros(len(clock))
    if "spots" in kind:
        change += _spots(clock.time_d, rng)
    if "flares" in kind:
        change += _flares(clock.time_d, rng)
    if kind == "pulsations":
        change += _pulsations(clock.time_d, rng)
    star = prepare_light(clock.time_d, flux * (1 + change), None, clock.sequence)
    return with_glitches(rng, star) if rng.random() < 0.5 else star


def _spots(time_d: Floats, rng: np.random.Generator) -> Floats:
    period, amplitude = np.exp(rng.uniform(np.log([0.5, 300]), np.log([40, 20_000])))
    return rotation_flux(time_d, Rotation(period, amplitude, rng.random(), rng.uniform(0.005, 0.1)))


def _flares(time_d: Floats, rng: np.random.Generator) -> Floats:
    span = time_d[-1] - time_d[0]
    n = 1 + rng.poisson(span * np.exp(rng.uniform(np.log(0.01), np.log(0.5))))
    peaks = np.sort(rng.uniform(time_d[0], time_d[-1], n))
    strength = np.minimum(300 * (1 + rng.pareto(1.0, n)), 3e5)
    decays = np.exp(rng.uniform(np.log(0.01), np.log(0.15), n))
    return flare_flux(time_d, FlareTrain(peaks, strength, decays), CADENCE_D)


def _pulsations(time_d: Floats, rng: np.random.Generator) -> Floats:
    """Return the sum of sines of a pulsator, or the saw teeth of an RR Lyrae star."""
    if rng.random() < 0.2:
        phase = (time_d / rng.uniform(0.4, 0.8) + rng.random()) % 1.0
        rise = rng.uniform(0.1, 0.25)
        saw = np.where(phase < rise, phase / rise, (1 - phase) / (1 - rise))
        return np.asarray(rng.uniform(0.1, 0.4) * (saw - 0.5))
    change = np.zeros(len(time_d))
    for _ in range(rng.integers(2, 9)):
        frequency = np.exp(rng.uniform(np.log(0.3), np.log(20)))
        amplitude = 1e-6 * np.exp(rng.uniform(np.log(100), np.log(10_000)))
        change += amplitude * np.sin(2 * np.pi * (frequency * time_d + rng.random()))
    return change


def _amplitudes(time_d: Floats, flux: Floats) -> Floats:
    """Return amplitudes by frequency of one quarter, its gaps bridged by straight lines."""
    cells = np.arange(time_d[0], time_d[-1], CADENCE_D)
    even = np.interp(cells, time_d, flux) - 1
    even -= np.polyval(np.polyfit(cells - cells[0], even, 1), cells - cells[0])
    # The same frequencies for quarters of any length.
    frequency = np.fft.rfftfreq(len(even), CADENCE_D)
    amplitude = np.abs(np.fft.rfft(even)) / np.sqrt(len(even))
    return np.asarray(np.interp(np.linspace(0, 24.4, 2400), frequency, amplitude))


def _noise_like(amplitude: Floats, time_d: Floats, rng: np.random.Generator) -> Floats:
    """Return noise of the same amplitudes and of other phases."""
    n = 1 + round((time_d[-1] - time_d[0]) / CADENCE_D)
    frequency = np.fft.rfftfreq(n, CADENCE_D)
    size = np.interp(frequency, np.linspace(0, 24.4, len(amplitude)), amplitude) * np.sqrt(n)
    turned = size * np.exp(2j * np.pi * rng.random(len(size)))
    even = np.fft.irfft(turned, n)
    cell = np.clip(np.rint((time_d - time_d[0]) / CADENCE_D).astype(int), 0, n - 1)
    return np.asarray(even[cell])


def scrambled_by_quarter(light: Light, rng: np.random.Generator) -> Light:
    """Return light whose files stand in another order.

    Parameters
    ----------
    light : Light
        The light.
    rng : Generator
        Of the order.
    """
    pieces = list(pairwise(light.file_edges))
    order = rng.permutation(len(pieces))
    if len(pieces) > 1 and (order == np.arange(len(pieces))).all():
        order = np.roll(order, 1)
    start, times, fluxes, files = light.time_d[0], [], [], []
    for number, k in enumerate(order):
        a, b = pieces[k]
        days = light.time_d[a:b] - light.time_d[a]
        times.append(start + days)
        fluxes.append(light.flux[a:b])
        files.append(np.full(b - a, number))
        start += days[-1] + 1.0
    time, flux, sequence = map(np.concatenate, (times, fluxes, files))
    return prepare_light(time, flux, None, sequence)


def _with_planet(light: Light, rng: np.random.Generator) -> Treated:
    """Return light with a planet of at least three transits, limb-darkened."""
    while True:
        period = np.exp(rng.uniform(np.log(0.5), np.log(light.baseline_d / 3)))
        impact, logg = rng.uniform(0, 0.8), rng.uniform(4.1, 4.6)
        # On the main sequence, gravity falls as stars grow (Sun: 4.44).
        radius = 10 ** (1.3 * (4.44 - logg))
        duration_h = transit_duration_h(period, logg, radius, 0.03, impact)
        epoch = light.time_d[0] + rng.uniform(0, period)
        change = transit_flux(
            light.time_d, Transit(period, epoch, 500.0, duration_h, impact), CADENCE_D
        )
        event = np.rint((light.time_d[change < 0] - epoch) / period)
        counts = np.unique(event, return_counts=True)[1]
        if np.sum(counts >= 0.5 * duration_h / 24 / CADENCE_D) >= 3:
            break
    series = box_series(light, robust_trend(light, _WINDOW_D), light.cadence_d)
    noise = np.interp(duration_h / 24, series.durations_d, series.noise)
    noise /= np.sqrt(series.full_weight)
    inside = change < 0
    unit = change * noise / (-change[inside].mean() * np.sqrt(inside.sum()))
    # Only of the least ratio may a planet be deeper, where the star varies much.
    largest = max(_RATIOS[0], min(_RATIOS[1], _DEEPEST / -unit.min()))
    ratio = np.exp(rng.uniform(np.log(_RATIOS[0]), np.log(largest)))
    changed = replace(light, flux=light.flux * (1 + unit * ratio))
    return Treated(changed, Planet(period, epoch, duration_h, ratio))


def without_known(light: Light, name: str, folder: Path) -> Light:
    """Return light without the points in the transits that tables know.

    Parameters
    ----------
    light : Light
        The light.
    name : str
        The star's, as in ``truth.csv``.
    folder : Path
        With `labeled/truth.csv`.
    """
    kept = np.ones(len(light), dtype=bool)
    with (folder / "labeled/truth.csv").open() as stream:
        for row in csv.DictReader(stream):
            if row["target"] == name and row["kind"] == "transit" and row["epoch"]:
                period, epoch = float(row["period_d"]), float(row["epoch"])
                turns = (light.time_d - epoch) / period
                days = np.abs(turns - np.rint(turns)) * period
                kept &= days > _MASK * float(row["duration_h"]) / 24
    return prepare_light(light.time_d[kept], light.flux[kept], None, light.sequence[kept])


def _star(folder: Path) -> Light:
    """Return the light of a star's long-cadence files."""
    from astropy.io import fits

    parts = []
    for number, path in enumerate(sorted(folder.glob("*_llc.fits"))):
        with fits.open(path) as units:
            table = units[1].data
            rows = table[(table["SAP_QUALITY"] & _BITMASK) == 0]
            parts.append((rows["TIME"], rows["PDCSAP_FLUX"], np.full(len(rows), number)))
    time, flux, sequence = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return prepare_light(time, flux, None, sequence)
