"""Where each file of a packed data set is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PackedFolder", "partition_files", "partitions_of", "properties_path"]


@dataclass(frozen=True)
class PackedFolder:
    """The packed form of a data set, in the data set's folder.

    Parameters
    ----------
    root : Path
        The folder of the data set. It need not exist.

    Examples
    --------
    >>> PackedFolder(Path("m-dwarfs")).curves.as_posix()
    'm-dwarfs/hats/lightcurves'
    """

    root: Path

    @property
    def catalogs(self) -> Path:
        """The folder of both catalogs."""
        return self.root / "hats"

    @property
    def curves(self) -> Path:
        """The catalog of light curves."""
        return self.catalogs / "lightcurves"

    @property
    def centroids(self) -> Path:
        """The catalog of centroids. It has the same files with the same rows."""
        return self.catalogs / "centroids"

    def written(self, with_centroids: bool) -> tuple[Path, ...]:
        """Return the catalogs that are written: the light curves come last, and stand for both."""
        return (self.centroids, self.curves) if with_centroids else (self.curves,)

    @property
    def stars(self) -> Path:
        """The table that says where each star is, and what became of it."""
        return self.root / "stars.parquet"

    @property
    def clock(self) -> Path:
        """The mission's clock, if times are stored as light's travel time beyond it."""
        return self.root / "clock.parquet"

    @property
    def card(self) -> Path:
        """The dataset card."""
        return self.root / "README.md"

    @property
    def is_packed(self) -> bool:
        """Whether the folder holds a packed data set that is complete."""
        return self.stars.is_file() and properties_path(self.curves).is_file()


def properties_path(catalog: Path) -> Path:
    """Return the path of the file that makes a folder a HATS catalog."""
    return catalog / "hats.properties"


def partitions_of(catalog: Path) -> Path:
    """Return the folder of a catalog's Parquet files."""
    return catalog / "dataset"


def partition_files(catalog: Path) -> Iterator[Path]:
    """Yield the Parquet files of a catalog, in the order of their names."""
    yield from sorted(partitions_of(catalog).glob("Norder=*/Dir=*/Npix=*.parquet"))
