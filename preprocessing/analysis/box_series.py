"""Losses of light on a regular clock, and the noise of their means over boxes of any length."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median_of_many, sigma_of_many

__all__ = ["BoxSeries", "box_series"]

#: A box of the noise counts if at least this share of it was observed.
_FULL = 0.6
#: The noise of each file is measured in boxes of this length, in days (3 h).
_FILE_NOISE_BOX_D = 0.125
#: Fewer boxes than this say nothing of a file's noise.
_FEWEST_BOXES = 30
#: More than this many boxes make a noise no better.
_MOST_BOXES = 4096
#: A point this many sigma above its trend, with none beside it, is a cosmic ray or the like.
_SPIKE = 4.0


@dataclass(frozen=True, eq=False)
class BoxSeries:
    """Weighted losses of light on a regular clock, summed from its start.

    Parameters
    ----------
    start_d : float
        Time at which the first cell begins.
    step_d : float
        Length of a cell in days.
    loss, weight : ndarray of float64, shape (n + 1,)
        Sums over all cells before each of ``weight * (1 - flux / trend)``, and of the weights,
        which are the inverse variance of a point.
    full_weight : float
        Usual weight of a cell that was observed.
    """

    start_d: float
    step_d: float
    loss: Floats = field(repr=False)
    weight: Floats = field(repr=False)
    full_weight: float

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.loss) - 1

    @cached_property
    def durations_d(self) -> Floats:
        """Lengths of boxes, in days, at which the noise is known: from one cell to 2 days."""
        longest = max(2.0, 1.3 * self.step_d)
        n_lengths = 1 + int(np.ceil(np.log(longest / self.step_d) / np.log(1.5)))
        return np.geomspace(self.step_d, longest, max(2, n_lengths))

    @cached_property
    def noise(self) -> Floats:
        """Noise of boxes of each of `durations_d`; where it is not known, of the nearest."""
        found = np.array([self.noise_of(duration) for duration in self.durations_d])
        is_known = found > 0
        if not is_known.any():
            return np.full_like(found, np.inf)
        return np.asarray(np.interp(self.durations_d, self.durations_d[is_known], found[is_known]))

    @cached_property
    def white_noise(self) -> float:
        """Noise of one cell from the differences of adjacent ones; 1 if it is as the weights say.

        NaN if no two adjacent cells were observed.
        """
        loss, weight = np.diff(self.loss), np.diff(self.weight)
        is_observed = weight > 0
        are_both = is_observed[1:] & is_observed[:-1]
        if not are_both.any():
            return np.nan
        sigmas = np.divide(loss, np.sqrt(weight), out=np.zeros_like(loss), where=is_observed)
        return sigma_of_many(np.diff(sigmas)[are_both]) / float(np.sqrt(2))

    def noise_of(self, duration_d: float) -> float:
        """Return the noise of boxes of a length, as a multiple of that of independent points.

        It is 1.4826 times the median absolute deviation of the weighted mean of each box over
        its error, of all boxes of which at least 60 % was observed. NaN if there are too few.
        """
        width = duration_d / self.step_d
        n_starts = max(0, self.n_cells - int(np.ceil(width)))
        starts = np.arange(0, n_starts, max(1, n_starts // _MOST_BOXES), dtype=np.float64)
        loss, weight = _box_sums(self.loss, self.weight, starts, width)
        is_full = weight >= _FULL * width * self.full_weight
        if is_full.sum() < _FEWEST_BOXES:
            return float("nan")
        return sigma_of_many(loss[is_full] / np.sqrt(weight[is_full]))

    def resampled(self, step_d: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return losses and weights in cells of another length, for `folding.box_spectrum`."""
        n = int(np.ceil(self.n_cells * self.step_d / step_d))
        loss, weight = self.sums_before(np.arange(n + 1, dtype=np.float64) * (step_d / self.step_d))
        # In units of the usual weight: float32 then holds faint stars and bright ones alike.
        losses = np.diff(loss) / np.sqrt(self.full_weight)
        # Rounding makes a weight of nothing negative.
        weights = np.maximum(np.diff(weight), 0) / self.full_weight
        return losses.astype(np.float32), weights.astype(np.float32)

    def sums_before(self, cells: Floats) -> tuple[Floats, Floats]:
        """Return the sums of losses and of weights up to places within cells.

        Parameters
        ----------
        cells : ndarray
            Places in cells from the start; beyond the end, the end counts.
        """
        loss, weight = _sums_before(cells.ravel(), self.loss, self.weight)
        return loss.reshape(cells.shape), weight.reshape(cells.shape)

    def without(self, is_masked: NDArray[np.bool_]) -> BoxSeries:
        """Return the series without some cells; its noise is that of all.

        Parameters
        ----------
        is_masked : ndarray of bool, shape (n,)
            The cells to leave out.
        """
        loss, weight = (
            np.concatenate([[0.0], np.cumsum(np.where(is_masked, 0, np.diff(sums)))])
            for sums in (self.loss, self.weight)
        )
        rest = replace(self, loss=loss, weight=weight)
        # Measured once, and kept where `noise` would keep its own.
        rest.__dict__["noise"] = self.noise
        return rest

    @property
    def middles_d(self) -> Floats:
        """Middle of each cell in days."""
        return np.asarray(self.start_d + (np.arange(self.n_cells) + 0.5) * self.step_d)


