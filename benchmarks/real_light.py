"""Real light of stars that no catalog names, as it is, upside down, and in another order."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from preprocessing.analysis.light import Light, prepare_light

__all__ = [
    "BITMASK",
    "inverted",
    "labeled_quarters",
    "masked_hosts",
    "quiet_stars",
    "rotators",
    "scrambled",
]

#: lightkurve's default mask of Kepler's quality flags.
BITMASK = 1_130_799
_PIECE_D = 9.0
_HOSTS = ("KIC8644288", "KIC6462863")
_LARGEST_ROTATION_PPM = 50_000.0


def quiet_stars(folder: Path) -> list[Light]:
    """Return the light of each star of which catalogs say nothing.

    Parameters
    ----------
    folder : Path
        With `truth.csv`, and `kepler/<star>/` with files of the mission.
    """
    rows = _truth(folder / "truth.csv")
    stars = {row["target"] for row in rows if "nothing cat" in row["kind"]}
    return [light for name, light in labeled_quarters(folder) if name in stars]


def rotators(folder: Path) -> list[Light]:
    """Return the light of each star that a catalog calls a rotating one, and no more.

    Parameters
    ----------
    folder : Path
        As `quiet_stars` takes it.
    """
    kinds: dict[str, set[str]] = {}
    for row in _truth(folder / "truth.csv"):
        kind = row["kind"].split()[0]
        # McQuillan et al. (2014) list pulsators and binaries, too: they vary by more.
        is_large = kind == "rotation" and _range_ppm(row["extra"]) > _LARGEST_ROTATION_PPM
        kinds.setdefault(row["target"], set()).add("large" if is_large else kind)
    return [
        light
        for name, light in labeled_quarters(folder)
        if "rotation" in kinds.get(name, ()) and kinds[name] <= {"rotation", "flares"}
    ]


def masked_hosts(folder: Path, truth: Path) -> list[Light]:
    """Return the light of the two stars of most quarters, without transits of known planets.

    Parameters
    ----------
    folder : Path
        With `kepler/<star>/` with files of the mission.
    truth : Path
        Table of the planets.
    """
    lights = []
    for star in _HOSTS:
        light = _stitched(sorted((folder / "kepler" / star).glob("*_llc.fits")))
        is_used = np.ones(len(light), dtype=bool)
        for row in _truth(truth):
            if row["target"] == star and row["kind"] == "transit":
                period_d, epoch_d = float(row["period_d"]), float(row["epoch"])
                days = (light.time_d - epoch_d + period_d / 2) % period_d - period_d / 2
                is_used &= np.abs(days) > float(row["duration_h"]) / 24
        lights.append(
            prepare_light(light.time_d[is_used], light.flux[is_used], None, light.sequence[is_used])
        )
    return lights


def _truth(path: Path) -> list[dict[str, str]]:
    with path.open() as stream:
        return list(csv.DictReader(stream))


def _range_ppm(extra: str) -> float:
    """Return the range of variability that McQuillan et al. state (`Rper 32360.08 ppm, ...`)."""
    found = re.search(r"Rper ([0-9.]+) ppm", extra)
    return float(found.group(1)) if found else 0.0


def labeled_quarters(folder: Path) -> Iterator[tuple[str, Light]]:
    """Yield the name and the light of each star, in the order of their names.

    Parameters
    ----------
    folder : Path
        With `kepler/<star>/` with one long-cadence file of the mission each.
    """
    for path in sorted(folder.glob("kepler/*/*_llc.fits")):
        yield path.parent.name, _stitched([path])


def _stitched(paths: Sequence[Path]) -> Light:
    """Return the light of some files of one star."""
    from astropy.io import fits

    times, fluxes, files = [], [], []
    for number, path in enumerate(paths):
        with fits.open(path) as units:
            table = units[1].data
            rows = table[(table["SAP_QUALITY"] & BITMASK) == 0]
            times.append(rows["TIME"])
            fluxes.append(rows["PDCSAP_FLUX"])
            files.append(np.full(len(rows), number))
    return prepare_light(np.concatenate(times), np.concatenate(fluxes), None, np.concatenate(files))


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
