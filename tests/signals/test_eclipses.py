"""Eclipses come when they should."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.eclipses import Eclipses, eclipse_flux
from preprocessing.signals.transits import Transit

INSTANT = 0.0


def test_eclipses_come_in_turn() -> None:
    """The deeper eclipse is at the epoch, the other at its phase, and none between."""
    eclipses = Eclipses(
        Transit(4.0, 130.0, 300_000, 6.0, 0.1), Transit(4.0, 132.0, 100_000, 6.0, 0.1), 0.0
    )
    flux = eclipse_flux(np.array([130.0, 131.0, 132.0, 133.0, 134.0]), eclipses, INSTANT)
    assert flux == pytest.approx([-0.3, 0, -0.1, 0, -0.3], abs=1e-6)
