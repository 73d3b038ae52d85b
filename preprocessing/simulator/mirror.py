"""Holdings that are real files: a directory of light curves, with names and positions."""

from __future__ import annotations

import csv
from pathlib import Path

from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.fits.format import BLOCK, CARD, HeaderCards
from preprocessing.fits.mirror import MirrorIndex
from preprocessing.missions import MISSIONS
from preprocessing.missions.targets import star_key
from preprocessing.simulator.holdings import HeldStar
from preprocessing.system.stored_files import StoredFile

__all__ = ["NAMES_FILE", "MirrorHoldings"]

#: Optional file in the root of a mirror that names stars. It has a column ``name`` and one or
#: more of ``kic``, ``epic`` and ``tic``.
NAMES_FILE = "names.csv"
_CATALOGS = tuple(mission.catalog for mission in MISSIONS.values())
#: Bytes to read for the primary header: it takes two blocks, a few more in old deliveries.
_HEAD_SIZE = 8 * BLOCK

Position = tuple[float, float]
_NO_POSITION: Position = (float("nan"), float("nan"))


class MirrorHoldings(MirrorIndex):
    """The light-curve files in a directory tree, and what is known about their stars.

    Parameters
    ----------
    root : pathlib.Path
        The directory: see `MirrorIndex`. A file `NAMES_FILE` in it gives stars more names.

    Raises
    ------
    UsageError
        `root` is not a directory, holds no light curve, or its `NAMES_FILE` is unreadable.
    """

    is_synthetic = False

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._names = _read_names(root / NAMES_FILE)
        self._positions: dict[int, Position] = {}

    def star(self, key: int) -> HeldStar:
        """Return one star; raise `KeyError` if no star has the key.

        Its position comes from the first file with one in its header; NaN if there is none.
        """
        products = self.products(key)
        if key not in self._positions:
            files = (self.copies(product)[0] for product in products)
            known = filter(None, map(_read_position, files))
            self._positions[key] = next(known, _NO_POSITION)
        return HeldStar(
            products[0].number, *self._positions[key], self._names.get(key, ()), tuple(products)
        )


def _read_position(file: StoredFile) -> Position | None:
    try:
        cards = _primary_cards(file.read(_HEAD_SIZE))
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
            reader = csv.DictReader(file)
            columns = [c for c in _CATALOGS if c.lower() in (reader.fieldnames or ())]
            if not columns:
                raise UsageError(f"{path} has none of the columns kic, epic and tic")
            for row in reader:
                for key in _keys_of_row(row, columns):
                    names[key] = (*names.get(key, ()), row["name"].strip())
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
        raise UsageError(
            f"{path} is not a table with columns name and kic, epic or tic: {error}"
        ) from error
    return names


def _keys_of_row(row: dict[str, str], columns: list[str]) -> list[int]:
    """Return the keys of the stars whose numbers a row gives; cells may be empty."""
    cells = {catalog: row[catalog.lower()] for catalog in columns}
    if not any(cells.values()):
        raise ValueError("a name without a number")
    return [star_key(catalog, int(cell)) for catalog, cell in cells.items() if cell.strip()]
