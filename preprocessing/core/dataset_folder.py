"""The layout of a data set's folder: where each thing is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DatasetFolder"]


@dataclass(frozen=True)
class DatasetFolder:
    """One folder that holds a data set: light curves, records and settings.

    Parameters
    ----------
    root : Path
        The folder.

    Examples
    --------
    >>> DatasetFolder(Path("m-dwarfs")).results.as_posix()
    'm-dwarfs/download_results.csv'
    """

    root: Path

    @property
    def lightcurves(self) -> Path:
        """The folder of the stitched FITS files, one a star."""
        return self.root / "lightcurves"

    @property
    def results(self) -> Path:
        """The outcome of each target; manifest, target list, names and log lie beside it."""
        return self.root / "download_results.csv"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoint."""
        return self.root / "checkpoints"

    @property
    def settings(self) -> Path:
        """The options that the data set was made with, under their names."""
        return self.root / "xenoscan.toml"
