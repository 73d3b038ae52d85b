"""Known signals stand in the files of simulated stars as they were drawn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from astropy.io import fits

from benchmarks.injected_stars import CLASSES, KINDS, LONE, QUIET, Holdings, InjectedStars


@pytest.mark.slow
def test_signals_are_in_the_files() -> None:
    """A file differs from that of the same star without a signal by as much as the signal says."""
    with_signal = InjectedStars(1, 4, seed=3)
    holdings, without = Holdings(with_signal), Holdings(InjectedStars(len(with_signal), 0, seed=3))
    for index, kic in enumerate(holdings.star_keys()):
        if with_signal.survey_star(index).faults:
            # Stars with a signal have none.
            continue
        flux = []
        for stars in (holdings, without):
            with fits.open(io.BytesIO(stars.body(stars.products(kic)[0]))) as hdus:
                flux.append(np.asarray(hdus[1].data["PDCSAP_FLUX"], np.float64))
        changed = 1e6 * np.nanmax(np.abs(flux[0] / flux[1] - 1))
        if with_signal.signal(index).kind == QUIET:
            assert changed == 0
            continue
        noise_ppm = with_signal.survey_star(index).noise_ppm
        told_ppm = noise_ppm * with_signal.over_noise(index)
        assert 0.7 * told_ppm < changed < 1.3 * told_ppm + noise_ppm, with_signal.signal(index)


def test_shared_faults_are_the_same_for_a_channel() -> None:
    """Stars that share a fault share its channel and its form; those with a lone one do not."""
    stars = InjectedStars(0, 48, seed=3)
    signals = [stars.signal(index) for index in range(len(stars))]
    assert {one.kind for one in signals} == {*KINDS, *LONE}
    assert {one.class_name for one in signals} == set(CLASSES)
    for kind, n_forms in (("glitch", 1), ("lone glitch", 4)):
        rows = [index for index, one in enumerate(signals) if one.kind == kind]
        injections = [stars.injection(index) for index in rows]
        forms = {one.truth["start_d"] for one in injections if one is not None}
        assert len(forms) == n_forms
        if n_forms == 1:
            assert len(rows) == 12
            assert len({stars.position(index).skygroup for index in rows}) == 1
