"""What is packed already: which stars each file holds, and whether it may be written beside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.core.packed_folder import (
    PackedFolder,
    partition_files,
    partitions_of,
    properties_path,
)
from preprocessing.dataset.packing.file_list import FileList
from preprocessing.system.foreign import foreign_content
from preprocessing.tables.foreign_table import refuse_foreign_table
from preprocessing.tables.light_curves import SCHEMA_VERSION, is_double_schema
from preprocessing.tables.packed_rows import (
    PackedRow,
    PartitionFacts,
    cell_of,
    partition_facts,
    table_version,
)
from preprocessing.tables.sky_cells import Cell
from preprocessing.tables.star_digests import SoundRow
from preprocessing.tables.star_places import StarPlace, star_places
from preprocessing.tables.time_code import is_compact_file, is_compact_schema

__all__ = ["OWN_CATALOG", "Existing", "KnownStar", "read_existing"]

_NONE: Mapping[Cell, Sequence[tuple[SoundRow, ...]]] = {}


@dataclass(frozen=True)
class KnownStar:
    """A star that is packed already.

    Parameters
    ----------
    number : int
        The star's number.
    healpix : int
        Its cell of order 29.
    places : tuple of PackedRow
        Where it is in each catalog, in the order of `PackedFolder.written`.
    n_points : int
        Its points.
    """

    number: int
    healpix: int
    places: tuple[PackedRow, ...]
    n_points: int


@dataclass(frozen=True)
class ExistingPartition:
    """A file of light curves.

    Parameters
    ----------
    facts : PartitionFacts
        Which stars it holds; of a damaged file, those that are sound.
    written_ns : int
        When it was written: nanoseconds since 1970.
    sister : mapping of str to (int, int) or None
        Where the file of centroids has each of these stars, by the name of its FITS file: row
        group and row. None if there is no such file.
    is_damaged : bool
        Whether it must be written again.
    """

    facts: PartitionFacts
    written_ns: int
    sister: Mapping[str, tuple[int, int]] | None
    is_damaged: bool

    @property
    def has_sister(self) -> bool:
        """Whether the file of centroids has the same stars in the same rows."""
        # A kill may have come between the names of the two files.
        return self.sister is not None and self.facts.places == tuple(
            self.sister.get(name) for name in self.facts.fits_files
        )


@dataclass
class Existing:
    """What is packed already.

    Parameters
    ----------
    partitions : dict of Cell to ExistingPartition
        The files that can be read.
    damaged : list of CorruptProduct
        What is wrong with the others, to be written anew.
    missions : set of str
        The missions whose stars are packed.
    synthetic : set of bool
        Whether programs made these stars up.
    is_compact : bool
        Whether any file has times that only the mission's clock completes.
    listed : dict of str to StarPlace
        What the table of stars says of each packed FITS file, by its name; empty if the table
        cannot be read.
    """

    partitions: dict[Cell, ExistingPartition] = field(default_factory=dict)
    damaged: list[CorruptProduct] = field(default_factory=list)
    missions: set[str] = field(default_factory=set)
    synthetic: set[bool] = field(default_factory=set)
    is_compact: bool = False
    listed: dict[str, StarPlace] = field(default_factory=dict)

    @property
    def has_centroids(self) -> bool | None:
        """Whether centroids are packed too; None if nothing is packed."""
        if not self.partitions:
            return None
        return any(partition.sister is not None for partition in self.partitions.values())

    @property
    def is_double(self) -> bool:
        """Whether any file has a flux of 64 bits."""
        return any(is_double_schema(p.facts.schema) for p in self.partitions.values())

    def stars(self) -> Iterator[tuple[str, KnownStar]]:
        """Yield the name of each star's FITS file, and the star; not if its centroids are lost."""
        has_centroids = self.has_centroids
        for cell, partition in self.partitions.items():
            facts = partition.facts
            for index, name in enumerate(facts.fits_files):
                places = [facts.places[index]]
                if has_centroids:
                    if partition.sister is None or name not in partition.sister:
                        continue
                    places.insert(0, partition.sister[name])
                rows = tuple(PackedRow(cell.file, *place) for place in places)
                number, healpix = facts.numbers[index], facts.cells[index]
                yield name, KnownStar(number, healpix, rows, facts.n_points[index])


