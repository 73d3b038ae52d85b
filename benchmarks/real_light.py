"""Real light of stars that no catalog names, as it is, upside down, and in another order."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from preprocessing.analysis.light import Light, prepare_light

__all__ = ["inverted", "labeled_quarters", "quiet_stars", "scrambled"]

#: lightkurve's default mask of Kepler's quality flags.
_BITMASK = 1_130_799
_PIECE_D = 9.0


def quiet_stars(folder: Path) -> list[Light]:
    """Return the light of each star of which catalogs say nothing.

    Parameters
    ----------
    folder : Path
        With `truth.csv`, and `kepler/<star>/` with files of the mission.
    """
    with (folder / "truth.csv").open() as stream:
        stars = {row["target"] for row in csv.DictReader(stream) if "nothing cat" in row["kind"]}
    return [light for name, light in labeled_quarters(folder) if name in stars]


def labeled_quarters(folder: Path) -> Iterator[tuple[str, Light]]:
    """Yield the name and the light of each star, in the order of their names.

    Parameters
    ----------
    folder : Path
        With `kepler/<star>/` with one long-cadence file of the mission each.
    """
    from astropy.io import fits

    for path in sorted(folder.glob("kepler/*/*_llc.fits")):
        with fits.open(path) as units:
            table = units[1].data
            rows = table[(table["SAP_QUALITY"] & _BITMASK) == 0]
            yield path.parent.name, prepare_light(rows["TIME"], rows["PDCSAP_FLUX"])


def inverted(light: Light) -> Light:
    """Return light whose dips are flares.

    Parameters
    ----------
    light : Light
        The light.
    """
    return replace(light, flux=2 - light.flux)


def scrambled(light: Light, rng: np.random.Generator) -> Light:
    """Return light whose pieces of nine days stand in another order, so that no period survives.

    Parameters
    ----------
    light : Light
        The light.
    rng : Generator
        Of the order.
    """
    starts = light.time_d[0] + np.arange(0, light.baseline_d, _PIECE_D)
    edges = np.unique([*light.segment_edges, *np.searchsorted(light.time_d, starts)])
    pieces = [light.flux[a:b] for a, b in pairwise(edges)]
    order = rng.permutation(len(pieces))
    # Where two pieces meet, there is a step, as between two files.
    sequence = np.repeat(np.arange(len(pieces)), [len(pieces[k]) for k in order])
    return replace(light, flux=np.concatenate([pieces[k] for k in order]), sequence=sequence)
