"""Holdings that are real files: any directory tree with light curves in it."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from preprocessing.embedded.holdings import HeldStar
from preprocessing.exceptions import CorruptProduct, UsageError
from preprocessing.fits_format import BLOCK, CARD, HeaderCards
from preprocessing.missions import MISSIONS, Product, parse_file_name
from preprocessing.targets import star_key

__all__ = ["NAMES_FILE", "MirrorHoldings"]

logger = logging.getLogger(__name__)

#: Optional file in the root of a mirror: columns ``name`` and ``kic``.
NAMES_FILE = "names.csv"
#: A mission file's primary header takes two blocks; old deliveries a little more.
_HEAD_SIZE = 8 * BLOCK

Position = tuple[float, float]
_NO_POSITION: Position = (float("nan"), float("nan"))


class MirrorHoldings:
    """The light-curve files below a directory, found by their names.

    The tree is walked once, here; what is added later is not seen. Of two files of one
    name the first counts, in the order of their paths.

    Parameters
    ----------
    root : pathlib.Path
        Any tree; symbolic links are followed. A file `NAMES_FILE` in it gives stars
        names besides their numbers.

    Raises
    ------
    UsageError
        `root` is no directory, holds no such file, or its `NAMES_FILE` cannot be read.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UsageError(f"mirror {root} is not a directory")
        paths = _find_files(root)
        if not paths:
            raise UsageError(f"mirror {root} holds no light-curve file that is known")
        self._stars: dict[int, dict[Product, str]] = {}
        for product in sorted(paths):
            self._stars.setdefault(_key(product), {})[product] = paths[product]
        self._keys = tuple(sorted(self._stars))
        self._names = _read_names(root / NAMES_FILE)
        self._positions: dict[int, Position] = {}

    def star_keys(self) -> Sequence[int]:
        """Return the key of every star, ascending."""
        return self._keys

    def star(self, key: int) -> HeldStar:
        """Return one star; `KeyError` if there is none of that key.

        Its position is that of the first file whose header gives one, NaN if none does.
        """
        files = self._stars[key]
        if key not in self._positions:
            known = filter(None, map(_read_position, files.values()))
            self._positions[key] = next(known, _NO_POSITION)
        number = next(iter(files)).number
        return HeldStar(number, *self._positions[key], self._names.get(key, ()), tuple(files))

    def products(self, key: int) -> Sequence[Product]:
        """Return one star's files; `KeyError` if there is none of that key."""
        return tuple(self._stars[key])

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""
        try:
            return os.stat(self._stars[_key(product)][product]).st_size
        except FileNotFoundError as error:
            raise KeyError(product) from error

    def body(self, product: Product) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
        try:
            return Path(self._stars[_key(product)][product]).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(product) from error


def _key(product: Product) -> int:
    return star_key(MISSIONS[product.mission].catalogue, product.number)


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
        logger.warning(
            "%s: %d files have the name of another one and are not served", root, shadowed
        )
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
    logger.warning("%s: not served: %s", error.filename, error.strerror)


def _read_position(path: str) -> Position | None:
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_SIZE)
        cards = _primary_cards(head)
        position = cards.get("RA_OBJ"), cards.get("DEC_OBJ")
    except (OSError, CorruptProduct):
        return None
    match position:
        case (int() | float() as ra_deg, int() | float() as dec_deg):
            return float(ra_deg), float(dec_deg)
    return None


def _primary_cards(head: bytes) -> HeaderCards:
    end_card = b"END".ljust(CARD)
    for start in range(0, len(head), CARD):
        if head[start : start + CARD] == end_card:
            return HeaderCards(head[:start])
    raise CorruptProduct("the primary header has no END card")


def _read_names(path: Path) -> dict[int, tuple[str, ...]]:
    names: dict[int, tuple[str, ...]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                kic = int(row["kic"])
                names[kic] = (*names.get(kic, ()), row["name"].strip())
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
        raise UsageError(f"{path} is not a table with columns name and kic: {error}") from error
    return names
