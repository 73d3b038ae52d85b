"""Light of the missions' own files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from preprocessing.analysis.light import Light, prepare_light

#: Flags that lightkurve's default mask leaves out: of Kepler and K2 light curves.
BITMASK = 1_130_799


def light_of(folder: Path) -> Light:
    """Return the light of a star's long-cadence files."""
    parts = []
    for number, path in enumerate(sorted(folder.glob("*_llc.fits"))):
        with fits.open(path) as units:
            table = units[1].data
            rows = table[(table["SAP_QUALITY"] & BITMASK) == 0]
            parts.append((rows["TIME"], rows["PDCSAP_FLUX"], np.full(len(rows), number)))
    time, flux, sequence = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return prepare_light(time, flux, None, sequence)
