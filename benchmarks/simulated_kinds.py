"""Simulated stars of each kind, drawn over the ranges that are published of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Light, prepare_light
from preprocessing.signals.contact import Contact, contact_flux
from preprocessing.signals.eclipses import Eclipses, eclipse_flux
from preprocessing.signals.flares import davenport_shape
from preprocessing.signals.pulsation import Modes, RRLyrae, modes_flux, rr_lyrae_flux
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["KINDS", "LONG_EXPOSURE_D", "SHORT_EXPOSURE_D", "Drawn", "draw", "times"]

Floats = NDArray[np.float64]
Rng = np.random.Generator

#: Kepler's long cadence, and the 2 minutes of TESS.
LONG_EXPOSURE_D, SHORT_EXPOSURE_D = 29.4244 / 1440, 2 / 1440
_MICROHERTZ_PER_D = 11.574


@dataclass(frozen=True, eq=False)
class Drawn:
    """A simulated star.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    light : Light
        Its light.
    truth : mapping of str to float
        What it was drawn with: ``period_d`` and the like.
    """

    kind: str
    light: Light = field(repr=False)
    truth: Mapping[str, float]


def times(n_files: int, exposure_d: float = LONG_EXPOSURE_D, file_d: float = 90.0) -> Floats:
    """Return the times of some files, with a gap of a day in each third."""
    clock = np.arange(0, n_files * (file_d + 2), exposure_d)
    in_file = clock % (file_d + 2)
    is_seen = (in_file < file_d) & (in_file % (file_d / 3) > 1.0)
    return clock[is_seen]


def draw(
    kind: str,
    rng: Rng,
    n_files: int = 1,
    exposure_d: float = LONG_EXPOSURE_D,
    file_d: float = 90.0,
    ratios: tuple[float, float] | None = None,
) -> Drawn:
    """Draw one star of a kind.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    rng : Generator
        Of all that is random.
    n_files : int
        How many quarters, or sectors, are observed.
    exposure_d : float
        Length of an exposure in days.
    file_d : float
        Length of a file in days.
    ratios : tuple of float, optional
        Least and largest range of the light over the noise of a point, which is drawn between
        them. Without, the noise is that of a bright to a faint dwarf.
    """
    time_d = times(n_files, exposure_d, file_d)
    change, truth = KINDS[kind](time_d, rng, exposure_d)
    sigma = 10 ** rng.uniform(1.6, 2.8) * 1e-6 * np.sqrt(LONG_EXPOSURE_D / exposure_d)
    height = float(np.ptp(np.percentile(change, (0.1, 99.9))))
    if ratios is not None:
        sigma = height / _log(rng, *ratios)
    sequence = (time_d // (file_d + 2)).astype(np.int64)
    noise = rng.normal(0, sigma, len(time_d)) + _drift(time_d, sequence, rng)
    light = prepare_light(time_d, 1 + change + noise, None, sequence)
    return Drawn(kind, light, {**truth, "noise_ppm": 1e6 * sigma, "ratio": height / sigma})


def _drift(time_d: Floats, sequence: NDArray[np.int64], rng: Rng) -> Floats:
    """Return what a mission's correction leaves: slow changes of some hundred ppm a file."""
    drift = np.zeros(len(time_d))
    for one in np.unique(sequence):
        chosen = sequence == one
        x = np.linspace(-1, 1, int(chosen.sum()))
        coefficients = rng.normal(0, 1e-4, 5)
        drift[chosen] = np.polynomial.legendre.legval(x, [0, *coefficients])
    return drift


Kind = Callable[[Floats, Rng, float], tuple[Floats, Mapping[str, float]]]


