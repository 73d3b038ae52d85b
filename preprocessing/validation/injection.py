"""One known signal for a star's light: its kind, its class, and how it changes the light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from preprocessing.validation.injected_events import (
    draw_dipper,
    draw_dwarf_nova,
    draw_exocomet,
    draw_flares,
)
from preprocessing.validation.injected_faults import (
    draw_dumps,
    draw_glitch,
    draw_ramp,
    draw_rolling_band,
    draw_sawtooth,
    draw_step,
)
from preprocessing.validation.injected_stars import (
    draw_contact,
    draw_delta_scuti,
    draw_detached,
    draw_eccentric,
    draw_gamma_doradus,
    draw_grazing_planet,
    draw_late_planet,
    draw_odd_eclipses,
    draw_planet,
    draw_rotator,
    draw_rr_lyrae,
    draw_single_transit,
)
from preprocessing.validation.sight import Drawn, Sight

__all__ = ["CLASS_OF", "INJECTED_KINDS", "Injection", "draw_injection"]

Floats = NDArray[np.float64]

#: How often a signal is drawn again whose events fall into gaps.
_TRIES = 100


@dataclass(frozen=True, eq=False)
class Injection:
    """A known signal.

    Parameters
    ----------
    kind : str
        One of `INJECTED_KINDS`.
    change : ndarray, shape (n,)
        Change of the light, relative to it: multiply the light by 1 more than that.
    amplitude : float
        The largest of these changes, up or down.
    truth : mapping of str to float
        What the signal was drawn with: ``period_d`` and the like.
    """

    kind: str
    change: Floats = field(repr=False)
    amplitude: float
    truth: Mapping[str, float]


#: What draws the signals of each kind, by class: first those of the sky, then the instrument's.
_OF_CLASS: Mapping[str, Mapping[str, Callable[[np.random.Generator, Sight], Drawn]]] = {
    "transit": {
        "planet": draw_planet,
        "late planet": draw_late_planet,
        "grazing planet": draw_grazing_planet,
    },
    "eclipse": {
        "detached": draw_detached,
        "eccentric": draw_eccentric,
        "odd eclipses": draw_odd_eclipses,
        "contact": draw_contact,
    },
    "irregular dips": {
        "dipper": draw_dipper,
        "exocomet": draw_exocomet,
        "single transit": draw_single_transit,
    },
    "outbursts and flares": {"flares": draw_flares, "dwarf nova": draw_dwarf_nova},
    "pulsation": {
        "delta Scuti": draw_delta_scuti,
        "gamma Doradus": draw_gamma_doradus,
        "RR Lyrae": draw_rr_lyrae,
    },
    "rotation and activity": {"rotator": draw_rotator},
    "instrumental": {
        "sawtooth": draw_sawtooth,
        "step": draw_step,
        "ramp": draw_ramp,
        "rolling band": draw_rolling_band,
        "glitch": draw_glitch,
        "dumps": draw_dumps,
    },
}
_DRAWN = {kind: draw for kinds in _OF_CLASS.values() for kind, draw in kinds.items()}
#: The kinds, and the class that each belongs to.
INJECTED_KINDS = tuple(_DRAWN)
CLASS_OF = MappingProxyType({kind: name for name, kinds in _OF_CLASS.items() for kind in kinds})


def draw_injection(
    kind: str, rng: np.random.Generator, time_d: Floats, exposure_d: float, amplitude: float
) -> Injection:
    """Draw a signal of a kind that is seen at some times.

    Its shape is drawn over the ranges that are published of the kind, and then made as large as
    asked for, as by the light of other stars in the aperture, but no larger than its kind is: no
    planet dims a star by a tenth. RR Lyrae stars keep their size.

    Parameters
    ----------
    kind : str
        One of `INJECTED_KINDS`.
    rng : Generator
        Of all that is random.
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    exposure_d : float
        Length of an exposure in days.
    amplitude : float
        The largest change of light, as a share of it. It may be less than asked for: see
        `Injection.amplitude`.

    Raises
    ------
    ValueError
        The times are too few to see a signal of that kind.
    """
    sight = Sight(time_d, exposure_d, amplitude)
    for _ in range(_TRIES):
        drawn = _DRAWN[kind](rng, sight)
        largest = float(np.abs(drawn.change).max(initial=0.0))
        if drawn.is_seen and largest > 0:
            size = largest if drawn.keeps_size else min(amplitude, drawn.largest)
            return Injection(kind, drawn.change * (size / largest), size, drawn.truth)
    raise ValueError(f"{len(time_d)} times are too few for {kind}")
