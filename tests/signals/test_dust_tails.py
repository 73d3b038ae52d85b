"""Tails of dust: a sudden fall, and an exponential end."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.dust_tails import DustTails, dust_tails_flux


def cloud(tail_d: float) -> DustTails:
    return DustTails(*(np.array([value]) for value in (10.0, 8_000.0, 0.3, tail_d, 0.2)))


def test_a_tail_thins_out() -> None:
    """The light falls while the head crosses the star, and comes back as the tail thins out."""
    time = np.linspace(9, 14, 5_001)
    lost = -dust_tails_flux(time, cloud(0.5), 0.0)
    assert lost.max() == pytest.approx(0.008, rel=1e-3)
    assert not lost[time < 9.84].any()
    late = np.interp([11.0, 11.5], time, lost)
    assert late[0] / late[1] == pytest.approx(np.e, rel=0.01)


def test_without_a_tail_a_cloud_is_symmetric() -> None:
    """A head alone loses as much before as after the middle; a tail ahead mirrors one behind."""
    time = 10 + np.linspace(-3, 3, 601)
    head, behind, ahead = (dust_tails_flux(time, cloud(tail), 0.0) for tail in (0.0, 0.4, -0.4))
    assert head == pytest.approx(head[::-1], abs=2e-4)
    assert ahead == pytest.approx(behind[::-1], abs=1e-9)
