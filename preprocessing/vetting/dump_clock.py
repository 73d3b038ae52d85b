"""How often a spacecraft interrupted an observation, from the cadences that a star lacks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.fft import next_fast_len, rfft
from scipy.special import gammaincc

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import Floats, Light

__all__ = ["DumpClock", "dump_clock", "turns_of_gaps"]

#: Gaps closer than this, in days, are one.
_ONE_GAP_D = 0.1
#: Fewer gaps have no rhythm.
_FEWEST_GAPS = 4
#: Range of frequencies: desaturations come every 2 d (K2) to 8 d (TESS), thrusters fire four times
#: a day (Howell et al. 2014, PASP 126, 398).
_LOWEST_PER_D, _HIGHEST_PER_D = 0.1, 4.5
#: Chance at one frequency below which gaps are regular; some 2,000 frequencies are looked at.
_CHANCE = 1e-7
#: Short gaps at regular times have the same power at each multiple of their frequency; others
#: between them take some of it. The lowest that has this share of the most is taken.
_LEAST_SHARE = 0.4
#: A gap is a regular one if it is within this part of a turn of where the clock has it.
_NEAR_TURN = 0.15
#: Days of the grid on which powers of all files are added.
_CLOCK_D = 340.0
#: Frequencies of that grid on which the side lobes of a peak may precede it: three widths of a
#: peak in 90 d of light.
_SIDELOBES = 12


@dataclass(frozen=True)
class DumpClock:
    """The regular time between interruptions.

    Parameters
    ----------
    frequency_per_d : float
        How often a day they come.
    chance : float
        How likely gaps at any time would be as regular at one frequency.
    """

    frequency_per_d: float
    chance: float


def dump_clock(light: Light, absent_d: Floats) -> DumpClock | None:
    """Return how often gaps come that are regular in time; None if none are.

    The flags of masked rows are not recorded, but what the spacecraft does regularly (dumps of
    momentum, firings of thrusters) masks rows at regular times. Powers of the gaps of each file
    are added (Rayleigh's test), since dumps of different files do not keep one clock.

    Parameters
    ----------
    light : Light
        The light; says when each file begins and ends.
    absent_d : ndarray, shape (k, 2)
        First and last of adjacent cadences that are not there: `Star.absent_d`.
    """
    size = next_fast_len(int(_CLOCK_D / GRID_D), real=True)
    power, n_files = np.zeros(size // 2 + 1), 0
    for start, stop in pairwise(light.file_edges):
        begins_d = _single_gaps(absent_d, light.time_d[start], light.time_d[stop - 1])
        if len(begins_d) >= _FEWEST_GAPS:
            cells = ((begins_d - begins_d[0]) / GRID_D).astype(np.int64)
            counts = np.bincount(cells[cells < size], minlength=size)
            power += np.abs(rfft(counts.astype(float))) ** 2 / len(begins_d)
            n_files += 1
    frequency = np.arange(len(power)) / (size * GRID_D)
    inside = np.flatnonzero((frequency >= _LOWEST_PER_D) & (frequency <= _HIGHEST_PER_D))
    if not n_files:
        return None
    first = int(inside[power[inside] >= _LEAST_SHARE * power[inside].max()][0])
    peak = first + int(power[first : first + _SIDELOBES].argmax())
    chance = float(gammaincc(n_files, power[peak]))
    return DumpClock(float(frequency[peak]), chance) if chance < _CHANCE else None


def turns_of_gaps(light: Light, absent_d: Floats, clock: DumpClock) -> Floats:
    """Return at each point how many regular gaps came before, and how near the next one is.

    Parameters
    ----------
    light, absent_d
        As `dump_clock` takes them.
    clock : DumpClock
        What it returned.

    Returns
    -------
    ndarray, shape (n,)
        Whole numbers at the regular gaps, which need not keep the clock exactly, and fractions
        between them.
    """
    turns = np.empty(len(light))
    for start, stop in pairwise(light.file_edges):
        time = light.time_d[start:stop]
        begins = _single_gaps(absent_d, time[0], time[-1])
        phase = begins * clock.frequency_per_d
        usual = float(np.angle(np.exp(2j * np.pi * phase).sum())) / (2 * np.pi)
        number = np.rint(phase - usual)
        is_regular = np.abs(phase - usual - number) < _NEAR_TURN
        number, first = np.unique(number[is_regular], return_index=True)
        off = begins[is_regular][first] * clock.frequency_per_d - number
        inside = time * clock.frequency_per_d
        turns[start:stop] = inside - (np.interp(inside, number, off) if len(off) else 0.0)
    return turns


def _single_gaps(absent_d: Floats, first_d: float, last_d: float) -> Floats:
    """Return when gaps of a file begin that are not just behind another."""
    own = absent_d[(absent_d[:, 0] >= first_d) & (absent_d[:, 1] <= last_d)]
    is_new = np.append(True, own[1:, 0] - own[:-1, 1] > _ONE_GAP_D)[: len(own)]
    return np.asarray(own[is_new, 0])
