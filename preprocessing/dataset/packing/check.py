"""Check a packed data set: every page, every star's digest, and the tables about the whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.packed_folder import PackedFolder, partition_files, partitions_of
from preprocessing.tables.packed_rows import cell_of
from preprocessing.tables.sky_cells import Cell
from preprocessing.tables.star_digests import check_digests
from preprocessing.tables.stars import star_places

__all__ = ["PackedDamage", "check_packed"]


@dataclass(frozen=True)
class PackedDamage:
    """Something wrong with a packed data set.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What is wrong, for a person.
    cell : Cell or None
        The cell whose files must be written again; None if it is a table about the whole.
    """

    path: Path
    text: str
    cell: Cell | None = None


def check_packed(root: Path) -> Iterator[PackedDamage]:
    """Yield everything that is wrong with the packed form of a data set.

    Every page is read and checked against its checksum, and the numbers of every star against
    their digest. One row group is in memory at a time.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """
    packed = PackedFolder(root)
    digests: dict[tuple[str, int, int], str] = {}
    damaged: set[Cell] = set()
    catalogs = [packed.curves]
    if packed.centroids.is_dir():
        catalogs.append(packed.centroids)
    for catalog in catalogs:
        for path in partition_files(catalog):
            file = path.relative_to(catalog).as_posix()
            try:
                for group, row, digest in check_digests(path):
                    if catalog == packed.curves:
                        digests[file, group, row] = digest
            except (CorruptProduct, OSError) as error:
                damaged.add(cell_of(path))
                yield PackedDamage(path, str(error).removeprefix(f"{path}: "), cell_of(path))
        yield from _check_list(catalog)
    yield from _check_stars(packed, digests, damaged)


def _check_list(catalog: Path) -> Iterator[PackedDamage]:
    """Compare the list of a catalog's cells with its files."""
    path = catalog / "partition_info.csv"
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            rows = [(int(row["Norder"]), int(row["Npix"])) for row in csv.DictReader(stream)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield PackedDamage(path, f"cannot be read: {error}")
        return
    there = {cell_of(file) for file in partition_files(catalog)}
    for cell in sorted({Cell(*row) for row in rows} - there):
        yield PackedDamage(partitions_of(catalog) / cell.file, "is not there", cell)
    if there - {Cell(*row) for row in rows}:
        yield PackedDamage(path, "lacks cells that have files")


def _check_stars(
    packed: PackedFolder, digests: dict[tuple[str, int, int], str], damaged: set[Cell]
) -> Iterator[PackedDamage]:
    """Compare the table of stars with the files that it points into."""
    try:
        places = star_places(packed.stars)
    except (CorruptProduct, OSError) as error:
        yield PackedDamage(packed.stars, str(error).removeprefix(f"{packed.stars}: "))
        return
    lacking = set(digests.items()) - set(places.items())
    wrong = [
        place
        for place, digest in places.items()
        if digests.get(place) != digest and cell_of(Path(place[0])) not in damaged
    ]
    if lacking or wrong:
        yield PackedDamage(
            packed.stars,
            f"{len(wrong)} stars are not where it says, and it lacks {len(lacking)}",
        )
