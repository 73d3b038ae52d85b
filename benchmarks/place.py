"""What one scraper leaves behind, and how it differs from what another left."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Place", "Remains", "differences"]

#: Cells of a row that do not depend on when, how fast and in how many attempts.
_LASTING = ("success", "n_points", "duration_days", "reason", "quarters_found", "quarters_used")


@dataclass(frozen=True)
class Place:
    """Where one run keeps its outputs and records.

    Parameters
    ----------
    folder : Path
        Made by the run.
    """

    folder: Path

    @property
    def output(self) -> Path:
        """Where the light curves go."""
        return self.folder / "raw"

    @property
    def results(self) -> Path:
        """Where the outcomes go."""
        return self.folder / "results.csv"

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoint goes."""
        return self.folder / "checkpoints"

    def options(self) -> list[str]:
        """Return the scraper's options that say so."""
        return [
            f"--output={self.output}",
            f"--results={self.results}",
            f"--checkpoint-dir={self.checkpoints}",
        ]

    def rows(self) -> Iterator[Mapping[str, str]]:
        """Yield the whole rows of the results, if there are any."""
        if not self.results.exists():
            return
        with open(self.results, "rb") as stream:
            whole = (line.decode() for line in stream if line.endswith(b"\n"))
            yield from csv.DictReader(whole)

    def files(self) -> set[str]:
        """Return every file there is, by its path below the folder."""
        found = self.folder.rglob("*") if self.folder.exists() else ()
        return {str(path.relative_to(self.folder)) for path in found if not path.is_dir()}


@dataclass(frozen=True)
class Remains:
    """What a run that came to its end left behind.

    Parameters
    ----------
    rows : mapping of str to int
        How many rows there are of each target.
    lasting : mapping of str to tuple of str
        What stands in a target's row, whenever it was made.
    outputs : mapping of str to str
        SHA-256 of each light curve.
    files : set of str
    """

    rows: Mapping[str, int]
    lasting: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, str]
    files: set[str]

    @classmethod
    def of(cls, place: Place) -> Remains:
        """Look at a place."""
        rows = list(place.rows())
        return cls(
            Counter(row["target_id"] for row in rows),
            {
                row["target_id"]: (
                    *(row[name] for name in _LASTING),
                    Path(row["filepath"]).name,
                )
                for row in rows
            },
            {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in place.output.iterdir()
            },
            place.files(),
        )


def differences(found: Remains, expected: Remains) -> Iterator[str]:
    """Yield what is wrong with what a run left, compared with what another one left."""
    for name in sorted({*found.rows, *expected.rows}):
        if found.rows.get(name, 0) != expected.rows.get(name, 0):
            yield f"{found.rows.get(name, 0)} rows of {name}, not {expected.rows.get(name, 0)}"
        elif found.lasting[name] != expected.lasting[name]:
            yield f"{name}: {found.lasting[name]}, not {expected.lasting[name]}"
    for name in sorted({*found.outputs} & {*expected.outputs}):
        if found.outputs[name] != expected.outputs[name]:
            yield f"{name} has other bytes"
    for name in sorted(expected.files - found.files):
        yield f"{name} is missing"
    for name in sorted(found.files - expected.files):
        yield f"{name} was left behind"