def _log(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _quiet(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Nothing but correlated noise of a Sun-like star (Gilliland et al. 2011, ApJS 197, 6)."""
    memory_d, sigma = _log(rng, 0.1, 5), _log(rng, 5e-6, 1e-4)
    return sigma * _colored(time_d, rng, lambda f: 1 / (1 + (f * memory_d) ** 2)), {}


def _giant(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Granulation and oscillations of a red giant (Kallinger et al. 2014, A&A 570, A41)."""
    peak = _log(rng, 3, 250)
    spacing = 0.276 * peak**0.751
    amplitude = 3382 * peak**-0.609
    knees = (0.317 * peak**0.970, 0.948 * peak**0.992)
    width = 0.2 * peak**0.88

    def power(per_d: Floats) -> Floats:
        nu = per_d * _MICROHERTZ_PER_D
        total = sum(2 * np.sqrt(2) / np.pi * amplitude**2 / b / (1 + (nu / b) ** 4) for b in knees)
        envelope = 2.03e7 * peak**-2.38 * np.exp(-((nu - peak) ** 2) / (2 * width**2))
        comb = np.zeros_like(nu)
        for shift, strength in ((0.0, 1.0), (0.5, 1.5), (-0.13, 0.7)):
            off = (nu / spacing - shift - 0.3 + 0.5) % 1 - 0.5
            line = 0.15 / spacing / 2
            comb += strength * line / (off**2 + line**2) / np.pi
        return np.asarray(total + envelope * comb / 3.2)

    scale = np.sqrt(_total(time_d, power)) * 1e-6
    return scale * _colored(time_d, rng, power), {"nu_max_per_d": peak / _MICROHERTZ_PER_D}


def _total(time_d: Floats, power: Callable[[Floats], Floats]) -> float:
    nu = np.arange(0.001, 24.47, 0.001)
    return float(np.sum(power(nu)) * 0.001 * _MICROHERTZ_PER_D)


def _colored(time_d: Floats, rng: Rng, power: Callable[[Floats], Floats]) -> Floats:
    """Return noise with a spectrum and a variance of one, at the times of the light."""
    step = float(np.min(np.diff(time_d)))
    n = int((time_d[-1] - time_d[0]) / step) + 2
    frequency = np.fft.rfftfreq(n, step)
    root = np.sqrt(power(np.maximum(frequency, frequency[1])))
    root[0] = 0
    noise = np.fft.irfft(root * np.fft.rfft(rng.normal(0, 1, n)), n)
    index = np.rint((time_d - time_d[0]) / step).astype(int)
    return np.asarray(noise[index] / noise.std())


def _rotator(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Spots of finite life at random places, some sheared.

    Periods and amplitudes of McQuillan et al. (2014, ApJS 211, 24); lives of one to ten
    rotations, and of fast rotators up to 200 d (Giles et al. 2017, MNRAS 472, 1618; Davenport et
    al. 2015, ApJ 806, 212).
    """
    period = _log(rng, 0.3, 30)
    life = max(_log(rng, 1, 10) * period, _log(rng, 10, 200) if period < 3 else 0)
    amplitude, shear = _log(rng, 5e-4, 5e-2), rng.uniform(0, 0.1)
    tilt = np.arccos(rng.uniform(0, 0.9))
    span = time_d[-1] - time_d[0]
    n_spots = int(rng.uniform(2, 6) * (span + 2 * life) / life) + 1
    light = np.zeros(len(time_d))
    for _ in range(n_spots):
        middle = rng.uniform(-life, span + life) + time_d[0]
        strength = np.exp(-(((time_d - middle) / (0.7 * life)) ** 2)) * rng.exponential()
        latitude = np.arcsin(rng.uniform(-0.7, 0.7))
        own = period / (1 - shear * np.sin(latitude) ** 2)
        angle = 2 * np.pi * (time_d / own + rng.uniform())
        facing = np.cos(tilt) * np.sin(latitude) + np.sin(tilt) * np.cos(latitude) * np.cos(angle)
        light -= strength * np.maximum(facing, 0)
    low, high = np.percentile(light, (5, 95))
    return amplitude * (light - light.mean()) / (high - low), {
        "period_d": period,
        "range_ppm": 1e6 * amplitude,
        "life_d": life,
    }


def _flare_star(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Flares of the shape of GJ 1243's on a spotted star, with a power law of amplitudes."""
    spots, truth = _rotator(time_d, rng, exposure_d)
    n = max(3, int(rng.uniform(0.05, 0.4) * (time_d[-1] - time_d[0])))
    peaks = rng.uniform(time_d[0], time_d[-1], n)
    amplitudes = np.minimum(3e-3 * (1 - rng.uniform(size=n)) ** -1.0, 2.0)
    widths = np.exp(rng.uniform(np.log(5 / 1440), np.log(90 / 1440), n))
    light = spots
    samples = max(5, int(exposure_d / (1 / 1440)))
    within = ((np.arange(samples) - (samples - 1) / 2) / samples * exposure_d)[:, None]
    for peak, amplitude, width in zip(peaks, amplitudes, widths, strict=True):
        near = np.abs(time_d - peak) < 15 * width + exposure_d
        at = (time_d[near] + within - peak) / width
        light[near] += amplitude * davenport_shape(at).mean(axis=0)
    return light, {**truth, "n_flares": float(n)}


def _transit(rng: Rng, period: float, depth: float, logg: float, radius: float) -> Transit:
    ratio, impact = float(np.sqrt(depth)), rng.uniform(0, 0.8)
    hours = transit_duration_h(period, logg, radius, ratio, impact)
    return Transit(period, rng.uniform(0, period), 1e6 * depth, hours, impact)


def _planet(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Add a planet of up to two Jupiter radii of a dwarf, hot ones with their phase curves."""
    period, depth = _log(rng, 0.7, 25), _log(rng, 3e-4, 2.5e-2)
    transit = _transit(rng, period, depth, rng.uniform(4.1, 4.7), rng.uniform(0.6, 1.6))
    light = transit_flux(time_d, transit, exposure_d)
    if period < 3 and depth > 3e-3:
        # Ellipsoidal variation and day side of up to some hundred ppm (Esteves et al. 2015).
        turn = 2 * np.pi * (time_d - transit.epoch_d) / period
        light -= rng.uniform(0, 5e-5) * np.cos(2 * turn) + rng.uniform(0, 1e-4) * np.cos(turn)
    return light, {"period_d": period, "depth_ppm": 1e6 * depth}


def _eclipses(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Detached binaries (Kirk et al. 2016, AJ 151, 68), circular or not."""
    period = _log(rng, 0.6, 28)
    ratio = rng.uniform(0.2, 1.0)
    impact = rng.uniform(0, 0.9) * (1 + ratio)
    grazing = min(1.0, (1 + ratio - impact) / (2 * min(1, ratio)))
    depth = min(0.5, ratio**2 / (1 + ratio**2)) * grazing
    depth = max(depth, 2e-3)
    brightness = ratio ** _log(rng, 1.5, 6)
    logg, radius = rng.uniform(3.9, 4.5), rng.uniform(0.7, 2)
    hours = transit_duration_h(period, logg, radius, ratio, min(impact, 0.95 * (1 + ratio)))
    epoch = rng.uniform(0, period)
    primary = Transit(period, epoch, 1e6 * depth, hours, min(impact, 0.9))
    phase = 0.5 if period < 5 or rng.uniform() < 0.5 else rng.uniform(0.25, 0.75)
    secondary = Transit(
        period, epoch + phase * period, 1e6 * depth * brightness, hours, min(impact, 0.9)
    )
    # Ellipsoidal variation as the cube of the star's size in the orbit (Morris 1985).
    size = np.sin(np.pi * hours / 24 / period) / (1 + ratio)
    ellipsoidal = 1e6 * 1.5 * rng.uniform(0.2, 1) * size**3
    eclipses = Eclipses(primary, secondary, min(ellipsoidal, 1e5))
    return eclipse_flux(time_d, eclipses, exposure_d), {
        "period_d": period,
        "depth_ppm": 1e6 * depth,
        "secondary": brightness,
        "ellipsoidal_ppm": ellipsoidal,
    }


def _contact(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Contact binaries from the shortest period, 0.22 d (Rucinski 1992), to a day."""
    period = float(np.clip(np.exp(rng.normal(np.log(0.37), 0.35)), 0.22, 1.2))
    amplitude = _log(rng, 3e3, 2e5)
    sharpness = rng.uniform(0.05, 0.3)
    return _deformed(time_d, rng, exposure_d, period, amplitude, sharpness)


def _ellipsoidal(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Binaries seen too flat to eclipse (Morris 1985, ApJ 295, 143)."""
    period, amplitude = _log(rng, 0.4, 6), _log(rng, 1e3, 3e4)
    return _deformed(time_d, rng, exposure_d, period, amplitude, rng.uniform(0, 0.1))


def _deformed(
    time_d: Floats,
    rng: Rng,
    exposure_d: float,
    period: float,
    amplitude: float,
    sharpness: float,
) -> tuple[Floats, Mapping[str, float]]:
    binary = Contact(
        period,
        rng.uniform(0, period),
        amplitude,
        sharpness,
        rng.uniform(0, 0.3),
        rng.normal(0, 0.05),
    )
    return contact_flux(time_d, binary, exposure_d), {
        "period_d": period,
        "ellipsoidal_ppm": amplitude,
    }


def _rr_lyrae(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Fundamental-mode stars (Nemec et al. 2011, MNRAS 417, 1022), some modulated."""
    steps = np.arange(2, 9)
    modulation = rng.uniform(0.02, 0.3) if rng.uniform() < 0.45 else 0.0
    star = RRLyrae(
        rng.uniform(0.42, 0.75),
        rng.uniform(0.15, 0.38),
        np.asarray(rng.normal(0.45, 0.04) * rng.normal(0.72, 0.06) ** (steps - 2.0), np.float64),
        (steps - 1) * 2.5 + rng.normal(0, 0.15, len(steps)),
        rng.uniform(),
        modulation,
        _log(rng, 10, 150),
    )
    light = rr_lyrae_flux(time_d, star, exposure_d)
    return light, {"period_d": star.period_d, "modulation": modulation}


def _rr_lyrae_c(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """First-overtone stars (Moskalik et al. 2015, MNRAS 447, 2348)."""
    star = RRLyrae(
        rng.uniform(0.23, 0.43),
        rng.uniform(0.09, 0.25),
        np.array([rng.uniform(0.06, 0.2), rng.uniform(0.02, 0.09)]),
        np.array([rng.normal(3.0, 0.35), rng.normal(5.6, 0.6)]),
        rng.uniform(),
        rng.uniform(0, 0.05),
        _log(rng, 10, 100),
    )
    return rr_lyrae_flux(time_d, star, exposure_d), {"period_d": star.period_d}


def _delta_scuti(time_d: Floats, rng: Rng, exposure_d: float) -> tuple[Floats, Mapping[str, float]]:
    """Several pressure modes of 5 to 60/d (Bowman & Kurtz 2018, MNRAS 476, 3169)."""
    n = rng.integers(3, 20)
    middle = _log(rng, 8, 40)
    frequencies = np.clip(rng.normal(middle, 0.25 * middle, n), 5, 75)
    amplitudes = _log(rng, 3e2, 2e4) * np.sort(rng.power(0.6, n))[::-1]
    light = modes_flux(time_d, Modes(frequencies, amplitudes, rng.uniform(size=n)), exposure_d)
    return light, {"frequency_per_d": float(frequencies[0]), "amplitude_ppm": float(amplitudes[0])}


def _high_amplitude(
    time_d: Floats, rng: Rng, exposure_d: float
) -> tuple[Floats, Mapping[str, float]]:
    """One or two radial modes of high amplitude (McNamara 2000, ASP Conf. 210, 373)."""
    period = _log(rng, 0.05, 0.2)
    ratio = rng.uniform(0.2, 0.4)
    star = RRLyrae(
        period,
        rng.uniform(0.05, 0.3),
        np.asarray(ratio ** np.arange(1, 5), np.float64),
        np.arange(1, 5) * 2.5 + rng.normal(0, 0.2, 4),
        rng.uniform(),
    )
    light = rr_lyrae_flux(time_d, star, exposure_d)
    return light, {"frequency_per_d": 1 / period}


def _gamma_doradus(
    time_d: Floats, rng: Rng, exposure_d: float
) -> tuple[Floats, Mapping[str, float]]:
    """Gravity modes in groups (Li et al. 2020, MNRAS 491, 3586)."""
    n = rng.integers(6, 25)
    middle = _log(rng, 0.6, 2.8)
    frequencies = np.clip(rng.normal(middle, rng.uniform(0.08, 0.2) * middle, n), 0.3, 4.5)
    amplitudes = _log(rng, 2e2, 6e3) * np.sort(rng.power(0.6, n))[::-1]
    light = modes_flux(time_d, Modes(frequencies, amplitudes, rng.uniform(size=n)), exposure_d)
    return light, {"frequency_per_d": float(frequencies[0]), "amplitude_ppm": float(amplitudes[0])}


#: What draws the light of each kind.
KINDS: Mapping[str, Kind] = {
    "quiet": _quiet,
    "giant": _giant,
    "rotator": _rotator,
    "flare star": _flare_star,
    "planet": _planet,
    "eclipses": _eclipses,
    "contact": _contact,
    "ellipsoidal": _ellipsoidal,
    "RR Lyrae ab": _rr_lyrae,
    "RR Lyrae c": _rr_lyrae_c,
    "delta Scuti": _delta_scuti,
    "high amplitude": _high_amplitude,
    "gamma Doradus": _gamma_doradus,
}
