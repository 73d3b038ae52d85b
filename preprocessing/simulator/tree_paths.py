"""The paths of all files in a tree of folders, laid out as in the archive."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache

from preprocessing.missions import MISSIONS, Author, Mission, Product, author_of
from preprocessing.missions.targets import number_of_key, star_key
from preprocessing.simulator.holdings import Holdings, ProductNames

__all__ = ["TreePaths"]

#: How many lists are cached, for the upper folders that clients list again and again.
_KEPT = 256
#: Sorts after every character of a path.
_LAST = "\U0010ffff"


class TreePaths:
    """The paths of all files below the roots of their authors.

    Parameters
    ----------
    holdings : Holdings
        The files.
    root_of : callable
        Returns the folder of an author's files, None if the tree has none of them.
    """

    def __init__(self, holdings: Holdings, root_of: Callable[[Author], str | None]) -> None:
        self._holdings = holdings
        self._names = ProductNames(holdings)
        self._root_of = root_of
        self._keys: Sequence[int] = holdings.star_keys()
        self.below = lru_cache(_KEPT)(self._below)

    def product(self, path: str) -> Product | None:
        """Return the file at a path, or None if no file can have the path.

        Parameters
        ----------
        path : str
            Path from the top of the tree.
        """
        product = self._names.product(path.rpartition("/")[2])
        return product if product is not None and self._path(product) == path else None

    def _below(self, prefix: str) -> tuple[str, ...]:
        """Return all paths that start with a prefix, in ascending order."""
        trees = [tree for tree in self._star_trees if tree.may_have(prefix)]
        keys = {key for tree in trees for key in tree.keys_of(prefix)}
        found = [path for key in keys for path in self._of(key) if path.startswith(prefix)]
        if not any(prefix.startswith(tree.root) for tree in trees):
            others = self._of_others
            found += others[bisect_left(others, prefix) : bisect_left(others, prefix + _LAST)]
        return tuple(sorted(found))

    def _of(self, key: int) -> Iterator[str]:
        return filter(None, map(self._path, self._holdings.products(key)))

    def _path(self, product: Product) -> str:
        root = self._root_of(author_of(product))
        return "" if root is None else f"{root}/{product.path}"

    @cached_property
    def _star_trees(self) -> list[_StarTree]:
        """The trees with one folder per star, where a prefix selects few stars of thousands."""
        trees = []
        for mission, author in ((m, author) for m in MISSIONS.values() for author in m.authors):
            root, layout = self._root_of(author), author.archive_layout
            if root is None or layout is None or layout.sequence or layout.folder is None:
                continue
            if all(branch.startswith("{}") for branch in layout.branches):
                trees.append(_StarTree(mission, f"{root}/", layout.folder, self._keys))
        return trees

    @cached_property
    def _of_others(self) -> tuple[str, ...]:
        """All paths of the other missions' stars, in ascending order."""
        found = frozenset(key for tree in self._star_trees for key in tree.keys)
        keys = (key for key in self._keys if key not in found)
        return tuple(sorted(path for key in keys for path in self._of(key)))


class _StarTree:
    """A tree of one mission in which all files of a star are in one folder.

    Parameters
    ----------
    mission : Mission
        The mission whose stars are in the tree.
    root : str
        The folder above the stars' folders, with a slash at its end.
    folder : callable
        Returns the folder for a star's number, relative to the root. Folder names sort like
        the numbers.
    keys : sequence of int
        Keys of the stars of all missions.
    """

    def __init__(
        self, mission: Mission, root: str, folder: Callable[[int], str], keys: Sequence[int]
    ) -> None:
        self.root = root
        self._folder = folder
        self._numbers = [n for n in (number_of_key(key, mission.catalog) for key in keys) if n]
        self._catalog = mission.catalog

    @cached_property
    def keys(self) -> list[int]:
        """The keys of the mission's stars, ascending."""
        return [star_key(self._catalog, number) for number in self._numbers]

    def may_have(self, prefix: str) -> bool:
        """Tell whether paths of the tree may start with a prefix."""
        return prefix.startswith(self.root) or self.root.startswith(prefix)

    def keys_of(self, prefix: str) -> Sequence[int]:
        """Return the few stars that may have a path with a prefix."""
        below = prefix[len(self.root) :]

        def beginning(number: int) -> str:
            return f"{self._folder(number)}/"[: len(below)]

        start = bisect_left(self._numbers, below[: len(beginning(0))], key=beginning)
        end = bisect_right(self._numbers, below[: len(beginning(0))], key=beginning)
        return self.keys[start:end]
