"""Keep a copy of a packed data set in an object store, where it can always be read."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from preprocessing.core.errors import CorruptProduct, RunError, UsageError
from preprocessing.core.packed_folder import PackedFolder, partitions_of, properties_path
from preprocessing.core.published_folder import FORMER, former_folder
from preprocessing.core.remote_path import RemotePath
from preprocessing.dataset.packing.card import is_own_card, is_own_text
from preprocessing.dataset.packing.catalog_files import damaged_catalog_files
from preprocessing.dataset.packing.file_list import (
    ListedFile,
    file_list_of,
    list_path,
    listed,
    read_file_list,
)
from preprocessing.dataset.packing.state import OWN_CATALOG
from preprocessing.network.object_store import (
    copy_object,
    has_content,
    object_facts,
    object_names,
    read_object,
    remove_object,
    require_store,
    send_file,
)
from preprocessing.tables.sky_cells import Cell
from preprocessing.tables.star_places import published_stars

__all__ = ["Published", "publish", "require_own_place"]

_T = TypeVar("_T")
#: Files on their way at a time. Each is in memory as a whole, up to some 0.15 GB.
_AT_A_TIME = 3
#: Names that a message lists.
_MOST_NAMES = 5
_PARTITION = re.compile(r"dataset/Norder=\d+/Dir=\d+/Npix=\d+\.parquet")
#: The names of a data set's files, below its folder.
_NAMES = PackedFolder(Path())


@dataclass
class Published:
    """What was done.

    Parameters
    ----------
    n_sent, n_bytes : int
        Files of light curves, of centroids and of the clock that were sent, and their bytes.
    n_kept : int
        Those that were there already.
    n_removed : int
        Those that are no longer part of the data set.
    has_card : bool
        Whether the card was sent; not if another program's object has its name.
    """

    n_sent: int = 0
    n_bytes: int = 0
    n_kept: int = 0
    n_removed: int = 0
    has_card: bool = True


@dataclass(frozen=True)
class _Copy:
    """What is in the store before anything is done.

    Parameters
    ----------
    files : mapping of str to ListedFile
        The Parquet files that the lists there name.
    former : RemotePath or None
        Where the files of the data set are kept that are replaced; None if there is no data set.
    kept : frozenset of str
        Those that an earlier run, which did not end, has kept there already.
    """

    files: Mapping[str, ListedFile] = field(default_factory=dict)
    former: RemotePath | None = None
    kept: frozenset[str] = frozenset()


def require_own_place(to: RemotePath) -> None:
    """Make sure that nothing of another program is in the way, before long work is begun.

    Parameters
    ----------
    to : RemotePath
        Where the copy will be.

    Raises
    ------
    UsageError
        There is no such store or bucket, or something of another program is there.
    OSError
        The store does not answer, or refuses.
    """
    require_store(to)
    for catalog in (_NAMES.curves, _NAMES.centroids):
        properties = _at(to, properties_path(catalog))
        content = read_object(properties)
        if content is not None and OWN_CATALOG.encode() not in content:
            raise UsageError(f"{properties} is another program's: name another place")
    _stars_there(to)


def publish(root: Path, to: RemotePath, stop: threading.Event | None = None) -> Published:
    """Send what changed of a packed data set; the caller holds the lock of its folder.

    Whenever this ends or is killed, one data set can be read there, the former or this one: files
    that are replaced are copied first, and the copies count for as long as the former table of
    stars is there. That is replaced last but for the card.

    Parameters
    ----------
    root : Path
        The folder of the data set, which is packed.
    to : RemotePath
        Where the copy is, or will be.
    stop : threading.Event, optional
        Ends the work before the next file when it is set.

    Raises
    ------
    UsageError
        Another data set is there, or something of another program.
    RunError
        A file of the data set is damaged, the store damages what it is sent, or the work was
        stopped.
    OSError
        A file cannot be read, or the store does not answer or refuses.
    """
    stop = stop or threading.Event()
    require_own_place(to)
    local, files = PackedFolder(root), _sound_files(root)
    before = _stars_there(to)
    _require_no_star_lost(local, to, before)
    there = _copy_there(to, before)
    done = Published()

    def send(name: str) -> int:
        return _send(root, to, name, files[name], there)

    for n_bytes in _each(send, files, stop):
        done.n_sent += n_bytes > 0
        done.n_kept += n_bytes == 0
        done.n_bytes += n_bytes
    tables = [table for catalog in _catalogs(local) for table in _tables(catalog)]
    for path in [*tables, local.stars]:
        send_file(path, to / path.relative_to(root).as_posix())
    # From here on, the data set that is there is this one.
    card = read_object(_at(to, _NAMES.card))
    done.has_card = (
        local.card.is_file() and is_own_card(local.card) and (card is None or is_own_text(card))
    )
    if done.has_card:
        send_file(local.card, _at(to, _NAMES.card))
    stale = _partitions_there(to) - files.keys()
    done.n_removed = len(stale)
    gone = [to / name for name in sorted(stale)]
    gone += [to / FORMER / name for name in sorted(object_names(to / FORMER))]
    if not local.clock.exists():
        gone.append(_at(to, _NAMES.clock))
    for _ in _each(remove_object, gone, stop):
        pass
    return done


def _each(
    function: Callable[..., _T], items: Iterable[object], stop: threading.Event
) -> Iterator[_T]:
    """Yield what a function returns for each item, some at a time."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        pending = [pool.submit(function, item) for item in items]
        try:
            for future in pending:
                if stop.is_set():
                    raise RunError("stopped; the same command goes on")
                yield future.result()
        finally:
            for future in pending:
                future.cancel()


