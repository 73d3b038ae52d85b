"""Where the records of a report are, and where the report goes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.dataset_folder import DatasetFolder

__all__ = ["REPORT_NAME", "ReportPlaces"]

#: The report in the folder of a data set.
REPORT_NAME = "report.html"


@dataclass(frozen=True)
class ReportPlaces:
    """Where the records of a report are, and where it goes.

    Parameters
    ----------
    name : str
        What the report calls its subject.
    root : Path or None
        The folder of the data set; None for a run that writes into no data set.
    results : Path
        The CSV of outcomes. The manifest is beside it.
    checkpoints : Path
        The folder of the checkpoint.
    page : Path
        The report.
    """

    name: str
    root: Path | None
    results: Path
    checkpoints: Path
    page: Path

    @classmethod
    def of_dataset(cls, root: Path, page: Path | None = None) -> ReportPlaces:
        """Return the places of a data set.

        Parameters
        ----------
        root : Path
            Its folder.
        page : Path, optional
            Where the report goes; into the folder if not given.
        """
        folder = DatasetFolder(root)
        name = root.name or root.resolve().name
        page = root / REPORT_NAME if page is None else page
        return cls(name, root, folder.results, folder.checkpoints, page)

    @classmethod
    def of_run(cls, results: Path, checkpoints: Path) -> ReportPlaces:
        """Return the places of a run that writes into no data set.

        Parameters
        ----------
        results : Path
            Its CSV of outcomes.
        checkpoints : Path
            The folder of its checkpoint.

        Examples
        --------
        >>> ReportPlaces.of_run(Path("m.csv"), Path("checkpoints")).page.name
        'm_report.html'
        """
        page = results.with_name(f"{results.stem}_{REPORT_NAME}")
        return cls(results.stem, None, results, checkpoints, page)

    @property
    def manifest(self) -> Path:
        """The records of runs and files, a line each."""
        return self.results.with_name(f"{self.results.stem}_manifest.jsonl")

    @property
    def dataset(self) -> str:
        """What a command calls the data set."""
        return "DATASET" if self.root is None else shlex.quote(str(self.root))

    @property
    def download(self) -> str:
        """How a command begins that downloads into the data set."""
        words = "" if self.root is None else f" --dataset {self.dataset}"
        return f"xenoscan download{words}"
