"""An index of a directory of light curves: any tree, with files recognized by their names."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from preprocessing.core.errors import UsageError
from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.star_keys import key_of_product

__all__ = ["MirrorIndex"]

_log = logging.getLogger(__name__)


class MirrorIndex:
    """The light-curve files in a directory tree, recognized by their names.

    The tree is read once, on creation; files added later are not seen. If two files have the
    same name, the first in the order of paths counts. Several threads may call the methods at
    the same time.

    Parameters
    ----------
    root : pathlib.Path
        The top folder. Symbolic links are followed.

    Raises
    ------
    UsageError
        `root` is not a directory, or holds no light curve.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UsageError(f"mirror {root} is not a directory")
        paths = _find_files(root)
        if not paths:
            raise UsageError(f"mirror {root} holds no light-curve file with a known name")
        self._stars: dict[int, dict[Product, str]] = {}
        for product in sorted(paths):
            self._stars.setdefault(key_of_product(product), {})[product] = paths[product]
        self._keys = tuple(sorted(self._stars))

    def star_keys(self) -> Sequence[int]:
        """Return the keys of all stars (see `targets.star_key`), ascending."""
        return self._keys

    def products(self, key: int) -> Sequence[Product]:
        """Return one star's files; raise `KeyError` if no star has the key."""
        return tuple(self._stars[key])

    def paths(self, key: int) -> Sequence[str]:
        """Return the paths of one star's files; raise `KeyError` if no star has the key."""
        return tuple(self._stars[key].values())

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; raise `KeyError` if there is no such file."""
        try:
            return os.stat(self._stars[key_of_product(product)][product]).st_size
        except FileNotFoundError as error:
            raise KeyError(product) from error

    def body(self, product: Product) -> bytes:
        """Return the bytes of a file; raise `KeyError` if there is no such file."""
        try:
            return Path(self._stars[key_of_product(product)][product]).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(product) from error


def _find_files(root: Path) -> dict[Product, str]:
    found: dict[Product, str] = {}
    shadowed = 0
    for path in sorted(_walk(root)):
        product = parse_file_name(os.path.basename(path))
        if product is None:
            continue
        shadowed += product in found
        found.setdefault(product, path)
    if shadowed:
        _log.warning("%s: %d files have the name of another one and are not served", root, shadowed)
    return found


def _walk(root: Path) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(root, onerror=_warn_unreadable, followlinks=True):
        status = os.stat(folder)
        # A link may lead back to a folder above it.
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        yield from (os.path.join(folder, name) for name in names)


def _warn_unreadable(error: OSError) -> None:
    _log.warning("%s: not served: %s", error.filename, error.strerror)
