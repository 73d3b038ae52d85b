"""Slow fades fall, stay low, and come back or not."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.fades import Fade, fade_flux


@pytest.mark.parametrize(("rise_d", "end"), [(10.0, 0.0), (np.inf, -0.02)])
def test_a_fade_ends_where_it_says(rise_d: float, end: float) -> None:
    """Half the depth is lost in the middle of the fall; after the rise nothing is."""
    fade = Fade(100.0, 20_000.0, 4.0, 5.0 if np.isfinite(rise_d) else np.inf, rise_d)
    flux = fade_flux(np.array([99.0, 102.0, 104.0, 108.9, 119.1]), fade)
    assert flux == pytest.approx([0, -0.01, -0.02, -0.02, end], abs=1e-12)
