"""Where each file is in a data set's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DatasetFolder", "clocks_in"]


@dataclass(frozen=True)
class DatasetFolder:
    """The folder of one data set: light curves, records and settings.

    Parameters
    ----------
    root : Path
        The folder. It need not exist.

    Examples
    --------
    >>> DatasetFolder(Path("m-dwarfs")).results.as_posix()
    'm-dwarfs/download_results.csv'
    """

    root: Path

    @property
    def exists(self) -> bool:
        """Whether the folder is laid out as a data set: it has a folder of light curves."""
        return self.lightcurves.is_dir()

    @property
    def lightcurves(self) -> Path:
        """The folder of the stitched FITS files, one per star."""
        return self.root / "lightcurves"

    @property
    def results(self) -> Path:
        """The CSV of outcomes. Manifest, target list, names and log are beside it."""
        return self.root / "download_results.csv"

    @property
    def manifest(self) -> Path:
        """The records of runs and files, a line each."""
        return self.results.with_name(f"{self.results.stem}_manifest.jsonl")

    @property
    def commands(self) -> Path:
        """The list of the commands that made tables of the data set, a line each."""
        return self.checkpoints / "commands.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoint, which lists the targets that are done."""
        return self.root / "checkpoints"

    @property
    def clocks(self) -> Path:
        """The folder of the mission's clock, which downloads gather and packing uses."""
        return clocks_in(self.checkpoints)

    @property
    def known_objects(self) -> Path:
        """The planets, binaries and variables that were known when the stars were collected."""
        return self.root / "known_objects.parquet"

    @property
    def settings(self) -> Path:
        """The TOML file with the options that made the data set."""
        return self.root / "xenoscan.toml"


def clocks_in(checkpoints: Path) -> Path:
    """Return the folder of the mission's clock, given that of the checkpoint."""
    return checkpoints / "clock"
