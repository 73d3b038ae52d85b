"""Stars with candidates whose true nature is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.signals.transits import Transit, transit_flux
from preprocessing.vetting.star import Star

__all__ = ["CADENCE_D", "NOISE", "days_of", "dips", "row_of", "star_of"]

CADENCE_D = 29.4 / 1440
#: Independent noise of a point.
NOISE = 1e-4
_QUARTER_D = 90.0
_GAP_D = 2.0


def days_of(quarters: int) -> Floats:
    """Return the times of some quarters with gaps between them."""
    days = np.arange(0, quarters * _QUARTER_D, CADENCE_D)
    return np.asarray(days[days % _QUARTER_D < _QUARTER_D - _GAP_D])


def dips(days: Floats, period_d: float, depth: float, epoch_d: float = 1.0) -> Floats:
    """Return the change of light by a planet's transits of five hours."""
    planet = Transit(period_d, epoch_d, 1e6 * depth, 5.0, 0.3)
    return transit_flux(days, planet, CADENCE_D)


def row_of(period_d: float, depth: float, epoch_d: float = 1.0, **changed: Any) -> dict[str, Any]:
    """Return the row of a candidate that the search would have found."""
    row = {
        "number": 1,
        "period_d": period_d,
        "epoch_d": epoch_d,
        "duration_d": 5.0 / 24,
        "depth": 1e6 * depth,
        "snr": 30.0,
        "events": 20,
        "passes": True,
        "broken_rules": "",
    }
    return row | changed


def star_of(
    days: Floats,
    change: Floats,
    rows: Sequence[Mapping[str, Any]],
    seed: int = 0,
    **known: Any,
) -> Star:
    """Return a star whose light has noise, and the rows of its candidates."""
    rng = np.random.default_rng(seed)
    flux = (1 + change) * (1 + rng.normal(0, NOISE, len(days)))
    light = prepare_light(days, flux, None, (days // _QUARTER_D).astype(np.int64))
    return with_light(light, rows, **known)


def with_light(light: Light, rows: Sequence[Mapping[str, Any]], **known: Any) -> Star:
    """Return a star with this light, of which nothing else is known but what is given."""
    unknown = np.full(len(light), np.nan)
    usual: dict[str, Any] = {
        "features": {"freq_power": 0.0},
        "bjd_reference": 2454833,
        "parameters": {},
        "quality": np.zeros(len(light), np.int64),
        "centroid_col": unknown,
        "centroid_row": unknown,
        "place": {},
    }
    return Star(light=light, candidates=rows, **(usual | known))
