"""Check a packed data set: every byte, every star's digest, and the tables about the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from preprocessing.core.clock import Clocks
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, UsageError
from preprocessing.core.packed_folder import PackedFolder, partition_files, partitions_of
from preprocessing.dataset.packing.catalog_files import damaged_catalog_files
from preprocessing.dataset.packing.clocks import rebuilt_clocks
from preprocessing.dataset.packing.file_list import ListedFile, list_path, listed, read_file_list
from preprocessing.tables.clock_table import ClockTable
from preprocessing.tables.packed_rows import cell_of
from preprocessing.tables.sky_cells import Cell
from preprocessing.tables.star_digests import SoundRow, check_digests
from preprocessing.tables.star_places import StarPlace, star_places
from preprocessing.tables.stars import packed_digests, packed_stars
from preprocessing.tables.time_code import is_compact_file

__all__ = ["PackedCheck", "PackedDamage", "check_packed"]


@dataclass(frozen=True)
class PackedDamage:
    """Something wrong with a packed data set.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What is wrong, for a person.
    is_outdated : bool
        Whether the packed data set is sound, but a FITS file changed since it was packed.
    """

    path: Path
    text: str
    is_outdated: bool = False


@dataclass
class PackedCheck:
    """What a check of a packed data set found.

    Parameters
    ----------
    damage : list of PackedDamage
        Everything that is wrong.
    damaged : dict of Cell to list of tuple of SoundRow
        The cells whose files must be written again, and the stars in them that are sound: where
        each catalog has them, in the order of `PackedFolder.written`.
    sound : dict of str to str
        The digest of the FITS file of each sound star, by the file's name.
    lost : list of str
        The FITS files that are gone, and whose stars are damaged.
    """

    damage: list[PackedDamage] = field(default_factory=list)
    damaged: dict[Cell, list[tuple[SoundRow, ...]]] = field(default_factory=dict)
    sound: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def has(self, path: Path) -> bool:
        """Tell whether anything is wrong with a file."""
        return any(item.path == path for item in self.damage)

    def add(self, path: Path, text: str, cell: Cell | None = None) -> None:
        """Add something that is wrong; with a cell if its files must be written again."""
        self.damage.append(PackedDamage(path, text))
        if cell is not None:
            self.damaged.setdefault(cell, [])


def check_packed(root: Path) -> PackedCheck:
    """Return everything that is wrong with the packed form of a data set.

    Every byte is compared with the digest of its file, every page with its checksum, and the
    numbers of every star with their digest. One row group is in memory at a time.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """
    packed, found = PackedFolder(root), PackedCheck()
    clocks, beside = _clocks(packed)
    curves = _check_catalog(packed.curves, [packed.stars, *beside], clocks, found)
    stars: _Stars = {place: (row,) for place, row in curves.items()}
    if packed.centroids.is_dir():
        stars = _with_centroids(packed, curves, found, clocks)
    rows = {place: star[-1] for place, star in stars.items()}
    found.sound = {row.fits_file: row.fits_sha256 for row in rows.values()}
    _check_stars(packed, curves, found)
    _check_fits(packed, rows, found)
    for (cell, _), star in stars.items():
        if cell in found.damaged:
            found.damaged[cell].append(star)
    return found


#: A star by its cell, its row group and its row in that, in one catalog and in all of them.
_Rows = dict[tuple[Cell, tuple[int, int]], SoundRow]
_Stars = dict[tuple[Cell, tuple[int, int]], tuple[SoundRow, ...]]


def _with_centroids(
    packed: PackedFolder, curves: _Rows, found: PackedCheck, clocks: Clocks
) -> _Stars:
    """Check the centroids, and return the stars that are sound in both catalogs."""
    sisters = {
        (cell, row.fits_file, row.fits_sha256): row
        for (cell, _), row in _check_catalog(packed.centroids, (), clocks, found).items()
    }
    stars: _Stars = {}
    for (cell, place), row in curves.items():
        sister = sisters.get((cell, row.fits_file, row.fits_sha256))
        if sister is not None:
            stars[cell, place] = (sister, row)
        # A kill may have come between the names of the two files.
        if (sister is None or sister.place != place) and cell not in found.damaged:
            path = partitions_of(packed.centroids) / cell.file
            found.add(path, "has other rows than the file of light curves", cell)
    return stars


def _clocks(packed: PackedFolder) -> tuple[Clocks, list[Path]]:
    """Return the mission's clock, and the files beside the catalog that it is in."""
    if not (packed.clock.exists() or any(map(is_compact_file, partition_files(packed.curves)))):
        return ClockTable(packed.clock), []
    # What the table lacks is known from elsewhere: stars are damaged only if that is no help.
    return rebuilt_clocks(packed.root), [packed.clock]


