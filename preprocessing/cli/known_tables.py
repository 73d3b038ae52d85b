"""Which known objects a command takes: what the user's tables have."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.missions import MISSIONS, Mission
from preprocessing.network.source_names import EMBEDDED, MAST

if TYPE_CHECKING:
    from preprocessing.core.known_objects import KnownObjects

__all__ = ["NONE", "describe_known", "read_known"]

#: The option that leaves out what the catalog command fetched.
NONE = "none"


def read_known(given: argparse.Namespace) -> KnownObjects | None:
    """Return what the user's tables have, and what the catalog command fetched; None without any.

    Parameters
    ----------
    given : argparse.Namespace
        The command's options.

    Raises
    ------
    UsageError
        A table cannot be used; nothing was changed.
    """
    from preprocessing.core.known_objects import combine
    from preprocessing.lists.known_objects import read_labels

    mission, is_synthetic = _stars(given)
    parts = [read_labels(path, mission) for path in given.labels]
    fetched = _fetched(given, mission, is_synthetic=is_synthetic)
    if fetched is not None:
        parts.append(fetched)
    return combine(parts) if parts else None


def describe_known(given: argparse.Namespace, known: KnownObjects) -> Iterator[str]:
    """Yield a line about each table, and one about how many of the stars they have.

    Parameters
    ----------
    given : argparse.Namespace
        The command's options.
    known : KnownObjects
        What `read_known` returned.
    """
    from preprocessing.features.schema import FEATURES
    from preprocessing.tables.light_curves import key_column
    from preprocessing.tables.value_tables import numbers_of, read_table

    for source in known.sources:
        yield source.describe()
    key = key_column(MISSIONS[known.mission])
    stars = set(numbers_of(read_table(given.dataset / f"{FEATURES}.parquet", [key]), key).tolist())
    n_known = len(stars & known.by_star.keys())
    yield f"of {len(stars)} star{'s' if len(stars) != 1 else ''}, {n_known} have known objects"


def _fetched(
    given: argparse.Namespace, mission: Mission, *, is_synthetic: bool
) -> KnownObjects | None:
    """Return what the catalog command fetched; None if nothing is there, or wanted."""
    from preprocessing.catalog.known_store import known_path
    from preprocessing.catalog.store import catalog_path

    if given.known == NONE:
        return None
    if given.known:
        found = _read(Path(given.known), mission)
        if _is_of(found, mission, is_synthetic=is_synthetic):
            return found
        kind = "synthetic" if found.is_synthetic else "real"
        raise UsageError(
            f"{given.known} has known objects of {kind} stars of {found.mission}, which the data"
            f" set does not have: name another file with --known, or {NONE}"
        )
    # A simulator's tables are in either place, and synthetic stars are never looked up in others.
    usual = (known_path(catalog_path(mission.name, archive)) for archive in (MAST, EMBEDDED))
    for path in (DatasetFolder(given.dataset).known_objects, *usual):
        if path.exists():
            found = _read(path, mission)
            if _is_of(found, mission, is_synthetic=is_synthetic):
                return found
    return None


def _read(path: Path, mission: Mission) -> KnownObjects:
    from preprocessing.tables.known_objects import read_known_objects

    try:
        return read_known_objects(path)
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no file {path}: fetch known objects with xenoscan catalog --mission"
            f" {mission.name}, or leave them out with --known {NONE}"
        ) from error
    except (CorruptProduct, OSError) as error:
        raise UsageError(
            f"cannot read the known objects in {path} ({error}): fetch them with xenoscan catalog"
            f" --mission {mission.name}, or leave them out with --known {NONE}"
        ) from error


def _is_of(found: KnownObjects, mission: Mission, *, is_synthetic: bool) -> bool:
    return found.mission == mission.name and found.is_synthetic == is_synthetic


def _stars(given: argparse.Namespace) -> tuple[Mission, bool]:
    """Return the mission of a data set, and whether its stars are synthetic."""
    from preprocessing.dataset.opening import open_dataset
    from preprocessing.dataset.tabulation import require_light_curves
    from preprocessing.features.schema import FEATURES
    from preprocessing.tables.value_tables import read_table, table_about

    path = given.dataset / f"{FEATURES}.parquet"
    again = f"run xenoscan features {given.dataset}"
    try:
        mission = MISSIONS[table_about(path)["mission"]]
        return mission, any(read_table(path, ["synthetic"])["synthetic"].to_pylist())
    except OSError as error:
        require_light_curves(open_dataset(given.dataset), given.dataset)
        raise UsageError(f"vetting needs {path}, which is not there: {again}") from error
    except (CorruptProduct, KeyError) as error:
        raise UsageError(f"{path} is no table of features ({error}): {again}") from error
