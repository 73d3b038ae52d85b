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
#: Rows are added so many numbers at a time, the last time beyond their ends: a loop over the few
#: that are left would cost as much as one over all of these.
_AT_A_TIME = 32
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
    base = np.arange(shortest, longest)
    return int(np.sum(_trials_of(n_samples // base + 1, base)))


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
    trials = _trials_of(rows, base)
    base_of, rows_of = np.repeat(base, trials), np.repeat(rows, trials)
    number = np.arange(len(base_of)) - np.repeat(np.cumsum(trials) - trials, trials)
    drift = _DRIFT_STEP * number / np.maximum(1, rows_of - 1)
    return np.asarray(base_of**2 / (base_of - drift))


def _trials_of(rows: NDArray[np.int64], base: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many drifts are tried of so many rows, up to the next base period."""
    return np.asarray((rows - 1) * base // (base + 1) // _DRIFT_STEP + 1)


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
        Range of base periods, in samples; the last is not included, and none is longer than the
        series. With ``m`` rows of ``p`` samples, each second of the ``m`` periods from ``p`` to
        ``p + 1`` is tried, that is drifts of up to a sample from row to row.
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
    A signal that drifts by ``g`` samples a row has the period ``p**2 / (p - g)``, not ``p + g``:
    whenever it has drifted through a whole row, one row has none of its events.
    """
    n = len(loss)
    n_results = 0
    for p in range(shortest, longest):
        n_results += n // p * p // (p + 1) // _DRIFT_STEP + 1
    result = np.zeros(n_results, dtype=np.float32)
    # Loss and weight of a sample stand side by side, so that one loop adds both.
    rows = np.zeros(2 * (n + longest) + 2 * _AT_A_TIME, dtype=np.float32)
    for i in range(n):
        rows[2 * i] = loss[i]
        rows[2 * i + 1] = weight[i]
    one, other = np.zeros_like(rows), np.zeros_like(rows)
    scale = (1 / box_noise**2).astype(np.float32)
    done = 0
    for p in range(shortest, longest):
        m = n // p + 1
        n_trials = (m - 1) * p // (p + 1) // _DRIFT_STEP + 1
        halves = _folded_halves(rows, one, other, m, p)
        _best_boxes(halves, m, p, scale, least_weight, result[done : done + n_trials])
        done += n_trials
    return result


@compiled
def _folded_halves(rows: _Float32, one: _Float32, other: _Float32, m: int, p: int) -> _Float32:
    """Fold each half of ``m`` rows at drifts from 0 to one sample a row; return what has them."""
    deepest = 0
    while 2 << deepest < m:
        deepest += 1
    if deepest == 0:
        return rows
    # Two blocks are added as soon as there are both, while they are near the processor. What is
    # written beyond the end of a row is written over: rows that come later are not yet made.
    for last_block in range(1 << deepest):
        block, level = last_block, deepest
        while level > 0:
            first = (block * m) >> level
            middle = ((2 * block + 1) * m) >> (level + 1)
            last = ((block + 1) * m) >> level
            target, source = (one, other) if level & 1 else (other, one)
            _merge(rows if level == deepest else source, target, first, middle, last, p)
            if block & 1 == 0:
                break
            block >>= 1
            level -= 1
    return one


@compiled
def _merge(source: _Float32, target: _Float32, first: int, middle: int, last: int, p: int) -> None:
    """Add two adjacent blocks of folded rows, at the drifts that both together can have."""
    head, tail = middle - first, last - middle
    # Whole numbers without sign as indices: with them, the loops become vector instructions.
    width = np.uint64(2 * p)
    at_a_time, less_one = np.uint64(_AT_A_TIME), np.uint64(_AT_A_TIME - 1)
    if head == 0 or tail == 0:
        for i in range(np.uint64(first) * width, np.uint64(last) * width):
            target[i] = source[i]
        return
    of_head, of_turn = (head - 1) / (head + tail - 1), head / (head + tail - 1)
    for drift in range(head + tail):
        out = np.uint64(first + drift) * width
        left = np.uint64(first + int(drift * of_head + 0.5)) * width
        # What the turn is rounded up by, the second block drifts less: else both would be rounded
        # up, and the sums of sums of odd blocks would belong to a longer period than they should.
        shift = int(drift * of_turn + 0.5)
        right = np.uint64(middle + drift - shift) * width
        turn = np.uint64(2 * (shift if shift < p else shift % p))
        rest = width - turn
        for i in range((rest + less_one) // at_a_time * at_a_time):
            target[out + i] = source[left + i] + source[right + turn + i]
        for i in range((turn + less_one) // at_a_time * at_a_time):
            target[out + rest + i] = source[left + rest + i] + source[right + i]


@compiled
def _best_boxes(
    halves: _Float32, m: int, p: int, scale: _Float32, least_weight: _Float32, result: _Float32
) -> None:
    """Add both halves at each second drift; write the ratio of the best box of each sum."""
    y = np.zeros(p + _WIDEST, dtype=np.float32)
    w = np.zeros(p + _WIDEST, dtype=np.float32)
    squares = np.zeros(p, dtype=np.float32)
    bits = squares.view(np.int32)
    middle = m >> 1
    of_head, of_turn = (middle - 1) / (m - 1), middle / (m - 1)
    for k in range(len(result)):
        drift = _DRIFT_STEP * k
        left, turn = int(drift * of_head + 0.5), int(drift * of_turn + 0.5)
        _add(halves, left, middle + drift - turn, turn if turn < p else turn % p, y, w)
        _squares_of_boxes(y, w, scale, least_weight, squares)
        # Floats of 0 and more are in the order of their bits, whose maximum is found faster.
        best = np.int32(0)
        for i in range(p):
            best = max(best, bits[i])
        bits[0] = best
        result[k] = np.sqrt(squares[0])


@compiled
def _add(halves: _Float32, left: int, right: int, turn: int, y: _Float32, w: _Float32) -> None:
    """Write losses and weights of the sum of two rows, the second of them turned."""
    p = np.uint64(len(y) - _WIDEST)
    one, two = np.uint64(1), np.uint64(2)
    shift = np.uint64(turn)
    rest = p - shift
    a, b = two * np.uint64(left) * p, two * np.uint64(right) * p
    for i in range(rest):
        y[i] = halves[a + two * i] + halves[b + two * (shift + i)]
        w[i] = halves[a + two * i + one] + halves[b + two * (shift + i) + one]
    a += two * rest
    for i in range(shift):
        y[rest + i] = halves[a + two * i] + halves[b + two * i]
        w[rest + i] = halves[a + two * i + one] + halves[b + two * i + one]
    for i in range(np.uint64(_WIDEST)):
        y[p + i] = y[i]
        w[p + i] = w[i]


@compiled
def _squares_of_boxes(
    y: _Float32, w: _Float32, scale: _Float32, least: _Float32, squares: _Float32
) -> None:
    """Write the signed square of the best box's signal-to-noise ratio at each phase."""
    zero, unit = np.float32(0), np.float32(1)
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    # Read once: the compiler must suppose that they change with what is written.
    scale1, scale2, scale3, scale5 = scale[0], scale[1], scale[2], scale[3]
    least1, least2, least3, least5 = least[0], least[1], least[2], least[3]
    for i in range(np.uint64(len(squares))):
        # The best square is kept as a fraction, since a division costs as much as ten products.
        loss, weight = y[i], w[i]
        above = loss * abs(loss) * scale1 if weight >= least1 else zero
        below = weight if weight >= least1 else unit
        loss += y[i + one]
        weight += w[i + one]
        square = loss * abs(loss) * scale2
        is_better = (weight >= least2) & (square * below > above * weight)
        above = square if is_better else above
        below = weight if is_better else below
        loss += y[i + two]
        weight += w[i + two]
        square = loss * abs(loss) * scale3
        is_better = (weight >= least3) & (square * below > above * weight)
        above = square if is_better else above
        below = weight if is_better else below
        loss += y[i + three] + y[i + four]
        weight += w[i + three] + w[i + four]
        square = loss * abs(loss) * scale5
        is_better = (weight >= least5) & (square * below > above * weight)
        above = square if is_better else above
        below = weight if is_better else below
        squares[i] = above / below
