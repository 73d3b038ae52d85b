"""Steps jump and recover in part."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.steps import Step, step_flux


@pytest.mark.parametrize("recovered", [0.0, 0.6, 1.0])
def test_a_step_recovers_as_much_as_it_says(recovered: float) -> None:
    """The light jumps at the start, and what comes back does so exponentially."""
    step = Step(20.0, -4_000.0, recovered, 2.0)
    flux = step_flux(np.array([19.99, 20.0, 22.0, 100.0]), step)
    after_one = 1 - recovered * (1 - np.exp(-1))
    assert flux == pytest.approx(-4e-3 * np.array([0, 1, after_one, 1 - recovered]), abs=1e-12)
