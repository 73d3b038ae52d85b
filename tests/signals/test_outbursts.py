"""Outbursts rise fast and decay exponentially."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.outbursts import DwarfNova, Outburst, dwarf_nova_flux, outburst_flux


def test_an_outburst_peaks_where_it_says() -> None:
    """Nothing is added before the start; the peak has the amplitude; the end is exponential."""
    outburst = Outburst(50.0, 30_000.0, rise_d=1.0, decay_d=4.0)
    time = np.linspace(40, 150, 110_001)
    flux = outburst_flux(time, outburst)
    assert not flux[time <= 49].any()
    assert time[np.argmax(flux)] == pytest.approx(50.0, abs=1e-3)
    assert flux.max() == pytest.approx(0.03, rel=1e-6)
    late = np.interp([140.0, 144.0], time, flux)
    assert late[0] / late[1] == pytest.approx(np.e, rel=1e-3)


def test_a_dwarf_nova_is_as_bright_as_its_magnitude() -> None:
    """Two and a half magnitudes are ten times the light; half of them, 10 to the half."""
    nova = DwarfNova(10.0, 2.5, rise_d=2.0, plateau_d=5.0, decline_d=4.0)
    flux = dwarf_nova_flux(np.array([9.0, 11.0, 14.0, 19.0, 22.0]), nova)
    assert flux == pytest.approx([0, 10**0.5 - 1, 9, 10**0.5 - 1, 0], abs=1e-12)
