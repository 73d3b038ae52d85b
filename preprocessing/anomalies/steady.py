"""Whether a star varies steadily: as convection, one sine, or spots make it vary."""

from __future__ import annotations

import numpy as np

from preprocessing.anomalies.star_table import Booleans, Floats

__all__ = [
    "SPOT_FEATURES",
    "WAVE_FEATURES",
    "granulates",
    "granulation_ppm",
    "is_spotted",
    "is_wave",
]

#: Frequency of the strongest oscillations (microhertz), surface gravity and temperature of the Sun
#: (Huber et al. 2011, ApJ 743, 143).
_SUN_MICROHERTZ, _SUN_LOGG, _SUN_K = 3090.0, 4.438, 5777.0
#: Amplitude of each of the two components of granulation: factor (ppm) and power of that frequency
#: (Kallinger et al. 2014, A&A 570, A41, section 5).
_AMPLITUDE_PPM, _POWER = 3382.0, -0.609
#: Stars of less gravity are giants (Ciardi et al. 2011, AJ 141, 108). Dwarfs are compared with
#: quiet stars, most of which are dwarfs.
_GIANT_LOGG = 3.5
#: A usual temperature of giants.
_GIANT_K = 4800.0
#: Gravities of the Kepler Input Catalog are off by 0.4 dex (Brown et al. 2011, AJ 142, 112), which
#: is a factor of 1.75 in the amplitude.
_MOST = 2.0
#: Stars of unknown gravity may be giants of any: the targets of Kepler have log g above 2 (Batalha
#: et al. 2010, ApJ 713, L109).
_LEAST_LOGG = 2.0
#: The range from 5 to 95 % of the light, in standard deviations of a normal distribution.
_NORMAL_RANGE = 3.29


def granulation_ppm(logg: Floats, teff: Floats) -> Floats:
    """Return the standard deviation of the light that granulation makes.

    Parameters
    ----------
    logg : ndarray of float64, shape (n,)
        Decimal logarithm of the surface gravity in cm/s2.
    teff : ndarray of float64, shape (n,)
        Effective temperature in K.

    Returns
    -------
    ndarray of float64, shape (n,)
        In parts per million.

    Examples
    --------
    >>> granulation_ppm(np.array([4.438, 2.5]), np.array([5777.0, 4800.0])).round()
    array([ 36., 513.])
    """
    frequency = _SUN_MICROHERTZ * 10 ** (logg - _SUN_LOGG) * np.sqrt(_SUN_K / teff)
    return np.asarray(np.sqrt(2) * _AMPLITUDE_PPM * frequency**_POWER)


def granulates(logg: Floats, teff: Floats, range_ppm: Floats, white_ppm: Floats) -> Booleans:
    """Return which stars vary as granulation makes giants vary, and no more.

    Stars of unknown gravity do if they vary by more than that of dwarfs makes, and by less than
    that of the largest giants.

    Parameters
    ----------
    logg, teff
        As in `granulation_ppm`; NaN where not known.
    range_ppm : ndarray of float64, shape (n,)
        Range from 5 to 95 % of the light.
    white_ppm : ndarray of float64, shape (n,)
        Noise of a point.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    varies = np.sqrt(np.maximum((range_ppm / _NORMAL_RANGE) ** 2 - white_ppm**2, 0.0))
    warmth = np.where(np.isfinite(teff), teff, _GIANT_K)
    expected = _MOST * granulation_ppm(logg, warmth)
    least, most = granulation_ppm(np.array([_GIANT_LOGG, _LEAST_LOGG]), np.full(2, _GIANT_K))
    may_be_giant = np.isnan(logg) & (varies > least) & (varies < most)
    return np.asarray(may_be_giant | ((logg < _GIANT_LOGG) & (varies < expected)))


#: What `is_wave` takes.
WAVE_FEATURES = ("freq_main", "freq_power", "freq_contrast", "baseline_d")
#: Light of which one sine makes this share, and stands this far above its surroundings (four is
#: significant: Breger et al. 1993, A&A 271, 482), has nothing sudden.
_LEAST_POWER, _LEAST_CONTRAST = 0.4, 1.0
#: It is seen as a whole: what is seen in part may be a fade.
_LEAST_CYCLES = 1.0


def is_wave(
    freq_main: Floats, freq_power: Floats, freq_contrast: Floats, baseline_d: Floats
) -> Booleans:
    """Return which stars vary as one sine, as spots, pulsations and orbits make them vary.

    Parameters
    ----------
    freq_main, freq_power, freq_contrast : ndarray of float64, shape (n,)
        The features; NaN where there is no sine.
    baseline_d : ndarray of float64, shape (n,)
        Days from the first point of the light to the last.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    is_strong = (freq_power >= _LEAST_POWER) & (freq_contrast >= _LEAST_CONTRAST)
    return np.asarray(is_strong & (10**freq_main * baseline_d >= _LEAST_CYCLES))


#: What `is_spotted` takes.
SPOT_FEATURES = (
    "stat_amplitude",
    "stat_excess",
    "stat_dip",
    "stat_peak",
    "temp_decay",
    "temp_restless",
)
#: No dwarf varies slowly by as much without spots (the Sun's: 1,000 ppm), over days, and twice as
#: much as its noise.
_SPOTTED_PPM, _SLOW_D, _TWICE = 3.0, 0.0, 0.3
#: Spots come and go, in all months: the most restless one is at most so many times as restless as
#: the least, and the light goes as far up as down. Decimal logarithms of four and three.
_ALIKE, _BOTH_SIDES = 0.6, 0.5


def is_spotted(
    amplitude: Floats,
    excess: Floats,
    dip: Floats,
    peak: Floats,
    decay: Floats,
    restless: Floats,
) -> Booleans:
    """Return which stars vary slowly, all the time and to both sides, as spots make them vary.

    Parameters
    ----------
    amplitude, excess, dip, peak, decay, restless : ndarray of float64, shape (n,)
        The features; NaN where there is none.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    is_slow = (amplitude > _SPOTTED_PPM) & (excess > _TWICE) & (decay > _SLOW_D)
    return np.asarray(is_slow & (restless < _ALIKE) & (np.abs(dip - peak) < _BOTH_SIDES))
