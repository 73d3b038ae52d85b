"""Open the copy of a packed data set that is in an object store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import UsageError
from preprocessing.core.packed_folder import PackedFolder, properties_path
from preprocessing.core.published_folder import former_folder
from preprocessing.core.remote_path import RemotePath
from preprocessing.dataset.packed_curves import PackedCurves
from preprocessing.network.object_store import (
    object_facts,
    object_names,
    read_object,
    require_store,
)
from preprocessing.tables.clock_table import ClockTable
from preprocessing.tables.star_places import star_places, star_table

__all__ = ["open_published"]


@dataclass(frozen=True)
class _PublishedCatalog:
    """A catalog in an object store.

    While a newer data set takes the place of this one, and if that broke off, the files that may
    have been replaced are read from the copies that were made of them.

    Parameters
    ----------
    folder, former : RemotePath
        Where its files are, and the copies of those that may have been replaced.
    replaced : frozenset of str
        These, below the folder.
    """

    folder: RemotePath
    former: RemotePath
    replaced: frozenset[str]

    def __truediv__(self, file: str) -> RemotePath:
        return (self.former if file in self.replaced else self.folder) / file


def open_published(root: RemotePath, verify: bool) -> PackedCurves:
    """Open what ``xenoscan pack --to`` sent to an object store.

    Parameters
    ----------
    root : RemotePath
        Where it is.
    verify : bool
        Whether to check what is read.

    Raises
    ------
    UsageError
        There is no such store, bucket or data set, or a package is missing.
    OSError
        The store does not answer, or refuses.
    """
    require_store(root)
    names = PackedFolder(Path())
    place = root / names.stars.as_posix()
    content = read_object(place)
    if content is None:
        raise UsageError(
            f"there is no packed data set at {root}: {place} is not there (xenoscan pack DATASET"
            " --to URL makes it)"
        )
    stars = star_places(place, content)
    former = former_folder(root, hashlib.sha256(content).hexdigest())
    replaced = object_names(former)

    def catalog(folder: Path) -> _PublishedCatalog:
        name = folder.as_posix()
        own = (file.removeprefix(f"{name}/") for file in replaced if file.startswith(f"{name}/"))
        return _PublishedCatalog(root / name, former / name, frozenset(own))

    has_centroids = object_facts(root / properties_path(names.centroids).as_posix()) is not None
    return PackedCurves(
        star_table(content),
        {name: star.row for name, star in stars.items()},
        catalog(names.curves),
        catalog(names.centroids) if has_centroids else None,
        ClockTable((former if names.clock.name in replaced else root) / names.clock.name),
        verify,
    )
