"""What vetting computes with is compiled by one process, before others begin."""

from __future__ import annotations

import pytest

from preprocessing.analysis import periodogram, trend
from preprocessing.vetting import candidate_light, compilation, excursions, folded_judgments


@pytest.mark.slow
def test_all_is_compiled() -> None:
    """One call compiles what several families and the tests of candidates use."""
    compilation.compile_once()
    for function in (
        excursions._wave,
        periodogram.fit_sine,
        trend._trend,
        candidate_light._interpolated,
        folded_judgments._sine_sums,
    ):
        assert getattr(function, "signatures")  # noqa: B009