def _check_catalog(
    catalog: Path, beside: Sequence[Path], clocks: Clocks, found: PackedCheck
) -> _Rows:
    """Check every file of a catalog, and return its sound stars."""
    about = dict(damaged_catalog_files(catalog, beside))
    files: Mapping[Cell, ListedFile] = {}
    if list_path(catalog) not in about:
        files = read_file_list(catalog)
    rows: _Rows = {}
    paths = {cell_of(path): path for path in partition_files(catalog)}
    for cell, path in paths.items():
        damage = None
        for item in check_digests(path, clocks):
            if isinstance(item, SoundRow):
                rows[cell, item.place] = item
            else:
                damage = damage or str(item).removeprefix(f"{path}: ")
        if damage is None and cell in files and files[cell] != listed(path):
            damage = f"is not the file that {list_path(catalog).name} lists"
        if damage is not None:
            found.add(path, damage, cell)
    for cell in sorted(files.keys() - paths):
        found.add(partitions_of(catalog) / cell.file, "is not there", cell)
    if files and paths.keys() - files:
        about[list_path(catalog)] = "lacks cells that have files"
    for path, text in about.items():
        found.add(path, text)
    return rows


def _check_stars(packed: PackedFolder, rows: _Rows, found: PackedCheck) -> None:
    """Compare the table of stars with the files that it points into."""
    try:
        places = packed_digests(packed.stars)
        listed_stars = packed_stars(packed.stars)
    except (CorruptProduct, OSError):
        # Its own digest is wrong, too.
        return
    digests = {
        (f"{partitions_of(Path()).as_posix()}/{cell.file}", *place): row.sha256
        for (cell, place), row in rows.items()
    }
    lacking = set(digests.items()) - set(places.items())
    wrong = [
        place
        for place, digest in places.items()
        if digests.get(place) != digest and cell_of(Path(place[0])) not in found.damaged
    ]
    if lacking or wrong:
        found.add(
            packed.stars,
            f"{len(wrong)} stars are not where it says, and it lacks {len(lacking)}",
        )
    lightcurves = DatasetFolder(packed.root).lightcurves
    gone = (name for name in listed_stars - found.sound.keys() if not (lightcurves / name).exists())
    found.lost = sorted(gone)


def _check_fits(packed: PackedFolder, rows: _Rows, found: PackedCheck) -> None:
    """Find FITS files that changed since they were packed."""
    places: Mapping[str, StarPlace] = {}
    with suppress(UsageError):
        places = star_places(packed.stars)
    for (cell, _), row in rows.items():
        path, place = (
            DatasetFolder(packed.root).lightcurves / row.fits_file,
            places.get(row.fits_file),
        )
        # One that cannot be read is found where the FITS files are checked.
        with suppress(OSError):
            is_same = place is not None and place.is_from(path)
            if not is_same and listed(path).sha256 != row.fits_sha256:
                text = "is not the file that was packed: xenoscan pack packs it again"
                found.damage.append(PackedDamage(path, text, is_outdated=True))
                found.damaged.setdefault(cell, [])
