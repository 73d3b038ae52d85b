"""Flux is divided by its median as lightkurve does, and the division can be undone."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from preprocessing.fits.product_file import ProductLightCurve
from preprocessing.fits.stitch import Normalized, normalize

_ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 3.4e38, -3.4e38]
_ANY = st.lists(st.sampled_from(_ODD) | st.floats(width=32), min_size=1, max_size=30)


def normalized(flux: list[float] | NDArray[np.float32]) -> Normalized:
    """Normalize a flux whose error is the same again."""
    n = len(flux)
    values = np.array(flux, dtype=">f4")
    zeros = np.zeros(n, dtype="i4")
    times = np.zeros(n, dtype="f8")
    return normalize(ProductLightCurve(times, values, values, zeros, zeros, times, times))


@pytest.mark.slow
@given(flux=_ANY)
def test_any_flux_is_divided_as_lightkurve_divides(flux: list[float]) -> None:
    """Flux is divided by the median of its finite values, in float32."""
    ours = normalized(flux)
    values = np.array(flux, dtype="f4")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        median = np.nanmedian(values)
        expected = values / median
    assert ours.flux.dtype == ours.flux_err.dtype == np.float32
    np.testing.assert_array_equal(ours.flux, expected)
    np.testing.assert_array_equal(ours.flux_err, expected)
    np.testing.assert_array_equal(np.float32(ours.median), median)
    assert ours.n_finite == np.isfinite(values).sum()


@pytest.mark.slow
@given(
    flux=st.lists(
        st.floats(-(2.0**60), 2.0**60, width=32).filter(lambda x: x == 0 or abs(x) > 1e-15),
        min_size=1,
        max_size=30,
    )
)
def test_flux_comes_back_within_one_unit_in_the_last_place(flux: list[float]) -> None:
    """Flux times its file's median is the mission's flux in e-/s."""
    ours = normalized(flux)
    assume(abs(ours.median) > 1e-15)
    back = ours.flux * np.float32(ours.median)
    values = np.array(flux, dtype="f4")
    assert (np.abs(back - values) <= np.spacing(np.abs(values))).all()


@pytest.mark.parametrize(
    ("flux", "unusual"),
    [
        ([1.0, 2.0, 3.0], False),
        ([-1.0, -2.0, 5.0], True),
        ([0.0, 0.0, 1.0], True),
        ([np.nan, np.nan], True),
        ([np.inf, np.inf, 1.0], True),
        ([], True),
    ],
    ids=["positive", "negative", "zero", "all NaN", "infinite", "empty"],
)
def test_a_median_that_makes_no_sense_is_unusual(flux: list[float], unusual: bool) -> None:
    """A negative, zero, infinite or missing median is unusual."""
    assert normalized(flux).is_unusual is unusual


def test_a_negative_median_inverts_the_curve() -> None:
    """A negative median inverts the curve, as in lightkurve."""
    assert normalized([-2.0, -4.0, -1.0]).flux.tolist() == [1.0, 2.0, 0.5]


def test_an_empty_or_all_nan_curve_has_no_median() -> None:
    """An empty or all-NaN curve has no median and keeps its rows."""
    for n in (0, 5):
        ours = normalized([np.nan] * n)
        assert np.isnan(ours.median)
        assert len(ours.flux) == n
        assert ours.n_finite == 0


def test_threads_leave_the_filters_of_warnings_alone() -> None:
    """Normalizing in several threads leaves the shared warning filters alone."""
    before = list(warnings.filters)

    def work() -> None:
        for _ in range(100):
            normalized([np.nan] * 1000)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before