def _at(to: RemotePath, path: Path) -> RemotePath:
    return to / path.as_posix()


def _catalogs(local: PackedFolder) -> list[Path]:
    return [catalog for catalog in (local.centroids, local.curves) if catalog.is_dir()]


def _tables(catalog: Path) -> list[Path]:
    """Return the files about a catalog, in the order in which they are sent."""
    return [
        partitions_of(catalog) / "_common_metadata",
        list_path(catalog),
        properties_path(catalog),
    ]


def _sound_files(root: Path) -> dict[str, ListedFile]:
    """Return the Parquet files of a data set by their names, if the lists of them are sound."""
    local, found = PackedFolder(root), {}
    beside = [local.stars, *([local.clock] if local.clock.exists() else [])]
    for catalog in _catalogs(local):
        for path, what in damaged_catalog_files(catalog, beside if catalog == local.curves else ()):
            raise _damaged(path, what)
        try:
            found.update(_by_name(catalog.relative_to(root), read_file_list(catalog)))
        except CorruptProduct as error:
            raise RunError(str(error)) from error
    if local.clock.exists():
        found[local.clock.name] = listed(local.clock)
    return found


def _by_name(catalog: Path, files: Mapping[Cell, ListedFile]) -> dict[str, ListedFile]:
    return {(partitions_of(catalog) / cell.file).as_posix(): file for cell, file in files.items()}


def _damaged(path: Path, what: str) -> RunError:
    return RunError(f"{path} {what}, and is not sent: xenoscan verify --repair writes it again")


def _stars_there(to: RemotePath) -> bytes | None:
    """Return the table of stars that is there; refuse what another program wrote."""
    place = _at(to, _NAMES.stars)
    content = read_object(place)
    if content is not None:
        published_stars(place, content)
    return content


def _require_no_star_lost(local: PackedFolder, to: RemotePath, before: bytes | None) -> None:
    """Refuse to replace a data set by another one, which would lose stars."""
    if before is None:
        return
    there = published_stars(_at(to, _NAMES.stars), before)
    lost = sorted(there - published_stars(local.stars))
    if lost:
        names = ", ".join(name for name, _ in lost[:_MOST_NAMES])
        raise UsageError(
            f"{to} holds {len(lost)} light curves that {local.root} does not hold ({names}"
            f"{' ...' if len(lost) > _MOST_NAMES else ''}): name another place, or remove what is"
            " there"
        )
    centroids = object_facts(_at(to, properties_path(_NAMES.centroids)))
    if local.centroids.is_dir() != (centroids is not None):
        either, other = (to, local.root) if centroids else (local.root, to)
        raise UsageError(
            f"{either} has centroids and {other} has none: name another place, or remove what is"
            f" at {to}"
        )


def _copy_there(to: RemotePath, stars: bytes | None) -> _Copy:
    if stars is None:
        return _Copy()
    former = former_folder(to, hashlib.sha256(stars).hexdigest())
    files = {}
    for catalog in (_NAMES.curves, _NAMES.centroids):
        place = _at(to, list_path(catalog))
        content = read_object(place)
        # Without a list that can be read, the digests of the store decide.
        with suppress(CorruptProduct):
            files.update(_by_name(catalog, file_list_of(content or b"", place)))
    return _Copy(files, former, object_names(former))


def _send(root: Path, to: RemotePath, name: str, file: ListedFile, there: _Copy) -> int:
    """Send a file unless the store has it; return how many bytes were sent."""
    path, place = root / name, to / name
    facts = object_facts(place)
    if facts is not None and facts.size == file.bytes:
        # One that a run may have replaced that did not end is not what the list there says.
        if there.files.get(name) == file and name not in there.kept:
            return 0
        if has_content(facts, path):
            return 0
    if listed(path) != file:
        raise _damaged(path, "is not the file that was written")
    if facts is not None and there.former is not None and name not in there.kept:
        copy_object(place, there.former / name)
    send_file(path, place)
    return file.bytes


def _partitions_there(to: RemotePath) -> set[str]:
    """Return the Parquet files that are in the catalogs there, listed or not."""
    return {
        f"{catalog.as_posix()}/{name}"
        for catalog in (_NAMES.curves, _NAMES.centroids)
        for name in object_names(_at(to, catalog))
        if _PARTITION.fullmatch(name)
    }
