"""Which known objects a command takes: what the user's tables have."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.missions import MISSIONS, Mission

if TYPE_CHECKING:
    from preprocessing.core.known_objects import KnownObjects

__all__ = ["read_known"]


def read_known(given: argparse.Namespace) -> KnownObjects | None:
    """Return what the tables that were named have; None without any.

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

    if not given.labels:
        return None
    mission = _mission(given)
    return combine([read_labels(path, mission) for path in given.labels])


def _mission(given: argparse.Namespace) -> Mission:
    """Return the mission of a data set, as its features have it."""
    from preprocessing.features.schema import FEATURES
    from preprocessing.tables.value_tables import table_about

    path = given.dataset / f"{FEATURES}.parquet"
    again = f"run xenoscan features {given.dataset}"
    try:
        return MISSIONS[table_about(path)["mission"]]
    except OSError as error:
        raise UsageError(f"vetting needs {path}, which is not there: {again}") from error
    except (CorruptProduct, KeyError) as error:
        raise UsageError(f"{path} is no table of features ({error}): {again}") from error
