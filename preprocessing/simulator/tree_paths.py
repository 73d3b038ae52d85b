"""The paths of all files in a tree of folders, laid out as in the archive."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from preprocessing.missions import MISSIONS, Product, author_of, parse_file_name
from preprocessing.missions.kepler import KEPLER
from preprocessing.missions.targets import number_of_key
from preprocessing.simulator.holdings import Holdings

__all__ = ["TreePaths"]

#: How many lists are cached, for the upper folders that clients list again and again.
_KEPT = 256
#: Digits in the names of a Kepler star's two folders: the first holds ten thousand numbers, the
#: second one.
_MANY, _ONE = 4, 9
#: Sorts after every character of a path.
_LAST = "\U0010ffff"


class TreePaths:
    """The paths of all files below the roots of their authors.

    Parameters
    ----------
    holdings : Holdings
        The files.
    roots : mapping of str to str
        The root folder of each author's files, by `Author.collection`.
    """

    def __init__(self, holdings: Holdings, roots: Mapping[str, str]) -> None:
        self._holdings = holdings
        self._roots = roots
        self._keys: Sequence[int] = holdings.star_keys()
        self.below = lru_cache(_KEPT)(self._below)

    def product(self, path: str) -> Product | None:
        """Return the file at a path, or None if no file can have the path.

        Parameters
        ----------
        path : str
            Path from the top of the tree.
        """
        product = parse_file_name(path.rpartition("/")[2])
        return product if product is not None and self._path(product) == path else None

    def _below(self, prefix: str) -> tuple[str, ...]:
        """Return all paths that start with a prefix, in ascending order."""
        if not self._may_be_of_kepler(prefix):
            others = self._of_others
            return others[bisect_left(others, prefix) : bisect_left(others, prefix + _LAST)]
        paths = (path for key in self._keys_of(prefix) for path in self._paths_of(key))
        return tuple(sorted(path for path in paths if path.startswith(prefix)))

    def _paths_of(self, key: int) -> Iterator[str]:
        return filter(None, map(self._path, self._holdings.products(key)))

    def _path(self, product: Product) -> str:
        root = self._roots.get(author_of(product).collection)
        return "" if root is None else f"{root}/{product.path}"

    def _keys_of(self, prefix: str) -> Sequence[int]:
        """Return the few stars, of thousands, that may have a path with a prefix."""
        root = f"{self._roots[KEPLER.authors[0].collection]}/"
        if not prefix.startswith(root):
            return self._keys
        many, _, rest = prefix[len(root) :].partition("/")
        one = rest.partition("/")[0]
        digits = one if len(one) == _ONE and one.isdecimal() else many
        if not digits.isdecimal() or len(digits) not in (_MANY, _ONE):
            return self._of_kepler()
        unit = 10 ** (_ONE - len(digits))
        first = int(digits) * unit
        return self._keys[bisect_left(self._keys, first) : bisect_left(self._keys, first + unit)]

    def _may_be_of_kepler(self, prefix: str) -> bool:
        root = f"{self._roots[KEPLER.authors[0].collection]}/"
        return prefix.startswith(root) or root.startswith(prefix)

    @cached_property
    def _of_others(self) -> tuple[str, ...]:
        """All paths of the other missions' stars, in ascending order."""
        of_kepler = frozenset(self._of_kepler())
        keys = (key for key in self._keys if key not in of_kepler)
        return tuple(sorted(path for key in keys for path in self._paths_of(key)))

    def _of_kepler(self) -> list[int]:
        catalog = MISSIONS[KEPLER.name].catalog
        return [key for key in self._keys if number_of_key(key, catalog) is not None]
