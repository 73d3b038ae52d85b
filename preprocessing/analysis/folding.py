"""Folding a regular series at every period of a range at once: the fast folding algorithm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled

__all__ = ["BOX_WIDTHS", "box_spectrum", "n_trials", "trial_periods"]

_Float32 = NDArray[np.float32]

#: Widths of the boxes that are tried on each folded series, in samples.
BOX_WIDTHS = (1, 2, 3, 5)
_WIDEST = 5
#: Of the drifts that all rows together can have, each second is tried: the events at either end of
#: the light are then off by half a sample at most.
_DRIFT_STEP = 2


def n_trials(n_samples: int, shortest: int, longest: int) -> int:
    """Return how many periods `box_spectrum` tries.

    Parameters
    ----------
    n_samples : int
        Length of the series.
    shortest, longest : int
        Range of base periods, in samples; the last is not included.
    """
    return int(np.sum(_trials_of(n_samples // np.arange(shortest, longest) + 1)))


def trial_periods(n_samples: int, shortest: int, longest: int) -> NDArray[np.float64]:
    """Return the periods that `box_spectrum` tries, in samples.

    Parameters
    ----------
    n_samples : int
        Length of the series.
    shortest, longest : int
        Range of base periods, in samples; the last is not included.
    """
    base = np.arange(shortest, longest)
    rows = n_samples // base + 1
    trials = _trials_of(rows)
    base_of, rows_of = np.repeat(base, trials), np.repeat(rows, trials)
    number = np.arange(len(base_of)) - np.repeat(np.cumsum(trials) - trials, trials)
    return np.asarray(base_of + _DRIFT_STEP * number / np.maximum(1, rows_of - 1))


def _trials_of(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many drifts are tried of so many rows."""
    return np.asarray((rows + _DRIFT_STEP - 1) // _DRIFT_STEP)


@compiled
def box_spectrum(
    loss: _Float32,
    weight: _Float32,
    shortest: int,
    longest: int,
    box_noise: _Float32,
    least_weight: _Float32,
) -> _Float32:
    """Return the signal-to-noise ratio of the best box at each period of a range.

    Parameters
    ----------
    loss, weight : ndarray of float32, shape (n,)
        Of each sample, the weighted loss of light and its weight; both 0 where nothing was
        observed.
    shortest, longest : int
        Range of base periods, in samples; the last is not included. With ``m`` rows of ``p``
        samples, each second of the ``m`` periods from ``p`` to ``p + 1`` is tried.
    box_noise : ndarray of float32, shape (4,)
        Of each of `BOX_WIDTHS`, the noise of weighted sum over root of weight; 1 if it is white.
    least_weight : ndarray of float32, shape (4,)
        Of each width, the weight below which a box does not count.

    Returns
    -------
    ndarray of float32
        By period, as `trial_periods` returns them; 0 where no box counts.

    Notes
    -----
    Staelin (1969), Proc. IEEE 57, 724: the series is written in rows of one period and rows are
    added in pairs, pairs of pairs and so on, each with the shifts that its share of the drift
    can have. Every fold at ``m`` periods then costs ``log2(m)`` additions a sample, not ``m``.
    """
    n = len(loss)
    n_results = 0
    for p in range(shortest, longest):
        n_results += (n // p + _DRIFT_STEP) // _DRIFT_STEP
    result = np.zeros(n_results, dtype=np.float32)
    size = n + longest
    rows = np.zeros((2, size), dtype=np.float32)
    rows[0, :n] = loss
    rows[1, :n] = weight
    one = np.zeros((2, size), dtype=np.float32)
    other = np.zeros((2, size), dtype=np.float32)
    done = 0
    for p in range(shortest, longest):
        m = n // p + 1
        n_trials = (m + _DRIFT_STEP - 1) // _DRIFT_STEP
        folded = _fold(rows, one, other, m, p)
        part = result[done : done + n_trials]
        _best_boxes(folded[0], folded[1], p, box_noise, least_weight, part)
        done += n_trials
    return result


@compiled
def _fold(rows: _Float32, one: _Float32, other: _Float32, m: int, p: int) -> _Float32:
    """Fold ``m`` rows at drifts from 0 to one sample a row; return the array that has it."""
    n_levels = 0
    while 1 << n_levels < m:
        n_levels += 1
    source, target = rows, one
    for level in range(n_levels - 1, -1, -1):
        for block in range(1 << level):
            first = (block * m) >> level
            middle = ((2 * block + 1) * m) >> (level + 1)
            last = ((block + 1) * m) >> level
            step = _DRIFT_STEP if level == 0 else 1
            _merge(source[0], source[1], target[0], target[1], first, middle, last, p, step)
        source, target = target, (other if target is one else one)
    return source


@compiled
def _merge(
    loss: _Float32,
    weight: _Float32,
    losses: _Float32,
    weights: _Float32,
    first: int,
    middle: int,
    last: int,
    p: int,
    step: int,
) -> None:
    """Add two adjacent blocks of folded rows, at the drifts that both together can have."""
    head, tail = middle - first, last - middle
    # Whole numbers without sign as indices: with them, the loops become vector instructions.
    width = np.uint64(p)
    if head == 0 or tail == 0:
        for i in range(np.uint64(first) * width, np.uint64(last) * width):
            losses[i] = loss[i]
            weights[i] = weight[i]
        return
    of_head, of_tail = (head - 1) / (head + tail - 1), (tail - 1) / (head + tail - 1)
    of_turn = head / (head + tail - 1)
    row = first
    for drift in range(0, head + tail, step):
        out = np.uint64(row) * width
        left = np.uint64(first + int(drift * of_head + 0.5)) * width
        right = np.uint64(middle + int(drift * of_tail + 0.5)) * width
        turn = np.uint64(int(drift * of_turn + 0.5) % p)
        rest = width - turn
        for i in range(rest):
            losses[out + i] = loss[left + i] + loss[right + turn + i]
            weights[out + i] = weight[left + i] + weight[right + turn + i]
        for i in range(turn):
            losses[out + rest + i] = loss[left + rest + i] + loss[right + i]
            weights[out + rest + i] = weight[left + rest + i] + weight[right + i]
        row += 1


@compiled
def _best_boxes(
    loss: _Float32,
    weight: _Float32,
    p: int,
    box_noise: _Float32,
    least_weight: _Float32,
    result: _Float32,
) -> None:
    """Write the signal-to-noise ratio of the best box of each folded row into the result."""
    y = np.zeros(p + _WIDEST, dtype=np.float32)
    w = np.zeros(p + _WIDEST, dtype=np.float32)
    squares = np.zeros(p, dtype=np.float32)
    bits = squares.view(np.int32)
    scale = (1 / box_noise**2).astype(np.float32)
    for row in range(len(result)):
        y[:p] = loss[row * p : (row + 1) * p]
        w[:p] = weight[row * p : (row + 1) * p]
        y[p:] = y[:_WIDEST]
        w[p:] = w[:_WIDEST]
        _squares_of_boxes(y, w, scale, least_weight, squares)
        # Floats of 0 and more are in the order of their bits, whose maximum is found faster.
        best = np.int32(0)
        for i in range(p):
            best = max(best, bits[i])
        bits[0] = best
        result[row] = np.sqrt(squares[0])


@compiled
def _squares_of_boxes(
    y: _Float32, w: _Float32, scale: _Float32, least: _Float32, squares: _Float32
) -> None:
    """Write the signed square of the best box's signal-to-noise ratio at each phase."""
    zero = np.float32(0)
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    # Read once: the compiler must suppose that they change with what is written.
    scale1, scale2, scale3, scale5 = scale[0], scale[1], scale[2], scale[3]
    least1, least2, least3, least5 = least[0], least[1], least[2], least[3]
    for i in range(np.uint64(len(squares))):
        loss, weight = y[i], w[i]
        best = loss * abs(loss) * scale1 / weight if weight >= least1 else zero
        loss += y[i + one]
        weight += w[i + one]
        square = loss * abs(loss) * scale2 / weight if weight >= least2 else zero
        best = square if square > best else best
        loss += y[i + two]
        weight += w[i + two]
        square = loss * abs(loss) * scale3 / weight if weight >= least3 else zero
        best = square if square > best else best
        loss += y[i + three] + y[i + four]
        weight += w[i + three] + w[i + four]
        square = loss * abs(loss) * scale5 / weight if weight >= least5 else zero
        squares[i] = square if square > best else best
