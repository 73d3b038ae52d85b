"""Decide what goes where: which cells the stars make, and which of them must be written."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from preprocessing.core.errors import UsageError
from preprocessing.dataset.packing.fits_folder import FitsStar
from preprocessing.dataset.packing.partition import Partition, StarSource
from preprocessing.dataset.packing.state import Existing, KnownStar
from preprocessing.missions import MISSIONS
from preprocessing.tables.light_curves import is_double_schema
from preprocessing.tables.sky_cells import Cell, finest_cells, shared_out
from preprocessing.tables.time_code import is_compact_schema

__all__ = ["Plan", "make_plan", "require_unmixed"]


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Parameters
    ----------
    mission : str
        The mission's name.
    is_synthetic : bool
        Whether programs made the light curves up.
    is_double : bool
        Whether any star has a flux of 64 bits.
    is_compact : bool
        Whether times are stored as light's travel time beyond the mission's clock.
    cells : tuple of Cell
        Every cell that holds stars.
    to_write : tuple of Partition
        Those that are not packed yet, or not as they should be.
    """

    mission: str
    is_synthetic: bool
    is_double: bool
    is_compact: bool
    cells: tuple[Cell, ...]
    to_write: tuple[Partition, ...]


def make_plan(
    root: Path,
    fits_folder: Path,
    stars: Sequence[FitsStar],
    existing: Existing,
    changed: Container[str],
    *,
    with_centroids: bool,
    is_compact: bool,
) -> Plan:
    """Return the plan for a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    fits_folder : Path
        The folder of the FITS files.
    stars : sequence of FitsStar
        What their headers say.
    existing : Existing
        What is packed already. Stars whose FITS files are gone stay packed.
    changed : container of str
        The FITS files that changed since they were packed.
    with_centroids : bool
        Whether centroids are packed too.
    is_compact : bool
        Whether times are stored as light's travel time beyond the mission's clock.

    Raises
    ------
    UsageError
        The stars are of several missions, or real beside synthetic.
    """
    mission, is_synthetic = require_unmixed(stars, existing)
    is_double = existing.is_double or any(star.is_double for star in stars)
    items = _in_order(stars, existing)
    healpix = np.array([source.healpix for _, source in items], np.int64)
    run = uuid.uuid4().hex
    partitions = [
        Partition(
            root,
            fits_folder,
            mission,
            cell,
            is_double,
            with_centroids,
            is_compact,
            tuple(items[place][1] for place in places),
            run,
        )
        for cell, places in shared_out(healpix)
    ]
    return Plan(
        mission,
        is_synthetic,
        is_double,
        is_compact,
        tuple(partition.cell for partition in partitions),
        tuple(p for p in partitions if not _is_done(p, existing, changed)),
    )


def _in_order(stars: Sequence[FitsStar], existing: Existing) -> list[tuple[int, StarSource]]:
    """Return number and source of every star, in the order of the rows."""
    known = dict[str, KnownStar]()
    for name, star in existing.stars():
        known[name] = star
    cells = finest_cells(np.array([s.ra for s in stars]), np.array([s.dec for s in stars]))
    items = []
    for fits, cell in zip(stars, cells.tolist(), strict=True):
        packed = known.pop(fits.name, None)
        places = () if packed is None else packed.places
        items.append((fits.number, StarSource(fits.name, cell, True, places, fits.n_points)))
    for name, star in known.items():
        source = StarSource(name, star.healpix, False, star.places, star.n_points)
        items.append((star.number, source))
    return sorted(items, key=lambda item: (item[1].healpix, item[0], item[1].name))


def _is_done(partition: Partition, existing: Existing, changed: Container[str]) -> bool:
    found = existing.partitions.get(partition.cell)
    if (
        found is None
        or found.is_damaged
        or is_double_schema(found.facts.schema) != partition.is_double
        or is_compact_schema(found.facts.schema) != partition.is_compact
    ):
        return False
    if partition.with_centroids and not found.has_sister:
        return False
    if found.facts.fits_files != tuple(source.name for source in partition.sources):
        return False
    return not any(source.name in changed for source in partition.sources)


def require_unmixed(stars: Sequence[FitsStar], existing: Existing) -> tuple[str, bool]:
    """Return the mission of all stars, and whether programs made them up.

    Parameters
    ----------
    stars : sequence of FitsStar
        What their headers say.
    existing : Existing
        What is packed already.

    Raises
    ------
    UsageError
        The stars are of several missions, or real beside synthetic.
    """
    return _only_mission(stars, existing), _only_kind(stars, existing)


def _only_mission(stars: Sequence[FitsStar], existing: Existing) -> str:
    examples = {star.mission: star.name for star in stars}
    missions = sorted(examples.keys() | existing.missions)
    if len(missions) > 1:
        raise UsageError(
            f"a packed data set is of one mission, and here are light curves of"
            f" {_listed(missions)} ({_examples(examples)}): move the files of all but one to"
            " another data set"
        )
    assert missions[0] in MISSIONS
    return missions[0]


def _only_kind(stars: Sequence[FitsStar], existing: Existing) -> bool:
    examples = {star.is_synthetic: star.name for star in stars}
    kinds = examples.keys() | existing.synthetic
    if len(kinds) > 1:
        names = {"synthetic" if kind else "real": name for kind, name in examples.items()}
        packed = " what is packed already and" if len(names) < len(kinds) else ""
        raise UsageError(
            f"synthetic stars never stand beside real ones, and{packed} these do:"
            f" {_examples(names)}. Move either kind to another data set"
        )
    return kinds.pop()


def _listed(words: Collection[str]) -> str:
    return " and ".join(words)


def _examples(names: Mapping[str, str]) -> str:
    return ", ".join(f"{kind}: {name}" for kind, name in sorted(names.items()))
