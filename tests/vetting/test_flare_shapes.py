"""The shape of a rise tells a flare from the same in reverse and from what is symmetric."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.light import Floats
from preprocessing.signals.flares import davenport_shape
from preprocessing.vetting.flare_shapes import (
    misfit_of_flare,
    misfit_of_reverse,
    misfit_of_symmetric,
)

_CADENCE = 29.4244 / 1440
_DAYS = (np.arange(14) - 4) * _CADENCE
_HEIGHT = 50.0


def _seen(peak: float, width: float, shape: str) -> Floats:
    """Return a rise of 50 sigma as exposures average it; peak and width in cadences."""
    within = (np.arange(201) + 0.5) / 201 - 0.5
    x = (_DAYS / _CADENCE - peak + within[:, None]) / width
    light = np.exp(-4 * np.log(2) * x**2) if shape == "symmetric" else davenport_shape(x)
    values = np.asarray(light.mean(axis=0))
    return values[::-1].copy() if shape == "reverse" else values


@pytest.mark.parametrize("shape", ["flare", "reverse", "symmetric"])
@pytest.mark.parametrize("width", [0.7, 1.0, 2.0, 3.0])
def test_strong_rises_are_told_apart(shape: str, width: float) -> None:
    """Whatever its width and wherever in an exposure it peaks, a rise of 50 sigma fits its shape.

    The other shapes leave more; its own leaves less than the noise of four points.
    """
    for peak in np.linspace(-0.5, 0.5, 8):
        values = _HEIGHT * _seen(peak, width, shape)
        values /= values.max() / _HEIGHT
        days = _DAYS - _DAYS[values.argmax()]
        misfits = {
            "flare": misfit_of_flare(days, values, _CADENCE, 4 * _CADENCE),
            "reverse": misfit_of_reverse(days, values, _CADENCE, 4 * _CADENCE),
            "symmetric": misfit_of_symmetric(days, values, _CADENCE, 4 * _CADENCE),
        }
        assert misfits[shape] < 4.0, (peak, misfits)
        assert min(misfits, key=misfits.__getitem__) == shape
