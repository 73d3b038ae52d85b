"""Fast folding finds what folding at each period would find."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.analysis.folding import BOX_WIDTHS, box_spectrum, n_trials, trial_periods

ONES = np.ones(len(BOX_WIDTHS), dtype=np.float32)


def spectrum(
    loss: NDArray[np.float64], weight: NDArray[np.float64], shortest: int, longest: int
) -> NDArray[np.float32]:
    """Return the spectrum of a series whose noise is white."""
    return box_spectrum(
        loss.astype(np.float32), weight.astype(np.float32), shortest, longest, ONES, ONES
    )


def folded_at(values: NDArray[np.float64], period: float, p: int) -> NDArray[np.float64]:
    """Return a series folded at a period the slow way: each row is moved by its own drift."""
    rows = np.pad(values, (0, -len(values) % p)).reshape(-1, p)
    drift = np.rint(np.arange(len(rows)) * (period - p)).astype(int)
    folded = [np.roll(row, -shift) for row, shift in zip(rows, drift, strict=True)]
    return np.asarray(np.sum(folded, axis=0))


@pytest.mark.parametrize("width", BOX_WIDTHS)
@pytest.mark.parametrize("period", [20.0, 23.4, 37.77, 101.3])
def test_a_signal_is_found_at_its_period(period: float, width: int) -> None:
    """A box has most of its ratio of signal to noise at its own period, the wider the more."""
    n = 4000
    offset = np.arange(n) % period
    loss = np.where(offset < width, 1.0, 0.0)
    found = spectrum(loss, np.ones(n), 15, 110)
    periods = trial_periods(n, 15, 110)
    best = found.argmax()
    ratio = periods[best] / period
    assert ratio == pytest.approx(round(ratio), rel=6 / n)
    assert found[best] > {1: 0.55, 2: 0.7, 3: 0.75, 5: 0.8}[width] * np.sqrt(loss.sum())
    assert found[best] <= 1.001 * np.sqrt(loss.sum())


@pytest.mark.parametrize("n", [20_000, 23_001])
@pytest.mark.parametrize("period", [24.353, 36.948, 37.794, 40.719, 51.873])
def test_a_short_period_is_right_to_a_sample_over_the_light(period: float, n: int) -> None:
    """What drifts through many rows is found at its period, with most of its ratio."""
    loss = np.where((np.arange(n) + 0.5) % period < 3, 1.0, 0.0)
    base = int(period)
    found = spectrum(loss, np.ones(n), base, base + 1)
    best = found.argmax()
    off = abs(trial_periods(n, base, base + 1)[best] / period - 1) * n
    assert off < 2
    assert found[best] > 0.75 * np.sqrt(loss.sum())


def test_each_period_has_one_value() -> None:
    """The spectrum has as many values as there are periods, which ascend within a base period."""
    found = spectrum(np.ones(1000), np.ones(1000), 10, 40)
    periods = trial_periods(1000, 10, 40)
    assert len(found) == len(periods) == n_trials(1000, 10, 40)
    assert periods[0] == 10
    assert 40 - 2 / (1000 // 39) <= periods[-1] <= 40
    assert (np.diff(periods) >= 0).all()


def test_noise_is_what_slow_folding_gives() -> None:
    """On noise with gaps, the best boxes agree with those of slow folding at the same periods."""
    rng = np.random.default_rng(3)
    weight = (rng.random(600) < 0.8).astype(float)
    loss = rng.normal(size=600) * weight
    found = spectrum(loss, weight, 30, 31)
    for k, period in enumerate(trial_periods(600, 30, 31)):
        y, w = folded_at(loss, period, 30), folded_at(weight, period, 30)
        best = 0.0
        for width in BOX_WIDTHS:
            sums = [np.roll(y, -i)[:width].sum() for i in range(30)]
            weights = [np.roll(w, -i)[:width].sum() for i in range(30)]
            best = max(best, *(s / np.sqrt(v) for s, v in zip(sums, weights, strict=True) if v))
        # Between the ends, the rounding of each step moves rows by a sample here and there.
        if k in (0, 20):
            assert found[k] == pytest.approx(best, rel=1e-5)
        assert 0 < found[k] < 7


def test_boxes_with_little_weight_do_not_count() -> None:
    """Where too little was observed the ratio is 0, and never NaN."""
    loss = np.zeros(500)
    loss[7] = 5.0
    weight = np.zeros(500)
    weight[7] = 1.0
    least = np.full(len(BOX_WIDTHS), 1.5, dtype=np.float32)
    found = box_spectrum(loss.astype(np.float32), weight.astype(np.float32), 20, 30, ONES, least)
    assert (found == 0).all()
