"""Light curves become lightkurve's objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing.fits.light_curve_file import read_light_curve
from tests.support.light_curve_checks import assert_like_lightkurve
from tests.support.outputs import KINDS, write_sample

pytestmark = pytest.mark.lightkurve


@pytest.mark.parametrize("kind", KINDS)
def test_object_is_what_lightkurve_reads(kind: str, tmp_path: Path) -> None:
    """Outputs of every mission and author become the object that `lightkurve.read` gives."""
    assert_like_lightkurve(read_light_curve(write_sample(tmp_path, kind)))


def test_object_leaves_the_arrays_alone(tmp_path: Path) -> None:
    """Changing the object changes no array of the light curve."""
    star = read_light_curve(write_sample(tmp_path, "Kepler"))
    before = star.flux_err.copy()
    star.to_lightkurve()["flux_err"][:] = 7
    assert np.array_equal(star.flux_err, before, equal_nan=True)


def test_object_can_be_used(tmp_path: Path) -> None:
    """Lightkurve's methods work on it."""
    star = read_light_curve(write_sample(tmp_path, "SPOC"))
    folded = star.to_lightkurve().remove_nans().fold(period=0.01)
    assert len(folded) == 58