def read_existing(
    root: Path, damaged: Mapping[Cell, Sequence[tuple[SoundRow, ...]]] = _NONE
) -> Existing:
    """Read what is packed in the folder of a data set.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    damaged : mapping of Cell to sequence of tuple of SoundRow, optional
        Cells whose files a check found damaged, and the stars in them that are sound: where each
        catalog has them, as `KnownStar.places`.

    Raises
    ------
    UsageError
        There are files of another program, or of another version of the layout.
    OSError
        A file cannot be read.
    """
    packed = PackedFolder(root)
    _require_own_folders(packed)
    found = Existing()
    with suppress(UsageError):
        found.listed = star_places(packed.stars)
    lists = FileList(packed.curves), FileList(packed.centroids)
    for path in partition_files(packed.curves):
        cell = cell_of(path)
        try:
            if cell in damaged:
                partition = _what_is_sound(packed, cell, damaged[cell])
            else:
                partition = _partition(packed, cell, lists)
        except CorruptProduct as error:
            found.damaged.append(error)
            found.is_compact |= is_compact_file(path)
            continue
        found.partitions[cell] = partition
        found.missions.add(partition.facts.schema.metadata[b"mission"].decode())
        found.synthetic |= partition.facts.synthetic
        found.is_compact |= is_compact_schema(partition.facts.schema)
    return found


def _partition(packed: PackedFolder, cell: Cell, lists: Sequence[FileList]) -> ExistingPartition:
    path = partitions_of(packed.curves) / cell.file
    facts = partition_facts(path)
    _require_own(path, facts.version)
    sister = _sister(partitions_of(packed.centroids) / cell.file, facts)
    is_listed = all(files.has(cell) for files in lists[: 1 + (sister is not None)])
    return ExistingPartition(facts, os.stat(path).st_mtime_ns, sister, not is_listed)


def _what_is_sound(
    packed: PackedFolder, cell: Cell, stars: Sequence[tuple[SoundRow, ...]]
) -> ExistingPartition:
    path = partitions_of(packed.curves) / cell.file
    if not stars:
        raise CorruptProduct(f"{path} is damaged")
    facts = partition_facts(path, [rows[-1].place for rows in stars])
    sister = None
    if packed.centroids.is_dir():
        sister = {rows[0].fits_file: rows[0].place for rows in stars}
    return ExistingPartition(facts, 0, sister, is_damaged=True)


def _sister(path: Path, curves: PartitionFacts) -> Mapping[str, tuple[int, int]] | None:
    """Return where a file of centroids has the stars of a file of light curves."""
    if not path.exists():
        return None
    facts = partition_facts(path)
    _require_own(path, facts.version)
    places = dict(
        zip(zip(facts.fits_files, facts.fits_sha256, strict=True), facts.places, strict=True)
    )
    wanted = zip(curves.fits_files, curves.fits_sha256, strict=True)
    return {star[0]: places[star] for star in wanted if star in places}


def _require_own_folders(packed: PackedFolder) -> None:
    for catalog in (packed.curves, packed.centroids):
        foreign = foreign_content(properties_path(catalog), _is_own_catalog)
        if foreign is not None:
            raise UsageError(
                f"{catalog} is a catalog of another program, and stays as it is: move it away"
            )
    # Beside a catalog of this program, a table that cannot be read is its own, and damaged.
    is_own = properties_path(packed.curves).exists()
    partitions = (*partition_files(packed.curves), *partition_files(packed.centroids))
    for path in (packed.stars, packed.clock, *partitions):
        refuse_foreign_table(path, is_any_damage_own=is_own)
    if packed.stars.exists() and not is_own:
        _require_own(packed.stars, table_version(packed.stars))


#: The line of hats.properties by which this program knows its own catalogs.
OWN_CATALOG = "hats_builder=xenoscan"


def _is_own_catalog(properties: bytes) -> bool:
    return OWN_CATALOG.encode() in properties


def _require_own(path: Path, version: str | None) -> None:
    if version is None:
        raise UsageError(f"another program wrote {path}, and it stays as it is: move it away")
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{path} has version {version} of the layout, and this program writes"
            f" {SCHEMA_VERSION}: remove hats and stars.parquet, and pack the FITS files again"
        )
