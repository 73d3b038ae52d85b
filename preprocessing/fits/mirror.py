"""An index of a directory of light curves: any tree, with files recognized by name or header."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.fits.identify import identify, is_fits, light_curve_headers, star_in_header
from preprocessing.missions import Product, is_other_product, mission_of, parse_file_name
from preprocessing.missions.registry import author_of_name
from preprocessing.missions.star_keys import key_of_product
from preprocessing.system.found_files import find_files
from preprocessing.system.stored_files import PlainFile, StoredFile, read_unpacked

__all__ = ["MirrorIndex"]

_log = logging.getLogger(__name__)

#: Names that FITS files have after somebody changed them: ``a.FITS``, ``a.fits.1``, ``a (2).fit``.
_MAYBE_FITS = re.compile(r"\.(fits|fit|fts)\b", re.IGNORECASE)
#: What a file's name begins with, if somebody appended to it: ``a.fits.bz2``, ``a (1).fits``.
_STEM = re.compile(r"[\w.-]+?(?=\.fi?ts?\b|[ (])", re.IGNORECASE)
#: Bytes that tell a FITS file.
_BEGINNING = 16
#: Bytes in which both headers of a light curve end: they take eight blocks, more in old deliveries.
_HEAD = 2**16


class MirrorIndex:
    """The light-curve files in a directory tree, recognized by their names or headers.

    Files may be packed by gzip, and lie in tar bundles. The tree is read once, on creation; files
    added later are not seen. Several threads may call the methods at the same time.

    Parameters
    ----------
    root : pathlib.Path
        The top folder. Symbolic links are followed.

    Raises
    ------
    UsageError
        `root` is not a directory, or holds no light curve.

    Attributes
    ----------
    unread_files : tuple of str
        Where there are light curves whose names and headers do not tell which of a star's files
        they are, and files that cannot be read to find out.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UsageError(f"mirror {root} is not a directory")
        self._stars: dict[int, dict[Product, StoredFile]] = {}
        self._further: dict[Product, list[StoredFile]] = {}
        unread: list[str] = []
        found: dict[Product, StoredFile] = {}
        for file in sorted(find_files(str(root)), key=_order):
            product = parse_file_name(file.name, _star_of(file)) or _recognized(file, unread)
            if product is not None and found.setdefault(product, file) is not file:
                self._further.setdefault(product, []).append(file)
        if not found:
            unknown = f": {unread[0]} cannot be recognized, for instance" if unread else ""
            raise UsageError(
                f"mirror {root} holds no light-curve file with a known name or header{unknown}"
            )
        for product in sorted(found):
            self._stars.setdefault(key_of_product(product), {})[product] = found[product]
        self._keys = tuple(sorted(self._stars))
        self.unread_files = tuple(unread)

    def star_keys(self) -> Sequence[int]:
        """Return the keys of all stars (see `targets.star_key`), ascending."""
        return self._keys

    def products(self, key: int) -> Sequence[Product]:
        """Return one star's files; raise `KeyError` if no star has the key."""
        return tuple(self._stars[key])

    def copies(self, product: Product) -> Sequence[StoredFile]:
        """Return every copy of a file; raise `KeyError` if there is none.

        Unpacked copies come first, then the order of their paths counts.
        """
        first = self._stars[key_of_product(product)][product]
        return first, *self._further.get(product, ())

    def size(self, product: Product) -> int:
        """Return the size of a file's first copy in bytes; raise `KeyError` if there is none."""
        try:
            return self.copies(product)[0].size()
        except FileNotFoundError as error:
            raise KeyError(product) from error

    def body(self, product: Product) -> bytes:
        """Return the bytes of a file's first copy; raise `KeyError` if there is none."""
        try:
            return read_unpacked(self.copies(product)[0])
        except FileNotFoundError as error:
            raise KeyError(product) from error


def _is_damaged(name: str, head: bytes) -> bool:
    """Tell whether a file without FITS's beginning has a light curve's name, but for its ending."""
    if is_fits(head) or name.startswith("."):
        return False
    stem = _STEM.match(name)
    return stem is not None and parse_file_name(f"{stem.group().lower()}.fits") is not None


def _order(file: StoredFile) -> tuple[bool, str]:
    return not isinstance(file, PlainFile), file.where


def _star_of(file: StoredFile) -> int:
    """Return the star in a file's header if its name does not tell the star; 0 if none is there."""
    author = author_of_name(file.name)
    product = None if author is None or author.names_star else author.parse(file.name)
    if author is None or product is None:
        return 0
    try:
        return star_in_header(file.read(_HEAD), author, mission_of(product))
    except (CorruptProduct, OSError) as error:
        _log.info("%s: its header cannot be read: %s", file.where, error)
        return 0


def _recognized(file: StoredFile, unread: list[str]) -> Product | None:
    """Return the product that a file's headers describe; note the file if they do not tell."""
    if is_other_product(file.name):
        return None
    is_named_so = _MAYBE_FITS.search(file.name) is not None
    try:
        if not is_named_so and not is_fits(read_unpacked(file, _BEGINNING)):
            return None
        head = read_unpacked(file, _HEAD)
        headers = light_curve_headers(head)
    except (CorruptProduct, OSError) as error:
        _log.info("%s: cannot be recognized: %s", file.where, error)
        if is_named_so:
            unread.append(file.where)
        return None
    if headers is None:
        if _is_damaged(file.name, head):
            _log.info("%s: has a light curve's name, and is no FITS file", file.where)
            unread.append(file.where)
        return None
    product = identify(*headers)
    if product is None:
        _log.info("%s: neither name nor header says which of a star's files it is", file.where)
        unread.append(file.where)
    else:
        _log.info("%s: recognized by its header as %s", file.where, product.file_name)
    return product