def box_series(light: Light, trend: Floats, step_d: float) -> BoxSeries:
    """Put what light loses against its trend on a regular clock.

    Points a few sigma above the trend that stand alone are left out: no transit makes them, and
    they would hide one. Nothing below the trend is.

    Parameters
    ----------
    light : Light
        The light.
    trend : ndarray, shape (n,)
        Its trend; points where it is NaN or not above zero are left out.
    step_d : float
        Length of a cell in days.

    Returns
    -------
    BoxSeries
    """
    is_known = trend > 0
    loss = 1 - light.flux / np.where(is_known, trend, 1)
    weight = np.where(is_known, _file_weights(light, loss, is_known), 0)
    weight[_is_spike(loss * np.sqrt(weight))] = 0
    start_d = light.time_d[0] - step_d / 2
    cell = np.floor((light.time_d - start_d) / step_d).astype(np.int64)
    n_cells = int(cell[-1]) + 1
    by_cell: Floats = np.bincount(cell, weight, n_cells).astype(np.float64)
    observed = by_cell[by_cell > 0]
    return BoxSeries(
        start_d,
        step_d,
        np.concatenate([[0.0], np.cumsum(np.bincount(cell, weight * loss, n_cells))]),
        np.concatenate([[0.0], np.cumsum(by_cell)]),
        median_of_many(observed) if len(observed) else 0.0,
    )


def _file_weights(light: Light, loss: Floats, is_known: NDArray[np.bool_]) -> Floats:
    """Return the inverse variance of each point, from the noise of its file on three hours."""
    weights = np.zeros(len(light))
    for start, stop in pairwise(light.file_edges):
        chosen = is_known[start:stop]
        values = loss[start:stop][chosen]
        if len(values) < 2:
            continue
        time = light.time_d[start:stop][chosen]
        per_box = max(1, round(_FILE_NOISE_BOX_D / median_of_many(np.diff(time))))
        sums = np.concatenate([[0.0], np.cumsum(values)])
        means = (sums[per_box:] - sums[:-per_box]) / per_box
        sigma = sigma_of_many(means if len(means) >= _FEWEST_BOXES else values)
        if sigma > 0:
            weights[start:stop][chosen] = 1 / (sigma**2 * per_box)
    return weights


def _is_spike(sigmas: Floats) -> NDArray[np.bool_]:
    """Return which points stand alone above the trend."""
    scale = sigma_of_many(sigmas[sigmas != 0]) if (sigmas != 0).any() else 0.0
    is_above = sigmas < -_SPIKE * max(scale, 1e-12)
    beside = np.zeros_like(is_above)
    beside[1:] |= is_above[:-1]
    beside[:-1] |= is_above[1:]
    return is_above & ~beside


@compiled
def _sums_before(cells: Floats, loss: Floats, weight: Floats) -> tuple[Floats, Floats]:
    losses, weights = np.empty_like(cells), np.empty_like(cells)
    for k in range(len(cells)):
        whole = min(max(int(cells[k]), 0), len(loss) - 2)
        part = min(cells[k] - whole, 1.0)
        losses[k] = (1 - part) * loss[whole] + part * loss[whole + 1]
        weights[k] = (1 - part) * weight[whole] + part * weight[whole + 1]
    return losses, weights


@compiled
def _box_sums(loss: Floats, weight: Floats, starts: Floats, width: float) -> tuple[Floats, Floats]:
    """Return the sums over boxes that begin and end anywhere within cells."""
    losses, weights = np.empty_like(starts), np.empty_like(starts)
    for k in range(len(starts)):
        a, b = starts[k], starts[k] + width
        i, j = int(a), int(b)
        u, v = a - i, b - j
        j1 = min(j + 1, len(loss) - 1)
        losses[k] = loss[j] + v * (loss[j1] - loss[j]) - loss[i] - u * (loss[i + 1] - loss[i])
        weights[k] = (
            weight[j] + v * (weight[j1] - weight[j]) - weight[i] - u * (weight[i + 1] - weight[i])
        )
    return losses, weights
