"""Compiling what vetting computes with, once a machine: by vetting a star of which all is asked."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.compiled import is_kept
from preprocessing.analysis.light import prepare_light
from preprocessing.analysis.periodogram import harmonics_at
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.star import Star
from preprocessing.vetting.vetting import vet

__all__ = ["compile_once", "is_compiled"]

_CADENCE_D, _PERIOD_D, _WAVE_D = 29.4 / 1440, 3.1, 1.3
_DAYS = 80.0


def is_compiled() -> bool:
    """Return whether this machine has compiled before what vetting computes with."""
    return is_kept(harmonics_at)


def compile_once() -> None:
    """Let numba compile, which may take a minute once.

    Processes that begin later find the machine code. Were they to compile at the same time, one
    might read code of another that does not fit its own (numba's issue 10128).
    """
    time_d = np.arange(0, _DAYS, _CADENCE_D)
    noise = np.random.default_rng(0).normal(0, 1e-3, len(time_d))
    in_events = np.abs((time_d + _PERIOD_D / 2) % _PERIOD_D - _PERIOD_D / 2) < 0.1
    # A wave that changes, lest the star be a binary that touches: of those, less is asked.
    wave = 0.01 * np.sin(2 * np.pi * time_d / _WAVE_D) * (1 + 0.5 * np.sin(time_d / 9))
    flux = 1 + wave - 0.025 * in_events + noise
    light = prepare_light(time_d, flux)
    candidate: dict[str, Evidence] = {
        "number": 1,
        "period_d": _PERIOD_D,
        "epoch_d": 0.0,
        "duration_d": 0.2,
        "depth": 2.5e4,
        "snr": 300.0,
        "events": 25,
        "passes": True,
        "broken_rules": "",
        "secondary_phase": 0.5,
        "secondary_sigma": 1.0,
    }
    main = -float(np.log10(_WAVE_D))
    features = {"freq_main": main, "freq_contrast": 2.0, "freq_power": 0.5, "stat_white": 3.0}
    flags = np.zeros(len(light), dtype=np.int64)
    for rows in ((), (candidate,)):
        vet(Star(light, features, rows, 0, {}, flags, light.flux, light.flux, {0: "1"}))
